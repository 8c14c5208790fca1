//! Who met whom: the sockets behind the calls, and the arrows between calls.
//!
//! Calls come in one by one, and every step costs what that call costs, however many there
//! were before. No arrow is drawn on a guess: bytes are joined by their offsets in the stream,
//! connections by their pair of addresses, datagrams by address, order and content.

mod addresses;
mod arrow;
mod datagram;
mod end;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use shared::address::{Address, Family, Kind};
use shared::call::{Call, Half, SocketId};
use shared::errno::Errno;
use shared::reply::Reply;

use crate::session::recording::{CallNumber, CallOutcome, Recorded, SocketKey};

pub use arrow::{Arrow, ArrowId, HostId, Tip, What};
pub use end::{End, EndId, Far, Role};

use addresses::{Hosts, meets};

/// Arrows that are kept at most; the oldest are forgotten together with their calls.
const ARROWS_MAX: usize = 400_000;

/// Sockets among which the other end of a new connection is searched, the newest ones.
const LOOK_BACK_ENDS: usize = 4_096;

/// The sockets of every program, and what went between them.
#[derive(Debug, Default)]
pub struct Flow {
    ends: Vec<End>,
    open: HashMap<SocketKey, EndId>,
    arrows: Vec<Option<Arrow>>,
    /// Arrows that came or changed since they were last asked for.
    changed: Vec<ArrowId>,
    hosts: Hosts,
    /// Connections that were accepted and whose other end is not known yet.
    unmet: Vec<EndId>,
    /// Sockets whose `connect` has begun and whose own address is not known yet.
    connecting: Vec<EndId>,
    /// Datagram sockets by the port they are bound to.
    datagram_ports: HashMap<u16, Vec<EndId>>,
    listeners: Vec<EndId>,
    /// Programs that ended, in order.
    endings: usize,
}

impl Flow {
    /// Returns an arrow; nothing if it was replaced by a better one.
    pub fn arrow(&self, id: ArrowId) -> Option<&Arrow> {
        self.arrows.get(id)?.as_ref()
    }

    /// Returns every arrow there is.
    pub fn arrows(&self) -> impl Iterator<Item = (ArrowId, &Arrow)> {
        self.arrows.iter().enumerate().filter_map(|(id, arrow)| Some((id, arrow.as_ref()?)))
    }

    /// Returns the arrows that came or changed since the last time, and forgets that they did.
    pub(super) fn take_changed(&mut self) -> Vec<ArrowId> {
        std::mem::take(&mut self.changed)
    }

    /// Returns the names of the hosts outside of the session.
    pub fn hosts(&self) -> &[String] {
        self.hosts.names()
    }

    /// Returns the socket behind a program's open fd.
    pub fn end_of(&self, key: &SocketKey) -> Option<EndId> {
        self.open.get(key).copied()
    }

    /// Returns the socket a call is about, also after it was closed.
    pub fn end_of_call(&self, call: &Recorded) -> Option<EndId> {
        let key = key_of(call, call.started.call.socket()?);
        let number = call.started.number;
        let fits = |end: &&End| end.key == key && end.made <= number;
        self.end_of(&key)
            .filter(|id| self.ends[*id].made <= number)
            .or_else(|| self.ends.iter().rev().find(fits).map(|end| end.id))
    }

    /// Returns the connection that a call is part of, or the one it made.
    pub fn connection_of(&self, call: &Recorded) -> Option<EndId> {
        match &call.started.call {
            Call::Accept(_) => {
                let made = call.started.number;
                self.ends.iter().rev().find(|end| end.made == made).map(|end| end.id)
            }
            _ => self.end_of_call(call),
        }
    }

    /// Returns a socket.
    pub fn end(&self, id: EndId) -> Option<&End> {
        self.ends.get(id)
    }

    /// Returns every socket in the order they were made.
    pub fn ends(&self) -> &[End] {
        &self.ends
    }

    /// Takes in a call that began.
    pub fn begin(&mut self, call: &Recorded) {
        let number = call.started.number;
        let Some(id) = call.started.call.socket().and_then(|fd| self.find(call, fd)) else {
            return;
        };
        match &call.started.call {
            Call::Connect(connect) => {
                let end = &mut self.ends[id];
                end.connect.get_or_insert(number);
                end.remote = Some(connect.address.clone());
                if end.kind == Kind::Stream && end.local.is_none() && !self.connecting.contains(&id)
                {
                    self.connecting.push(id);
                }
            }
            Call::Sendto(sendto) => self.datagram_begins(call, id, Some(&sendto.address)),
            Call::Sendmsg(sendmsg) if self.ends[id].kind == Kind::Datagram => {
                self.datagram_begins(call, id, sendmsg.address.as_ref());
            }
            Call::Send(_) | Call::Sendall(_) | Call::Sendmsg(_) => match self.ends[id].kind {
                Kind::Stream => self.stream_begins(id, number),
                Kind::Datagram => self.datagram_begins(call, id, None),
            },
            _ => {}
        }
    }

