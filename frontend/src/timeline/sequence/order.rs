//! The moments of a recording in the order they came.

use crate::session::recording::{CallNumber, Recording};

use super::Ending;

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Start(CallNumber),
    End(CallNumber),
    Ending(usize),
}

/// Returns what happened to the calls `shown`, and to programs, in order.
pub(super) fn moments(
    recording: &Recording,
    shown: &[CallNumber],
    endings: &[Ending],
) -> Vec<Moment> {
    // A call's end comes after every beginning of the same microsecond.
    let mut all: Vec<(u64, u8, u64, Moment)> = Vec::with_capacity(shown.len() * 2);
    for call in shown.iter().filter_map(|number| recording.find(*number)) {
        let number = call.started.number;
        all.push((call.started.at_us, 0, number, Moment::Start(number)));
        if let Some(ended) = &call.ended {
            all.push((ended.at_us.max(call.started.at_us), 1, number, Moment::End(number)));
        }
    }
    for (index, ending) in endings.iter().enumerate().filter(|(_, ending)| !ending.gone) {
        all.push((ending.at_us, 2, index as u64, Moment::Ending(index)));
    }
    all.sort_by_key(|(at_us, rank, number, _)| (*at_us, *rank, *number));
    all.into_iter().map(|(.., moment)| moment).collect()
}
