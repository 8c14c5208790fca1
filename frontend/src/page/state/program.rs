//! A program of the session and what it does.

use std::collections::BTreeSet;

use crate::messages::{HeldCall, ProgramState, Why};
use crate::page::console::{Console, Tail};
use crate::page::prompt::Prompt;
use crate::session::python2::Diagnosis;

/// A program and what it does.
#[derive(Debug, Default)]
pub struct Program {
    /// Names the program for as long as the page lives, through renames.
    pub id: u64,
    pub name: String,
    pub code: String,
    /// Grows when the code changes other than by typing; the editor takes it over then.
    pub code_revision: u64,
    pub args: Vec<String>,
    pub autostart: bool,
    pub state: ProgramState,
    /// Stop was pressed once and it is still at work; the next Stop ends it.
    pub interrupted: bool,
    pub console: Console,
    pub stdout: Tail,
    pub stderr: Tail,
    pub prompt: Prompt,
    pub tab: PaneTab,
    /// What stands in the field that answers `input()`.
    pub input_draft: String,
    /// It has waited for typed text among other things, so its field stays while it runs.
    pub listens: bool,
    pub python2: Option<Diagnosis>,
    /// The line with the error that ended it, or another program that imports it.
    pub error_line: Option<u32>,
    /// What was raised there: `ValueError: …`.
    pub error_text: String,
    /// The line of the selected call.
    pub marked_line: Option<u32>,
    /// Its threads' calls that are held before they are made, in the order in which they came.
    pub held: Vec<HeldCall>,
    /// Lines at which a call is held.
    pub breakpoints: BTreeSet<u32>,
}

/// What the lower half of a pane shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PaneTab {
    #[default]
    Console,
    Prompt,
}

impl Program {
    /// Tells whether it is doing something that Stop would end.
    pub fn is_active(&self) -> bool {
        match self.state {
            ProgramState::Loading
            | ProgramState::Running
            | ProgramState::Blocked(_)
            | ProgramState::Input => true,
            ProgramState::Idle
            | ProgramState::Stopped
            | ProgramState::Exited { .. }
            | ProgramState::Failed { .. } => false,
        }
    }

    /// Tells whether a call of it waits for somebody to let it go.
    pub fn is_halted(&self) -> bool {
        self.held.iter().any(|call| call.why != Why::Slow)
    }

    /// Returns the call that the visitor can let go first.
    pub fn next_step(&self) -> Option<&HeldCall> {
        self.held.iter().find(|call| matches!(call.why, Why::Step | Why::Breakpoint))
    }

    /// Tells whether Stop has something to stop: the program, or a line at its prompt.
    pub fn can_stop(&self) -> bool {
        self.is_active() || self.prompt.busy
    }

    /// Returns the state's name in the automation contract.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            ProgramState::Idle => "idle",
            ProgramState::Loading => "loading",
            // It waits for the visitor to let its call go.
            ProgramState::Running if self.is_halted() => "blocked",
            ProgramState::Running => "running",
            ProgramState::Blocked(_) => "blocked",
            ProgramState::Input => "input",
            ProgramState::Stopped => "stopped",
            ProgramState::Exited { .. } => "exited",
            ProgramState::Failed { .. } => "failed",
        }
    }

    /// Returns the exit code of a program that ended by itself.
    pub fn exit_code(&self) -> Option<i32> {
        match self.state {
            ProgramState::Exited { code, .. } => Some(code),
            _ => None,
        }
    }
}
