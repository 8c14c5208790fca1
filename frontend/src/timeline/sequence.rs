//! The sequence diagram as numbers: who stands in which lane, what lies at which height.
//!
//! Heights are counted in slots, one for each beginning of a call and for each end that has
//! something to say; the view decides how many pixels a slot is. Slots are only ever added, so
//! a new call costs the same after ten thousand as after ten.

mod order;
mod scene;
mod strip;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use shared::call::Call;

use crate::session::recording::{CallNumber, Recorded, Recording};

use super::flow::{Arrow, ArrowId, Flow, Tip};
use super::rows::Filter;
use super::spans::{Body, body};

pub use scene::{Drawn, Knot, Scene, SlotRow, Where};
pub use strip::{Strip, StripMark};

/// Microseconds without any event from which the diagram shows a gap.
const GAP_US_MIN: u64 = 100_000;
/// An end may stand beside another lane's event if that was at most so long ago.
const BESIDE_US_MAX: u64 = 5_000;
/// Slots per block: what is looked up together when a part of the diagram is drawn.
const BLOCK_SLOTS: u32 = 64;

/// A lane of the diagram: a thread of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub program: String,
    pub thread: u32,
}

/// What lies at one height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Microseconds since 1970.
    pub at_us: u64,
    pub kind: SlotKind,
}

/// Why there is a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotKind {
    /// A call began.
    Start(CallNumber),
    /// A call that had waited ended.
    End(CallNumber),
    /// Nothing happened for so many microseconds.
    Gap(u64),
    /// A program ended, counted from the first that did.
    Ending(usize),
}

/// A call in the diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub number: CallNumber,
    pub lane: u32,
    pub start: u32,
    /// Nothing while it waits.
    pub end: Option<u32>,
}

/// A program's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub program: String,
    pub at_us: u64,
    /// What the program's status says: `exited 0`.
    pub words: String,
    pub bad: bool,
    slot: Option<u32>,
    /// The visitor cleared the timeline since.
    gone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Call(CallNumber),
    Arrow(ArrowId),
}

/// The diagram.
#[derive(Debug, Default)]
pub struct Sequence {
    flow: Flow,
    lanes: Vec<Lane>,
    slots: Vec<Slot>,
    /// In order of their numbers.
    places: Vec<Place>,
    /// What reaches into each block of slots.
    blocks: Vec<Vec<Item>>,
    waiting: BTreeSet<CallNumber>,
    endings: Vec<Ending>,
    strip: Strip,
    /// The last slot has an end of another lane beside it already.
    beside: bool,
}

impl Sequence {
    /// Returns who met whom.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Returns the lanes that there are, in the order they came.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// Returns how many slots there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Tells whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Returns a slot.
    pub fn slot(&self, index: usize) -> Option<&Slot> {
        self.slots.get(index)
    }

    /// Returns where a call is drawn.
    pub fn place(&self, number: CallNumber) -> Option<&Place> {
        let index = self.places.binary_search_by_key(&number, |place| place.number).ok()?;
        self.places.get(index)
    }

    /// Returns the picture of the whole time in small.
    pub fn strip(&self) -> &Strip {
        &self.strip
    }

    /// Returns the slot where a moment lies.
    pub fn slot_at(&self, at_us: u64) -> usize {
        self.slots.partition_point(|slot| slot.at_us < at_us)
    }

    /// Takes in a call that began; `shown` says whether the filter lets it through.
    pub fn begin(&mut self, call: &Recorded, shown: bool) {
        self.flow.begin(call);
        let lane = self.lane_of(call);
        self.strip.begin(lane, call);
        if shown {
            self.place_start(call, lane);
        }
        self.take_arrows();
    }

    /// Takes in a call that ended.
    pub fn end(&mut self, call: &Recorded, shown: bool) {
        self.flow.end_call(call);
        let lane = self.lane_of(call);
        self.strip.end(lane, call);
        if shown {
            // A filter for errors hears of them only at the end.
            self.place_start(call, lane);
        }
        self.place_end(call);
        self.take_arrows();
    }

    /// Takes in that a program ended.
    pub fn end_program(&mut self, program: &str, at_us: u64, words: String, bad: bool) {
        self.flow.end_program(program);
        let at_us = self.slots.last().map_or(at_us, |slot| slot.at_us.max(at_us));
        let ending =
            Ending { program: program.to_owned(), at_us, words, bad, slot: None, gone: false };
        self.endings.push(ending);
        if self.lanes.iter().any(|lane| lane.program == program) {
            self.place_ending(self.endings.len() - 1);
        }
        self.take_arrows();
    }

    /// Forgets what was drawn, but not which sockets there are.
    pub fn clear(&mut self) {
        self.flow.erase_all();
        self.wipe();
        self.strip = Strip::default();
        for ending in &mut self.endings {
            ending.gone = true;
            ending.slot = None;
        }
    }

    fn wipe(&mut self) {
        self.slots.clear();
        self.places.clear();
        self.blocks.clear();
        self.waiting.clear();
        self.beside = false;
    }

    /// Draws anew what a filter lets through.
    pub fn refilter(&mut self, recording: &Recording, filter: &Filter, shown: &[CallNumber]) {
        self.wipe();
        for moment in order::moments(recording, shown, &self.endings) {
            match moment {
                order::Moment::Start(number) => {
                    if let Some(call) = recording.find(number) {
                        let lane = self.lane_of(call);
                        self.place_start(call, lane);
                    }
                }
                order::Moment::End(number) => {
                    if let Some(call) = recording.find(number) {
                        self.place_end(call);
                    }
                }
                order::Moment::Ending(index) => {
                    let program = &self.endings[index].program;
                    if filter.program.as_ref().is_none_or(|only| only == program) {
                        self.place_ending(index);
                    } else {
                        self.endings[index].slot = None;
                    }
                }
            }
        }
        let arrows: Vec<ArrowId> = self.flow.arrows().map(|(id, _)| id).collect();
        for id in arrows {
            self.register_arrow(id);
        }
    }

