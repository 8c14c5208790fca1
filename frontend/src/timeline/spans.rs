//! Which rows a call's box reaches over: from its own to the last one that began before it ended.

use std::collections::BTreeSet;
use std::ops::Range;

use shared::call::Call;

use crate::session::recording::{CallNumber, CallOutcome, Recorded, Recording};

/// Rows above those in sight that are searched for boxes reaching into sight. A finished call
/// that began further up is drawn without its end; calls that still wait are always found.
const LOOK_BACK_ROWS: usize = 256;
/// Microseconds on the host from which a call is said to have waited, and not just worked.
const WAITED_US_MIN: u64 = 1_000;

/// A box that reaches over more than its own row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub number: CallNumber,
    /// Its own row, and the last one it reaches.
    pub first: usize,
    pub last: usize,
    pub body: Body,
}

/// How the box of a call looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// It worked.
    Solid,
    /// It waited for somebody, and then returned.
    Waited,
    /// It waits; the box is open at its end.
    Open,
}

/// Returns how a call's box looks.
pub fn body(call: &Recorded) -> Body {
    let Some(ended) = &call.ended else { return Body::Open };
    let waited = ended.host_us >= WAITED_US_MIN || ended.outcome == CallOutcome::Abandoned;
    if waited && waits_for_others(&call.started.call) { Body::Waited } else { Body::Solid }
}

/// Tells whether a call's time is somebody else's: a peer's, or a server's.
fn waits_for_others(call: &Call) -> bool {
    match call {
        Call::Accept(_)
        | Call::Connect(_)
        | Call::Recv(_)
        | Call::Recvfrom(_)
        | Call::Recvmsg(_)
        | Call::Send(_)
        | Call::Sendall(_)
        | Call::Sendmsg(_)
        | Call::Poll(_)
        | Call::EpollWait(_)
        | Call::Getaddrinfo(_)
        | Call::Getnameinfo(_) => true,
        Call::Socket(_)
        | Call::Socketpair(_)
        | Call::Dup(_)
        | Call::Bind(_)
        | Call::Listen(_)
        | Call::Sendto(_)
        | Call::Shutdown(_)
        | Call::Close(_)
        | Call::Getsockname(_)
        | Call::Getpeername(_)
        | Call::Getsockopt(_)
        | Call::Setsockopt(_)
        | Call::EpollCreate(_)
        | Call::EpollCtl(_)
        | Call::Unlink(_)
        | Call::IfNameindex(_)
        | Call::IfNametoindex(_)
        | Call::IfIndextoname(_)
        | Call::Getserv(_)
        | Call::Getprotobyname(_)
        | Call::Gethostname(_) => false,
    }
}

/// Returns the boxes that touch the rows `seen` and reach over more than one row. `numbers` are
/// the rows' calls, in the order they began.
pub fn spans(
    numbers: &[CallNumber],
    recording: &Recording,
    waiting: &BTreeSet<CallNumber>,
    seen: Range<usize>,
) -> Vec<Span> {
    let from = seen.start.saturating_sub(LOOK_BACK_ROWS);
    let to = seen.end.min(numbers.len());
    let Some(near) = numbers.get(from..to) else { return Vec::new() };
    let older = waiting.iter().filter_map(|number| {
        let row = numbers.binary_search(number).ok()?;
        (row < from).then_some((row, *number))
    });
    older
        .chain((from..).zip(near.iter().copied()))
        .filter_map(|(row, number)| span(numbers, recording, row, number))
        .filter(|span| span.last > span.first && span.last >= seen.start)
        .collect()
}

fn span(
    numbers: &[CallNumber],
    recording: &Recording,
    first: usize,
    number: CallNumber,
) -> Option<Span> {
    let call = recording.find(number)?;
    let last = match &call.ended {
        None => numbers.len() - 1,
        Some(ended) => {
            let began_before = |number: &CallNumber| {
                recording.find(*number).is_some_and(|call| call.started.at_us < ended.at_us)
            };
            first + numbers[first..].partition_point(began_before).max(1) - 1
        }
    };
    Some(Span { number, first, last, body: body(call) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::testing::Script;
    use serde_json::json;

    fn numbers(script: &Script) -> Vec<CallNumber> {
        script.recording.calls().map(|call| call.started.number).collect()
    }

    fn accept() -> serde_json::Value {
        json!({"op": "accept", "socket": 3, "wait": "forever"})
    }

    #[test]
    fn a_call_that_waits_reaches_down_to_the_newest_row() {
        let mut script = Script::default();
        let number = script.begin("server.py", accept(), b"");
        script.listen("other.py", 9000);
        let (numbers, waiting) = (numbers(&script), BTreeSet::from([number]));
        let last = numbers.len() - 1;
        let found = spans(&numbers, &script.recording, &waiting, 0..numbers.len());
        assert!(found.contains(&Span { number, first: 0, last, body: Body::Open }));

        // Scrolled far away, it still reaches into sight.
        let found = spans(&numbers, &script.recording, &waiting, last..last + 1);
        assert!(found.iter().any(|span| span.number == number));
    }

    #[test]
    fn a_call_alone_in_its_time_needs_no_more_than_its_row() {
        let mut script = Script::default();
        script.listen("server.py", 9000);
        let numbers = numbers(&script);
        let done = &numbers[..1];
        assert!(spans(done, &script.recording, &BTreeSet::new(), 0..1).is_empty());
        assert!(spans(&[], &script.recording, &BTreeSet::new(), 0..40).is_empty());
    }
}
