//! Running and stopping programs, and answering their questions.

use crate::messages::{Command, ProgramState, Turn, Why};
use crate::page::console::Ink;
use crate::page::event::{Announcement, Effect, Focus};
use crate::page::state::{Dialog, PaneTab, Starting, State};
use crate::session::recording::Happened;

use super::{gate, learn, replay, screen};

/// How long "Run all" waits for a program that just computes before it starts the next one.
pub(super) const COMPUTING_MS_MAX: f64 = 2_000.0;

/// Calls that take a while on a busy host and wait for no program: they do not make one ready.
const WAITS_FOR_NO_ONE: [&str; 17] = [
    "sleep",
    "socket",
    "socketpair",
    "dup",
    "bind",
    "listen",
    "close",
    "shutdown",
    "getsockname",
    "getpeername",
    "getsockopt",
    "setsockopt",
    "gethostname",
    "getaddrinfo",
    "gethostbyname",
    "getnameinfo",
    "gethostbyaddr",
];

pub(super) fn run(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    if state.host.surroundings.backendless {
        screen::open_dialog(state, Dialog::NoBackend, out);
        return;
    }
    if let Some(problem) = cannot_run(state) {
        screen::toast(state, problem, true);
        return;
    }
    state.document.ran = true;
    learn::withdraw_offer(state);
    if state.program(name).is_some() {
        replay::note(state, name.to_owned(), None, Happened::Run);
    }
    let files = state.files();
    let Some(program) = state.program_mut(name) else { return };
    program.state = ProgramState::Loading;
    program.interrupted = false;
    program.console.clear();
    program.stdout.clear();
    program.stderr.clear();
    program.prompt.reset();
    program.python2 = None;
    program.error_line = None;
    program.error_text.clear();
    program.marked_line = None;
    program.input_draft.clear();
    program.tab = PaneTab::Console;
    let (program, args) = (program.name.clone(), program.args.clone());
    out.push(Effect::Announce(Announcement::State { program: program.clone() }));
    out.push(Effect::Post(Command::Run { program, files, args }));
}

/// Says why nothing can run, if nothing can.
fn cannot_run(state: &State) -> Option<&'static str> {
    if !state.host.surroundings.isolated {
        return Some("Programs cannot run here. Open Sockpit in a tab of its own.");
    }
    None
}

/// Runs one program on the visitor's wish.
pub(super) fn run_one(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    gate::end_repeat(state, out);
    if !state.any_active() {
        gate::begin_order(state, out);
    }
    run(state, name, out);
}

/// Interrupts a program, as Ctrl-C does; one that was interrupted before is ended.
pub(super) fn stop(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    gate::end_repeat(state, out);
    state.run_all.queue.retain(|queued| queued != name);
    let Some(program) = state.program_mut(name).filter(|program| program.can_stop()) else {
        return;
    };
    let again = std::mem::replace(&mut program.interrupted, true);
    let program = name.to_owned();
    let command = if again { Command::Stop { program } } else { Command::Interrupt { program } };
    out.push(Effect::Post(command));
}

/// Ends a program at once.
fn end(state: &State, name: &str, out: &mut Vec<Effect>) {
    if state.program(name).is_some_and(|program| program.can_stop()) {
        out.push(Effect::Post(Command::Stop { program: name.to_owned() }));
    }
}

pub(super) fn run_all(state: &mut State, out: &mut Vec<Effect>) {
    let names: Vec<String> = state
        .programs
        .iter()
        .filter(|program| program.autostart)
        .map(|program| program.name.clone())
        .collect();
    run_these(state, names, out);
}

pub(super) fn run_these(state: &mut State, names: Vec<String>, out: &mut Vec<Effect>) {
    run_in_order(state, names, None, out);
}

/// Runs programs, in an order of calls where there is one to repeat.
pub(super) fn run_in_order(
    state: &mut State,
    names: Vec<String>,
    order: Option<Vec<Turn>>,
    out: &mut Vec<Effect>,
) {
    // What still runs from before is ended first, so that the new run finds its ports free.
    for name in &names {
        end(state, name, out);
    }
    gate::begin_order(state, out);
    if let Some(order) = order {
        gate::begin_repeat(state, order, out);
    }
    state.run_all.queue = names.into();
    state.run_all.waiting = None;
    start_next(state, out);
}

pub(super) fn stop_all(state: &mut State, out: &mut Vec<Effect>) {
    state.run_all.queue.clear();
    state.run_all.waiting = None;
    let names: Vec<String> = state.programs.iter().map(|program| program.name.clone()).collect();
    for name in names {
        stop(state, &name, out);
    }
}

