//! What visitors show each other: passed on while there is room for it, and left out where
//! there is none. Nobody's calls wait for it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use serde_json::value::RawValue;
use shared::frame::{ServerMessage, ShownNote};

use crate::limits::{SHOW_BACKLOG_BYTES_MAX, SHOW_BURST_BYTES_MAX, SHOW_BYTES_PER_SECOND};

/// Something a visitor shows.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    from: u32,
    show: Arc<RawValue>,
    payload: Bytes,
    lost: u64,
    cut: bool,
}

impl Shown {
    pub(super) fn new(from: u32, show: Box<RawValue>, payload: Bytes) -> Self {
        Self { from, show: show.into(), payload, lost: 0, cut: false }
    }

    fn len(&self) -> usize {
        self.show.get().len() + self.payload.len()
    }

    /// Returns it as a message, and its payload.
    pub(crate) fn into_message(self) -> (ServerMessage, Bytes) {
        let note = ShownNote { from: self.from, lost: self.lost, cut: self.cut };
        (ServerMessage::Shown { note, show: self.show.as_ref().to_owned() }, self.payload)
    }
}

/// What a visitor has not been told yet.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    queue: VecDeque<Shown>,
    bytes: usize,
    /// Messages that were left out since the last one that was not, by who showed them.
    lost: HashMap<u32, u64>,
}

impl Backlog {
    /// Adds a message. Where there are too many, payloads go first, the oldest of them before
    /// the others, and then messages.
    pub(super) fn push(&mut self, shown: Shown) {
        self.bytes += shown.len();
        self.queue.push_back(shown);
        let mut full = self.queue.iter_mut();
        while self.bytes > SHOW_BACKLOG_BYTES_MAX
            && let Some(shown) = full.next()
        {
            self.bytes -= shown.payload.len();
            shown.cut |= !shown.payload.is_empty();
            shown.payload = Bytes::new();
        }
        while self.bytes > SHOW_BACKLOG_BYTES_MAX
            && let Some(shown) = self.queue.pop_front()
        {
            self.bytes -= shown.len();
            self.lose(shown.from, shown.lost + 1);
        }
    }

    /// Counts messages that were left out.
    pub(super) fn lose(&mut self, from: u32, messages: u64) {
        *self.lost.entry(from).or_default() += messages;
    }

    /// Takes the oldest message.
    pub(super) fn pop(&mut self) -> Option<Shown> {
        let mut shown = self.queue.pop_front()?;
        self.bytes -= shown.len();
        shown.lost += self.lost.remove(&shown.from).unwrap_or_default();
        Some(shown)
    }

    /// Forgets what a visitor showed who shows nothing any more.
    pub(super) fn forget(&mut self, from: u32) {
        self.queue.retain(|shown| shown.from != from);
        self.bytes = self.queue.iter().map(Shown::len).sum();
        self.lost.remove(&from);
    }
}

/// How much a visitor may show.
#[derive(Debug)]
pub(super) struct Meter {
    left: usize,
    since: Instant,
}

impl Meter {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: SHOW_BURST_BYTES_MAX, since: now }
    }

    /// Returns whether so many bytes may be shown now, and counts them if so.
    pub(super) fn takes(&mut self, bytes: usize, now: Instant) -> bool {
        let grown = now.duration_since(self.since).as_secs_f64() * SHOW_BYTES_PER_SECOND as f64;
        if grown >= 1.0 {
            self.since = now;
            self.left = self.left.saturating_add(grown as usize).min(SHOW_BURST_BYTES_MAX);
        }
        let takes = bytes <= self.left;
        if takes {
            self.left -= bytes;
        }
        takes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn shown(from: u32, payload: usize) -> Shown {
        let show = RawValue::from_string(r#"{"items":[]}"#.into()).unwrap();
        Shown::new(from, show, vec![7; payload].into())
    }

    #[test]
    fn payloads_go_before_messages_and_both_are_told() {
        let mut backlog = Backlog::default();
        let part = SHOW_BACKLOG_BYTES_MAX / 4;
        for _ in 0..5 {
            backlog.push(shown(1, part));
        }
        let first = backlog.pop().unwrap();
        assert!(first.cut && first.payload.is_empty() && first.lost == 0);
        assert!(!std::iter::from_fn(|| backlog.pop()).last().unwrap().cut);

        let each = shown(1, 0).len();
        let fits = SHOW_BACKLOG_BYTES_MAX / each;
        for _ in 0..fits + 3 {
            backlog.push(shown(1, 0));
        }
        let first = backlog.pop().unwrap();
        assert_eq!((first.lost, first.cut), (3, false));
        assert_eq!(backlog.pop().unwrap().lost, 0);
    }

    #[test]
    fn what_is_shown_no_more_is_not_passed_on() {
        let mut backlog = Backlog::default();
        backlog.push(shown(1, 10));
        backlog.push(shown(2, 10));
        backlog.lose(1, 5);
        backlog.forget(1);
        assert_eq!(backlog.pop().unwrap().from, 2);
        assert!(backlog.pop().is_none());
        assert_eq!(backlog.bytes, 0);
        backlog.push(shown(1, 1));
        assert_eq!(backlog.pop().unwrap().lost, 0);
    }

    #[test]
    fn a_visitor_shows_a_burst_and_then_so_much_a_second() {
        let begun = Instant::now();
        let mut meter = Meter::new(begun);
        assert!(meter.takes(SHOW_BURST_BYTES_MAX, begun));
        assert!(!meter.takes(1, begun));
        let later = begun + Duration::from_secs(1);
        assert!(!meter.takes(SHOW_BYTES_PER_SECOND + 1, later));
        assert!(meter.takes(SHOW_BYTES_PER_SECOND, later));
        let much_later = begun + Duration::from_secs(3600);
        assert!(!meter.takes(SHOW_BURST_BYTES_MAX + 1, much_later));
        assert!(meter.takes(SHOW_BURST_BYTES_MAX, much_later));
    }
}
