//! A recording being replayed: every step of it, and how far it has come.

use crate::messages::ProgramState;
use crate::session::python2::Diagnosis;
use crate::session::recording::{CallNumber, Recording};

use super::console::{Console, Tail};
use super::state::{Calls, PaneTab, Program};

/// Speeds, slowest first, as a part of the recorded speed and in words.
pub const SPEEDS: [(f64, &str); 5] =
    [(0.001, "1/1000"), (0.01, "1/100"), (0.1, "1/10"), (1.0, "1×"), (10.0, "10×")];
/// Milliseconds that a replay takes at least, where a slower speed makes it take longer.
const DURATION_MS_MIN: f64 = 6_000.0;
/// Milliseconds for which nothing happens at most: longer silence is skipped.
pub const QUIET_MS_MAX: f64 = 1_000.0;

/// A recording being replayed.
#[derive(Debug)]
pub struct Replay {
    /// All of it; what the page shows is as much of it as has come by.
    pub recording: Recording,
    pub steps: Vec<Step>,
    /// Steps that have come by.
    pub at: usize,
    /// The moment that is shown, in microseconds since 1970.
    pub clock_us: u64,
    pub playing: bool,
    /// Which of [`SPEEDS`].
    pub speed: usize,
    /// When the clock was moved last, in the page's own time.
    pub ticked_ms: f64,
    /// What was on the page before; nothing where the recording was opened from elsewhere.
    pub live: Option<Live>,
}

/// The smallest thing that a replay can go forward by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub at_us: u64,
    pub what: StepKind,
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    CallBegins(CallNumber),
    CallEnds(CallNumber),
    /// Something besides calls, by its place among the recording's moments.
    Moment(usize),
}

/// What a replay puts aside, to be brought back when it is left.
#[derive(Debug)]
pub struct Live {
    pub calls: Calls,
    pub panes: Vec<LivePane>,
}

/// What a replay puts aside of one program.
#[derive(Debug)]
pub struct LivePane {
    pub id: u64,
    pub state: ProgramState,
    pub console: Console,
    pub stdout: Tail,
    pub stderr: Tail,
    pub tab: PaneTab,
    pub python2: Option<Diagnosis>,
    pub error_line: Option<u32>,
    pub error_text: String,
}

impl LivePane {
    /// Takes out of a program what a replay shows in its own way.
    pub fn take(program: &mut Program) -> Self {
        LivePane {
            id: program.id,
            state: std::mem::take(&mut program.state),
            console: std::mem::take(&mut program.console),
            stdout: std::mem::take(&mut program.stdout),
            stderr: std::mem::take(&mut program.stderr),
            tab: std::mem::take(&mut program.tab),
            python2: program.python2.take(),
            error_line: program.error_line.take(),
            error_text: std::mem::take(&mut program.error_text),
        }
    }

    /// Puts it back.
    pub fn put(self, program: &mut Program) {
        program.state = self.state;
        program.console = self.console;
        program.stdout = self.stdout;
        program.stderr = self.stderr;
        program.tab = self.tab;
        program.python2 = self.python2;
        program.error_line = self.error_line;
        program.error_text = self.error_text;
    }
}

impl Replay {
    /// Prepares a recording; it stands at its beginning.
    pub fn new(recording: Recording, live: Option<Live>) -> Self {
        let steps = steps(&recording);
        let clock_us = steps.first().map_or(0, |step| step.at_us);
        let speed = easy_speed(&steps);
        Replay { recording, steps, at: 0, clock_us, playing: false, speed, ticked_ms: 0.0, live }
    }

    /// Returns when it begins.
    pub fn start_us(&self) -> u64 {
        self.steps.first().map_or(0, |step| step.at_us)
    }

    /// Returns how long it is.
    pub fn duration_us(&self) -> u64 {
        self.steps.last().map_or(0, |step| step.at_us - self.start_us())
    }

    /// Returns how far into it the page is.
    pub fn elapsed_us(&self) -> u64 {
        self.clock_us.saturating_sub(self.start_us())
    }

