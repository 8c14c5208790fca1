//! The standard input among sockets: what `select`, `poll` and `epoll` say of it.
//!
//! The backend knows nothing of what is typed. So the standard input is taken out of a call that
//! waits for it too, and put into the call's answer; what is typed meanwhile has the call end
//! early.

use std::collections::BTreeMap;

use shared::call::{Call, EpollChange, EpollCtl, Poll, Readiness, SocketId, Wait};
use shared::errno::{Errno, Failure};
use shared::frame::Outcome;
use shared::reply::{Done, EpollEvent, EpollReady, Polled, Ready};

use super::calls::{Pending, ok};
use super::fds::Fds;
use super::outside::Outside;
use super::process::WaitingOn;
use super::stdio::Stdio;
use super::{Kernel, ProcessId};

/// The fd of the standard input.
pub const STDIN: SocketId = SocketId(0);

/// `EPOLLIN` and `EPOLLRDNORM`.
const EPOLL_READABLE: u32 = 0x41;

/// `EPOLLOUT` and `EPOLLWRNORM`: a terminal takes what is written to it.
const EPOLL_WRITABLE: u32 = 0x104;

const EPOLLONESHOT: u32 = 1 << 30;

/// The epoll instances of a program that watch its standard input, and for what.
#[derive(Debug, Default)]
pub struct Watchers(BTreeMap<SocketId, EpollEvent>);

impl Watchers {
    /// Forgets an instance that is closed.
    pub fn forget(&mut self, epoll: SocketId) {
        self.0.remove(&epoll);
    }

    fn change(&mut self, call: &EpollCtl) -> Result<(), Errno> {
        let event = EpollEvent { data: call.data, events: call.events };
        match (call.change, self.0.contains_key(&call.epoll)) {
            (EpollChange::Add, true) => return Err(Errno::EEXIST),
            (EpollChange::Modify | EpollChange::Delete, false) => return Err(Errno::ENOENT),
            (EpollChange::Add | EpollChange::Modify, _) => {
                self.0.insert(call.epoll, event);
            }
            (EpollChange::Delete, true) => self.forget(call.epoll),
        }
        Ok(())
    }

    /// Returns what an instance has to report now.
    fn ready(&self, epoll: SocketId, stdio: &Stdio) -> Option<EpollEvent> {
        let watched = self.0.get(&epoll)?;
        let readable = if stdio.is_readable() { EPOLL_READABLE } else { 0 };
        let events = watched.events & (readable | EPOLL_WRITABLE);
        (events != 0).then_some(EpollEvent { data: watched.data, events })
    }

    /// It was reported: an instance that was to do so once does not do so again.
    fn reported(&mut self, epoll: SocketId) {
        if let Some(watched) = self.0.get_mut(&epoll)
            && watched.events & EPOLLONESHOT != 0
        {
            watched.events = 0;
        }
    }
}

/// What a call wants to know of the standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    Poll { read: bool, write: bool },
    Epoll { epoll: SocketId, max: u32 },
}

impl Watch {
    pub fn of(call: &Call) -> Option<Watch> {
        match call {
            Call::Poll(poll) => {
                let entry = poll.entries.iter().find(|entry| entry.socket == STDIN)?;
                let asks = |event| entry.events.contains(&event);
                Some(Watch::Poll { read: asks(Readiness::In), write: asks(Readiness::Out) })
            }
            Call::EpollWait(wait) => Some(Watch::Epoll { epoll: wait.epoll, max: wait.max }),
            _ => None,
        }
    }

    /// Tells whether it is typed text that the call waits for.
    pub fn reads(self, watchers: &Watchers) -> bool {
        match self {
            Watch::Poll { read, .. } => read,
            Watch::Epoll { epoll, .. } => {
                watchers.0.get(&epoll).is_some_and(|event| event.events & EPOLL_READABLE != 0)
            }
        }
    }

    fn is_ready(self, stdio: &Stdio, watchers: &Watchers) -> bool {
        match self {
            Watch::Poll { read, write } => write || read && stdio.is_readable(),
            Watch::Epoll { epoll, .. } => watchers.ready(epoll, stdio).is_some(),
        }
    }

    /// Puts the standard input into what came of a call. One that ended early because of it did
    /// not fail.
    pub fn put_in(self, outcome: Outcome, stdio: &Stdio, watchers: &mut Watchers) -> Outcome {
        let json = match &outcome {
            Outcome::Ok(json) => Some(json.get()),
            Outcome::Error(Failure { errno: Errno::EINTR, .. }) => None,
            Outcome::Error(_) => return outcome,
        };
        if !self.is_ready(stdio, watchers) {
            return outcome;
        }
        match self {
            Watch::Poll { read, write } => {
                let Some(mut polled) = parse(json, Polled { ready: Vec::new() }) else {
                    return outcome;
                };
                let read = (read && stdio.is_readable()).then_some(Readiness::In);
                let events = read.into_iter().chain(write.then_some(Readiness::Out)).collect();
                polled.ready.push(Ready { socket: STDIN, events });
                ok(polled)
            }
            Watch::Epoll { epoll, max } => {
                let Some(mut reply) = parse(json, EpollReady { ready: Vec::new() }) else {
                    return outcome;
                };
                if reply.ready.len() < max as usize {
                    reply.ready.extend(watchers.ready(epoll, stdio));
                    watchers.reported(epoll);
                }
                ok(reply)
            }
        }
    }
}

/// Reads a reply; without one there is `nothing` in it.
fn parse<T: serde::de::DeserializeOwned>(json: Option<&str>, nothing: T) -> Option<T> {
    json.map_or(Some(nothing), |json| shared::json::read(json).ok())
}

/// Takes the standard input out of a call, which does not wait where that is ready. Returns the
/// outcome of a call that is about nothing else.
pub fn take_out(
    call: &mut Call,
    sockets: &Fds,
    stdio: &Stdio,
    watchers: &mut Watchers,
) -> Option<Outcome> {
    let ready = Watch::of(call).is_some_and(|watch| watch.is_ready(stdio, watchers));
    match call {
        Call::Poll(Poll { entries, wait }) => {
            let all = entries.len();
            entries.retain(|entry| entry.socket != STDIN);
            if ready {
                *wait = Wait::Never;
            }
            (ready && all > 0 && entries.is_empty()).then(|| ok(Polled { ready: Vec::new() }))
        }
        Call::EpollWait(call) if ready => {
            call.wait = Wait::Never;
            None
        }
        Call::EpollCtl(call) if call.socket == STDIN && sockets.socket(call.epoll).is_ok() => {
            Some(match watchers.change(call) {
                Ok(()) => ok(Done {}),
                Err(errno) => Outcome::Error(Failure::new(errno)),
            })
        }
        _ => None,
    }
}

impl<O: Outside> Kernel<O> {
    /// A program has something to read on its standard input, or its end.
    pub(super) fn typed(&mut self, id: ProcessId) {
        self.resume_readers(id);
        let Some(process) = self.processes.get(&id) else { return };
        let waiting = process.threads.values().filter_map(|thread| {
            let WaitingOn::Call { id: call, .. } = thread.waiting.as_ref()?.on else { return None };
            let Pending::Thread(asked) = self.pending.get(&call)? else { return None };
            let watch = asked.watch?;
            watch.is_ready(&process.stdio, &process.watchers).then_some(call)
        });
        for call in waiting.collect::<Vec<_>>() {
            self.interrupt_call(call);
        }
    }
}
