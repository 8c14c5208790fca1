//! Calls of several visitors in one order.
//!
//! What others show comes later than what happened here, so while somebody shows something
//! everything waits for a moment and goes on in the order in which it happened. A call gets its
//! number when it goes on: a recording's numbers are in the order in which calls began.

use std::collections::{BTreeMap, HashMap};

use crate::session::recording::CallNumber;
use crate::session::shown::Item;

/// Microseconds that a call waits for others that happened before it: what it takes to come
/// from another tab, through two networks and a page that is busy.
pub const HOLD_US: u64 = 250_000;
/// Items that wait; more are let go early.
const WAITING_MAX: usize = 20_000;

/// Whose call it is: a visitor's number in the room, and 0 for this page's own.
pub type Source = u32;
/// This page's own.
pub const OWN: Source = 0;

/// Something that happened, with its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub source: Source,
    /// With the numbers of whoever recorded it; its bytes are all of `payload`.
    pub item: Item,
    pub payload: Vec<u8>,
}

/// Puts calls of several visitors in order and numbers them.
#[derive(Debug, Default)]
pub struct Mixer {
    waiting: BTreeMap<(u64, u64), Piece>,
    /// Counts what came, so that what happened at once stays in order.
    came: u64,
    /// The numbers of calls that have not ended, by whose they are and the number they had.
    open: HashMap<(Source, CallNumber), CallNumber>,
    /// The number given last.
    last: Option<CallNumber>,
    /// Calls of others were numbered, so this page's own have other numbers than they came with.
    mixed: bool,
}

impl Mixer {
    /// Tells whether something waits.
    pub fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Adds something.
    pub fn add(&mut self, piece: Piece) {
        self.came += 1;
        self.waiting.insert((piece.item.at_us(), self.came), piece);
    }

    /// Returns the next piece that happened before a time, numbered; nothing if it waits.
    pub fn next(&mut self, before_us: u64) -> Option<Piece> {
        loop {
            let first = self.waiting.first_entry()?;
            let (at_us, _) = *first.key();
            if at_us >= before_us && self.waiting.len() <= WAITING_MAX {
                return None;
            }
            let (_, piece) = self.waiting.pop_first()?;
            if let Some(piece) = self.number(piece) {
                return Some(piece);
            }
        }
    }

    /// Numbers a call of this page that begins now; where nobody else's were numbered it keeps
    /// the number it has.
    pub fn begin_own(&mut self, number: CallNumber) -> CallNumber {
        self.begin(OWN, number)
    }

    /// Returns the number of a call of this page that has begun.
    pub fn own(&self, number: CallNumber) -> CallNumber {
        self.open.get(&(OWN, number)).copied().unwrap_or(number)
    }

    /// A call of this page has ended: returns its number, and forgets it.
    pub fn end_own(&mut self, number: CallNumber) -> CallNumber {
        self.open.remove(&(OWN, number)).unwrap_or(number)
    }

    /// Returns the calls of a visitor that have not ended, and forgets them.
    pub fn close(&mut self, source: Source) -> Vec<CallNumber> {
        let mut gone = Vec::new();
        self.open.retain(|(of, _), number| {
            let stays = *of != source;
            if !stays {
                gone.push(*number);
            }
            stays
        });
        gone.sort_unstable();
        gone
    }

    fn begin(&mut self, source: Source, number: CallNumber) -> CallNumber {
        self.mixed |= source != OWN;
        let given = match self.last {
            None => number,
            Some(last) if self.mixed => last + 1,
            Some(last) => number.max(last + 1),
        };
        self.last = Some(given);
        if self.mixed || given != number {
            self.open.insert((source, number), given);
        }
        given
    }

    fn number(&mut self, mut piece: Piece) -> Option<Piece> {
        let source = piece.source;
        match &mut piece.item {
            Item::Started { call, .. } => call.number = self.begin(source, call.number),
            Item::Continued { number, .. } => *number = self.known(source, *number)?,
            Item::Ended { call, .. } => {
                let number = self.known(source, call.number)?;
                self.open.remove(&(source, call.number));
                call.number = number;
            }
            Item::Over(_) => {}
        }
        Some(piece)
    }

    fn known(&self, source: Source, number: CallNumber) -> Option<CallNumber> {
        match self.open.get(&(source, number)) {
            Some(known) => Some(*known),
            // It began before anything was mixed.
            None if source == OWN => Some(number),
            // Its beginning was left out.
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::recording::{CallEnded, CallOutcome, CallStarted};
    use shared::call::Gethostname;

    fn started(source: Source, number: CallNumber, at_us: u64) -> Piece {
        let call = CallStarted {
            number,
            program: format!("{source}.py"),
            run: 1,
            thread: 0,
            site: None,
            method: "gethostname".into(),
            call: Gethostname {}.into(),
            at_us,
            bytes: 0..0,
        };
        Piece { source, item: Item::Started { call, sent: 0 }, payload: Vec::new() }
    }

    fn ended(source: Source, number: CallNumber, at_us: u64) -> Piece {
        let outcome = CallOutcome::Abandoned;
        let call = CallEnded { number, at_us, host_us: 0, outcome, bytes: 0..0 };
        Piece { source, item: Item::Ended { call, received: 0 }, payload: Vec::new() }
    }

    /// Returns whose each piece is and the number it has.
    fn order(mixer: &mut Mixer, before_us: u64) -> Vec<(Source, CallNumber, u64)> {
        let number = |item: &Item| match item {
            Item::Started { call, .. } => call.number,
            Item::Ended { call, .. } => call.number,
            Item::Continued { number, .. } => *number,
            Item::Over(_) => 0,
        };
        let next = || mixer.next(before_us);
        std::iter::from_fn(next)
            .map(|piece| (piece.source, number(&piece.item), piece.item.at_us()))
            .collect()
    }

    #[test]
    fn what_comes_late_stands_where_it_happened() {
        let mut mixer = Mixer::default();
        mixer.add(started(OWN, 1, 100));
        mixer.add(ended(OWN, 1, 300));
        mixer.add(started(OWN, 2, 400));
        mixer.add(started(7, 1, 50));
        mixer.add(ended(7, 1, 350));
        let first = [(7, 1, 50), (OWN, 2, 100), (OWN, 2, 300), (7, 1, 350)];
        assert_eq!(order(&mut mixer, 360), first);
        assert!(mixer.waits());
        assert_eq!(order(&mut mixer, u64::MAX), [(OWN, 3, 400)]);
    }

    #[test]
    fn alone_calls_keep_their_numbers_and_later_ones_follow() {
        let mut mixer = Mixer::default();
        assert_eq!(mixer.begin_own(1), 1);
        assert_eq!(mixer.begin_own(2), 2);
        assert_eq!(mixer.end_own(2), 2);
        mixer.add(started(7, 40, 10));
        assert_eq!(order(&mut mixer, 100), [(7, 3, 10)]);
        // The one that began before anything was mixed ends under the number it had.
        assert_eq!(mixer.own(1), 1);
        assert_eq!(mixer.end_own(1), 1);
        assert_eq!(mixer.begin_own(3), 4);
        assert_eq!(mixer.own(3), 4);
        assert_eq!(mixer.end_own(3), 4);
    }

    #[test]
    fn an_end_without_a_beginning_is_not_shown() {
        let mut mixer = Mixer::default();
        mixer.add(ended(7, 9, 10));
        mixer.add(started(7, 10, 20));
        assert_eq!(order(&mut mixer, 100), [(7, 10, 20)]);
        assert_eq!(mixer.close(7), [10]);
        assert!(mixer.close(7).is_empty());
    }
}
