//! The session: opening, editing, keeping it.

use shared::session::{PROGRAMS_MAX, Panel, Session, check_name};

use crate::messages::{Command, ProgramState};
use crate::page::event::{Announcement, Effect, Focus, Kept};
use crate::page::examples;
use crate::page::state::{Dialog, Dock, Document, Origin, Program, RunAll, State};
use crate::session::link::{Fragment, read_fragment};
use crate::session::python2;
use crate::timeline::sockets::SocketTable;

use super::screen;

/// Sessions kept besides the one on the page.
const RECENT_MAX: usize = 5;

/// Opens the first session: the link's, the kept one, or the first example.
pub(super) fn open_first(state: &mut State, kept: Kept, at: &str, out: &mut Vec<Effect>) {
    // A frame in somebody's page shows what that page asks for, not what the visitor left.
    let kept = if state.host.surroundings.embedded { Kept::default() } else { kept };
    state.recent = kept.recent;
    match kept.session.filter(|session| session.check().is_ok()) {
        Some(session) => {
            set(state, session, Origin::Own);
            state.document.edited = true;
        }
        None => {
            set(state, examples::first().session(), Origin::Example(examples::first().id.into()))
        }
    }
    fragment(state, at, out);
}

/// Opens what the URL's fragment asks for. A link never runs anything.
pub(super) fn fragment(state: &mut State, at: &str, out: &mut Vec<Effect>) {
    match read_fragment(at) {
        Ok(Fragment::Nothing) => {}
        Ok(Fragment::Session(session)) => load(state, *session, Origin::Link, out),
        Ok(Fragment::Example(id)) => match examples::find(&id) {
            Some(example) => load(state, example.session(), Origin::Example(id), out),
            None => screen::toast(state, format!("There is no example called {id:?}."), true),
        },
        Err(error) => {
            let text = format!("The link cannot be opened: {error}. The page stays as it was.");
            screen::toast(state, text, true);
        }
    }
}

pub(super) fn open_example(state: &mut State, id: &str, out: &mut Vec<Effect>) {
    let Some(example) = examples::find(id) else { return };
    out.push(Effect::ForgetFragment);
    load(state, example.session(), Origin::Example(id.to_owned()), out);
}

pub(super) fn open_recent(state: &mut State, index: usize, out: &mut Vec<Effect>) {
    if index >= state.recent.len() {
        return;
    }
    let session = state.recent.remove(index);
    out.push(Effect::ForgetFragment);
    load(state, session, Origin::Own, out);
    state.document.edited = true;
    keep(state, out);
}

/// Puts another session on the page; what ran is ended, what was edited is kept.
pub(super) fn load(state: &mut State, session: Session, origin: Origin, out: &mut Vec<Effect>) {
    if state.document.edited {
        let old = state.session();
        state.recent.retain(|recent| *recent != old);
        state.recent.insert(0, old);
        state.recent.truncate(RECENT_MAX);
    }
    for program in &state.programs {
        out.push(Effect::Post(Command::Forget { program: program.name.clone() }));
        state.calls.sockets.end_program(&program.name);
    }
    set(state, session, origin);
    screen::clear_calls(state);
    screen::close_dialog(state, out);
    // An unedited session is not kept: a reload reads the link or the example again.
    keep_session(state, None, out);
    out.push(Effect::Announce(Announcement::Loaded));
}

fn set(state: &mut State, session: Session, origin: Origin) {
    let first_id = next_id(state);
    state.run_all = RunAll::default();
    state.screen.pane = 0;
    state.screen.dock = match session.view.open {
        Panel::Sockets => Dock::Sockets,
        Panel::Timeline | Panel::Bytes | Panel::Notes => Dock::Bytes,
    };
    state.calls.sockets = SocketTable::default();
    state.document = Document {
        title: session.title,
        notes: session.notes,
        view: session.view,
        origin,
        edited: false,
        notes_closed: false,
        ran: false,
    };
    state.programs = session
        .programs
        .into_iter()
        .zip(first_id..)
        .map(|(program, id)| Program {
            id,
            name: program.name,
            code: program.code,
            args: program.args,
            autostart: program.autostart,
            ..Program::default()
        })
        .collect();
}