fn start_next(state: &mut State, out: &mut Vec<Effect>) {
    state.run_all.waiting = None;
    let Some(name) = state.run_all.queue.pop_front() else { return };
    run(state, &name, out);
    if state.program(&name).is_some_and(|program| program.state == ProgramState::Loading) {
        state.run_all.waiting =
            Some(Starting { program: name, running_since_ms: None, begun: false });
    } else {
        state.run_all.queue.clear();
    }
}

/// A program's state changed: goes on with "Run all" if that makes it ready.
pub(super) fn state_changed(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let now_ms = state.now_ms;
    let Some(program) = state.program(name) else { return };
    let program_state = program.state.clone();
    let Some(waiting) = state.run_all.waiting.as_mut().filter(|waiting| waiting.program == name)
    else {
        return;
    };
    let ready = match &program_state {
        ProgramState::Idle => false,
        ProgramState::Loading => {
            waiting.begun = true;
            false
        }
        ProgramState::Blocked(blocked) if WAITS_FOR_NO_ONE.contains(&blocked.method.as_str()) => {
            waiting.begun = true;
            waiting.running_since_ms.get_or_insert(now_ms);
            false
        }
        ProgramState::Running => {
            waiting.begun = true;
            waiting.running_since_ms.get_or_insert(now_ms);
            false
        }
        ProgramState::Blocked(_) | ProgramState::Input => true,
        ProgramState::Exited { .. } | ProgramState::Failed { .. } | ProgramState::Stopped => {
            waiting.begun
        }
    };
    if ready {
        start_next(state, out);
    }
}

/// Calls of a program are held, or no longer: goes on with "Run all" if that makes it ready.
///
/// In step mode, and where an order is repeated, every program halts in turn, and the next one
/// is to be there too. Any other held call goes on by itself or when the visitor has answered;
/// until then the program is no more ready than before.
pub(super) fn held_changed(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let now_ms = state.now_ms;
    let Some(program) = state.program(name) else { return };
    let halts = |why: &Why| matches!(why, Why::Step | Why::Turn { .. });
    let halted = program.held.iter().any(|call| halts(&call.why));
    let held = !program.held.is_empty();
    let Some(waiting) = state.run_all.waiting.as_mut().filter(|waiting| waiting.program == name)
    else {
        return;
    };
    waiting.begun |= held;
    if halted {
        start_next(state, out);
    } else {
        // Being held is not computing.
        waiting.running_since_ms = (!held).then_some(now_ms);
    }
}

pub(super) fn tick(state: &mut State, now_ms: f64, out: &mut Vec<Effect>) {
    state.now_ms = now_ms;
    if state.screen.toast.as_ref().is_some_and(|toast| toast.until_ms <= now_ms) {
        state.screen.toast = None;
    }
    state.summary.tick(&state.programs, now_ms);
    let since = state.run_all.waiting.as_ref().and_then(|waiting| waiting.running_since_ms);
    if since.is_some_and(|since| now_ms - since >= COMPUTING_MS_MAX) {
        start_next(state, out);
    }
}

pub(super) fn input_draft(state: &mut State, name: &str, text: String) {
    if let Some(program) = state.program_mut(name) {
        program.input_draft = text;
    }
}

pub(super) fn input_submit(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let Some(program) = state.program_mut(name) else { return };
    let text = format!("{}\n", std::mem::take(&mut program.input_draft));
    input(state, name, &text, out);
    if let Some(program) = state.program(name) {
        out.push(Effect::Focus(Focus::Input(program.id)));
    }
}

pub(super) fn input(state: &mut State, name: &str, text: &str, out: &mut Vec<Effect>) {
    // Nobody asks anything in a replay.
    if state.replay.is_some() {
        return;
    }
    let Some(program) = state.program_mut(name) else { return };
    let at_prompt = program.prompt.busy;
    let console = if at_prompt { &mut program.prompt.transcript } else { &mut program.console };
    console.write(Ink::Typed, text);
    if !at_prompt {
        replay::note(state, name.to_owned(), None, Happened::Typed { text: text.to_owned() });
    }
    let (program, text) = (name.to_owned(), text.to_owned());
    out.push(Effect::Post(Command::Input { program, text }));
}

pub(super) fn eof(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    if state.program(name).is_some() {
        out.push(Effect::Post(Command::Eof { program: name.to_owned() }));
    }
}
