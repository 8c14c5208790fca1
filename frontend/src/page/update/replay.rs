//! Replaying a recording: the same state as in a live run, fed from the recording as far as
//! the replay has come.

use crate::messages::{Batch, Command, Notice, ProgramState};
use crate::page::console::Ink;
use crate::page::event::{Effect, Playback};
use crate::page::replay::{Live, LivePane, Replay, SPEEDS, StepKind};
use crate::page::state::{PaneTab, State};
use crate::session::recording::{Happened, Moment, Recording};
use crate::timeline::sockets::SocketTable;

use super::{kernel, screen, together};

/// Takes in what the visitor does with a replay.
pub(super) fn playback(state: &mut State, playback: Playback, out: &mut Vec<Effect>) {
    match playback {
        Playback::Start => start(state, out),
        Playback::Leave => leave(state, out),
        Playback::Toggle => toggle(state, out),
        Playback::Step(by) => {
            let Some(replay) = &mut state.replay else { return };
            replay.playing = false;
            let at = replay.at.saturating_add_signed(by as isize);
            seek(state, at, out);
        }
        Playback::Seek(at) => {
            if let Some(replay) = &mut state.replay {
                replay.playing = false;
            }
            seek(state, at, out);
        }
        Playback::Speed(by) => {
            if let Some(replay) = &mut state.replay {
                let speed = replay.speed as isize + isize::from(by);
                replay.speed = speed.rem_euclid(SPEEDS.len() as isize) as usize;
            }
        }
    }
}

/// Replays what was recorded on this page.
fn start(state: &mut State, out: &mut Vec<Effect>) {
    if state.replay.is_some() || state.calls.recording.is_empty() {
        return;
    }
    if state.any_active() {
        screen::toast(state, "Stop the programs first; then their run can be replayed.", false);
        return;
    }
    together::release_all(state, out);
    let filter = state.calls.shown.filter().clone();
    let mut calls = std::mem::take(&mut state.calls);
    let recording = std::mem::take(&mut calls.recording);
    let panes = state.programs.iter_mut().map(LivePane::take).collect();
    state.calls.shown.set_filter(filter, &state.calls.recording);
    let mut replay = Replay::new(recording, Some(Live { calls, panes }));
    replay.playing = true;
    replay.ticked_ms = state.now_ms;
    state.replay = Some(Box::new(replay));
    state.screen.follow = true;
    seek(state, 0, out);
}

/// Replays a recording of the session that was just opened; first its end is shown.
pub(super) fn open(state: &mut State, recording: Recording, out: &mut Vec<Effect>) {
    let replay = Replay::new(recording, None);
    let end = replay.steps.len();
    state.replay = Some(Box::new(replay));
    state.screen.follow = true;
    seek(state, end, out);
}

/// Goes back to the page as it was before, or to a page on which nothing has run.
pub(super) fn leave(state: &mut State, out: &mut Vec<Effect>) {
    let Some(replay) = state.replay.take() else { return };
    reset(state);
    if let Some(live) = replay.live {
        state.calls = live.calls;
        state.calls.recording = replay.recording;
        for pane in live.panes {
            if let Some(program) = state.programs.iter_mut().find(|program| program.id == pane.id) {
                pane.put(program);
            }
        }
    }
    screen::scroll_to_end(state, out);
}

fn toggle(state: &mut State, out: &mut Vec<Effect>) {
    let now_ms = state.now_ms;
    let Some(replay) = &mut state.replay else { return start(state, out) };
    replay.playing = !replay.playing;
    replay.ticked_ms = now_ms;
    if replay.playing && replay.at >= replay.steps.len() {
        replay.clock_us = replay.start_us();
        seek(state, 0, out);
    }
}

/// Lets time pass for a replay that plays.
pub(super) fn tick(state: &mut State, now_ms: f64, out: &mut Vec<Effect>) {
    let Some(replay) = state.replay.as_mut().filter(|replay| replay.playing) else { return };
    let to = replay.advance(now_ms);
    if to > replay.at {
        let clock_us = replay.clock_us;
        seek(state, to, out);
        if let Some(replay) = &mut state.replay {
            replay.clock_us = replay.clock_us.max(clock_us);
            replay.playing = replay.at < replay.steps.len();
        }
    }
}

/// Shows the moment at which so many steps have come by.
fn seek(state: &mut State, at: usize, out: &mut Vec<Effect>) {
    let Some(mut replay) = state.replay.take() else { return };
    let at = at.min(replay.steps.len());
    if at < replay.at || at == 0 {
        reset(state);
        replay.at = 0;
    }
    let mut last_call = None;
    for index in replay.at..at {
        let kind = replay.steps[index].what;
        apply(state, &replay.recording, kind);
        if let StepKind::CallBegins(number) | StepKind::CallEnds(number) = kind {
            last_call = Some(number);
        }
    }
    replay.at = at;
    let shown = at.checked_sub(1).and_then(|last| replay.steps.get(last));
    replay.clock_us = shown.map_or(replay.start_us(), |step| step.at_us);
    let at_end = at == replay.steps.len();
    state.replay = Some(replay);
    // A whole run at once has no call that matters more than the others.
    if let Some(number) = last_call.filter(|_| !at_end) {
        screen::select(state, number, out);
    }
    if state.screen.follow {
        screen::scroll_to_end(state, out);
    }
}