/// Program ids are never used twice, so that no editor takes over another one's text.
fn next_id(state: &State) -> u64 {
    state.programs.iter().map(|program| program.id).max().map_or(0, |id| id + 1)
}

pub(super) fn edited(state: &mut State, id: u64, code: String, out: &mut Vec<Effect>) {
    let Some(program) = state.programs.iter_mut().find(|program| program.id == id) else { return };
    if program.code == code {
        return;
    }
    program.code = code;
    program.error_line = None;
    program.marked_line = None;
    touched(state, out);
}

pub(super) fn convert(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let Some(program) = state.program_mut(name) else { return };
    program.code = python2::convert(&program.code);
    program.code_revision += 1;
    program.python2 = None;
    program.error_line = None;
    let id = program.id;
    touched(state, out);
    out.push(Effect::Focus(Focus::Editor(id)));
    let text = format!("{name} is Python 3 now. Undo in the editor brings the old text back.");
    screen::toast(state, text, false);
}

/// The visitor changed the session: from now on it is theirs.
fn touched(state: &mut State, out: &mut Vec<Effect>) {
    if !state.document.edited {
        state.document.edited = true;
        // A frame keeps its address: a reload shows the lesson as its author wrote it.
        if !state.host.surroundings.embedded {
            out.push(Effect::ForgetFragment);
        }
    }
    keep(state, out);
}

fn keep(state: &State, out: &mut Vec<Effect>) {
    keep_session(state, Some(state.session()), out);
}

fn keep_session(state: &State, session: Option<Session>, out: &mut Vec<Effect>) {
    if !state.host.surroundings.embedded {
        let kept = Kept { session, recent: state.recent.clone() };
        out.push(Effect::Keep(Box::new(kept)));
    }
}

pub(super) fn program_draft(state: &mut State, text: String) {
    if let Some(Dialog::Program { draft, problem, .. }) = &mut state.screen.dialog {
        *draft = text;
        *problem = None;
    }
}

/// Adds or renames a program, or says in the dialog why not.
pub(super) fn program_confirm(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Dialog::Program { id, draft, .. }) = state.screen.dialog.clone() else { return };
    let name = draft.trim().to_owned();
    if let Some(found) = problem_with(state, id, &name) {
        if let Some(Dialog::Program { problem, .. }) = &mut state.screen.dialog {
            *problem = Some(found);
        }
        return;
    }
    let new_id = next_id(state);
    let focus = match id {
        Some(id) => {
            rename(state, id, &name, out);
            id
        }
        None => {
            let code = "import socket\n\n".to_owned();
            let program = Program { id: new_id, name, code, autostart: true, ..Program::default() };
            state.programs.push(program);
            state.screen.pane = state.programs.len() - 1;
            new_id
        }
    };
    screen::close_dialog(state, out);
    out.push(Effect::Focus(Focus::Editor(focus)));
    touched(state, out);
}

fn rename(state: &mut State, id: u64, name: &str, out: &mut Vec<Effect>) {
    let Some(program) = state.programs.iter_mut().find(|program| program.id == id) else { return };
    if program.name == name {
        return;
    }
    out.push(Effect::Post(Command::Forget { program: program.name.clone() }));
    state.calls.sockets.end_program(&program.name);
    program.state = ProgramState::Idle;
    program.prompt.reset();
    program.name = name.to_owned();
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
    state.calls.sockets.end_program(&program.name);
    state.screen.pane = state.screen.pane.min(state.programs.len() - 1);
    out.push(Effect::Post(Command::Forget { program: program.name }));
    screen::close_dialog(state, out);
    touched(state, out);
}

/// Returns what an example wants to teach: a sentence, and something to try.
pub fn lesson_of(state: &State) -> Option<(&'static str, &'static str)> {
    let Origin::Example(id) = &state.document.origin else { return None };
    let example = examples::find(id)?;
    Some((example.summary, example.try_this))
}
