//! Which programs there are: adding, renaming, removing, moving them.

use shared::session::{PROGRAMS_MAX, check_name};

use crate::messages::{Command, ProgramState};
use crate::page::arguments;
use crate::page::event::{Effect, Focus};
use crate::page::prompt::Prompt;
use crate::page::state::{Dialog, Offer, Problem, Program, State, Undo};

use super::{document, gate, screen};

pub(super) fn program_draft(state: &mut State, text: String) {
    if let Some(Dialog::Program { draft, problem, .. }) = &mut state.screen.dialog {
        *draft = text;
        *problem = None;
    }
}

pub(super) fn arguments_draft(state: &mut State, text: String) {
    if let Some(Dialog::Program { arguments, problem, .. }) = &mut state.screen.dialog {
        *arguments = text;
        *problem = None;
    }
}

/// Adds a program, or gives one another name or other arguments; or says in the dialog why not.
pub(super) fn program_confirm(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Dialog::Program { id, draft, arguments, .. }) = state.screen.dialog.clone() else {
        return;
    };
    let name = draft.trim().to_owned();
    let args = match check(state, id, &name, &arguments) {
        Ok(args) => args,
        Err(found) => {
            if let Some(Dialog::Program { problem, .. }) = &mut state.screen.dialog {
                *problem = Some(found);
            }
            return;
        }
    };
    let new_id = document::next_id(state);
    let focus = match id {
        Some(id) => {
            rename(state, id, &name, out);
            if let Some(program) = state.programs.iter_mut().find(|program| program.id == id) {
                program.args = args;
            }
            id
        }
        None => {
            let code = "import socket\n\n".to_owned();
            let program =
                Program { id: new_id, name, code, args, autostart: true, ..Program::default() };
            state.programs.push(program);
            state.screen.pane = state.programs.len() - 1;
            new_id
        }
    };
    screen::close_dialog(state, out);
    out.push(Effect::Focus(Focus::Editor(focus)));
    document::touched(state, out);
}

fn rename(state: &mut State, id: u64, name: &str, out: &mut Vec<Effect>) {
    let Some(program) = state.programs.iter_mut().find(|program| program.id == id) else { return };
    if program.name == name {
        return;
    }
    out.push(Effect::Post(Command::Forget { program: program.name.clone() }));
    state.calls.sockets.end_program(&program.name, false);
    program.state = ProgramState::Idle;
    program.held.clear();
    program.prompt.reset();
    program.name = name.to_owned();
    gate::post_breakpoints(state, out);
    gate::ask(state, out);
}

/// Returns the arguments in the dialog, if they and the name can be taken.
fn check(state: &State, id: Option<u64>, name: &str, line: &str) -> Result<Vec<String>, Problem> {
    match problem_with(state, id, name) {
        Some(problem) => Err(Problem::Name(problem)),
        None => arguments::split(line).map_err(|problem| Problem::Arguments(problem.to_owned())),
    }
}

/// Says why a program cannot have a name.
fn problem_with(state: &State, id: Option<u64>, name: &str) -> Option<String> {
    let taken = state.programs.iter().any(|program| program.name == name && Some(program.id) != id);
    if name.is_empty() {
        Some("A program needs a file name.".into())
    } else if check_name(name).is_err() {
        Some("Use letters, digits, dots, hyphens and underscores, such as client.py.".into())
    } else if taken {
        Some(format!("There is a {name} already."))
    } else if id.is_none() && state.programs.len() >= PROGRAMS_MAX {
        Some(format!("{PROGRAMS_MAX} programs is the most."))
    } else {
        None
    }
}

pub(super) fn program_remove(state: &mut State, id: u64, out: &mut Vec<Effect>) {
    // The last one stays: a page without a program has nothing to show.
    if state.programs.len() < 2 {
        return;
    }
    let Some(index) = state.programs.iter().position(|program| program.id == id) else { return };
    let program = state.programs.remove(index);
    state.run_all.queue.retain(|queued| *queued != program.name);
    state.calls.sockets.end_program(&program.name, false);
    state.screen.pane = state.screen.pane.min(state.programs.len() - 1);
    out.push(Effect::Post(Command::Forget { program: program.name.clone() }));
    gate::post_breakpoints(state, out);
    gate::ask(state, out);
    screen::close_dialog(state, out);
    document::touched(state, out);
    screen::offer(state, format!("{} is removed.", program.name), Offer::Undo);
    let held = Vec::new();
    let program = Program { state: ProgramState::Idle, held, prompt: Prompt::default(), ..program };
    state.undo = Some(Box::new(Undo::Removed { index, program: Box::new(program) }));
}

/// Moves a program by so many places.
pub(super) fn program_move(state: &mut State, id: u64, by: i32, out: &mut Vec<Effect>) {
    let Some(from) = state.programs.iter().position(|program| program.id == id) else { return };
    let to = from.saturating_add_signed(by as isize).min(state.programs.len() - 1);
    place(state, from, to, out);
}

/// Puts the program that is dragged where it is.
pub(super) fn program_drop(state: &mut State, out: &mut Vec<Effect>) {
    let Some(dragged) = state.screen.dragged.take() else { return };
    let from = state.programs.iter().position(|program| program.id == dragged.id);
    if let Some(from) = from.filter(|_| dragged.to < state.programs.len()) {
        place(state, from, dragged.to, out);
    }
}

fn place(state: &mut State, from: usize, to: usize, out: &mut Vec<Effect>) {
    if from == to {
        return;
    }
    let program = state.programs.remove(from);
    let text =
        format!("{} is program {} of {} now.", program.name, to + 1, state.programs.len() + 1);
    state.programs.insert(to, program);
    state.screen.pane = to;
    screen::toast(state, text, false);
    document::touched(state, out);
}

/// Gives the visitor the longest program as a file.
pub(super) fn save_longest(state: &State, out: &mut Vec<Effect>) {
    if let Some(longest) = state.programs.iter().max_by_key(|program| program.code.len()) {
        out.push(Effect::Save { name: longest.name.clone(), text: longest.code.clone() });
    }
}
