//! The recording: what happened, when, on which line of which program, on which socket, with
//! which bytes. Everything the page draws is derived from it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use shared::call::{Call, SocketId};
use shared::errno::Failure;
use shared::guest::Site;
use shared::reply::Reply;

/// Numbers the calls of a recording in the order they began.
pub type CallNumber = u64;

/// A call began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallStarted {
    pub number: CallNumber,
    pub program: String,
    /// Counts a program's runs, so that fd 3 of one is not taken for fd 3 of the next.
    pub run: u32,
    /// 0 is the main thread.
    pub thread: u32,
    pub site: Option<Site>,
    /// The method as Python named it: `recv_into` for a `recv`.
    pub method: String,
    /// With the program's own fds.
    pub call: Call,
    /// Microseconds since 1970, from the tab's monotonic clock.
    pub at_us: u64,
    /// What it sends, in the payload of the batch.
    pub bytes: Range<usize>,
}

/// A call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallEnded {
    pub number: CallNumber,
    /// Microseconds since 1970, from the tab's monotonic clock.
    pub at_us: u64,
    /// Of those, what the host worked and waited.
    pub host_us: u64,
    pub outcome: CallOutcome,
    /// What it received, in the payload of the batch.
    pub bytes: Range<usize>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The reply, as JSON: the call says what is in it (see [`CallOutcome::reply`]).
    Ok(serde_json::Value),
    Error(Failure),
    /// The program was stopped or the connection was lost while it waited.
    Abandoned,
}

impl CallOutcome {
    /// Reads the reply to `call`, with the program's own fds.
    pub fn reply(&self, call: &Call) -> Option<Reply> {
        match self {
            CallOutcome::Ok(json) => call.decode_reply(&json.to_string()).ok(),
            CallOutcome::Error(_) | CallOutcome::Abandoned => None,
        }
    }
}

/// A socket of one run of one program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketKey {
    pub program: String,
    pub run: u32,
    pub fd: SocketId,
}
