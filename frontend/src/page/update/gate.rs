//! What holds calls: pace, breakpoints, repeated orders and questions.

use shared::guest::Site;

use crate::messages::{
    Breakpoints, Command, Consent, HeldCall, Pace, Repetition, Rule, TURNS_MAX, Ticket, Turn, Why,
};
use crate::page::event::{Announcement, Effect, Focus};
use crate::page::state::{Question, State};
use crate::session::order;

use super::{run, screen, together};

/// What slow motion can hold a call for, in milliseconds.
pub const SPEEDS_MS: [u32; 4] = [250, 500, 1000, 2000];
/// Methods to halt at, at most.
const METHODS_MAX: usize = 16;

/// A call is held, or held for another reason now.
pub(super) fn held(state: &mut State, call: &HeldCall, out: &mut Vec<Effect>) {
    let Some(program) = state.program_mut(&call.program) else { return };
    match program.held.iter_mut().find(|held| held.ticket == call.ticket) {
        Some(held) => *held = call.clone(),
        None => program.held.push(call.clone()),
    }
    changed(state, &call.program, out);
}

/// A held call was made, or is gone with its program.
pub(super) fn let_go(state: &mut State, ticket: Ticket, out: &mut Vec<Effect>) {
    let holds = |call: &HeldCall| call.ticket == ticket;
    let Some(program) = state.programs.iter_mut().find(|program| program.held.iter().any(holds))
    else {
        return;
    };
    program.held.retain(|call| !holds(call));
    let name = program.name.clone();
    changed(state, &name, out);
}

fn changed(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    ask(state, out);
    run::held_changed(state, name, out);
    out.push(Effect::Announce(Announcement::State { program: name.to_owned() }));
}

/// Puts the oldest question in front of the visitor: one after the other.
pub(super) fn ask(state: &mut State, out: &mut Vec<Effect>) {
    let held = state.programs.iter().flat_map(|program| &program.held);
    let asks = held.filter(|call| matches!(call.why, Why::Consent(_)));
    let next = asks.map(|call| call.ticket).min();
    if next == state.gate.question.map(|question| question.ticket) {
        return;
    }
    let since_ms = state.now_ms;
    state.gate.question = next.map(|ticket| Question { ticket, since_ms });
    let open = next.is_some() || state.screen.dialog.is_some();
    out.push(Effect::Focus(if open { Focus::Dialog } else { Focus::Back }));
}

/// A repeated order went on, or is over.
pub(super) fn repeated(state: &mut State, repetition: &Repetition) {
    match repetition {
        Repetition::Made(calls) => state.gate.repeated = Some(*calls),
        Repetition::Complete => state.gate.repeated = None,
        Repetition::Diverged { message } => {
            state.gate.repeated = None;
            state.gate.diverged = Some(message.clone());
            // The kernel worker halts everything there.
            state.gate.pace = Pace::Step;
        }
    }
}

pub(super) fn pace(state: &mut State, pace: Pace, out: &mut Vec<Effect>) {
    if let Pace::Slow { hold_ms } = pace {
        state.gate.slow_ms = hold_ms;
    }
    if pace == Pace::Free {
        state.gate.repeated = None;
        state.gate.diverged = None;
    }
    state.gate.pace = pace;
    out.push(Effect::Post(Command::Pace(pace)));
}

/// Begins step mode; in it, or where a breakpoint halted something, continues.
pub(super) fn step_mode(state: &mut State, out: &mut Vec<Effect>) {
    let halted = state.programs.iter().any(|program| program.next_step().is_some());
    let next = match state.gate.pace {
        Pace::Step => Pace::Free,
        Pace::Free if halted => Pace::Free,
        Pace::Free | Pace::Slow { .. } => Pace::Step,
    };
    pace(state, next, out);
}

pub(super) fn next_speed(state: &mut State, out: &mut Vec<Effect>) {
    let next = match state.gate.pace {
        Pace::Slow { hold_ms } => SPEEDS_MS.iter().find(|&&speed_ms| speed_ms > hold_ms),
        Pace::Free | Pace::Step => SPEEDS_MS.first(),
    };
    let next = next.map_or(Pace::Free, |&hold_ms| Pace::Slow { hold_ms });
    pace(state, next, out);
}

