//! What visitors of a room show each other.
//!
//! - [`outgoing`]: what this page shows, and how much of it.
//! - [`ledger`]: what somebody who comes later has to know of sockets that are open.
//! - [`mixer`]: calls of this page and of others in one order, by the backend's clock.

pub mod ledger;
pub mod mixer;
pub mod outgoing;

use std::collections::{BTreeMap, BTreeSet};

use shared::session::PROGRAMS_MAX;

use crate::session::recording::CallNumber;

use mixer::Mixer;
use outgoing::Outgoing;

/// Calls of one visitor that are remembered, so that none is shown twice.
pub const KNOWN_MAX: usize = 8_192;

/// What visitors of a room show each other.
#[derive(Debug, Default)]
pub struct Together {
    /// The visitor wants the others to see what the programs here do.
    pub wanted: bool,
    /// They saw it until the session was lost.
    pub ended: bool,
    /// How far the backend's clock is ahead of this tab's, in microseconds.
    pub ahead_us: Option<i64>,
    pub outgoing: Outgoing,
    pub mixer: Mixer,
    /// The visitors who share, or shared, by their number in the room.
    pub others: BTreeMap<u32, Other>,
    /// The programs of others, in the order in which they came: their lanes.
    pub programs: Vec<String>,
}

/// Another visitor.
#[derive(Debug, Default)]
pub struct Other {
    pub name: String,
    pub sharing: bool,
    /// The programs that were shown, as they are called here.
    pub programs: Vec<String>,
    /// Those that run, as far as is known.
    pub running: Vec<String>,
    /// The calls of theirs that came, by their own numbers, and the first number of which that
    /// is known.
    pub known: BTreeSet<CallNumber>,
    pub known_from: CallNumber,
    /// Something of theirs is missing: it was more than a room carries.
    pub gaps: bool,
}

impl Together {
    /// Returns a time of this tab as the backend's.
    pub fn host_us(&self, tab_us: u64) -> Option<u64> {
        Some(tab_us.saturating_add_signed(self.ahead_us?))
    }

    /// Returns a time of the backend as this tab's.
    pub fn tab_us(&self, host_us: u64) -> Option<u64> {
        Some(host_us.saturating_add_signed(self.ahead_us?.saturating_neg()))
    }

    /// Tells whether another visitor shares now.
    pub fn others_share(&self) -> bool {
        self.others.values().any(|other| other.sharing)
    }

    /// Tells whether a program is another visitor's.
    pub fn is_others(&self, program: &str) -> bool {
        self.programs.iter().any(|known| known == program)
    }

    /// Returns what a program of another visitor is called here, if it may be shown. Names come
    /// from the room and from nowhere else.
    pub fn name(&mut self, from: u32, program: &str) -> Option<String> {
        let other = self.others.get_mut(&from)?;
        let name = name(&other.name, program);
        if !other.programs.contains(&name) {
            if other.programs.len() >= PROGRAMS_MAX {
                return None;
            }
            other.programs.push(name.clone());
        }
        if !self.programs.contains(&name) {
            self.programs.push(name.clone());
        }
        Some(name)
    }
}

/// Writes whose program it is: no program's own name has such a dot or a space.
pub fn name(visitor: &str, program: &str) -> String {
    format!("{visitor} · {program}")
}
