//! Every bound there is, its unit in its name and its reason beside it.

mod allowance;

#[cfg(test)]
mod listed;

mod waits;

use std::time::Duration;

use clap::Args;

pub(crate) use allowance::Terms;
pub use allowance::{Allowance, Audience, Cap};
pub use waits::Waits;

/// Bytes that one call sends or receives. Large enough that a bulk transfer is not bound by
/// round trips, small enough that a session's few buffers stay below a megabyte.
pub const TRANSFER_BYTES_MAX: u32 = 256 * 1024;

/// Bytes of one message: a full transfer and a header. The longest honest header is a `poll`
/// on every socket of a session, about 60 bytes each.
pub const FRAME_BYTES_MAX: u32 = TRANSFER_BYTES_MAX + 64 * 1024;

/// Bytes of a message that is read at all. What is between this and [`FRAME_BYTES_MAX`] is
/// refused by name and the connection kept; beyond it the connection ends.
pub const OVERSIZE_FRAME_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX as usize;

/// Bytes of a session's read buffer. The WebSocket library's default of 128 KiB would be most
/// of what an idle session costs.
pub const READ_BUFFER_BYTES: usize = 16 * 1024;

/// Bytes of answers that gather before they are written, when more are ready at once.
pub const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Bytes of answers not yet written. Reached only when one frame is put behind a full write
/// buffer; nothing more is answered, and no socket read, until that has drained.
pub const OUTBOX_BYTES_MAX: usize = WRITE_BUFFER_BYTES + OVERSIZE_FRAME_BYTES_MAX;

/// Bytes of answers that a client has not acknowledged, from which on its calls wait. Clients
/// acknowledge four times in so many.
pub const RETAINED_BYTES_SOFT_MAX: usize = 1 << 20;

/// Bytes of answers not acknowledged, beyond which a client is taken for one that never does.
pub const RETAINED_BYTES_MAX: usize = 8 << 20;

/// Bytes that the calls of a session which wait have yet to send: those of 128 threads that all
/// send as much as a call may to peers that take nothing, unless the operator says otherwise. The number of waiting calls alone would
/// allow four times as much.
pub const WAITING_BYTES_MAX: u32 = 32 << 20;

/// Bytes that the allocator may keep for itself at the end of a heap before it gives them back
/// to the host, and that it takes at a time: the answers of a few downloads. With its own 128
/// KiB, each answer of 64 KiB is given back and taken anew, page by page.
pub const HEAP_SLACK_BYTES: i32 = 4 << 20;

/// Bytes of control messages beside a message: what Linux long had as `optmem_max`.
pub const CONTROL_BYTES_MAX: u32 = 20 * 1024;

/// Descriptors that a session has handed over and nobody has received: somewhat more than one
/// message may carry (`SCM_MAX_FD`, 253).
pub const HANDED_OVER_MAX: usize = 512;

/// Names of Unix sockets that a session remembers: several for each socket it may have.
pub const UNIX_NAMES_MAX: usize = 4096;

/// Events that one `epoll_wait` returns: as many as a session has sockets, and some.
pub const EPOLL_EVENTS_MAX: u32 = 1024;

/// Bytes of an option's value: CPython's own bound for `getsockopt`.
pub const OPTION_BYTES_MAX: u32 = 1024;

/// Bytes of an HTTP request's head. Browsers send well under 8 KiB.
pub const REQUEST_HEAD_BYTES_MAX: usize = 16 * 1024;

/// HTTP connections beside the sessions: browsers open about six each for the page's files.
pub const PAGE_CONNECTIONS_MAX: u32 = 512;

/// HTTP connections of one network address beside its sessions.
pub const PAGE_CONNECTIONS_PER_ADDRESS_MAX: u32 = 64;

/// Addresses of which a session remembers the names, where rules are about names. The oldest
/// are forgotten; a program that reaches for one of them again looks it up again.
pub const NAMED_ADDRESSES_MAX: usize = 1024;

/// Names that a session remembers of one address: the sites that a visitor's programs use at
/// one provider of many.
pub const NAMES_PER_ADDRESS_MAX: usize = 16;

/// Bytes of a room's name. The page's own have 22.
pub const ROOM_NAME_BYTES_MAX: usize = 64;

/// Destinations of a session that the audit keeps apart; with one more it writes what they come
/// to and begins anew.
pub const AUDITED_DESTINATIONS_MAX: usize = 1024;

/// Characters of a visitor's name that others in a room see.
pub const VISITOR_NAME_CHARS_MAX: usize = 32;

/// Time for which a room takes newcomers: a school day. A link to it that was passed on does
/// not lead to whoever is still there the next morning.
pub const ROOM_AGE_MAX: Duration = Duration::from_secs(12 * 60 * 60);

/// Bytes of one message in which a visitor shows the room what programs did, its payload
/// included: little enough that no answer waits long behind it.
pub const SHOW_BYTES_MAX: usize = 64 * 1024;

/// Bytes a second that one visitor may show a room: some hundred calls with what they moved.
pub const SHOW_BYTES_PER_SECOND: usize = 128 * 1024;

/// Bytes that a visitor may show at once: a server's sockets, or a run after a pause.
pub const SHOW_BURST_BYTES_MAX: usize = 512 * 1024;

/// Bytes of what others showed that wait for one visitor. Beyond it the oldest are left out.
pub const SHOW_BACKLOG_BYTES_MAX: usize = 256 * 1024;

