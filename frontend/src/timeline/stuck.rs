//! Why nothing goes on: what each program waits for, and who could wake it.
//!
//! Derived from calls that have begun and not ended, and from who holds the other end. It says
//! nothing before everything has been still for a while, so that it does not flicker.

#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeSet, HashSet};

use shared::address::{Address, Kind};
use shared::call::{Call, Wait};

use crate::session::recording::{CallNumber, Recorded, Recording};

use super::flow::{EndId, Far, Flow, Role};

/// Milliseconds of stillness before anything is said.
pub const STILL_MS_MIN: f64 = 2_000.0;

/// A program, as far as it matters here.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    pub name: String,
    pub doing: Doing,
}

/// What a program is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doing {
    /// It computes, loads or sleeps: it may go on by itself.
    Works,
    /// Every thread of it waits.
    Waits {
        since_ms: f64,
    },
    /// It waits for the visitor to type.
    Input,
    Ended,
}

/// Why nothing goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// `server.py and client.py are waiting for each other.`
    pub headline: String,
    /// Nobody of those who wait can go on, whatever happens outside.
    pub deadlock: bool,
    /// One sentence for each program that waits.
    pub lines: Vec<Line>,
    /// What to try.
    pub advice: String,
}

/// A sentence about a program, with the line of code it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub program: String,
    pub line: Option<u32>,
    pub call: CallNumber,
    pub text: String,
}

/// A call that waits, and for whom.
#[derive(Debug, Clone)]
struct Hold<'a> {
    call: &'a Recorded,
    what: What,
}

/// What a call waits for.
#[derive(Debug, Clone, PartialEq)]
enum What {
    /// For a connection to this address.
    Accept(Option<Address>),
    /// For bytes, or the end of the stream, from the other end.
    Bytes {
        from: Other,
        end: EndId,
    },
    /// For the other end to take what was sent.
    Room {
        at: Other,
        untaken: u64,
    },
    /// For a datagram to this address.
    Datagram(Option<Address>),
    /// For an answer to `connect`.
    Answer(Address),
    /// For any of so many sockets.
    Any(usize),
    /// For the name server.
    Name,
    Something,
}

/// Who has the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Other {
    Program(String),
    Host(String),
    /// The connection is made, and no `accept` has taken it out yet.
    Nobody,
}

/// Returns why nothing goes on, if nothing does.
pub fn account(
    actors: &[Actor],
    waiting: &BTreeSet<CallNumber>,
    recording: &Recording,
    flow: &Flow,
    now_ms: f64,
) -> Option<Account> {
    let still = |actor: &Actor| match actor.doing {
        Doing::Works => false,
        Doing::Waits { since_ms } => now_ms - since_ms >= STILL_MS_MIN,
        Doing::Input | Doing::Ended => true,
    };
    if !actors.iter().all(still) {
        return None;
    }
    let names: HashSet<&str> = actors
        .iter()
        .filter(|actor| matches!(actor.doing, Doing::Waits { .. }))
        .map(|actor| actor.name.as_str())
        .collect();
    let holds: Vec<Hold> = waiting
        .iter()
        .filter_map(|number| recording.find(*number))
        .filter(|call| names.contains(call.started.program.as_str()))
        .filter(|call| call.started.call.wait().is_none_or(|wait| wait == Wait::Forever))
        .map(|call| Hold { call, what: what(call, flow) })
        .collect();
    // A wait with a timeout ends by itself.
    if holds.is_empty() || names.iter().any(|name| !holds.iter().any(|hold| hold.is_of(name))) {
        return None;
    }
    Some(words::words(&holds, actors, flow))
}

impl Hold<'_> {
    fn is_of(&self, program: &str) -> bool {
        self.call.started.program == program
    }

    /// Returns the program of the session that this call waits for, if it is one.
    fn on(&self) -> Option<&str> {
        match &self.what {
            What::Bytes { from: Other::Program(program), .. }
            | What::Room { at: Other::Program(program), .. } => Some(program),
            _ => None,
        }
    }
}

fn what(call: &Recorded, flow: &Flow) -> What {
    let end = flow.end_of_call(call).and_then(|id| flow.end(id));
    match (&call.started.call, end) {
        (Call::Accept(_), end) => What::Accept(end.and_then(|end| end.local.clone())),
        (Call::Recv(_) | Call::Recvfrom(_) | Call::Recvmsg(_), Some(end)) => match end.kind {
            Kind::Stream => What::Bytes { from: other(end.id, flow), end: end.id },
            Kind::Datagram => What::Datagram(end.local.clone()),
        },
        (Call::Send(_) | Call::Sendall(_) | Call::Sendmsg(_), Some(end)) => {
            What::Room { at: other(end.id, flow), untaken: call.sent.total().max(end.untaken()) }
        }
        (Call::Connect(connect), _) => What::Answer(connect.address.clone()),
        (Call::Poll(poll), _) => What::Any(poll.entries.len()),
        (Call::EpollWait(_), _) => What::Any(0),
        (Call::Getaddrinfo(_) | Call::Getnameinfo(_), _) => What::Name,
        _ => What::Something,
    }
}

fn other(id: EndId, flow: &Flow) -> Other {
    match flow.end(id).map(|end| end.far) {
        Some(Far::End(far)) => {
            flow.end(far).map_or(Other::Nobody, |end| Other::Program(end.key.program.clone()))
        }
        Some(Far::Host(host)) => Other::Host(flow.hosts().get(host).cloned().unwrap_or_default()),
        Some(Far::Unknown) | None => Other::Nobody,
    }
}

/// Returns whether a program listens somewhere.
fn listens(program: &str, flow: &Flow) -> bool {
    flow.ends()
        .iter()
        .any(|end| end.open && end.role == Role::Listener && end.key.program == program)
}
