//! What this page shows the room, and how much of it: where it is too much, bytes are left out
//! before calls are, and the others are told.

use crate::session::recording::CallStarted;
use crate::session::shown::{Item, Shown};

use super::ledger::Ledger;

/// Bytes of one call that are shown in one direction: what somebody reads.
const CALL_BYTES_MAX: usize = 4 << 10;
/// Bytes of one message, about: little enough that no call waits long behind it.
const MESSAGE_BYTES_MAX: usize = 24 << 10;
/// Bytes a second that are shown, and at once; somewhat less than the backend passes on.
const BYTES_PER_SECOND: f64 = 96.0 * 1024.0;
const BURST_BYTES_MAX: f64 = 384.0 * 1024.0;
/// Milliseconds between two tellings of what newcomers have to know: a class comes together.
const RETELL_MS: f64 = 1_000.0;

/// What this page shows the room.
#[derive(Debug)]
pub struct Outgoing {
    pub ledger: Ledger,
    /// The others see what happens here.
    pub begun: bool,
    /// What happened and was not sent yet, with its bytes.
    pub pending: Vec<(Item, Vec<u8>)>,
    /// When the ledger is told to newcomers.
    pub retell_at_ms: Option<f64>,
    retold_ms: f64,
    /// Bytes that may be shown now.
    allowance: f64,
    counted_ms: f64,
    /// Calls that were left out and the others were not told of.
    left_out: u64,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self {
            ledger: Ledger::default(),
            begun: false,
            pending: Vec::new(),
            retell_at_ms: None,
            retold_ms: f64::NEG_INFINITY,
            allowance: BURST_BYTES_MAX,
            counted_ms: 0.0,
            left_out: 0,
        }
    }
}

/// A message to the room.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// A [`Shown`] as JSON.
    pub show: String,
    pub payload: Vec<u8>,
}

impl Outgoing {
    /// Somebody came who knows nothing yet.
    pub fn retell(&mut self, now_ms: f64) {
        let at_ms = now_ms.max(self.retold_ms + RETELL_MS);
        self.retell_at_ms.get_or_insert(at_ms);
    }

    /// Returns whether it is time to tell newcomers, once.
    pub fn is_retold(&mut self, now_ms: f64) -> bool {
        let due = self.retell_at_ms.is_some_and(|at_ms| now_ms >= at_ms);
        if due {
            self.retell_at_ms = None;
            self.retold_ms = now_ms;
        }
        due
    }

    /// Nothing is shown any more, nor what was going to be.
    pub fn stop(&mut self) {
        self.begun = false;
        self.pending.clear();
        self.retell_at_ms = None;
    }

    /// A message did not leave this machine.
    pub fn was_not_sent(&mut self) {
        self.left_out = self.left_out.saturating_add(1);
    }

    /// Returns what tells the whole ledger.
    pub fn ledger_items(&self) -> Vec<(Item, Vec<u8>)> {
        let mut items = Vec::new();
        for kept in self.ledger.calls() {
            let call: CallStarted = kept.started.clone();
            items.push((Item::Started { call, sent: 0 }, Vec::new()));
            if let Some(call) = kept.ended.clone() {
                items.push((Item::Ended { call, received: 0 }, Vec::new()));
            }
        }
        items
    }