/// Bytes of a message that may take as long as they like to become whole: about what a client's
/// own frames are wrapped in, and nothing worth keeping out.
pub const TRICKLE_BYTES_MAX: u64 = 1024;

/// Time between looks at whether the TLS certificate was replaced.
pub const CERTIFICATE_CHECK: Duration = Duration::from_secs(60);

/// Time between two notices that calls wait for bytes a second: for people to read.
pub const SLOWNESS_NOTICE_INTERVAL: Duration = Duration::from_secs(10);

/// Time for the closing words to reach the client.
pub const FAREWELL_WAIT_MAX: Duration = Duration::from_millis(500);

/// Time between tries where the runtime's idea of a socket's readiness is stale and cannot be
/// cleared (see `socket.rs`); rare, and never a busy loop.
pub const STALE_READINESS_RETRY: Duration = Duration::from_millis(10);

/// Time after which `accept` is tried again when it failed for want of descriptors and none of
/// ours became free: others on the machine may have closed theirs.
pub const ACCEPT_RETRY: Duration = Duration::from_secs(1);

/// The bounds that the operator may set.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits; docs/limits.md has them all")]
pub struct Limits {
    /// Sessions (browser tabs) at once
    ///
    /// One idle session costs about 30 KiB.
    #[arg(long, env = "SOCKPIT_SESSIONS_MAX", default_value_t = 4096, value_name = "N", value_parser = count())]
    pub sessions_max: u32,

    /// Sockets of one session; one more is EMFILE
    ///
    /// Half of the usual `ulimit -n` of a process, which a program in the tab stands for.
    #[arg(long, env = "SOCKPIT_SOCKETS_MAX", default_value_t = 512, value_name = "N", value_parser = count())]
    pub sockets_max: u32,

    /// Calls of one session that wait at once; one more is ENOBUFS
    ///
    /// A thread waits in one call at a time, so this is a bound on threads. A waiting call
    /// costs a few KiB.
    #[arg(long, env = "SOCKPIT_CALLS_IN_FLIGHT_MAX", default_value_t = 512, value_name = "N", value_parser = count())]
    pub calls_in_flight_max: u32,

    /// Bytes that calls of one session have to send while they wait; a call with more is ENOBUFS
    ///
    /// Such a call keeps its bytes until its peer takes them. By default as many as 128 of the
    /// largest have (32 MiB).
    #[arg(long, env = "SOCKPIT_WAITING_BYTES_MAX", default_value_t = WAITING_BYTES_MAX, value_name = "N", value_parser = clap::value_parser!(u32).range(i64::from(TRANSFER_BYTES_MAX)..))]
    pub waiting_bytes_max: u32,

    /// Name lookups of all sessions at once; more wait their turn
    ///
    /// Each occupies a thread until the name server answers.
    #[arg(long, env = "SOCKPIT_LOOKUPS_MAX", default_value_t = 32, value_name = "N", value_parser = count())]
    pub lookups_max: u32,

    /// Milliseconds that a session waits for its client when the connection broke; then its
    /// sockets are closed
    ///
    /// Long enough for a laptop to change networks.
    #[arg(long, env = "SOCKPIT_RESUME_MS_MAX", default_value_t = 30_000, value_name = "MS")]
    pub resume_ms_max: u32,

    /// Visitors in one room
    ///
    /// A class; everybody is told about everybody.
    #[arg(long, env = "SOCKPIT_ROOM_MEMBERS_MAX", default_value_t = 40, value_name = "N", value_parser = count())]
    pub room_members_max: u32,

    /// Milliseconds that sessions get to end when the backend does
    #[arg(long, env = "SOCKPIT_SHUTDOWN_GRACE_MS", default_value_t = 3000, value_name = "MS")]
    pub shutdown_grace_ms: u64,

    /// Descriptors that this process uses, if the host grants more
    ///
    /// By default as many as the host grants (`ulimit -Hn`). Half of them at least are for
    /// programs' sockets; a socket beyond that is ENFILE.
    #[arg(long, env = "SOCKPIT_DESCRIPTORS_MAX", value_name = "N", value_parser = clap::value_parser!(u32).range(8..))]
    pub descriptors_max: Option<u32>,

    #[command(flatten)]
    pub allowance: Allowance,

    #[command(flatten)]
    pub waits: Waits,
}

/// Counts are neither zero, which would be a backend that can do nothing, nor beyond what a
/// process can have descriptors and threads for.
fn count() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=65_536)
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions_max: 4096,
            sockets_max: 512,
            calls_in_flight_max: 512,
            waiting_bytes_max: WAITING_BYTES_MAX,
            lookups_max: 32,
            room_members_max: 40,
            resume_ms_max: 30_000,
            shutdown_grace_ms: 3000,
            descriptors_max: None,
            allowance: Allowance::default(),
            waits: Waits::default(),
        }
    }
}

impl Limits {
    /// Returns what a session is told about its bounds.
    pub fn for_session(&self) -> shared::frame::Limits {
        shared::frame::Limits {
            frame_bytes_max: FRAME_BYTES_MAX,
            transfer_bytes_max: TRANSFER_BYTES_MAX,
            sockets_max: self.sockets_max,
            calls_in_flight_max: self.calls_in_flight_max,
            resume_ms_max: self.resume_ms_max,
        }
    }
}