    /// Takes in a call that ended.
    pub fn end_call(&mut self, call: &Recorded) {
        let Some(ended) = &call.ended else { return };
        match &ended.outcome {
            outcome @ CallOutcome::Ok(_) => {
                if let Some(reply) = outcome.reply(&call.started.call) {
                    self.succeed(call, &reply);
                }
            }
            CallOutcome::Error(failure) => self.fail(call, failure.errno),
            CallOutcome::Abandoned => self.fail(call, Errno::EINTR),
        }
    }

    /// A program ended: its sockets are closed, as a process's are. Returns the ending's number.
    pub fn end_program(&mut self, program: &str) -> usize {
        let ending = self.endings;
        self.endings += 1;
        let mut gone: Vec<(SocketKey, EndId)> = self
            .open
            .iter()
            .filter(|(key, _)| key.program == program)
            .map(|(k, v)| (k.clone(), *v))
            .collect();
        gone.sort_by_key(|(_, id)| *id);
        for (key, id) in gone {
            self.open.remove(&key);
            self.release(id, Tip::Ending(ending));
        }
        ending
    }

    fn succeed(&mut self, call: &Recorded, reply: &Reply) {
        let number = call.started.number;
        match (&call.started.call, reply) {
            (Call::Dup(dup), Reply::Created(created)) => {
                if let Some(id) = self.find(call, dup.socket) {
                    self.ends[id].holders += 1;
                    self.open.insert(key_of(call, created.socket), id);
                }
            }
            (Call::Socket(made), Reply::Created(created)) => {
                self.make(call, created.socket, made.family, made.kind);
            }
            (Call::Socketpair(made), Reply::Paired(pair)) => {
                let first = self.make(call, pair.first, made.family, made.kind);
                let second = self.make(call, pair.second, made.family, made.kind);
                self.ends[first].far = Far::End(second);
                self.ends[second].far = Far::End(first);
            }
            (Call::Accept(accept), Reply::Accepted(accepted)) => {
                let listener = self.find(call, accept.socket);
                let family = listener.map_or(Family::Inet, |id| self.ends[id].family);
                let id = self.make(call, accepted.socket, family, Kind::Stream);
                self.ends[id].role = Role::Accepted { listener };
                self.ends[id].local = Some(accepted.local.clone());
                self.ends[id].remote = Some(accepted.peer.clone());
                self.unmet.push(id);
                self.introduce();
            }
            (Call::Getaddrinfo(asked), Reply::Resolved(found)) => {
                self.hosts.learn(asked.host.as_deref(), found);
            }
            (made, reply) => {
                if let Some(id) = made.socket().and_then(|fd| self.find(call, fd)) {
                    self.succeed_on(call, number, id, reply);
                }
            }
        }
    }

