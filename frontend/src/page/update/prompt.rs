//! The prompt.

use shared::guest::Finished;

use crate::messages::Command;
use crate::page::event::{Announcement, Effect, Focus};
use crate::page::state::{PaneTab, State};

pub(super) fn draft(state: &mut State, name: &str, text: String) {
    if let Some(program) = state.program_mut(name) {
        program.prompt.draft = text;
        program.prompt.candidates.clear();
    }
}

pub(super) fn submit(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let files = state.files();
    let Some(program) = state.program_mut(name) else { return };
    if program.prompt.busy || program.is_active() {
        return;
    }
    let source = program.prompt.submit();
    out.push(Effect::Post(Command::Prompt { program: name.to_owned(), source, files }));
}

pub(super) fn enter(state: &mut State, name: &str, source: &str, out: &mut Vec<Effect>) {
    let files = state.files();
    let Some(program) = state.program_mut(name) else { return };
    program.tab = PaneTab::Prompt;
    program.prompt.begun.clear();
    let source = program.prompt.enter(source.trim_end_matches('\n'));
    out.push(Effect::Post(Command::Prompt { program: name.to_owned(), source, files }));
}

pub(super) fn older(state: &mut State, name: &str) {
    if let Some(program) = state.program_mut(name) {
        program.prompt.older();
    }
}

pub(super) fn newer(state: &mut State, name: &str) {
    if let Some(program) = state.program_mut(name) {
        program.prompt.newer();
    }
}

pub(super) fn complete(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let Some(program) = state.program_mut(name) else { return };
    if program.prompt.draft.trim().is_empty() {
        // At the beginning of a line, Tab indents.
        program.prompt.draft.push_str("    ");
    } else if !program.prompt.busy && !program.is_active() {
        let line = program.prompt.draft.clone();
        out.push(Effect::Post(Command::Complete { program: name.to_owned(), line }));
    }
}

/// The kernel worker answers the prompt.
pub(super) fn answered(state: &mut State, name: &str, answer: &Finished, out: &mut Vec<Effect>) {
    let Some(program) = state.program_mut(name) else { return };
    let prompt = &mut program.prompt;
    let (error, incomplete) = match answer {
        Finished::Complete { replaces, candidates } => {
            prompt.complete(*replaces, candidates.clone());
            out.push(Effect::StayAtEnd);
            return;
        }
        Finished::Incomplete => {
            prompt.incomplete();
            (None, true)
        }
        Finished::Prompt { error } | Finished::Run { error, .. } => {
            prompt.done();
            (error.clone(), false)
        }
    };
    if program.tab == PaneTab::Prompt {
        out.push(Effect::Focus(Focus::Prompt(program.id)));
    }
    let program = name.to_owned();
    out.push(Effect::Announce(Announcement::Prompt { program, error, incomplete }));
}
