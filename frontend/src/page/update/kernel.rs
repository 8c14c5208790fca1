//! What the kernel worker says.

use shared::guest::Raised;

use crate::messages::{Batch, Blocked, Command, LinkState, Notice, ProgramState, Stream};
use crate::page::console::Ink;
use crate::page::event::{Announcement, Effect, Focus};
use crate::page::state::{Calls, Offer, PaneTab, State};
use crate::page::view::words;
use crate::session::python2;
use crate::session::recording::{CallEnded, CallNumber, CallStarted, Recorded};
use crate::session::shown::Over;
use crate::timeline::rows;

use super::{gate, limits, prompt, replay, run, screen, together};

/// Takes in a batch.
pub(super) fn take(state: &mut State, batch: &Batch, payload: &[u8], out: &mut Vec<Effect>) {
    for (index, notice) in batch.notices.iter().enumerate() {
        if replay::sets_aside(state, notice, out) {
            continue;
        }
        replay::record(state, batch, index, notice);
        match notice {
            Notice::Link(link) => link_changed(state, link, out),
            Notice::Room(room) => together::room_changed(state, room, out),
            Notice::Clock { ahead_us } => together::clock_told(state, *ahead_us, out),
            Notice::NotShown => state.together.outgoing.was_not_sent(),
            Notice::Shown { from, lost, show, bytes } => {
                let payload = payload.get(bytes.clone()).unwrap_or_default();
                together::shown(state, *from, *lost, show, payload);
            }
            Notice::Limit(limit) => limits::told(state, limit),
            Notice::State { program, state: program_state } => {
                // Batches gather: what happened in one did not happen when it arrived.
                let now_us = (state.now_ms.max(0.0) * 1000.0) as u64;
                let at_us = batch.times_us.get(index).copied().unwrap_or(now_us);
                state_changed(state, program, program_state, at_us, out);
            }
            Notice::Output { program, stream, text } => {
                wrote(state, program, *stream, text, out);
            }
            Notice::CallStarted(started) => together::started(state, started, payload, out),
            Notice::CallContinued { number, bytes } => {
                let at_us = batch.times_us.get(index).copied().unwrap_or_default();
                together::continued(state, *number, bytes, at_us, payload);
            }
            Notice::CallEnded(ended) => together::ended(state, ended, payload, out),
            Notice::Granted(granted) => state.gate.granted.clone_from(granted),
            Notice::Held(call) => gate::held(state, call, out),
            Notice::LetGo { ticket, .. } => gate::let_go(state, *ticket, out),
            Notice::Repetition(repetition) => gate::repeated(state, repetition),
            Notice::Prompt { program, answer } => prompt::answered(state, program, answer, out),
            Notice::Warm => state.host.warm = true,
            Notice::Trace(trace) => state.host.trace = Some(trace.clone()),
            Notice::Trouble { message } => state.host.trouble = Some(message.clone()),
        }
    }
    together::tell(state, out);
    together::release(state, out);
    if state.screen.follow && state.replay.is_none() {
        screen::scroll_to_end(state, out);
    }
}

fn link_changed(state: &mut State, link: &LinkState, out: &mut Vec<Effect>) {
    if !matches!(link, LinkState::Open(_) | LinkState::Interrupted { .. }) {
        limits::over(state);
    }
    match link {
        LinkState::Connecting => {}
        LinkState::Open(welcome) => {
            // What failed for want of the backend is over.
            state.host.trouble = None;
            if std::mem::take(&mut state.host.was_lost) {
                connected_again(state, welcome.resumed.is_some());
            }
        }
        LinkState::Lost { retry_in_ms: ms, .. } | LinkState::Interrupted { left_ms: ms, .. } => {
            if matches!(link, LinkState::Lost { .. }) {
                together::room_lost(state, out);
            }
            state.host.was_lost = true;
            state.host.retry_at_ms = state.now_ms + f64::from(*ms);
        }
        LinkState::Full { retry_in_ms, .. } => {
            state.host.retry_at_ms = state.now_ms + f64::from(*retry_in_ms);
            together::room_lost(state, out);
        }
        LinkState::Closed(_) => {
            state.host.was_lost = true;
            together::room_lost(state, out);
        }
    }
    state.host.link = Some(link.clone());
    out.push(Effect::Announce(Announcement::Link));
}

/// The backend is there again, with the session of before or with a new one.
fn connected_again(state: &mut State, resumed: bool) {
    if resumed {
        let text = "Connected again. Every socket is still open, and nothing was lost.";
        screen::toast(state, text, false);
    } else if state.document.ran {
        let text = match std::mem::take(&mut state.together.ended) {
            true => {
                "Connected again. The sockets from before are closed, and the room does not see \
                 your calls any more."
            }
            false => "Connected again. The sockets from before are closed.",
        };
        screen::offer(state, text, Offer::RunAll);
    } else {
        screen::toast(state, "Connected again.", false);
    }
}