/// Takes in a step as the kernel worker's notice would be, and tells nobody else.
fn apply(state: &mut State, recording: &Recording, kind: StepKind) {
    let mut nobody = Vec::new();
    match kind {
        StepKind::CallBegins(number) => {
            if let Some(call) = recording.find(number) {
                kernel::replay_start(&mut state.calls, call, &mut nobody);
            }
        }
        StepKind::CallEnds(number) => {
            if let Some(call) = recording.find(number) {
                kernel::replay_end(&mut state.calls, call, &mut nobody);
            }
        }
        StepKind::Moment(index) => {
            if let Some(moment) = recording.moment(index) {
                happened(state, moment, &mut nobody);
            }
        }
    }
}

fn happened(state: &mut State, moment: &Moment, nobody: &mut Vec<Effect>) {
    let name = moment.program.as_str();
    match &moment.what {
        Happened::Output { stream, text } => kernel::wrote(state, name, *stream, text, nobody),
        Happened::State(to) => {
            kernel::state_changed(state, name, to, moment.at_us, nobody);
        }
        Happened::Typed { text } => {
            if let Some(program) = state.program_mut(name) {
                program.console.write(Ink::Typed, text);
            }
        }
        Happened::Run => {
            if let Some(program) = state.program_mut(name) {
                LivePane::take(program);
                program.state = ProgramState::Loading;
            }
        }
    }
}

/// Empties what a replay fills.
fn reset(state: &mut State) {
    screen::clear_calls(state);
    state.calls.sockets = SocketTable::default();
    for program in &mut state.programs {
        // The console is emptied in place: a new one would begin with the old one's names.
        let mut pane = LivePane::take(program);
        pane.console.clear();
        program.console = pane.console;
        program.tab = PaneTab::Console;
    }
}

/// While a recording is replayed the programs do nothing; what is still said of an earlier run
/// is only acknowledged. Returns whether a notice is done with.
pub(super) fn sets_aside(state: &State, notice: &Notice, out: &mut Vec<Effect>) -> bool {
    if state.replay.is_none() {
        return false;
    }
    match notice {
        Notice::Output { program, text, .. } => {
            let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
            out.push(Effect::Post(Command::Shown { program: program.clone(), bytes }));
            true
        }
        Notice::State { .. }
        | Notice::CallStarted(_)
        | Notice::CallContinued { .. }
        | Notice::CallEnded(_) => true,
        _ => false,
    }
}

/// Adds to the recording what a notice says besides calls.
pub(super) fn record(state: &mut State, batch: &Batch, index: usize, notice: &Notice) {
    let (program, what) = match notice {
        Notice::Output { program, stream, text } => {
            (program, Happened::Output { stream: *stream, text: text.clone() })
        }
        Notice::State { program, state } => (program, Happened::State(state.clone())),
        _ => return,
    };
    // What is typed at the prompt stays between the prompt and the visitor.
    if state.program(program).is_none_or(|program| program.prompt.busy) {
        return;
    }
    let at_us = batch.times_us.get(index).copied();
    note(state, program.clone(), at_us, what);
}

