//! What the page is told: notices in order, and the bytes of calls, gathered into batches so
//! that no call waits for the page.

use std::collections::HashSet;
use std::ops::Range;

use serde_json::value::RawValue;

use shared::errno::Failure;
use shared::frame::{self, ShownNote};

use super::limits::{
    BATCH_BYTES_MAX, BATCH_DELAY_US, BATCH_INTERVAL_FLOOD_US, BATCH_INTERVAL_US, BATCH_NOTICES_MAX,
    CALL_BYTES_SHOWN_MAX, FLOOD_NOTICES_PER_SECOND, UNSHOWN_BYTES_MAX,
};
use crate::messages::{Batch, Notice, Stream};
use crate::session::recording::{CallEnded, CallNumber, CallOutcome, CallStarted};

/// Gathers notices for the page.
#[derive(Debug, Default)]
pub struct Recorder {
    notices: Vec<Entry>,
    times_us: Vec<u64>,
    payload: Vec<u8>,
    calls: CallNumber,
    /// Calls in parts of which something is left out: what follows has no place any more.
    cut: HashSet<CallNumber>,
    sent_us: u64,
    /// Whether the last batch was part of a flood.
    flood: bool,
    due_us: Option<u64>,
}

#[derive(Debug)]
enum Entry {
    Notice(Notice),
    /// A call's end, its reply not yet parsed: that is left for the time of sending.
    Ended {
        number: CallNumber,
        at_us: u64,
        host_us: u64,
        outcome: Ended,
        bytes: Range<usize>,
    },
}

/// How a call ended.
#[derive(Debug)]
pub enum Ended {
    Ok(Box<RawValue>),
    Error(Failure),
    Abandoned,
}

impl Recorder {
    /// Adds a notice.
    pub fn note(&mut self, notice: Notice, now_us: u64) {
        self.push(Entry::Notice(notice), now_us, BATCH_DELAY_US);
    }

    /// Adds written text, to the last notice if that is of the same stream.
    pub fn output(&mut self, program: &str, stream: Stream, text: String, now_us: u64) {
        if let Some(Entry::Notice(Notice::Output { program: of, stream: to, text: already })) =
            self.notices.last_mut()
            && of == program
            && *to == stream
            && already.len() < UNSHOWN_BYTES_MAX
        {
            already.push_str(&text);
        } else {
            self.note(Notice::Output { program: program.to_owned(), stream, text }, now_us);
        }
    }

    /// Adds the beginning of a call and numbers it.
    pub fn started(&mut self, mut call: CallStarted, sent: &[u8]) -> CallNumber {
        self.calls += 1;
        call.number = self.calls;
        call.bytes = self.keep_part(self.calls, sent);
        let at_us = call.at_us;
        self.push(Entry::Notice(Notice::CallStarted(call)), at_us, BATCH_INTERVAL_US);
        self.calls
    }

    /// Adds another part of a call in several parts.
    pub fn continued(&mut self, number: CallNumber, sent: &[u8], now_us: u64) {
        let bytes = self.keep_part(number, sent);
        let notice = Notice::CallContinued { number, bytes };
        self.push(Entry::Notice(notice), now_us, BATCH_INTERVAL_US);
    }

    /// Adds the end of a call.
    pub fn ended(
        &mut self,
        number: CallNumber,
        outcome: Ended,
        host_us: u64,
        received: &[u8],
        now_us: u64,
    ) {
        let bytes = self.keep(received);
        self.cut.remove(&number);
        let entry = Entry::Ended { number, at_us: now_us, host_us, outcome, bytes };
        self.push(entry, now_us, BATCH_INTERVAL_US);
    }

    /// Adds what another visitor shows.
    pub fn shown(&mut self, note: ShownNote, show: String, payload: &[u8], now_us: u64) {
        let bytes = self.keep(payload);
        let ShownNote { from, lost, cut: _ } = note;
        self.note(Notice::Shown { from, lost, show, bytes }, now_us);
    }

    /// Returns when the next batch is to be sent.
    pub fn due_us(&self) -> Option<u64> {
        self.due_us
    }

    /// Returns the batch if it is time for it.
    pub fn take(&mut self, now_us: u64) -> Option<Vec<u8>> {
        if self.due_us.is_none_or(|due_us| now_us < due_us) {
            return None;
        }
        self.due_us = None;
        let elapsed_us = now_us.saturating_sub(self.sent_us).max(1);
        self.flood = self.notices.len() as u64 * 1_000_000 / elapsed_us >= FLOOD_NOTICES_PER_SECOND;
        self.sent_us = now_us;
        let notices = self.notices.drain(..).map(Entry::into_notice).collect();
        let times_us = std::mem::take(&mut self.times_us);
        let header = frame::to_json(&Batch { notices, times_us });
        let batch = frame::join(header.as_bytes(), &self.payload);
        self.payload.clear();
        Some(batch)
    }

    fn push(&mut self, entry: Entry, now_us: u64, delay_us: u64) {
        self.notices.push(entry);
        self.times_us.push(now_us);
        let interval_us = if self.flood { BATCH_INTERVAL_FLOOD_US } else { BATCH_INTERVAL_US };
        let due_us = (now_us + delay_us).max(self.sent_us + interval_us);
        let due_us = if self.notices.len() >= BATCH_NOTICES_MAX { now_us } else { due_us };
        self.due_us = Some(self.due_us.map_or(due_us, |earlier| earlier.min(due_us)));
    }