    fn lane_of(&mut self, call: &Recorded) -> u32 {
        let (program, thread) = (&call.started.program, call.started.thread);
        let there =
            self.lanes.iter().position(|lane| lane.program == *program && lane.thread == thread);
        let index = there.unwrap_or_else(|| {
            self.lanes.push(Lane { program: program.clone(), thread });
            self.lanes.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    fn place_start(&mut self, call: &Recorded, lane: u32) {
        let number = call.started.number;
        let Err(index) = self.places.binary_search_by_key(&number, |place| place.number) else {
            return;
        };
        let start = self.add_slot(call.started.at_us, SlotKind::Start(number));
        self.places.insert(index, Place { number, lane, start, end: None });
        self.waiting.insert(number);
        self.register(Item::Call(number), start, start);
    }

    fn place_end(&mut self, call: &Recorded) {
        let Some(ended) = &call.ended else { return };
        let number = call.started.number;
        let Ok(index) = self.places.binary_search_by_key(&number, |place| place.number) else {
            return;
        };
        if self.places[index].end.is_some() {
            return;
        }
        let start = self.places[index].start;
        let end = self.end_slot(call, ended.at_us, start);
        self.places[index].end = Some(end);
        self.waiting.remove(&number);
        self.register(Item::Call(number), start, end);
    }

    /// Returns the height at which a call's end is drawn.
    fn end_slot(&mut self, call: &Recorded, at_us: u64, start: u32) -> u32 {
        let Some(last) = self.slots.len().checked_sub(1) else { return start };
        let last_slot = self.slots[last];
        let last = u32::try_from(last).unwrap_or(u32::MAX);
        let quiet = at_us.saturating_sub(last_slot.at_us) < GAP_US_MIN;
        if last == start && quiet {
            return start;
        }
        // An arrow may come to its end, and arrows do not go up.
        if body(call) == Body::Solid && !takes(&call.started.call) {
            return start;
        }
        let near = at_us.saturating_sub(last_slot.at_us) <= BESIDE_US_MAX;
        let other = match last_slot.kind {
            SlotKind::Start(there) => self.place(there).is_some_and(|place| {
                self.lanes.get(place.lane as usize).is_some_and(|lane| {
                    lane.program != call.started.program || lane.thread != call.started.thread
                })
            }),
            SlotKind::End(_) | SlotKind::Gap(_) | SlotKind::Ending(_) => false,
        };
        if near && other && !self.beside {
            self.beside = true;
            return last;
        }
        self.add_slot(at_us, SlotKind::End(call.started.number))
    }

    fn place_ending(&mut self, index: usize) {
        let at_us = self.endings[index].at_us;
        let slot = self.add_slot(at_us, SlotKind::Ending(index));
        self.endings[index].slot = Some(slot);
    }

    fn add_slot(&mut self, at_us: u64, kind: SlotKind) -> u32 {
        if let Some(last) = self.slots.last() {
            let quiet_us = at_us.saturating_sub(last.at_us);
            if quiet_us >= GAP_US_MIN {
                self.slots.push(Slot { at_us: last.at_us, kind: SlotKind::Gap(quiet_us) });
            }
        }
        self.beside = false;
        self.slots.push(Slot { at_us, kind });
        u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
    }

    fn take_arrows(&mut self) {
        for id in self.flow.take_changed() {
            self.register_arrow(id);
        }
    }

    fn register_arrow(&mut self, id: ArrowId) {
        let Some(arrow) = self.flow.arrow(id) else { return };
        if let Some((from, to)) = self.heights(arrow) {
            self.register(Item::Arrow(id), from.min(to), from.max(to));
        }
    }

    /// Returns the slots between which an arrow goes; nothing if the filter hides its call.
    fn heights(&self, arrow: &Arrow) -> Option<(u32, u32)> {
        match (self.height(&arrow.from), self.height(&arrow.to)) {
            (Some(from), Some(to)) => Some((from, to)),
            (Some(from), None) => Some((from, from)),
            (None, Some(to)) => Some((to, to)),
            (None, None) => None,
        }
    }

    fn height(&self, tip: &Tip) -> Option<u32> {
        match tip {
            Tip::Start(number) => Some(self.place(*number)?.start),
            Tip::End(number) => {
                let place = self.place(*number)?;
                Some(place.end.unwrap_or(place.start))
            }
            Tip::Ending(index) => self.endings.get(*index)?.slot,
            Tip::Line(_) | Tip::Host(_) | Tip::Nowhere => None,
        }
    }

    fn register(&mut self, item: Item, from: u32, to: u32) {
        for block in from / BLOCK_SLOTS..=to / BLOCK_SLOTS {
            let block = block as usize;
            if self.blocks.len() <= block {
                self.blocks.resize_with(block + 1, Vec::new);
            }
            if self.blocks[block].last() != Some(&item) {
                self.blocks[block].push(item);
            }
        }
    }
}

/// Tells whether something comes to a call's end from elsewhere.
fn takes(call: &Call) -> bool {
    matches!(
        call,
        Call::Accept(_) | Call::Recv(_) | Call::Recvfrom(_) | Call::Recvmsg(_) | Call::Connect(_)
    )
}
