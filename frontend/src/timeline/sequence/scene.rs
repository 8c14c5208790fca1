//! What is to be drawn of a part of the diagram.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::session::recording::{CallNumber, Recording};
use crate::timeline::flow::{ArrowId, Tip, What};
use crate::timeline::rows::failure;
use crate::timeline::spans::{Body, body};

use super::{BLOCK_SLOTS, Ending, Item, Place, Sequence, Slot, SlotKind};

/// A part of the diagram, ready to be drawn.
#[derive(Debug, Default, PartialEq)]
pub struct Scene {
    pub rows: Vec<SlotRow>,
    pub boxes: Vec<Drawn>,
    pub arrows: Vec<Knot>,
}

/// A height with what is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRow {
    pub index: usize,
    pub slot: Slot,
    pub ending: Option<Ending>,
}

/// A call's box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    pub place: Place,
    /// The last slot it reaches.
    pub last: u32,
    pub body: Body,
    pub failed: bool,
    /// A label of its own stands at its end.
    pub foot: bool,
}

/// An arrow with its two heights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knot {
    pub id: ArrowId,
    pub from: (Where, u32),
    pub to: (Where, u32),
    pub what: What,
    /// The calls it joins, for a click.
    pub calls: (Option<CallNumber>, Option<CallNumber>),
}

/// Where across the diagram something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// A lane of [`Sequence::lanes`].
    Lane(u32),
    /// The first lane of a program.
    Program(String),
    Host(usize),
    Nowhere,
}

impl Sequence {
    /// Returns what is to be drawn of the slots `seen`.
    pub fn scene(&self, recording: &Recording, seen: Range<usize>) -> Scene {
        let seen = seen.start.min(self.slots.len())..seen.end.min(self.slots.len());
        let mut items: BTreeSet<Item> = self.waiting.iter().map(|n| Item::Call(*n)).collect();
        let blocks = seen.start / BLOCK_SLOTS as usize..=seen.end / BLOCK_SLOTS as usize;
        for block in blocks {
            items.extend(self.blocks.get(block).into_iter().flatten());
        }
        let mut scene = Scene::default();
        for item in items {
            match item {
                Item::Call(number) => {
                    let drawn = self.drawn(recording, number);
                    let inside = |drawn: &Drawn| {
                        (drawn.place.start as usize) < seen.end && drawn.last as usize >= seen.start
                    };
                    scene.boxes.extend(drawn.filter(inside));
                }
                Item::Arrow(id) => {
                    let inside = |knot: &Knot| {
                        let (high, low) = (knot.from.1.min(knot.to.1), knot.from.1.max(knot.to.1));
                        (high as usize) < seen.end && low as usize >= seen.start
                    };
                    scene.arrows.extend(self.knot(id).filter(inside));
                }
            }
        }
        scene.rows = seen
            .filter_map(|index| {
                let slot = *self.slots.get(index)?;
                let ending = match slot.kind {
                    SlotKind::Ending(ending) => self.endings.get(ending).cloned(),
                    SlotKind::Start(_) | SlotKind::End(_) | SlotKind::Gap(_) => None,
                };
                Some(SlotRow { index, slot, ending })
            })
            .collect();
        scene
    }

    /// Returns the arrows from and to a call.
    pub fn arrows_of(&self, number: CallNumber) -> Vec<Knot> {
        let Some(place) = self.place(number) else { return Vec::new() };
        let mut ids = BTreeSet::new();
        for slot in [place.start, place.end.unwrap_or(place.start)] {
            let items = self.blocks.get((slot / BLOCK_SLOTS) as usize).into_iter().flatten();
            ids.extend(items.filter_map(|item| match item {
                Item::Arrow(id) => Some(*id),
                Item::Call(_) => None,
            }));
        }
        let about = |knot: &Knot| knot.calls.0 == Some(number) || knot.calls.1 == Some(number);
        ids.into_iter().filter_map(|id| self.knot(id)).filter(about).collect()
    }

    fn drawn(&self, recording: &Recording, number: CallNumber) -> Option<Drawn> {
        let place = *self.place(number)?;
        let call = recording.find(number)?;
        let newest = u32::try_from(self.slots.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let last = place.end.unwrap_or(newest);
        Some(Drawn {
            place,
            last,
            body: body(call),
            failed: failure(call).is_some(),
            foot: place.end.is_some_and(|end| end > place.start),
        })
    }

    fn knot(&self, id: ArrowId) -> Option<Knot> {
        let arrow = self.flow.arrow(id)?;
        let (from_slot, to_slot) = self.heights(arrow)?;
        let from = self.across(&arrow.from);
        let to = self.across(&arrow.to);
        let call = |tip: &Tip| match tip {
            Tip::Start(number) | Tip::End(number) => Some(*number),
            Tip::Line(_) | Tip::Host(_) | Tip::Ending(_) | Tip::Nowhere => None,
        };
        Some(Knot {
            id,
            from: (from, from_slot),
            to: (to, to_slot),
            what: arrow.what,
            calls: (call(&arrow.from), call(&arrow.to)),
        })
    }

    fn across(&self, tip: &Tip) -> Where {
        match tip {
            Tip::Start(number) | Tip::End(number) => {
                self.place(*number).map_or(Where::Nowhere, |place| Where::Lane(place.lane))
            }
            Tip::Line(program) => Where::Program(program.clone()),
            Tip::Host(host) => Where::Host(*host),
            Tip::Ending(index) => self
                .endings
                .get(*index)
                .map_or(Where::Nowhere, |ending| Where::Program(ending.program.clone())),
            Tip::Nowhere => Where::Nowhere,
        }
    }
}
