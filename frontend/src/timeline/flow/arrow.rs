//! What the diagram draws between two lanes.

use shared::errno::Errno;

use crate::session::recording::CallNumber;

/// Names an arrow for as long as the recording lasts.
pub type ArrowId = usize;
/// Names a host outside of the session.
pub type HostId = usize;

/// Something that went from one call to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    pub from: Tip,
    pub to: Tip,
    pub what: What,
}

/// Where an arrow begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tip {
    /// The beginning of a call.
    Start(CallNumber),
    /// The end of a call.
    End(CallNumber),
    /// A program's bare line: it reached the kernel, and no call has taken it.
    Line(String),
    /// A host outside of the session.
    Host(HostId),
    /// The end of a program, counted from the first that ended.
    Ending(usize),
    /// Between the lanes.
    Nowhere,
}

/// What went along an arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// `connect` met `accept`.
    Connected,
    /// These bytes of the stream.
    Bytes { start: u64, end: u64 },
    /// A datagram of so many bytes, of which so many were taken.
    Datagram { len: u64, taken: u64 },
    /// A datagram that no call took, though it could not be late any more.
    Lost { len: u64 },
    /// The end of the stream.
    Fin,
    /// Refused or reset.
    Reset(Errno),
}

impl What {
    /// Returns what stands on the arrow.
    pub fn label(&self) -> String {
        match self {
            What::Connected => "connected".into(),
            What::Bytes { start, end } => format!("{start}:{end}"),
            What::Datagram { len, taken } if taken < len => format!("{taken} of {len} B"),
            What::Datagram { len, .. } => format!("{len} B"),
            What::Lost { len } => format!("{len} B lost"),
            What::Fin => "FIN".into(),
            What::Reset(Errno::ECONNREFUSED) => "refused".into(),
            What::Reset(_) => "RST".into(),
        }
    }
}
