//! The session: opening, editing, keeping it.

use shared::session::{Panel, Session};

use crate::messages::Command;
use crate::page::drafts::Kept;
use crate::page::event::{Announcement, Effect, Focus};
use crate::page::examples;
use crate::page::state::{Dock, Document, Offer, Origin, Program, RunAll, State, Undo};
use crate::session::link::{self, Fragment, read_fragment};
use crate::session::python2;
use crate::timeline::sequence::Sequence;
use crate::timeline::sockets::SocketTable;

use super::{drafts, gate, learn, screen, share, together};

/// Opens the first session: the link's, the kept one, or the first example.
pub(super) fn open_first(state: &mut State, kept: Kept, at: &str, out: &mut Vec<Effect>) {
    // A frame in somebody's page shows what that page asks for, not what the visitor left.
    let kept = if state.host.surroundings.embedded { Kept::default() } else { kept };
    let (shown, others) = kept.sorted();
    state.recent = others;
    match shown {
        Some(draft) => {
            set(state, draft.session, Origin::Own);
            state.document.edited = true;
            out.push(Effect::Current(Some(draft.id.clone())));
            state.document.draft = Some(draft.id);
        }
        None => {
            let first = examples::first();
            set(state, first.session(), Origin::Example(first.id.clone()));
            state.document.lesson = Some(first.lesson());
        }
    }
    fragment(state, at, out);
    learn::offer_tour(state, at);
}

/// Opens what the URL's fragment asks for. A link never runs anything.
pub(super) fn fragment(state: &mut State, at: &str, out: &mut Vec<Effect>) {
    match read_fragment(at) {
        Ok(Fragment::Nothing) => {}
        Ok(Fragment::Session(session)) => load(state, *session, Origin::Link, out),
        Ok(Fragment::Replay(session, file)) => {
            load(state, *session, Origin::Link, out);
            share::replay_linked(state, &file, out);
        }
        Ok(Fragment::File(path)) => out.push(Effect::Fetch(path)),
        Ok(Fragment::Example(id)) => learn::want_example(state, id, out),
        Ok(Fragment::Card(name)) => learn::show_card(state, Some(name), out),
        Err(error) => state.host.bad_link = Some(error.to_string()),
    }
}

/// Puts the sentence about a damaged link away, and the link with it.
pub(super) fn dismiss_link(state: &mut State, out: &mut Vec<Effect>) {
    state.host.bad_link = None;
    out.push(Effect::ForgetFragment);
}

pub(super) fn open_recent(state: &mut State, index: usize, out: &mut Vec<Effect>) {
    if index >= state.recent.len() {
        return;
    }
    let draft = state.recent.remove(index);
    load(state, draft.session, Origin::Own, out);
    state.document.edited = true;
    out.push(Effect::Current(Some(draft.id.clone())));
    state.document.draft = Some(draft.id);
    show_fragment(state, out);
}

/// Puts another session on the page; what ran is ended, what was edited is kept.
pub(super) fn load(state: &mut State, session: Session, origin: Origin, out: &mut Vec<Effect>) {
    state.replay = None;
    let before = Undo::Opened {
        session: state.session(),
        origin: state.document.origin.clone(),
        edited: state.document.edited,
        lesson: state.document.lesson.clone(),
        draft: drafts::put_away(state, out),
    };
    let scripted = origin == Origin::Script;
    let worth_it = state.document.edited || state.document.origin == Origin::Link;
    replace(state, session, origin, out);
    state.undo = None;
    if worth_it && !scripted {
        let text = format!("{} is open. What you had is kept.", title(state));
        screen::offer(state, text, Offer::Undo);
        state.undo = Some(Box::new(before));
    }
}

fn title(state: &State) -> String {
    match state.document.title.as_str() {
        "" => "Another session".into(),
        title => format!("“{title}”"),
    }
}

/// Brings back what was there before a session was opened or a program was removed.
pub(super) fn undo(state: &mut State, out: &mut Vec<Effect>) {
    let Some(before) = state.undo.take() else { return };
    state.screen.toast = None;
    match *before {
        Undo::Opened { session, origin, edited, lesson, draft } => {
            drafts::put_away(state, out);
            state.recent.retain(|recent| Some(&recent.id) != draft.as_ref());
            replace(state, session, origin, out);
            state.document.edited = edited;
            state.document.lesson = lesson;
            out.push(Effect::Current(draft.clone()));
            state.document.draft = draft;
            show_fragment(state, out);
        }
        Undo::Removed { index, program } => {
            let index = index.min(state.programs.len());
            out.push(Effect::Focus(Focus::Editor(program.id)));
            state.programs.insert(index, *program);
            state.screen.pane = index;
            gate::post_breakpoints(state, out);
            touched(state, out);
        }
    }
}

/// Shows in the address bar where the session came from, so that a reload finds it there.
pub(super) fn show_fragment(state: &State, out: &mut Vec<Effect>) {
    out.push(match &state.document.origin {
        Origin::Example(id) if !state.document.edited => {
            Effect::SetFragment(format!("{}{id}", link::EXAMPLE_PREFIX))
        }
        Origin::Link if !state.document.edited => {
            Effect::SetFragment(link::encode(&state.session()))
        }
        _ => Effect::ForgetFragment,
    });
}

fn replace(state: &mut State, session: Session, origin: Origin, out: &mut Vec<Effect>) {
    for program in &state.programs {
        out.push(Effect::Post(Command::Forget { program: program.name.clone() }));
        state.calls.sockets.end_program(&program.name, false);
    }
    together::leave_session(state, out);
    set(state, session, origin);
    state.host.bad_link = None;
    state.summary.clear();
    gate::other_session(state, out);
    screen::clear_calls(state);
    screen::close_dialog(state, out);
    out.push(Effect::Current(None));
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
    state.calls.sequence = Sequence::default();
    state.document = Document {
        title: session.title,
        notes: session.notes,
        view: session.view,
        origin,
        edited: false,
        draft: None,
        lesson: None,
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
pub(super) fn next_id(state: &State) -> u64 {
    let removed = match state.undo.as_deref() {
        Some(Undo::Removed { program, .. }) => Some(program.id),
        _ => None,
    };
    let ids = state.programs.iter().map(|program| program.id).chain(removed);
    ids.max().map_or(0, |id| id + 1)
}

pub(super) fn edited(state: &mut State, id: u64, code: String, out: &mut Vec<Effect>) {
    let Some(program) = state.programs.iter_mut().find(|program| program.id == id) else { return };
    if program.code == code {
        return;
    }
    program.code = code;
    program.error_line = None;
    program.error_text.clear();
    program.marked_line = None;
    touched(state, out);
}

pub(super) fn convert(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let Some(program) = state.program_mut(name) else { return };
    program.code = python2::convert(&program.code);
    program.code_revision += 1;
    program.python2 = None;
    program.error_line = None;
    program.error_text.clear();
    let id = program.id;
    touched(state, out);
    out.push(Effect::Focus(Focus::Editor(id)));
    let text = format!("{name} is Python 3 now. Undo in the editor brings the old text back.");
    screen::toast(state, text, false);
}

/// The visitor changed the session: from now on it is theirs.
pub(super) fn touched(state: &mut State, out: &mut Vec<Effect>) {
    if !state.document.edited {
        state.document.edited = true;
        // A frame keeps its address: a reload shows the lesson as its author wrote it.
        if !state.host.surroundings.embedded {
            out.push(Effect::ForgetFragment);
        }
    }
    drafts::keep(state, out);
}
