//! What was sent and may not have arrived, and what was received: enough to go on after the
//! connection broke without losing a call or making one twice.

use std::collections::VecDeque;

use shared::frame::CallId;

use crate::kernel::limits::{ACK_AFTER_BYTES, ACK_AFTER_MESSAGES};

/// Messages of one session in both directions.
#[derive(Debug, Default)]
pub struct Journal {
    /// Calls and cancels that the backend may not have, oldest first.
    entries: VecDeque<Entry>,
    /// The number of the oldest among all of the session.
    first: u64,
    /// Answers and refusals received.
    received: u64,
    unacknowledged_messages: u64,
    unacknowledged_bytes: usize,
}

/// A message to the backend.
#[derive(Debug)]
pub struct Entry {
    /// The call it makes; none for a cancel.
    pub id: Option<CallId>,
    pub header: String,
    pub payload: Vec<u8>,
}

impl Journal {
    /// Notes a message that is sent, or is to be sent when the connection stands.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push_back(entry);
    }

    /// A new session begins; what is here waits to be sent in it.
    pub fn begin(&mut self) {
        *self = Journal { entries: std::mem::take(&mut self.entries), ..Journal::default() };
    }

    /// The session is over, and everything in it.
    pub fn clear(&mut self) {
        *self = Journal::default();
    }

    /// Returns the messages to send to a backend that has the first `received` of the session.
    pub fn after(&self, received: u64) -> impl Iterator<Item = &Entry> {
        let arrived = received.saturating_sub(self.first);
        self.entries.iter().skip(usize::try_from(arrived).unwrap_or(usize::MAX))
    }

    /// Gives up what has arrived: messages arrive in order, so the answer to a call says it of
    /// everything before that call too.
    pub fn answered(&mut self, id: CallId) {
        if let Some(place) = self.entries.iter().position(|entry| entry.id == Some(id)) {
            self.entries.drain(..=place);
            self.first += place as u64 + 1;
        }
    }

    /// Returns how many answers and refusals were received.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Counts an answer or a refusal; returns the count to acknowledge when it is time to.
    pub fn receive(&mut self, bytes: usize) -> Option<u64> {
        self.received += 1;
        self.unacknowledged_messages += 1;
        self.unacknowledged_bytes += bytes;
        let is_due = self.unacknowledged_messages >= ACK_AFTER_MESSAGES
            || self.unacknowledged_bytes >= ACK_AFTER_BYTES;
        is_due.then(|| {
            self.unacknowledged_messages = 0;
            self.unacknowledged_bytes = 0;
            self.received
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(calls: u64) -> Journal {
        let mut journal = Journal::default();
        for number in 0..calls {
            let header = number.to_string();
            journal.push(Entry { id: Some(CallId(number)), header, payload: Vec::new() });
        }
        journal
    }

    fn after(journal: &Journal, received: u64) -> Vec<&str> {
        journal.after(received).map(|entry| entry.header.as_str()).collect()
    }

    #[test]
    fn the_backend_gets_what_it_has_not_got() {
        let journal = journal(3);
        assert_eq!(after(&journal, 0), ["0", "1", "2"]);
        assert_eq!(after(&journal, 2), ["2"]);
        assert!(after(&journal, 9).is_empty());
    }

    #[test]
    fn an_answer_says_that_everything_before_its_call_has_arrived() {
        let mut journal = journal(4);
        journal.answered(CallId(1));
        assert_eq!(after(&journal, 2), ["2", "3"]);
        assert_eq!(after(&journal, 3), ["3"]);
        journal.answered(CallId(0));
        assert_eq!(after(&journal, 2), ["2", "3"]);
    }

    #[test]
    fn a_new_session_counts_from_the_start_and_gets_what_waited_for_it() {
        let mut journal = journal(2);
        journal.answered(CallId(0));
        journal.receive(1);
        journal.begin();
        assert_eq!(journal.received(), 0);
        assert_eq!(after(&journal, 0), ["1"]);
    }

    #[test]
    fn answers_are_acknowledged_by_number_and_by_size() {
        let mut journal = Journal::default();
        for _ in 1..ACK_AFTER_MESSAGES {
            assert_eq!(journal.receive(1), None);
        }
        assert_eq!(journal.receive(1), Some(ACK_AFTER_MESSAGES));
        assert_eq!(journal.receive(ACK_AFTER_BYTES), Some(ACK_AFTER_MESSAGES + 1));
        assert_eq!(journal.receive(1), None);
    }
}
