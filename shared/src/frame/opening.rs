//! How a session begins, comes back and ends.

use serde::{Deserialize, Serialize};

use super::{EnterRoom, is_false};
use crate::limit::{Bound, LimitName};

/// Opens a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// [`crate::PROTOCOL_VERSION`] of the client.
    pub protocol: u32,
    /// What is to become of the session when this connection breaks, or is to come back of one
    /// whose connection broke. Without it, a session ends with its connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
    /// The secret that the backend wants to see, where it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The room that the visitor wants to be in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<EnterRoom>,
}

impl Hello {
    /// Returns the hello of a session by itself, which ends with its connection.
    pub fn plain() -> Self {
        Self { protocol: crate::PROTOCOL_VERSION, resume: None, token: None, room: None }
    }
}

/// Sessions that outlive their connection.
///
/// Both sides count what they received: the backend calls and cancels, also those that it
/// cannot read, the client answers and refusals, each since the session began. When a new
/// connection takes over, each side sends again what the other one has not got, so that nothing
/// is lost and nothing comes twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Resume {
    /// A new session, which may be resumed. The client sends [`ClientMessage::Ack`](super::ClientMessage::Ack) from time
    /// to time.
    Later,
    /// The session that was given this token. If it is no more, a new one begins.
    Session { token: String, received: u64 },
}

/// Answers [`Hello`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// [`crate::PROTOCOL_VERSION`] of the backend.
    pub protocol: u32,
    /// The host's operating system, as Python's `sys.platform` names it.
    pub platform: String,
    pub limits: Limits,
    /// Further limits of the session; what is not named is not limited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<Bound>,
    pub policy: PolicySummary,
    /// What resumes this session after its connection broke; a secret of this client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// This is the session that was asked for, and not a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Resumed>,
}

/// Where a resumed session stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resumed {
    /// Calls and cancels that the backend has received; the client sends the others again.
    pub received: u64,
}

/// What a session may use. Beyond it a call fails with the errno a kernel would give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of one message, header and payload.
    pub frame_bytes_max: u32,
    /// Bytes that one call sends or receives.
    pub transfer_bytes_max: u32,
    /// Sockets open at once; one more is `EMFILE`.
    pub sockets_max: u32,
    /// Calls not yet answered; one more is `ENOBUFS`.
    pub calls_in_flight_max: u32,
    /// Milliseconds for which a session waits for a new connection when its own broke.
    pub resume_ms_max: u32,
}

/// What the operator allows, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySummary {
    /// A sentence such as "Programs reach whatever this machine reaches."
    pub summary: String,
    /// Other machines may reach sockets that listen on every address.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exposes: bool,
}

/// Why the backend ends a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    pub reason: ClosingReason,
    pub message: String,
    /// The limit that was hit, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitName>,
}

/// The reasons a backend ends a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosingReason {
    /// The backend speaks another version of the protocol.
    Version,
    /// The backend is shutting down.
    Shutdown,
    /// The backend has as many sessions as it may have.
    Full,
    /// Nothing came from the client for too long.
    Idle,
    /// The backend wants a token, and this is not it.
    Token,
    /// The room takes no more visitors, or there can be none of this name.
    Room,
    /// The session has lasted, or done nothing, for as long as it may.
    Time,
}
