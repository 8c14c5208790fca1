//! Where the time of a call goes, stage by stage. Only kept where the page asks for it
//! (`?trace=1`); otherwise it costs a comparison per event.
//!
//! The thread notes in its mailbox when it asks and when it wakes; the rest is seen here.

use std::collections::HashMap;

use shared::frame::CallId;

use super::WorkerId;
use crate::messages::{Stage, StageTimes, TraceSummary};

/// Calls of which the times are kept: enough for a percentile of the slowest hundredth.
const CALLS_KEPT: usize = 4096;
/// Calls in flight of which the beginning is remembered; more are not traced.
const CALLS_OPEN_MAX: usize = 1024;
/// Microseconds between two summaries for the page.
const SUMMARY_INTERVAL_US: u64 = 500_000;
/// A stage that took longer is a pause of the program, such as the time between two runs.
const STAGE_US_MAX: u32 = 10_000_000;

/// The times of the latest calls.
#[derive(Debug, Default)]
pub struct Trace {
    /// When the event that is being dealt with arrived.
    arrived_us: u64,
    /// The request that is being dealt with.
    asking: Option<Asking>,
    open: HashMap<CallId, Open>,
    /// The answer that each worker got last: it says of it when it asks again.
    answered: HashMap<WorkerId, u64>,
    times: [Vec<u32>; Stage::ALL.len()],
    /// How often each was written; the oldest is overwritten.
    written: [usize; Stage::ALL.len()],
    calls: u64,
    told: u64,
    told_us: u64,
}

#[derive(Debug, Clone, Copy)]
struct Asking {
    worker: WorkerId,
    arrived_us: u64,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    worker: WorkerId,
    sent_us: u64,
}

impl Trace {
    /// An event arrived.
    pub fn arrived(&mut self, now_us: u64) {
        self.arrived_us = now_us;
        self.asking = None;
    }

    /// A thread asks; it says when it did, and when it woke with the answer before.
    pub fn asks(&mut self, worker: WorkerId, asked: u32, woken: u32) {
        self.asking = Some(Asking { worker, arrived_us: self.arrived_us });
        if asked == 0 {
            return;
        }
        // The words hold the low half of the time.
        self.note(Stage::Nudge, (self.arrived_us as u32).wrapping_sub(asked));
        if let Some(answered_us) = self.answered.remove(&worker) {
            self.note(Stage::Wake, woken.wrapping_sub(answered_us as u32));
            self.note(Stage::Program, asked.wrapping_sub(woken));
        }
    }

    /// The call of the request that is being dealt with was sent.
    pub fn sent(&mut self, id: CallId, now_us: u64) {
        let Some(Asking { worker, arrived_us }) = self.asking.take() else { return };
        self.note(Stage::KernelOut, between(arrived_us, now_us));
        if self.open.len() < CALLS_OPEN_MAX {
            self.open.insert(id, Open { worker, sent_us: now_us });
        }
    }

    /// A call's answer, which has just arrived, was handed to its thread.
    pub fn answered(&mut self, id: CallId, host_us: u64, now_us: u64) {
        let Some(Open { worker, sent_us }) = self.open.remove(&id) else { return };
        let away_us = between(sent_us, self.arrived_us);
        let host_us = u32::try_from(host_us).unwrap_or(u32::MAX);
        self.note(Stage::Connection, away_us.saturating_sub(host_us));
        self.note(Stage::SystemCall, host_us);
        self.note(Stage::KernelIn, between(self.arrived_us, now_us));
        self.answered.insert(worker, now_us);
        self.calls += 1;
    }

    /// Returns what is to be told to the page, if it is time and there is something new.
    pub fn summary(&mut self, now_us: u64) -> Option<TraceSummary> {
        if self.calls == self.told || now_us < self.told_us + SUMMARY_INTERVAL_US {
            return None;
        }
        (self.told, self.told_us) = (self.calls, now_us);
        let stages = Stage::ALL.map(|stage| {
            let mut times = self.times[stage as usize].clone();
            times.sort_unstable();
            StageTimes { stage, p50_us: percentile(&times, 50), p99_us: percentile(&times, 99) }
        });
        Some(TraceSummary { calls: self.calls, stages: stages.to_vec() })
    }

    fn note(&mut self, stage: Stage, us: u32) {
        if us > STAGE_US_MAX {
            return;
        }
        let (times, written) = (&mut self.times[stage as usize], &mut self.written[stage as usize]);
        match times.get_mut(*written % CALLS_KEPT) {
            Some(oldest) => *oldest = us,
            None => times.push(us),
        }
        *written += 1;
    }
}

fn between(from_us: u64, to_us: u64) -> u32 {
    u32::try_from(to_us.saturating_sub(from_us)).unwrap_or(u32::MAX)
}

fn percentile(sorted: &[u32], percent: usize) -> u32 {
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * percent / 100).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One call whose thread asks at `at` and whose stages take 1, 2, 4, … microseconds.
    fn call(trace: &mut Trace, number: u64, at: u64) -> u64 {
        let worker = WorkerId(1);
        trace.arrived(at + 1);
        trace.asks(worker, at as u32, (at - 64) as u32);
        trace.sent(CallId(number), at + 3);
        trace.arrived(at + 3 + 4 + 8);
        trace.answered(CallId(number), 8, at + 31);
        at + 31 + 32 + 64
    }

    #[test]
    fn every_stage_has_its_time() {
        let mut trace = Trace::default();
        let mut at = 1 << 33;
        for number in 0..2 {
            at = call(&mut trace, number, at);
        }
        let summary = trace.summary(at).unwrap();
        assert_eq!(summary.calls, 2);
        let p50: Vec<_> = summary.stages.iter().map(|times| (times.stage, times.p50_us)).collect();
        assert_eq!(
            p50,
            [
                (Stage::Program, 64),
                (Stage::Nudge, 1),
                (Stage::KernelOut, 2),
                (Stage::Connection, 4),
                (Stage::SystemCall, 8),
                (Stage::KernelIn, 16),
                (Stage::Wake, 32),
            ]
        );
    }

    #[test]
    fn the_page_is_told_now_and_then_and_only_what_is_new() {
        let mut trace = Trace::default();
        let at = call(&mut trace, 0, 1 << 33);
        assert!(trace.summary(at).is_some());
        assert!(trace.summary(at + SUMMARY_INTERVAL_US).is_none());
        let at = call(&mut trace, 1, at);
        assert!(trace.summary(at).is_none());
        assert!(trace.summary(at + SUMMARY_INTERVAL_US).is_some());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut trace = Trace::default();
        let mut at = 1 << 33;
        for number in 0..CALLS_KEPT as u64 + 10 {
            at = call(&mut trace, number, at);
        }
        assert!(trace.times.iter().all(|times| times.len() <= CALLS_KEPT));
        assert!(trace.open.is_empty());
    }
}