pub(super) fn state_changed(
    state: &mut State,
    name: &str,
    new: &ProgramState,
    at_us: u64,
    out: &mut Vec<Effect>,
) {
    let Some(program) = state.program_mut(name) else { return };
    program.state = new.clone();
    match new {
        ProgramState::Exited { error: Some(error), .. } => {
            let may_be_old =
                ["SyntaxError", "IndentationError", "TabError", "NameError", "TypeError"];
            if may_be_old.contains(&error.kind.as_str()) {
                program.python2 = python2::examine(&program.code);
            }
            // What `urllib` says where the interpreter has no TLS.
            if error.message.contains("unknown url type: https") {
                program.console.note(words::WITHOUT_TLS);
            }
        }
        ProgramState::Failed { message } => program.console.note(message),
        ProgramState::Input => out.push(Effect::Focus(Focus::Input(program.id))),
        // Only the first time: it is woken by others while the visitor types elsewhere.
        ProgramState::Blocked(Blocked { reads_input: true, .. }) if !program.listens => {
            program.listens = true;
            out.push(Effect::Focus(Focus::Input(program.id)));
        }
        ProgramState::Idle
        | ProgramState::Loading
        | ProgramState::Running
        | ProgramState::Blocked(_)
        | ProgramState::Stopped
        | ProgramState::Exited { error: None, .. } => {}
    }
    program.listens &= program.is_active();
    if let ProgramState::Exited { error: Some(error), .. } = new {
        mark_error(state, name, error);
    }
    let now_ms = state.now_ms;
    let Some(program) = state.program_mut(name) else { return };
    if !program.is_active() {
        let interrupted = std::mem::take(&mut program.interrupted);
        program.input_draft.clear();
        if matches!(new, ProgramState::Stopped | ProgramState::Failed { .. }) {
            program.prompt.reset();
        }
        // What a visitor interrupts had no chance to close its sockets; that is no leak.
        let by_itself = matches!(new, ProgramState::Exited { .. }) && !interrupted;
        let status = words::status(program, now_ms);
        let bad = status.kind == words::StatusKind::Bad;
        let (program, words) = (name.to_owned(), status.sentence());
        together::over(state, Over { program, at_us, words, bad, by_itself });
    }
    if let Some(index) = state.programs.iter().position(|program| program.name == name) {
        state.summary.program_changed(&state.programs[index], now_ms);
    }
    out.push(Effect::Announce(Announcement::State { program: name.to_owned() }));
    run::state_changed(state, name, out);
}

/// Marks the line that raised an error, be it in the program itself or in one it imports.
fn mark_error(state: &mut State, name: &str, error: &Raised) {
    let Some(site) = &error.site else { return };
    let Some(program) = state.program_mut(&site.file) else { return };
    program.error_line = Some(site.line);
    let import = if site.file == name { String::new() } else { format!(" (run by {name})") };
    // A syntax error says its place as well, which is where it is shown.
    let place = format!(" ({}, line {})", site.file, site.line);
    program.error_text = match error.message.trim_end_matches(place.as_str()) {
        "" => format!("{}{import}", error.kind),
        message => format!("{}: {message}{import}", error.kind),
    };
}

pub(super) fn wrote(
    state: &mut State,
    name: &str,
    stream: Stream,
    text: &str,
    out: &mut Vec<Effect>,
) {
    // What a program wrote that is gone is acknowledged too: the flood gate counts it.
    let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
    out.push(Effect::Post(Command::Shown { program: name.to_owned(), bytes }));
    let Some(program) = state.program_mut(name) else { return };
    let (ink, stream) = match stream {
        Stream::Stdout => (Ink::Stdout, "stdout"),
        Stream::Stderr => (Ink::Stderr, "stderr"),
    };
    match ink {
        Ink::Stderr => program.stderr.push(text),
        Ink::Stdout | Ink::Typed | Ink::Note => program.stdout.push(text),
    }
    if program.prompt.busy {
        program.prompt.transcript.write(ink, text);
    } else {
        program.console.write(ink, text);
        if program.tab == PaneTab::Prompt && program.is_active() {
            program.tab = PaneTab::Console;
        }
    }
    let (program, text) = (name.to_owned(), text.to_owned());
    out.push(Effect::Announce(Announcement::Output { program, stream, text }));
}

/// Takes in the beginning of a recorded call.
pub(super) fn replay_start(calls: &mut Calls, call: &Recorded, out: &mut Vec<Effect>) {
    calls.recording.copy_start(call);
    note_start(calls, &call.started, out);
}

/// Takes in the end of a recorded call.
pub(super) fn replay_end(calls: &mut Calls, call: &Recorded, out: &mut Vec<Effect>) {
    calls.recording.copy_end(call);
    note_end(calls, call.started.number, out);
}

pub(super) fn call_started(
    calls: &mut Calls,
    started: &CallStarted,
    payload: &[u8],
    out: &mut Vec<Effect>,
) {
    calls.recording.start(started.clone(), payload);
    note_start(calls, started, out);
}

fn note_start(calls: &mut Calls, started: &CallStarted, out: &mut Vec<Effect>) {
    calls.origin_us.get_or_insert(started.at_us);
    calls.waiting.insert(started.number);
    if let Some(call) = calls.recording.find(started.number) {
        calls.sockets.begin(call);
    }
    calls.shown.note(started.number, &calls.recording);
    if let Some(call) = calls.recording.find(started.number) {
        calls.sequence.begin(call, calls.shown.contains(started.number));
    }
    out.push(Effect::Announce(Announcement::CallStarted(started.number)));
}

pub(super) fn call_ended(
    calls: &mut Calls,
    ended: &CallEnded,
    payload: &[u8],
    out: &mut Vec<Effect>,
) {
    calls.recording.end(ended.clone(), payload);
    note_end(calls, ended.number, out);
}

fn note_end(calls: &mut Calls, number: CallNumber, out: &mut Vec<Effect>) {
    calls.waiting.remove(&number);
    if let Some(call) = calls.recording.find(number) {
        calls.sockets.end(call);
        if rows::failure(call).is_some() {
            calls.failed = Some(number);
        }
    }
    calls.shown.note(number, &calls.recording);
    if let Some(call) = calls.recording.find(number) {
        calls.sequence.end(call, calls.shown.contains(number));
    }
    out.push(Effect::Announce(Announcement::CallEnded(number)));
}