pub(super) fn step(state: &mut State, name: &str, thread: Option<u32>, out: &mut Vec<Effect>) {
    let Some(program) = state.program(name) else { return };
    if let Some(next) = program.next_step() {
        let (program, thread) = (name.to_owned(), thread.or(Some(next.thread)));
        out.push(Effect::Post(Command::Step { program, thread }));
        return;
    }
    let active = program.is_active();
    if state.gate.pace != Pace::Step {
        pace(state, Pace::Step, out);
    }
    if !active {
        run::run_one(state, name, out);
    }
}

pub(super) fn break_submit(state: &mut State, out: &mut Vec<Effect>) {
    let draft = std::mem::take(&mut state.gate.method_draft);
    let method = draft.trim().trim_end_matches("()").to_owned();
    let plain = method.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if method.is_empty() || !plain {
        return;
    }
    let methods = &mut state.gate.methods;
    if !methods.contains(&method) {
        if methods.len() >= METHODS_MAX {
            return screen::toast(state, format!("{METHODS_MAX} methods is the most."), true);
        }
        methods.push(method);
    }
    post_breakpoints(state, out);
}

pub(super) fn break_remove(state: &mut State, method: &str, out: &mut Vec<Effect>) {
    state.gate.methods.retain(|known| known != method);
    post_breakpoints(state, out);
}

pub(super) fn break_lines(state: &mut State, id: u64, lines: Vec<u32>, out: &mut Vec<Effect>) {
    let Some(program) = state.programs.iter_mut().find(|program| program.id == id) else { return };
    program.breakpoints = lines.into_iter().collect();
    post_breakpoints(state, out);
}

/// Tells the kernel worker every breakpoint there is.
pub(super) fn post_breakpoints(state: &State, out: &mut Vec<Effect>) {
    let sites = state.programs.iter().flat_map(|program| {
        let file = program.name.clone();
        program.breakpoints.iter().map(move |&line| Site { file: file.clone(), line })
    });
    let breakpoints = Breakpoints { methods: state.gate.methods.clone(), sites: sites.collect() };
    out.push(Effect::Post(Command::Breakpoints(breakpoints)));
}

/// The calls from here on are an order of their own.
pub(super) fn begin_order(state: &mut State, out: &mut Vec<Effect>) {
    together::release_all(state, out);
    let last = state.calls.recording.calls().next_back();
    state.gate.order_after = last.map_or(0, |call| call.started.number);
    state.gate.order = None;
    state.gate.diverged = None;
}

/// Tells whether there is an order that can be repeated.
pub fn has_order(state: &State) -> bool {
    let last = state.calls.recording.calls().next_back();
    // It is enough to know of one call, whosever it is: what follows is looked at when asked for.
    let called = last.is_some_and(|call| call.started.number > state.gate.order_after);
    called || state.gate.order.is_some()
}

pub(super) fn repeat_order(state: &mut State, out: &mut Vec<Effect>) {
    let own = |program: &str| !state.together.is_others(program);
    let last = || order::turns(&state.calls.recording, state.gate.order_after, own);
    let mut order = state.gate.order.clone().unwrap_or_else(last);
    order.truncate(TURNS_MAX);
    if order.is_empty() {
        return;
    }
    let in_order = |name: &str| order.iter().any(|turn| turn.program == name);
    let names = state.programs.iter().map(|program| program.name.clone());
    let names: Vec<String> = names.filter(|name| in_order(name)).collect();
    run::run_in_order(state, names, Some(order), out);
}

/// Has the programs that run from here on repeat an order.
pub(super) fn begin_repeat(state: &mut State, order: Vec<Turn>, out: &mut Vec<Effect>) {
    state.gate.order = Some(order.clone());
    state.gate.repeated = Some(0);
    out.push(Effect::Post(Command::Repeat(order)));
}

/// The visitor did something that no order foresaw.
pub(super) fn end_repeat(state: &mut State, out: &mut Vec<Effect>) {
    if state.gate.repeated.take().is_some() {
        out.push(Effect::Post(Command::Repeat(Vec::new())));
    }
}

/// Another session is on the page, with programs of its own.
pub(super) fn other_session(state: &mut State, out: &mut Vec<Effect>) {
    end_repeat(state, out);
    begin_order(state, out);
    out.push(Effect::Post(Command::ForgetConsent));
    post_breakpoints(state, out);
    ask(state, out);
}

pub(super) fn consent(state: &State, ticket: Ticket, consent: Consent, out: &mut Vec<Effect>) {
    if consent == Consent::No || state.may_consent() {
        out.push(Effect::Post(Command::Consent { ticket, consent }));
    }
}

pub(super) fn grant(rule: Rule, out: &mut Vec<Effect>) {
    out.push(Effect::Post(Command::Grant(rule)));
}
