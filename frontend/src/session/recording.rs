//! The recording: what happened, when, on which line of which program, on which socket, with
//! which bytes. Everything the page draws is derived from it.

use std::collections::VecDeque;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use shared::call::{Call, SocketId};
use shared::errno::Failure;
use shared::guest::Site;
use shared::reply::Reply;

use crate::messages::{ProgramState, Stream};
use crate::timeline::format;

/// Numbers the calls of a recording in the order they began.
pub type CallNumber = u64;

/// A call began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallStarted {
    pub number: CallNumber,
    pub program: String,
    /// Counts a program's runs, so that fd 3 of one is not taken for fd 3 of the next.
    pub run: u32,
    /// 0 is the main thread.
    pub thread: u32,
    pub site: Option<Site>,
    /// The method as Python named it: `recv_into` for a `recv`.
    pub method: String,
    /// With the program's own fds.
    pub call: Call,
    /// Microseconds since 1970, from the tab's monotonic clock.
    pub at_us: u64,
    /// What it sends, in the payload of the batch.
    pub bytes: Range<usize>,
}

/// A call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallEnded {
    pub number: CallNumber,
    /// Microseconds since 1970, from the tab's monotonic clock.
    pub at_us: u64,
    /// Of those, what the host worked and waited.
    pub host_us: u64,
    pub outcome: CallOutcome,
    /// What it received, in the payload of the batch.
    pub bytes: Range<usize>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The reply, as JSON: the call says what is in it (see [`CallOutcome::reply`]).
    Ok(serde_json::Value),
    Error(Failure),
    /// The program was stopped or the connection was lost while it waited.
    Abandoned,
}

impl CallOutcome {
    /// Reads the reply to `call`, with the program's own fds.
    pub fn reply(&self, call: &Call) -> Option<Reply> {
        match self {
            CallOutcome::Ok(json) => call.decode_reply(&json.to_string()).ok(),
            CallOutcome::Error(_) | CallOutcome::Abandoned => None,
        }
    }
}

/// A socket of one run of one program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketKey {
    pub program: String,
    pub run: u32,
    pub fd: SocketId,
}

/// Something besides calls that happened to a program: what a replay needs to show its pane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Microseconds since 1970, from the tab's monotonic clock.
    pub at_us: u64,
    pub program: String,
    pub what: Happened,
}

/// What happened to a program at a [`Moment`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It was run; its console is empty from here.
    Run,
    /// It wrote something.
    Output { stream: Stream, text: String },
    /// The visitor typed something for it.
    Typed { text: String },
    /// What it is doing changed.
    State(ProgramState),
}

impl Moment {
    /// Returns about how much memory it takes beyond itself.
    fn text_bytes(&self) -> usize {
        match &self.what {
            Happened::Output { text, .. } | Happened::Typed { text } => text.len(),
            Happened::Run | Happened::State(_) => 0,
        }
    }
}

/// Moments kept at most: as with calls, minutes of work.
pub const MOMENTS_KEPT_MAX: usize = 200_000;
/// Bytes of output kept over all moments; far more than anybody scrolls back through.
pub const OUTPUT_BYTES_KEPT_MAX: usize = 8 << 20;

/// Calls kept at most. At one call a millisecond that is more than three minutes of work.
pub const CALLS_KEPT_MAX: usize = 200_000;
/// Bytes sent and received that are kept, over all calls: what a tab can hold with ease.
pub const BYTES_KEPT_MAX: usize = 64 << 20;
/// Bytes kept of one call in one direction; nobody reads more than this as hex.
pub const CALL_BYTES_KEPT_MAX: usize = 1 << 20;

/// Bytes of a call, or how many of them were not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes {
    /// The first ones.
    pub kept: Vec<u8>,
    /// How many more there were.
    pub dropped: u64,
}

impl Bytes {
    /// Returns how many bytes there were, kept or not.
    pub fn total(&self) -> u64 {
        self.kept.len() as u64 + self.dropped
    }

    fn append(&mut self, bytes: &[u8]) -> usize {
        let room = CALL_BYTES_KEPT_MAX.saturating_sub(self.kept.len()).min(bytes.len());
        // Once something is missing, what follows would stand at the wrong offset.
        let room = if self.dropped > 0 { 0 } else { room };
        self.kept.extend_from_slice(&bytes[..room]);
        self.dropped += (bytes.len() - room) as u64;
        room
    }

    fn forget(&mut self) -> usize {
        let freed = self.kept.len();
        self.dropped += freed as u64;
        self.kept = Vec::new();
        freed
    }
}

/// A call with everything known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    pub started: CallStarted,
    pub sent: Bytes,
    /// Nothing while it waits.
    pub ended: Option<CallEnded>,
    pub received: Bytes,
}

impl Recorded {
    /// Returns how long it took, or has taken by `now_us`.
    pub fn duration_us(&self, now_us: u64) -> u64 {
        let end = self.ended.as_ref().map_or(now_us, |ended| ended.at_us);
        end.saturating_sub(self.started.at_us)
    }
}

