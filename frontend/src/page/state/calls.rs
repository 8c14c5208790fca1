//! The calls and what is shown of them.

use std::collections::BTreeSet;

use crate::session::recording::{CallNumber, Recording};
use crate::timeline::rows::Shown;
use crate::timeline::sequence::Sequence;
use crate::timeline::sockets::SocketTable;

/// The calls and what is shown of them.
#[derive(Debug, Default)]
pub struct Calls {
    pub recording: Recording,
    pub shown: Shown,
    pub sockets: SocketTable,
    pub sequence: Sequence,
    /// When the first call began; microseconds since 1970.
    pub origin_us: Option<u64>,
    pub selected: Option<CallNumber>,
    /// The newest call that failed.
    pub failed: Option<CallNumber>,
    /// Calls that wait, so that their durations tick and their boxes grow.
    pub waiting: BTreeSet<CallNumber>,
}
