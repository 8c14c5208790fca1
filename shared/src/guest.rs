//! What a program asks of whoever runs it, besides WASI: its socket calls and its next task.
//!
//! In the tab these are frames in the program's own memory that the kernel worker reads and
//! writes (see [`crate::mailbox`]). A native guest makes the calls over its own WebSocket and
//! has one task.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::call::Call;
use crate::errno::Failure;

/// A request; its payload is what the call sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestRequest {
    /// A socket call.
    Call(GuestCall),
    /// Waits for something to do; answered with a [`Task`].
    NextTask,
    /// The end of a task; answered with an empty object.
    Finished(Finished),
}

/// A socket call with what the recording wants to know about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuestCall {
    /// The method as Python named it: `recv_into` for a [`crate::call::Recv`].
    pub method: String,
    /// Where the program is, if in any of its own lines.
    pub site: Option<Site>,
    /// Another message of the same Python call follows (a `sendall` in several parts).
    pub more: bool,
    pub call: Call,
}

/// A line of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    pub file: String,
    pub line: u32,
}

/// A wait that is no call: a sleep, or for another thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// What the program called: `sleep`, `acquire`, `join`, `get`.
    pub method: String,
    pub site: Option<Site>,
}

/// The answer to a request; its payload is what the call received.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestAnswer {
    Ok(Box<RawValue>),
    Error(Failure),
}

/// Something for an idle interpreter to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Runs a program file as `__main__`. At most once, and first.
    Run {
        /// The file, in the current directory.
        file: String,
        /// `sys.argv[1:]`.
        args: Vec<String>,
    },
    /// Runs what was typed at the prompt, in `__main__`.
    Prompt { source: String },
    /// Lists what could stand at the end of a line typed at the prompt.
    Complete { line: String },
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finished {
    /// The program ended. Its sockets are closed, as a process's are.
    Run {
        exit_code: i32,
        /// The exception that ended it, if one did.
        error: Option<Raised>,
        /// Daemon threads are still running: the interpreter cannot be kept.
        threads_left: bool,
    },
    /// The line was run.
    Prompt { error: Option<Raised> },
    /// The line is the beginning of something; another one is needed.
    Incomplete,
    /// What could stand at the end of the line, and how many of its characters that replaces.
    Complete { replaces: u32, candidates: Vec<String> },
}

/// An uncaught exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raised {
    /// The class's name, such as `ConnectionRefusedError`.
    pub kind: String,
    /// What `str()` gives.
    pub message: String,
    /// The innermost line of the program's own files, or where the syntax error is.
    pub site: Option<Site>,
}
