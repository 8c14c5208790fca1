//! What the calls are made of: the closed vocabularies of their arguments.

use serde::{Deserialize, Serialize};

/// Names a socket: on the wire within one session, in the tab within one program (its fd).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SocketId(pub u32);

/// How long a call may wait for the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// Not at all: `EAGAIN` where it would have to wait (a non-blocking socket).
    Never,
    /// At most this many milliseconds, then `ETIMEDOUT` (a socket with a timeout).
    Millis(u64),
    /// Until it is done (a blocking socket).
    Forever,
}

/// A flag of `send(2)` or `recv(2)`, by its name without `MSG_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    Oob,
    Peek,
    Dontroute,
    Trunc,
    Dontwait,
    Eor,
    Waitall,
    Confirm,
    Nosignal,
    More,
    Ctrunc,
    Errqueue,
    Fastopen,
    CmsgCloexec,
}

/// Which half of a connection `shutdown` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    Read,
    Write,
    Both,
}

/// A condition that `poll(2)` waits for or reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    In,
    Pri,
    Out,
    Rdhup,
    Err,
    Hup,
    Nval,
}

/// The value of a socket option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionValue {
    Int(i32),
    /// The message's payload, for options that are structures (`SO_LINGER`, `IP_ADD_MEMBERSHIP`).
    Payload,
}

/// One socket in a [`Poll`](super::Poll).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollEntry {
    pub socket: SocketId,
    pub events: Vec<Readiness>,
}

/// A control message beside the bytes of [`Sendmsg`](super::Sendmsg) or [`Recvmsg`](super::Recvmsg); its data is in the payload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// The protocol it belongs to (`SOL_SOCKET`, `IPPROTO_IPV6`), with Linux's number.
    pub level: i32,
    /// What it is (`SCM_CREDENTIALS`, `IPV6_HOPLIMIT`), with Linux's number.
    pub kind: i32,
    /// Bytes of its data.
    pub len: u32,
    /// What `SCM_RIGHTS` hands over, which has no other data; empty for all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<Right>,
}

/// A descriptor that a program hands over to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// A socket or an epoll instance. The receiver gets a name of its own for it.
    Socket(SocketId),
    /// A file of the client's, which the host does not know. The number comes out as it went in,
    /// and means to the client whatever it likes.
    File(u32),
}

/// What [`EpollCtl`](super::EpollCtl) does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EpollChange {
    Add,
    Modify,
    Delete,
}

/// What a service is looked up by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKey {
    Name(String),
    Port(u16),
}