/// Adds something to the recording.
pub(super) fn note(state: &mut State, program: String, at_us: Option<u64>, what: Happened) {
    let at_us = at_us.unwrap_or((state.now_ms.max(0.0) * 1000.0) as u64);
    state.calls.recording.note(Moment { at_us, program, what });
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::messages::Stream;
    use crate::page::event::Event;
    use crate::page::state::{Origin, Surroundings};
    use crate::page::update::update;
    use crate::session::tape;
    use crate::timeline::testing::Script;
    use serde_json::json;
    use shared::session::{Program, SESSION_VERSION, Session, View};

    fn session() -> Session {
        let program =
            Program { name: "a.py".into(), code: "pass".into(), args: Vec::new(), autostart: true };
        Session {
            v: SESSION_VERSION,
            title: String::new(),
            notes: String::new(),
            programs: vec![program],
            view: View::default(),
        }
    }

    fn page() -> State {
        let mut state = State::default();
        state.host.surroundings = Surroundings { isolated: true, ..Surroundings::default() };
        update(&mut state, Event::Load { session: Box::new(session()), origin: Origin::Script });
        state
    }

    fn hear(state: &mut State, notice: Notice, at_us: u64) -> Vec<Effect> {
        let batch = Rc::new(Batch { notices: vec![notice], times_us: vec![at_us] });
        update(state, Event::Kernel(batch, Rc::new(Vec::new())))
    }

    fn prints(text: &str) -> Notice {
        Notice::Output { program: "a.py".into(), stream: Stream::Stdout, text: text.into() }
    }

    fn exits() -> Notice {
        let state = ProgramState::Exited { code: 0, error: None };
        Notice::State { program: "a.py".into(), state }
    }

    /// A page on which a program made a call and printed around it.
    fn ran() -> State {
        let mut state = page();
        update(&mut state, Event::Run("a.py".into()));
        hear(&mut state, prints("before\n"), 500);
        let mut script = Script { next: 1, ..Script::default() };
        script.ok("a.py", json!({"op": "close", "socket": 3}), json!({}));
        let call = script.recording.calls().next().unwrap().clone();
        hear(&mut state, Notice::CallStarted(call.started), 1_000);
        hear(&mut state, Notice::CallEnded(call.ended.unwrap()), 2_000);
        hear(&mut state, prints("after\n"), 2_500);
        hear(&mut state, exits(), 3_000);
        state
    }

    fn stdout(state: &State) -> &str {
        state.programs[0].stdout.as_str()
    }

    fn seek_to(state: &mut State, at: usize) {
        update(state, Event::Replay(Playback::Seek(at)));
    }

    #[test]
    fn each_moment_has_its_output_calls_and_states() {
        let mut state = ran();
        update(&mut state, Event::Replay(Playback::Start));
        assert_eq!(state.replay.as_ref().unwrap().steps.len(), 6);
        let mut seen = Vec::new();
        for at in [6, 0, 1, 2, 3, 4, 5] {
            seek_to(&mut state, at);
            let shown = state.calls.recording.len();
            seen.push((stdout(&state).to_owned(), shown, state.programs[0].state_name()));
        }
        let all = ("before\nafter\n".to_owned(), 1, "exited");
        let before = "before\n".to_owned();
        let expected = [
            all,
            (String::new(), 0, "idle"),
            (String::new(), 0, "loading"),
            (before.clone(), 0, "loading"),
            (before.clone(), 1, "loading"),
            (before, 1, "loading"),
            ("before\nafter\n".into(), 1, "loading"),
        ];
        assert_eq!(seen, expected);
        seek_to(&mut state, 3);
        assert_eq!(state.now_ms, 1.0, "what waits has waited until then");
    }

    #[test]
    fn leaving_brings_everything_back() {
        let mut state = ran();
        update(&mut state, Event::Replay(Playback::Start));
        seek_to(&mut state, 1);
        update(&mut state, Event::Replay(Playback::Leave));
        assert!(state.replay.is_none());
        assert_eq!((stdout(&state), state.calls.recording.len()), ("before\nafter\n", 1));
        assert_eq!(state.programs[0].state_name(), "exited");
    }

    #[test]
    fn what_comes_late_is_acknowledged_and_not_shown() {
        let mut state = ran();
        update(&mut state, Event::Replay(Playback::Start));
        seek_to(&mut state, 2);
        let effects = hear(&mut state, prints("late\n"), 9_000);
        assert!(matches!(&effects[..], [Effect::Post(Command::Shown { bytes: 5, .. })]));
        assert_eq!(stdout(&state), "before\n");
    }

    #[test]
    fn run_ends_a_replay() {
        let mut state = ran();
        update(&mut state, Event::Replay(Playback::Start));
        let effects = update(&mut state, Event::RunAll);
        assert!(state.replay.is_none());
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Post(Command::Run { .. }))));
    }

    #[test]
    fn a_recording_from_a_file_opens_at_its_end_and_leaves_nothing_behind() {
        let state = ran();
        let file = tape::encode(state.recording(), Some(&session()));
        let mut state = page();
        let open = |state: &mut State, bytes: &[u8]| {
            let file = Event::File { name: "x".into(), bytes: Rc::new(bytes.to_vec()) };
            update(state, file);
        };
        open(&mut state, &file[..file.len() - 3]);
        assert!(state.replay.is_none() && state.screen.toast.as_ref().unwrap().bad);
        open(&mut state, &file);
        assert_eq!((stdout(&state), state.calls.recording.len()), ("before\nafter\n", 1));
        update(&mut state, Event::Replay(Playback::Leave));
        assert_eq!((stdout(&state), state.calls.recording.len()), ("", 0));
        assert_eq!(state.programs[0].state_name(), "idle");
    }

    #[test]
    fn it_plays_to_its_end_and_again_from_its_beginning() {
        let mut state = ran();
        update(&mut state, Event::Replay(Playback::Toggle));
        let mut now_ms = 0.0;
        while state.replay.as_ref().unwrap().playing {
            now_ms += 100.0;
            assert!(now_ms < 60_000.0, "it ends");
            update(&mut state, Event::Tick(now_ms));
        }
        assert_eq!(stdout(&state), "before\nafter\n");
        update(&mut state, Event::Replay(Playback::Toggle));
        assert_eq!(state.replay.as_ref().unwrap().at, 0);
    }
}
