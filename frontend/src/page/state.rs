//! Everything the page knows.

mod calls;
mod dialog;
mod document;
mod host;
mod learn;
mod program;
mod running;
mod screen;

pub use calls::Calls;
pub use dialog::{Copied, Dialog, Problem, Saved, Sharing};
pub use document::{Document, Origin, Undo};
pub use host::{Host, Surroundings};
pub use learn::{Book, Learn, Shelf};
pub use program::{PaneTab, Program};
pub use running::{Gate, Question, RunAll, Starting};
pub use screen::{Dock, Dragged, Offer, Place, Screen, Theme, Toast};

use shared::session::Session;

use super::drafts::Draft;
use super::look::Look;
use super::replay::Replay;
use super::summary::Summary;
use super::together::Together;
use crate::messages::{HeldCall, LinkState, ProgramState, SourceFile};
use crate::session::recording::Recording;

/// Everything the page knows. It has one owner, and [`super::update::update`] changes it.
#[derive(Debug, Default)]
pub struct State {
    pub document: Document,
    pub programs: Vec<Program>,
    pub host: Host,
    pub run_all: RunAll,
    pub gate: Gate,
    pub calls: Calls,
    pub screen: Screen,
    pub look: Look,
    /// The visitor's own sessions besides the one on the page; newest first.
    pub recent: Vec<Draft>,
    /// How many drafts this page began; with the time it names them.
    pub drafts_begun: u64,
    /// What "Undo" brings back.
    pub undo: Option<Box<Undo>>,
    /// A recording that is being replayed.
    pub replay: Option<Box<Replay>>,
    /// What a screen reader is told of the diagram.
    pub summary: Summary,
    pub learn: Learn,
    pub together: Together,
    /// Now, in milliseconds of `performance.timeOrigin + performance.now()`.
    pub now_ms: f64,
}

impl State {
    /// Returns the program of this name.
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.programs.iter().find(|program| program.name == name)
    }

    /// Returns the program of this name.
    pub fn program_mut(&mut self, name: &str) -> Option<&mut Program> {
        self.programs.iter_mut().find(|program| program.name == name)
    }

    /// Returns the call that the question in front of the visitor is about.
    pub fn asked(&self) -> Option<&HeldCall> {
        let question = self.gate.question?;
        let mut held = self.programs.iter().flat_map(|program| &program.held);
        held.find(|call| call.ticket == question.ticket)
    }

    /// Tells whether a yes counts: not in a frame, which the page around it could lay something
    /// over, and not before the visitor can have read the question.
    pub fn may_consent(&self) -> bool {
        const READING_MS: f64 = 500.0;
        let read = |question: Question| self.now_ms - question.since_ms >= READING_MS;
        !self.host.surroundings.framed && self.gate.question.is_some_and(read)
    }

    /// Returns the number of a program's lane, from 0; those of others in the room come last.
    pub fn lane(&self, name: &str) -> usize {
        let own = self.programs.iter().position(|program| program.name == name);
        let of_others = || {
            let place = self.together.programs.iter().position(|program| program == name)?;
            Some(self.programs.len() + place)
        };
        own.or_else(of_others).unwrap_or(0)
    }

    /// Returns every program as a file, for all of them to import and read.
    pub fn files(&self) -> Vec<SourceFile> {
        let file = |program: &Program| SourceFile {
            name: program.name.clone(),
            text: program.code.clone(),
        };
        self.programs.iter().map(file).collect()
    }

    /// Returns how many bytes of text the session holds, if that is more than one may.
    pub fn too_large(&self) -> Option<usize> {
        let code: usize = self.programs.iter().map(|program| program.code.len()).sum();
        let bytes = code + self.document.notes.len();
        (bytes > shared::session::TEXT_BYTES_MAX).then_some(bytes)
    }

    /// Returns the session as a document.
    pub fn session(&self) -> Session {
        Session {
            v: shared::session::SESSION_VERSION,
            title: self.document.title.clone(),
            notes: self.document.notes.clone(),
            programs: self
                .programs
                .iter()
                .map(|program| shared::session::Program {
                    name: program.name.clone(),
                    code: program.code.clone(),
                    args: program.args.clone(),
                    autostart: program.autostart,
                })
                .collect(),
            view: self.document.view.clone(),
        }
    }

    /// Returns all that was recorded, of which a replay shows a part.
    pub fn recording(&self) -> &Recording {
        self.replay.as_ref().map_or(&self.calls.recording, |replay| &replay.recording)
    }

    /// Tells whether pressing Run leads anywhere, be it to a word about backends.
    pub fn can_run(&self) -> bool {
        self.host.surroundings.isolated || self.host.surroundings.backendless
    }

    /// Tells whether any program is doing something.
    pub fn any_active(&self) -> bool {
        // What a replay shows as running does not run.
        self.replay.is_none() && self.any_shown_active()
    }

    fn any_shown_active(&self) -> bool {
        !self.run_all.queue.is_empty() || self.programs.iter().any(|program| program.is_active())
    }

    /// Tells whether something on the page changes by time alone.
    pub fn ticks(&self) -> bool {
        let counts_down = matches!(
            self.host.link,
            Some(LinkState::Lost { .. } | LinkState::Interrupted { .. } | LinkState::Full { .. })
        ) || self.host.limit_ends_ms.is_some();
        let blocked =
            self.programs.iter().any(|program| matches!(program.state, ProgramState::Blocked(_)));
        self.replay.as_ref().is_some_and(|replay| replay.playing)
            || blocked
            || counts_down
            || !self.calls.waiting.is_empty()
            || self.run_all.waiting.is_some()
            || self.screen.toast.is_some()
            || self.together.mixer.waits()
            || self.together.outgoing.retell_at_ms.is_some()
            || self.summary.is_due()
            || (self.gate.question.is_some() && !self.may_consent())
    }

    /// Tells whether programs can be run at all, now.
    pub fn connected(&self) -> bool {
        matches!(self.host.link, Some(LinkState::Open(_)))
    }
}