    /// Keeps bytes that a call sends, unless some before them are left out already.
    fn keep_part(&mut self, number: CallNumber, sent: &[u8]) -> Range<usize> {
        let bytes = self.keep(if self.cut.contains(&number) { &[] } else { sent });
        if bytes.len() < sent.len() {
            self.cut.insert(number);
        }
        bytes
    }

    /// Keeps bytes for the page, as many as there is room for.
    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.payload.len();
        let room = CALL_BYTES_SHOWN_MAX.min(BATCH_BYTES_MAX - start.min(BATCH_BYTES_MAX));
        self.payload.extend_from_slice(&bytes[..bytes.len().min(room)]);
        start..self.payload.len()
    }
}

impl Entry {
    fn into_notice(self) -> Notice {
        match self {
            Entry::Notice(notice) => notice,
            Entry::Ended { number, at_us, host_us, outcome, bytes } => {
                let outcome = match outcome {
                    Ended::Ok(raw) => CallOutcome::Ok(
                        shared::json::read(raw.get()).unwrap_or(serde_json::Value::Null),
                    ),
                    Ended::Error(failure) => CallOutcome::Error(failure),
                    Ended::Abandoned => CallOutcome::Abandoned,
                };
                Notice::CallEnded(CallEnded { number, at_us, host_us, outcome, bytes })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::call::{Close, SocketId};

    fn call(at_us: u64) -> CallStarted {
        CallStarted {
            number: 0,
            program: "a.py".into(),
            run: 1,
            thread: 0,
            site: None,
            method: "sendall".into(),
            call: Close { socket: SocketId(3) }.into(),
            at_us,
            bytes: 0..0,
        }
    }

    fn decode(batch: &[u8]) -> (Vec<Notice>, Vec<u8>) {
        let (header, payload) = frame::split(batch).unwrap();
        let batch: Batch = serde_json::from_slice(header).unwrap();
        (batch.notices, payload.to_vec())
    }

    #[test]
    fn calls_and_their_bytes_arrive_in_order() {
        let mut recorder = Recorder::default();
        let number = recorder.started(call(1_000_000), b"one");
        recorder.continued(number, b"two", 1_000_001);
        let reply = RawValue::from_string("{\"len\":6}".into()).unwrap();
        recorder.ended(number, Ended::Ok(reply), 5, b"three", 1_000_002);
        assert_eq!(recorder.take(1_000_003), None);
        let batch = recorder.take(1_016_000).unwrap();
        let (header, _) = frame::split(&batch).unwrap();
        let times_us = serde_json::from_slice::<Batch>(header).unwrap().times_us;
        assert_eq!(times_us, [1_000_000, 1_000_001, 1_000_002]);
        let (notices, payload) = decode(&batch);
        assert_eq!(payload, b"onetwothree");
        assert!(matches!(&notices[0], Notice::CallStarted(call) if call.bytes == (0..3)));
        assert_eq!(notices[1], Notice::CallContinued { number, bytes: 3..6 });
        assert!(matches!(&notices[2], Notice::CallEnded(end) if end.bytes == (6..11)));
        assert_eq!(recorder.due_us(), None);
    }

    #[test]
    fn a_notice_after_a_quiet_frame_goes_out_at_once() {
        let mut recorder = Recorder::default();
        recorder.note(Notice::Warm, 1_000_000);
        assert_eq!(recorder.due_us(), Some(1_000_000 + BATCH_DELAY_US));
        assert!(recorder.take(1_000_000 + BATCH_DELAY_US).is_some());
        recorder.note(Notice::Warm, 1_003_000);
        assert_eq!(recorder.due_us(), Some(1_000_000 + BATCH_DELAY_US + BATCH_INTERVAL_US));
    }

    #[test]
    fn a_flood_goes_out_less_often_until_it_ends() {
        let mut recorder = Recorder::default();
        recorder.note(Notice::Warm, 1_000_000);
        recorder.take(1_002_000).unwrap();
        for _ in 0..100 {
            recorder.note(Notice::Warm, 1_010_000);
        }
        recorder.take(1_018_000).unwrap();
        recorder.note(Notice::Warm, 1_019_000);
        assert_eq!(recorder.due_us(), Some(1_018_000 + BATCH_INTERVAL_FLOOD_US));
        recorder.take(1_118_000).unwrap();
        recorder.note(Notice::Warm, 1_119_000);
        assert_eq!(recorder.due_us(), Some(1_118_000 + BATCH_INTERVAL_US));
    }

    #[test]
    fn written_text_is_joined_per_stream() {
        let mut recorder = Recorder::default();
        for (stream, text) in [(Stream::Stdout, "a"), (Stream::Stdout, "b"), (Stream::Stderr, "c")]
        {
            recorder.output("p", stream, text.into(), 1);
        }
        let (notices, _) = decode(&recorder.take(1_000_000).unwrap());
        let texts: Vec<&str> = notices
            .iter()
            .map(|notice| match notice {
                Notice::Output { text, .. } => text.as_str(),
                _ => "",
            })
            .collect();
        assert_eq!(texts, ["ab", "c"]);
    }

    #[test]
    fn a_batch_has_an_end() {
        let mut recorder = Recorder::default();
        let bytes = vec![0; CALL_BYTES_SHOWN_MAX + 1];
        for _ in 0..10 {
            recorder.started(call(1), &bytes);
        }
        let (notices, payload) = decode(&recorder.take(1_000_000).unwrap());
        assert_eq!(notices.len(), 10);
        assert_eq!(payload.len(), BATCH_BYTES_MAX);
        for _ in 0..BATCH_NOTICES_MAX {
            recorder.note(Notice::Warm, 2_000_000);
        }
        assert_eq!(recorder.due_us(), Some(2_000_000));
    }
}