/// Every call of a session in the order they began, bounded.
///
/// Over a bound the oldest go first, and the counts say how many: nothing is lost in silence.
#[derive(Debug, Default)]
pub struct Recording {
    calls: VecDeque<Recorded>,
    moments: VecDeque<Moment>,
    output_bytes_kept: usize,
    bytes_kept: usize,
    /// Calls whose bytes were given up already, counted from the oldest.
    emptied: usize,
    calls_forgotten: u64,
    bytes_forgotten: u64,
    moments_forgotten: u64,
}

impl Recording {
    /// Notes that a call began; `payload` is that of its batch.
    pub fn start(&mut self, started: CallStarted, payload: &[u8]) {
        let mut sent = Bytes::default();
        self.bytes_kept += sent.append(slice(payload, &started.bytes));
        self.calls.push_back(Recorded { started, sent, ended: None, received: Bytes::default() });
        self.keep_bounds();
    }

    /// Notes that a call in parts sends more.
    pub fn proceed(&mut self, number: CallNumber, bytes: &Range<usize>, payload: &[u8]) {
        if let Some(call) = self.find_mut(number) {
            let kept = call.sent.append(slice(payload, bytes));
            self.bytes_kept += kept;
        }
        self.keep_bounds();
    }

    /// Notes that a call ended.
    pub fn end(&mut self, ended: CallEnded, payload: &[u8]) {
        if let Some(call) = self.find_mut(ended.number) {
            let kept = call.received.append(slice(payload, &ended.bytes));
            call.ended = Some(ended);
            self.bytes_kept += kept;
        }
        self.keep_bounds();
    }

    /// Notes something besides calls.
    pub fn note(&mut self, moment: Moment) {
        self.output_bytes_kept += moment.text_bytes();
        self.moments.push_back(moment);
        while self.moments.len() > MOMENTS_KEPT_MAX
            || self.output_bytes_kept > OUTPUT_BYTES_KEPT_MAX
        {
            let Some(gone) = self.moments.pop_front() else { break };
            self.output_bytes_kept -= gone.text_bytes();
            self.moments_forgotten += 1;
        }
    }

    /// Takes over a call from another recording, up to its end.
    pub fn copy_start(&mut self, from: &Recorded) {
        let bytes = 0..from.sent.kept.len();
        let started = CallStarted { bytes, ..from.started.clone() };
        self.start(started, &from.sent.kept);
        self.lack(from.started.number, [from.sent.dropped, 0]);
    }

    /// Takes over the end of a call from another recording, which has it under the same number.
    pub fn copy_end(&mut self, from: &Recorded) {
        let Some(ended) = &from.ended else { return };
        let bytes = 0..from.received.kept.len();
        self.end(CallEnded { bytes, ..ended.clone() }, &from.received.kept);
        self.lack(ended.number, [0, from.received.dropped]);
    }

    /// Says how many bytes more a call sent and received than are kept.
    pub fn lack(&mut self, number: CallNumber, [sent, received]: [u64; 2]) {
        if let Some(call) = self.find_mut(number) {
            call.sent.dropped = call.sent.dropped.saturating_add(sent);
            call.received.dropped = call.received.dropped.saturating_add(received);
        }
    }

    /// Forgets everything, on the visitor's wish.
    pub fn clear(&mut self) {
        *self = Recording::default();
    }

    /// Returns the calls in the order they began.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Recorded> + ExactSizeIterator {
        self.calls.iter()
    }

    /// Returns what happened besides calls, in order.
    pub fn moments(&self) -> impl ExactSizeIterator<Item = &Moment> {
        self.moments.iter()
    }

    /// Returns the moment at this place.
    pub fn moment(&self, index: usize) -> Option<&Moment> {
        self.moments.get(index)
    }

    /// Returns how many calls, bytes and moments were given up.
    pub(super) fn losses(&self) -> [u64; 3] {
        [self.calls_forgotten, self.bytes_forgotten, self.moments_forgotten]
    }

    /// Takes over what was given up before the recording was written to a file.
    pub(super) fn set_losses(&mut self, [calls, bytes, moments]: [u64; 3]) {
        self.calls_forgotten += calls;
        self.bytes_forgotten += bytes;
        self.moments_forgotten += moments;
    }

    /// Returns how many calls are kept.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Tells whether nothing was recorded yet.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Returns the call with this number.
    pub fn find(&self, number: CallNumber) -> Option<&Recorded> {
        let index = self.calls.binary_search_by_key(&number, |call| call.started.number).ok()?;
        self.calls.get(index)
    }

    /// Says what was given up to stay within bounds, if anything was.
    pub fn forgotten(&self) -> Option<String> {
        let calls = self.calls_forgotten;
        let bytes = format::size(self.bytes_forgotten);
        match (calls, self.bytes_forgotten) {
            (0, 0) if self.moments_forgotten > 0 => {
                Some("The oldest output is no longer kept.".into())
            }
            (0, 0) => None,
            (0, _) => Some(format!(
                "The bytes of older calls are no longer kept ({bytes}); the calls are."
            )),
            (_, 0) => Some(format!("The oldest {calls} calls are no longer kept.")),
            _ => Some(format!(
                "The oldest {calls} calls and the bytes of older ones ({bytes}) are no longer kept."
            )),
        }
    }

    fn find_mut(&mut self, number: CallNumber) -> Option<&mut Recorded> {
        let index = self.calls.binary_search_by_key(&number, |call| call.started.number).ok()?;
        self.calls.get_mut(index)
    }

    fn keep_bounds(&mut self) {
        while self.bytes_kept > BYTES_KEPT_MAX && self.emptied < self.calls.len() {
            let call = &mut self.calls[self.emptied];
            let freed = call.sent.forget() + call.received.forget();
            self.bytes_kept -= freed;
            self.bytes_forgotten += freed as u64;
            self.emptied += 1;
        }
        while self.calls.len() > CALLS_KEPT_MAX {
            let Some(call) = self.calls.pop_front() else { break };
            self.bytes_kept -= call.sent.kept.len() + call.received.kept.len();
            self.emptied = self.emptied.saturating_sub(1);
            self.calls_forgotten += 1;
        }
    }
}