    /// Makes messages of what happened, with the bytes of each, as far as they may be shown.
    pub fn messages(&mut self, items: Vec<(Item, Vec<u8>)>, now_ms: f64) -> Vec<Message> {
        let grown = (now_ms - self.counted_ms).max(0.0) / 1000.0 * BYTES_PER_SECOND;
        self.allowance = (self.allowance + grown).min(BURST_BYTES_MAX);
        self.counted_ms = now_ms;
        let mut messages = Vec::new();
        let mut draft = Draft::default();
        for (mut item, bytes) in items {
            item.set_bytes(0..0);
            let header = serde_json::to_string(&item).map_or(0, |json| json.len()) + 1;
            if header > MESSAGE_BYTES_MAX || header as f64 > self.allowance {
                self.left_out += u64::from(matches!(item, Item::Started { .. }));
                continue;
            }
            let mut bytes = &bytes[..bytes.len().min(CALL_BYTES_MAX)];
            if (header + bytes.len()) as f64 > self.allowance {
                bytes = &[];
            }
            if draft.bytes() + header + bytes.len() > MESSAGE_BYTES_MAX {
                messages.extend(self.finish(&mut draft));
            }
            self.allowance -= (header + bytes.len()) as f64;
            let start = draft.payload.len();
            draft.header += header;
            draft.payload.extend_from_slice(bytes);
            item.set_bytes(start..draft.payload.len());
            draft.items.push(item);
        }
        messages.extend(self.finish(&mut draft));
        messages
    }

    fn finish(&mut self, draft: &mut Draft) -> Option<Message> {
        let Draft { items, payload, .. } = std::mem::take(draft);
        if items.is_empty() {
            return None;
        }
        let shown = Shown { items, left_out: std::mem::take(&mut self.left_out) };
        Some(Message { show: serde_json::to_string(&shown).ok()?, payload })
    }
}

/// A message that grows.
#[derive(Debug, Default)]
struct Draft {
    items: Vec<Item>,
    payload: Vec<u8>,
    header: usize,
}

impl Draft {
    fn bytes(&self) -> usize {
        self.header + self.payload.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::call::Gethostname;

    fn started(number: u64, bytes: usize) -> (Item, Vec<u8>) {
        let call = CallStarted {
            number,
            program: "a.py".into(),
            run: 1,
            thread: 0,
            site: None,
            method: "gethostname".into(),
            call: Gethostname {}.into(),
            at_us: number,
            bytes: 9..9,
        };
        (Item::Started { call, sent: bytes as u64 }, vec![7; bytes])
    }

    fn read(message: &Message) -> Shown {
        serde_json::from_str(&message.show).unwrap()
    }

    #[test]
    fn a_call_goes_with_its_bytes() {
        let mut outgoing = Outgoing::default();
        let messages = outgoing.messages(vec![started(1, 3), started(2, 5)], 0.0);
        let [message] = messages.as_slice() else { panic!("{messages:?}") };
        let shown = read(message);
        assert_eq!(shown.items[1].bytes(), 3..8);
        assert_eq!((message.payload.len(), shown.left_out), (8, 0));
        assert!(outgoing.messages(Vec::new(), 0.0).is_empty());
    }

    #[test]
    fn bytes_are_left_out_before_calls_and_calls_are_counted() {
        let mut outgoing = Outgoing::default();
        let flood: Vec<(Item, Vec<u8>)> = (0..4_000).map(|n| started(n, 10_000)).collect();
        let messages = outgoing.messages(flood, 0.0);
        let bytes: usize = messages.iter().map(|m| m.show.len() + m.payload.len()).sum();
        assert!(bytes as f64 <= BURST_BYTES_MAX * 1.1, "{bytes}");
        let shown: Vec<Item> = messages.iter().flat_map(|message| read(message).items).collect();
        assert!(shown.iter().any(|item| item.bytes().len() == CALL_BYTES_MAX));
        assert!(shown.iter().any(|item| item.bytes().is_empty() && item.total() == 10_000));
        assert!(shown.len() < 4_000);
        assert!(messages.iter().all(|m| m.show.len() + m.payload.len() < 2 * MESSAGE_BYTES_MAX));

        let left_out: u64 = messages.iter().map(|message| read(message).left_out).sum();
        assert_eq!(left_out, 4_000 - shown.len() as u64);
        let after = outgoing.messages(vec![started(9_999, 5)], 60_000.0);
        assert_eq!((read(&after[0]).left_out, after[0].payload.len()), (0, 5));
    }
}