    /// Takes in what a call on one socket says about it.
    fn succeed_on(&mut self, call: &Recorded, number: CallNumber, id: EndId, reply: &Reply) {
        match reply {
            Reply::Bound(bound) => {
                if matches!(call.started.call, Call::Listen(_)) {
                    self.ends[id].role = Role::Listener;
                    self.listeners.push(id);
                }
                self.locate(id, &bound.local);
            }
            Reply::Connected(connected) => {
                self.ends[id].remote = Some(connected.peer.clone());
                self.locate(id, &connected.local);
                self.connecting.retain(|there| *there != id);
                self.connected(id);
            }
            Reply::Sent(sent) => match self.ends[id].kind {
                Kind::Stream => {
                    let len = sent.len - end::urgent(call, sent.len);
                    self.stream_sent(id, number, sent.offset, len);
                }
                Kind::Datagram => self.datagram_sent(id, number),
            },
            Reply::Received(received) => {
                self.received(call, id, received.len, received.offset, None);
            }
            Reply::ReceivedFrom(received) => {
                self.received(call, id, received.len, received.offset, received.peer.as_ref());
            }
            Reply::ReceivedMessage(received) => {
                self.received(call, id, received.len, received.offset, received.peer.as_ref());
            }
            Reply::Named(named) => match call.started.call {
                Call::Getpeername(_) => self.ends[id].remote = Some(named.address.clone()),
                _ => self.named(id, &named.address),
            },
            Reply::Done(_) => match &call.started.call {
                Call::Shutdown(shutdown) if shutdown.how != Half::Read => {
                    self.finish(id, Tip::Start(number));
                }
                Call::Close(close) => {
                    self.open.remove(&key_of(call, close.socket));
                    self.release(id, Tip::Start(number));
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// A socket says its own address, which may be how a connection finds its other end.
    fn named(&mut self, id: EndId, local: &Address) {
        let nobody = local.port() == Some(0);
        if nobody {
            return;
        }
        self.locate(id, local);
        if self.ends[id].connect.is_some() && self.ends[id].far == Far::Unknown {
            self.connecting.retain(|there| *there != id);
            self.connected(id);
        }
    }

    fn fail(&mut self, call: &Recorded, errno: Errno) {
        let number = call.started.number;
        let Some(id) = call.started.call.socket().and_then(|fd| self.find(call, fd)) else {
            return;
        };
        match &call.started.call {
            Call::Connect(_) => match errno {
                // It goes on in the background; its own address comes to light later.
                Errno::EINPROGRESS | Errno::EALREADY | Errno::EISCONN => {}
                _ => {
                    self.connecting.retain(|there| *there != id);
                    if errno == Errno::ECONNREFUSED || errno == Errno::ECONNRESET {
                        self.refused(id, number, errno);
                    }
                    self.ends[id].connect = None;
                    self.introduce();
                }
            },
            _ => {
                self.sending_failed(id, number);
                if errno == Errno::ECONNRESET || errno == Errno::ECONNREFUSED {
                    self.reset(id, number, errno);
                }
            }
        }
    }

    fn make(&mut self, call: &Recorded, fd: SocketId, family: Family, kind: Kind) -> EndId {
        let id = self.ends.len();
        let key = key_of(call, fd);
        self.open.insert(key.clone(), id);
        self.ends.push(End::new(id, key, family, kind, call));
        id
    }

    fn find(&self, call: &Recorded, fd: SocketId) -> Option<EndId> {
        self.open.get(&key_of(call, fd)).copied()
    }

    /// Notes a socket's own address.
    fn locate(&mut self, id: EndId, local: &Address) {
        self.ends[id].local = Some(local.clone());
        if self.ends[id].kind == Kind::Datagram
            && let Some(port) = local.port()
        {
            let there = self.datagram_ports.entry(port).or_default();
            if !there.contains(&id) {
                there.push(id);
            }
        }
    }

    /// A connection's own end knows both addresses: finds the other end.
    fn connected(&mut self, id: EndId) {
        if self.ends[id].kind == Kind::Datagram {
            let to = self.ends[id].remote.clone();
            let far = to.as_ref().and_then(|to| self.datagram_at(to));
            self.ends[id].far = match (far, to) {
                (Some(far), _) => Far::End(far),
                (None, Some(to)) => self.host_far(&to),
                (None, None) => Far::Unknown,
            };
            return;
        }
        self.introduce();
        if self.ends[id].far == Far::Unknown && !self.somebody_listens(id) {
            let remote = self.ends[id].remote.clone();
            let far = remote.map_or(Far::Unknown, |remote| self.host_far(&remote));
            self.ends[id].far = far;
            if let (Far::Host(host), Some(connect)) = (far, self.ends[id].connect) {
                self.draw(Tip::Start(connect), Tip::Host(host), What::Connected);
            }
        }
    }

    /// Brings accepted connections together with the sockets that connected.
    fn introduce(&mut self) {
        for accepted in std::mem::take(&mut self.unmet) {
            match self.partner(accepted) {
                Partner::Found(client) => self.meet(client, accepted),
                Partner::Later => self.unmet.push(accepted),
                Partner::Outside => self.meet_outside(accepted),
            }
        }
    }

    fn partner(&self, accepted: EndId) -> Partner {
        let this = &self.ends[accepted];
        let (Some(local), Some(peer)) = (&this.local, &this.remote) else { return Partner::Later };
        let named = peer.port().is_some();
        let exact = self.ends.iter().rev().take(LOOK_BACK_ENDS).find(|end| {
            named
                && end.connect.is_some()
                && end.far == Far::Unknown
                && end.local.as_ref().is_some_and(|address| meets(address, peer))
                && end.remote.as_ref().is_some_and(|address| meets(local, address))
        });
        if let Some(client) = exact {
            return Partner::Found(client.id);
        }
        // Those of which only the destination is known.
        let mut maybe = self.connecting.iter().copied().filter(|id| {
            let end = &self.ends[*id];
            end.far == Far::Unknown
                && end.remote.as_ref().is_some_and(|address| meets(local, address))
        });
        match (maybe.next(), maybe.next()) {
            (Some(first), _) if !named => Partner::Found(first),
            (Some(only), None) => Partner::Found(only),
            (Some(_), Some(_)) => Partner::Later,
            (None, _) => Partner::Outside,
        }
    }

    fn meet(&mut self, client: EndId, accepted: EndId) {
        self.ends[client].far = Far::End(accepted);
        self.ends[accepted].far = Far::End(client);
        self.connecting.retain(|there| *there != client);
        if let Some(connect) = self.ends[client].connect {
            let accept = self.ends[accepted].made;
            self.draw(Tip::Start(connect), Tip::End(accept), What::Connected);
        }
        self.join(client, accepted);
        self.join(accepted, client);
    }

    fn meet_outside(&mut self, accepted: EndId) {
        let Some(peer) = self.ends[accepted].remote.clone() else { return };
        let far = self.host_far(&peer);
        self.ends[accepted].far = far;
        if let Far::Host(host) = far {
            let accept = self.ends[accepted].made;
            self.draw(Tip::Host(host), Tip::End(accept), What::Connected);
            self.flush_outside(accepted, host);
        }
    }

    /// Tells whether a program of the session listens where a socket connected to.
    fn somebody_listens(&self, id: EndId) -> bool {
        let Some(remote) = &self.ends[id].remote else { return false };
        self.listeners
            .iter()
            .map(|id| &self.ends[*id])
            .any(|end| end.open && end.local.as_ref().is_some_and(|local| meets(local, remote)))
    }

    fn host_far(&mut self, address: &Address) -> Far {
        Far::Host(self.hosts.of(address))
    }

    /// One holder less; the last one closes the socket.
    fn release(&mut self, id: EndId, by: Tip) {
        let end = &mut self.ends[id];
        end.holders = end.holders.saturating_sub(1);
        if end.holders > 0 {
            return;
        }
        end.open = false;
        self.listeners.retain(|there| *there != id);
        match self.ends[id].kind {
            Kind::Stream => self.finish(id, by),
            Kind::Datagram => self.close_inbox(id),
        }
        self.connecting.retain(|there| *there != id);
    }

    fn received(
        &mut self,
        call: &Recorded,
        id: EndId,
        len: u32,
        offset: Option<u64>,
        peer: Option<&Address>,
    ) {
        if end::peeks(&call.started.call) {
            return;
        }
        self.ends[id].received += u64::from(len);
        match self.ends[id].kind {
            Kind::Stream => self.stream_received(call, id, len, offset),
            Kind::Datagram => self.datagram_received(call, id, len, peer),
        }
    }

    fn draw(&mut self, from: Tip, to: Tip, what: What) -> ArrowId {
        let id = self.arrows.len();
        if id >= ARROWS_MAX {
            // Far beyond what the recording keeps: the oldest arrow's calls are long gone.
            self.arrows.iter_mut().take(ARROWS_MAX / 2).for_each(|arrow| *arrow = None);
        }
        self.arrows.push(Some(Arrow { from, to, what }));
        self.changed.push(id);
        id
    }

    fn erase(&mut self, id: Option<ArrowId>) {
        if let Some(arrow) = id.and_then(|id| self.arrows.get_mut(id)) {
            *arrow = None;
        }
    }

    /// Forgets the arrows, but not which sockets there are.
    pub(super) fn erase_all(&mut self) {
        self.arrows.iter_mut().for_each(|arrow| *arrow = None);
        self.changed.clear();
    }

    fn redraw(&mut self, id: ArrowId, to: Tip, what: What) {
        if let Some(Some(arrow)) = self.arrows.get_mut(id) {
            arrow.to = to;
            arrow.what = what;
            self.changed.push(id);
        }
    }

    /// The program at the other end, for an arrow that no call has taken yet.
    fn bare_line(&self, far: EndId) -> Tip {
        Tip::Line(self.ends[far].key.program.clone())
    }
}

enum Partner {
    Found(EndId),
    /// Several sockets may be the other end; one of them will say its address.
    Later,
    /// No program of the session.
    Outside,
}

fn key_of(call: &Recorded, fd: SocketId) -> SocketKey {
    SocketKey { program: call.started.program.clone(), run: call.started.run, fd }
}