    /// Moves the clock while it plays; returns how many steps have come by then.
    pub fn advance(&mut self, now_ms: f64) -> usize {
        let elapsed_ms = (now_ms - self.ticked_ms).clamp(0.0, QUIET_MS_MAX);
        self.ticked_ms = now_ms;
        let (factor, _) = SPEEDS[self.speed];
        let quiet_us = (QUIET_MS_MAX * 1000.0 * factor) as u64;
        self.clock_us += (elapsed_ms * 1000.0 * factor) as u64;
        if let Some(next) = self.steps.get(self.at) {
            self.clock_us = self.clock_us.max(next.at_us.saturating_sub(quiet_us));
        }
        self.steps.partition_point(|step| step.at_us <= self.clock_us).max(self.at)
    }
}

/// Returns every step in the order it happened.
fn steps(recording: &Recording) -> Vec<Step> {
    let mut steps: Vec<(u8, Step)> = Vec::new();
    for call in recording.calls() {
        let (number, at_us) = (call.started.number, call.started.at_us);
        steps.push((2, Step { at_us, what: StepKind::CallBegins(number) }));
        if let Some(ended) = &call.ended {
            // What ends comes before what begins at the same time, unless it is one call.
            let rank = if ended.at_us <= at_us { 3 } else { 0 };
            let at_us = ended.at_us.max(at_us);
            steps.push((rank, Step { at_us, what: StepKind::CallEnds(number) }));
        }
    }
    let moments = recording.moments().enumerate();
    steps.extend(
        moments.map(|(index, moment)| {
            (1, Step { at_us: moment.at_us, what: StepKind::Moment(index) })
        }),
    );
    steps.sort_by_key(|(rank, step)| (step.at_us, *rank));
    steps.into_iter().map(|(_, step)| step).collect()
}

/// Returns the fastest speed at which one can still follow it.
fn easy_speed(steps: &[Step]) -> usize {
    let takes_ms = |factor: f64| -> f64 {
        let gaps = steps.windows(2).map(|pair| (pair[1].at_us - pair[0].at_us) as f64 / 1000.0);
        gaps.map(|gap_ms| (gap_ms / factor).min(QUIET_MS_MAX)).sum()
    };
    let fits = |speed: &usize| takes_ms(SPEEDS[*speed].0) >= DURATION_MS_MIN;
    (0..=3).rev().find(fits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::testing::Script;
    use serde_json::json;

    fn recording() -> Recording {
        let mut script = Script::default();
        script.listen("server.py", 9000);
        script.ok("server.py", json!({"op": "close", "socket": 3}), json!({}));
        script.recording
    }

    #[test]
    fn steps_come_in_the_order_in_which_they_happened() {
        let replay = Replay::new(recording(), None);
        let kinds: Vec<StepKind> = replay.steps.iter().map(|step| step.what).collect();
        let (begins, ends) = (StepKind::CallBegins, StepKind::CallEnds);
        let expected = [
            begins(0),
            ends(0),
            begins(1),
            ends(1),
            begins(2),
            ends(2),
            begins(3),
            begins(4),
            ends(4),
        ];
        assert_eq!(kinds, expected);
        assert!(replay.steps.is_sorted_by_key(|step| step.at_us));
        assert_eq!(replay.duration_us(), 5_000);
    }

    #[test]
    fn it_plays_at_its_speed_and_skips_silence() {
        let mut replay = Replay::new(recording(), None);
        assert_eq!(SPEEDS[replay.speed].1, "1/1000");
        replay.ticked_ms = 100.0;
        assert_eq!(replay.advance(600.0), 1);
        assert_eq!(replay.elapsed_us(), 500);
        replay.at = 1;
        replay.advance(1_200.0);
        assert_eq!(replay.elapsed_us(), 1_100);
        replay.steps.iter_mut().skip(3).for_each(|step| step.at_us += 60_000_000);
        replay.at = 3;
        replay.advance(1_300.0);
        assert!(replay.elapsed_us() >= 60_000_000, "a minute of nothing is not waited for");
    }
}
