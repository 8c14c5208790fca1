//! The order in which calls were made, as something that can be repeated.

use crate::messages::Turn;

use super::recording::{CallNumber, Recorded, Recording};

/// Returns the order of the calls after one, of those programs that are `own`. The call that ended in the same microsecond in
/// which another began had ended before: the kernel worker does one thing at a time.
pub fn turns(recording: &Recording, after: CallNumber, own: impl Fn(&str) -> bool) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    // Calls that had not ended when the last one began.
    let mut open: Vec<(u32, &Recorded)> = Vec::new();
    let calls =
        recording.calls().filter(|call| call.started.number > after && own(&call.started.program));
    for (index, call) in (0..).zip(calls) {
        let started = &call.started;
        open.retain(|(_, earlier)| {
            earlier.ended.as_ref().is_none_or(|ended| ended.at_us > started.at_us)
        });
        turns.push(Turn {
            program: started.program.clone(),
            thread: started.thread,
            method: started.method.clone(),
            beside: open.iter().map(|(index, _)| *index).collect(),
        });
        open.push((index, call));
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::recording::{CallEnded, CallOutcome, CallStarted};
    use shared::call::Gethostname;

    /// Records calls: who, when each began and when it ended.
    fn recording(calls: &[(&str, u64, Option<u64>)]) -> Recording {
        let mut recording = Recording::default();
        for (number, (program, at_us, ended)) in (1..).zip(calls) {
            let started = CallStarted {
                number,
                program: (*program).into(),
                run: 1,
                thread: 0,
                site: None,
                method: format!("call{number}"),
                call: Gethostname {}.into(),
                at_us: *at_us,
                bytes: 0..0,
            };
            recording.start(started, b"");
            if let Some(at_us) = *ended {
                let outcome = CallOutcome::Abandoned;
                let ended = CallEnded { number, at_us, host_us: 0, outcome, bytes: 0..0 };
                recording.end(ended, b"");
            }
        }
        recording
    }

    #[test]
    fn an_order_says_what_each_call_was_made_beside() {
        let recording = recording(&[
            ("old", 0, Some(1)),
            ("a", 10, Some(40)),
            ("b", 20, Some(30)),
            ("b", 30, Some(50)),
            ("other", 35, None),
            ("a", 40, None),
            ("b", 60, None),
        ]);
        let turns = turns(&recording, 1, |program| program != "other");
        let programs: Vec<&str> = turns.iter().map(|turn| turn.program.as_str()).collect();
        assert_eq!(programs, ["a", "b", "b", "a", "b"]);
        assert_eq!(turns[0].method, "call2");
        let beside: Vec<&[u32]> = turns.iter().map(|turn| turn.beside.as_slice()).collect();
        assert_eq!(beside, [&[][..], &[0], &[0], &[2], &[3]]);
    }
}
