//! What the page and its kernel worker say to each other.
//!
//! Each message is one frame of [`shared::frame`]: a JSON header, and in a [`Batch`] the bytes
//! that calls sent and received as its payload.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use shared::frame::{Closing, Welcome};
use shared::guest::{Finished, Raised, Site};

use crate::session::recording::{CallEnded, CallNumber, CallStarted};

/// Names a program. The page gives each one a name that is a plain file name and its own.
pub type ProgramName = String;

/// The page asks the kernel worker for something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Opens the session; the first message.
    Open {
        /// The backend's WebSocket, `ws://…/ws`.
        backend: String,
        /// Where the guest's WebAssembly is.
        guest: String,
        /// Where the listing of the standard library is (see `kernel/files.rs`).
        library: String,
    },
    /// Runs a program in a new interpreter. Ends what it was running before.
    Run {
        program: ProgramName,
        /// Every program of the session, so that they can import and read each other.
        files: Vec<SourceFile>,
        args: Vec<String>,
    },
    /// Ends a program wherever it is, and closes its sockets.
    Stop { program: ProgramName },
    /// Text for the program's standard input, its newline included.
    Input { program: ProgramName, text: String },
    /// Ends the program's standard input.
    Eof { program: ProgramName },
    /// Runs a line in the program's interpreter; starts one if there is none.
    Prompt { program: ProgramName, source: String, files: Vec<SourceFile> },
    /// Asks what could stand at the end of a line at the prompt. Not answered while it runs.
    Complete { program: ProgramName, line: String },
    /// The page has shown this many bytes of output; a flood waits for it.
    Shown { program: ProgramName, bytes: u32 },
    /// The program was removed or renamed: ends and forgets it.
    Forget { program: ProgramName },
    /// Tries at once to reach the backend again.
    Reconnect,
}

/// A file in a program's current directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    pub name: String,
    pub text: String,
}

/// What happened since the last batch, in order. Sent at most once per animation frame, and
/// at once when nothing was sent for a frame.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub notices: Vec<Notice>,
}

/// The kernel worker tells the page something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The connection to the backend changed.
    Link(LinkState),
    /// What a program is doing changed.
    State { program: ProgramName, state: ProgramState },
    /// A program wrote something.
    Output { program: ProgramName, stream: Stream, text: String },
    /// A call began.
    CallStarted(CallStarted),
    /// A call in several parts (`sendall`) sends more.
    CallContinued { number: CallNumber, bytes: Range<usize> },
    /// A call ended.
    CallEnded(CallEnded),
    /// The prompt is done with a line, or has completions.
    Prompt { program: ProgramName, answer: Finished },
    /// The interpreter is loaded and a program can start without waiting for it.
    Warm,
    /// Something that is wrong with Sockpit itself, for people.
    Trouble { message: String },
}

/// One of a program's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// The connection to the backend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Goes to `Open` or `Lost`.
    Connecting,
    /// Goes to `Lost` or `Closed`.
    Open(Welcome),
    /// Every socket is gone. Goes to `Connecting` by itself after a while.
    Lost { message: String, retry_in_ms: u32 },
    /// The backend ended the session and said why. Goes to `Connecting` when asked to.
    Closed(Closing),
}

/// What a program is doing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramState {
    /// Not run yet. Goes to `Loading`.
    #[default]
    Idle,
    /// Waits for its interpreter. Goes to `Running` or `Failed`.
    Loading,
    /// Computes. Goes anywhere but `Idle` and `Loading`.
    Running,
    /// Every thread waits; goes back to `Running` when one wakes.
    Blocked(Blocked),
    /// Waits for the visitor to type. Goes to `Running`.
    Input,
    /// The visitor stopped it. Goes to `Loading`.
    Stopped,
    /// It ended by itself. Goes to `Loading`, or to `Running` from the prompt.
    Exited { code: i32, error: Option<Raised> },
    /// Its interpreter could not be loaded or broke down. Goes to `Loading`.
    Failed { message: String },
}

/// What a waiting program waits in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// The call as Python names it: `accept`, `recv_into`, `sleep`.
    pub method: String,
    pub site: Option<Site>,
    /// When it began, in milliseconds of `performance.timeOrigin + performance.now()`.
    pub since_ms: f64,
}