/// Returns a range of a payload, or nothing where the range lies outside of it.
fn slice<'a>(payload: &'a [u8], range: &Range<usize>) -> &'a [u8] {
    payload.get(range.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::call::{Recv, Wait};

    fn started(number: CallNumber, bytes: Range<usize>) -> CallStarted {
        CallStarted {
            number,
            program: "a.py".into(),
            run: 1,
            thread: 0,
            site: None,
            method: "recv".into(),
            call: Call::Recv(Recv {
                socket: SocketId(3),
                len: 128,
                flags: Vec::new(),
                wait: Wait::Forever,
            }),
            at_us: number * 1000,
            bytes,
        }
    }

    fn ended(number: CallNumber, bytes: Range<usize>) -> CallEnded {
        let outcome = CallOutcome::Ok(serde_json::json!({"len": bytes.len(), "offset": 0}));
        CallEnded { number, at_us: number * 1000 + 5, host_us: 3, outcome, bytes }
    }

    #[test]
    fn a_call_has_its_bytes() {
        let mut recording = Recording::default();
        recording.start(started(7, 0..0), b"");
        recording.end(ended(7, 2..5), b"..abc");
        let call = recording.find(7).unwrap();
        assert_eq!(call.received.kept, b"abc");
        assert_eq!(call.duration_us(0), 5);
        assert!(matches!(
            call.ended.as_ref().unwrap().outcome.reply(&call.started.call),
            Some(Reply::Received(received)) if received.len == 3
        ));
    }

    #[test]
    fn a_range_outside_the_payload_is_no_bytes() {
        let mut recording = Recording::default();
        recording.start(started(1, 10..20), b"abc");
        assert_eq!(recording.find(1).unwrap().sent, Bytes::default());
    }

    #[test]
    fn over_the_limit_old_bytes_go_and_it_says_so() {
        let mut recording = Recording::default();
        let payload = vec![0u8; CALL_BYTES_KEPT_MAX];
        let calls = (BYTES_KEPT_MAX / CALL_BYTES_KEPT_MAX) as u64 + 2;
        for number in 0..calls {
            recording.start(started(number, 0..payload.len()), &payload);
        }
        assert_eq!(recording.len() as u64, calls);
        assert_eq!(recording.find(0).unwrap().sent.total(), payload.len() as u64);
        assert!(recording.find(0).unwrap().sent.kept.is_empty());
        assert_eq!(recording.find(calls - 1).unwrap().sent.kept.len(), payload.len());
        assert!(recording.forgotten().unwrap().contains("bytes of older calls"));
    }

    #[test]
    fn over_the_limit_old_calls_go_and_it_says_so() {
        let mut recording = Recording::default();
        for number in 0..CALLS_KEPT_MAX as u64 + 3 {
            recording.start(started(number, 0..0), b"");
        }
        assert_eq!(recording.len(), CALLS_KEPT_MAX);
        assert!(recording.find(2).is_none());
        assert!(recording.find(3).is_some());
        assert_eq!(recording.forgotten().unwrap(), "The oldest 3 calls are no longer kept.");
    }

    #[test]
    fn over_both_limits_it_says_both() {
        let mut recording = Recording::default();
        let payload = vec![0u8; 2 * BYTES_KEPT_MAX / CALLS_KEPT_MAX];
        for number in 0..CALLS_KEPT_MAX as u64 + 3 {
            recording.start(started(number, 0..payload.len()), &payload);
        }
        let said = recording.forgotten().unwrap();
        assert!(said.starts_with("The oldest 3 calls and the bytes of older ones (67."), "{said}");
    }

    #[test]
    fn a_long_call_keeps_its_beginning() {
        let mut recording = Recording::default();
        let payload = vec![1u8; CALL_BYTES_KEPT_MAX];
        recording.start(started(0, 0..payload.len()), &payload);
        recording.proceed(0, &(0..10), &payload);
        let sent = &recording.find(0).unwrap().sent;
        assert_eq!((sent.kept.len(), sent.dropped), (CALL_BYTES_KEPT_MAX, 10));
    }
}
