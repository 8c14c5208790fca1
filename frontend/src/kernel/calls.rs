//! Socket calls: from a program's fds to the session's ids, over the wire, and back.

use shared::address::Address;
use shared::call::{Call, Flag, Poll, PollEntry, Readiness, SocketId};
use shared::errno::{Errno, Failure};
use shared::frame::{self, Answer, CallId, ClientMessage, Outcome};
use shared::guest::{GuestAnswer, GuestCall};
use shared::handover::{give_files, take_files};
use shared::reply::{Done, Polled, Ready, Reply, Sent};

use super::fds::{Fds, NoSocket};
use super::input::{self, Watch};
use super::link::Road;
use super::link::journal::Entry;
use super::lookup::Lookup;
use super::outside::Outside;
use super::process::{AnswerPlace, Parts, Process, Thread, ThreadId, WaitingOn};
use super::recorder::Ended;
use super::wasi::FileTable;
use super::{Kernel, ProcessId};
use crate::session::recording::{CallNumber, CallStarted};

/// What to do when the answer to a call comes.
#[derive(Debug)]
pub enum Pending {
    /// A thread waits for it.
    Thread(Asked),
    /// The thread is gone; sockets that come with the answer are to be closed.
    Orphan(Shape),
    /// The kernel worker closes a socket that a program left behind.
    Cleanup(SocketId),
    /// The kernel worker looks up where a call's name leads, before it makes the call.
    Lookup(Box<Lookup>),
}

/// A call that a thread waits for.
#[derive(Debug)]
pub struct Asked {
    process: ProcessId,
    thread: ThreadId,
    number: CallNumber,
    shape: Shape,
    /// What it wants to know of the standard input.
    pub(super) watch: Option<Watch>,
    /// More parts of the same call follow.
    more: bool,
}

/// What the answer to a call means for the program's fds.
#[derive(Debug)]
pub enum Shape {
    /// Nothing.
    Plain,
    /// The reply to this call names sockets.
    Names(Call),
    /// The fd is free.
    Closes(SocketId),
    /// The socket has an address.
    Places(Call),
    /// The reply says where this name leads.
    Resolves(String),
    /// The reply says what this machine calls itself.
    NamesHost,
}

impl<O: Outside> Kernel<O> {
    /// A thread makes a socket call.
    pub(super) fn make_call(
        &mut self,
        id: ProcessId,
        thread: ThreadId,
        place: AnswerPlace,
        call: GuestCall,
        payload: &[u8],
        resolved: Option<Address>,
    ) {
        let mut wire = call.call.clone();
        if let Some(resolved) = &resolved {
            lead_to(&mut wire, resolved);
        }
        let began_us = self.outside.now_us();
        let call_id = self.next_call_id();
        let refusal = self.send_call(id, thread, call_id, &call.call, wire, payload);
        // What is written down about the call is written while it is on its way.
        let Some(asked) = self.begin_call(id, thread, place, call_id, call, payload, began_us)
        else {
            return;
        };
        match refusal {
            Some(outcome) => self.complete_call(asked, outcome, &[], 0),
            None => drop(self.pending.insert(call_id, Pending::Thread(asked))),
        }
    }

    /// Sends a call, with the session's ids in place of the program's in `wire`; returns why it
    /// is not sent.
    fn send_call(
        &mut self,
        id: ProcessId,
        thread: ThreadId,
        call_id: CallId,
        call: &Call,
        mut wire: Call,
        payload: &[u8],
    ) -> Option<Outcome> {
        let process = self.processes.get_mut(&id)?;
        // Nobody waits for the answer of a thread that is gone.
        process.threads.get(&thread)?;
        if give_files(&mut wire, |fd| process.files.give(fd)).is_err() {
            return Some(Outcome::Error(Failure::new(Errno::EBADF)));
        }
        let Process { sockets, stdio, watchers, .. } = &mut *process;
        if let Some(outcome) = input::take_out(&mut wire, sockets, stdio, watchers) {
            return Some(outcome);
        }
        if let Err(no_socket) = wire.rename_sockets(|fd| process.sockets.socket(fd)) {
            return Some(without_socket(&process.sockets, &Shape::of(call), no_socket));
        }
        let header = ClientMessage::Call { id: call_id, call: wire }.encode();
        match self.link.road() {
            Road::Open { frame_bytes_max }
                if header.len() + payload.len() + 4 > frame_bytes_max =>
            {
                let message = format!("a message has at most {frame_bytes_max} bytes");
                return Some(Outcome::Error(Failure::explained(Errno::EMSGSIZE, message)));
            }
            Road::Open { .. } | Road::Coming => {
                self.send(Entry { id: Some(call_id), header, payload: payload.to_vec() });
            }
            Road::None => return Some(unreachable_backend()),
        }
        if let Some(trace) = &mut self.trace {
            trace.sent(call_id, self.outside.now_us());
        }
        None
    }

    fn next_call_id(&mut self) -> CallId {
        let call_id = CallId(self.next_call);
        self.next_call += 1;
        call_id
    }

    /// Ends a call that is not made.
    pub(super) fn refuse_call(
        &mut self,
        id: ProcessId,
        thread: ThreadId,
        place: AnswerPlace,
        call: GuestCall,
        failure: Failure,
    ) {
        let began_us = self.outside.now_us();
        let call_id = self.next_call_id();
        if let Some(asked) = self.begin_call(id, thread, place, call_id, call, &[], began_us) {
            self.complete_call(asked, Outcome::Error(failure), &[], 0);
        }
    }

    /// Records that a call began; from now on the thread waits for its answer.
    #[expect(clippy::too_many_arguments, reason = "they are the parts of one recorded call")]
    fn begin_call(
        &mut self,
        id: ProcessId,
        thread: ThreadId,
        place: AnswerPlace,
        call_id: CallId,
        call: GuestCall,
        payload: &[u8],
        began_us: u64,
    ) -> Option<Asked> {
        let number = self.record_start(id, thread, &call, payload, began_us)?;
        let GuestCall { method, site, more, call } = call;
        let watch = Watch::of(&call);
        let process = self.processes.get(&id)?;
        let reads_input = watch.is_some_and(|watch| watch.reads(&process.watchers));
        let on = WaitingOn::Call { id: call_id, method, site, answer: place, reads_input };
        self.wait(id, thread, on);
        Some(Asked { process: id, thread, number, shape: Shape::of(&call), watch, more })
    }

    /// Sends a message, or keeps it until the connection stands.
    pub(super) fn send(&mut self, entry: Entry) {
        if self.link.is_open() {
            self.outside.send(&entry.header, &entry.payload);
        }
        if self.journaling || !self.link.is_open() {
            self.journal.push(entry);
        }
    }

    /// The connection stands: sends what a backend does not have that has so many messages.
    pub(super) fn send_missing(&mut self, received: u64) {
        for Entry { header, payload, .. } in self.journal.after(received) {
            self.outside.send(header, payload);
        }
        if !self.journaling {
            self.journal.clear();
        }
    }

    /// The backend has answered a call.
    pub(super) fn answered(&mut self, answer: Answer, payload: &[u8]) {
        self.journal.answered(answer.id);
        match self.pending.remove(&answer.id) {
            Some(Pending::Thread(asked)) => {
                let (id, host_us) = (answer.id, answer.host_us);
                self.complete_call(asked, answer.outcome, payload, host_us);
                if let Some(trace) = &mut self.trace {
                    trace.answered(id, host_us, self.outside.now_us());
                }
            }
            Some(Pending::Orphan(shape)) => self.close_new_sockets(&shape, &answer.outcome),
            Some(Pending::Cleanup(socket)) => {
                // It must not be left open because the session was busy.
                if let Outcome::Error(Failure { errno: Errno::ENOBUFS, .. }) = answer.outcome {
                    self.close_socket(socket);
                }
            }
            Some(Pending::Lookup(lookup)) => self.looked_up(*lookup, answer.outcome),
            None => {}
        }
    }

    /// Ends a call: answers the thread first, and then records it.
    fn complete_call(&mut self, asked: Asked, outcome: Outcome, payload: &[u8], host_us: u64) {
        let Asked { process: id, thread: thread_id, number, shape, watch, more } = asked;
        let Some(process) = self.processes.get_mut(&id) else { return };
        let Process { sockets, threads, files, stdio, watchers, .. } = process;
        let Some(thread) = threads.get(&thread_id) else { return };
        let Some(WaitingOn::Call { answer: place, .. }) =
            thread.waiting.as_ref().map(|waiting| &waiting.on)
        else {
            return;
        };
        let place = *place;
        let mut outcome = shape.settle(outcome, sockets, files);
        if let Some(watch) = watch {
            outcome = watch.put_in(outcome, stdio, watchers);
        }
        if let Shape::Closes(fd) = shape {
            watchers.forget(fd);
        }
        if let Outcome::Ok(reply) = &outcome {
            self.learn(id, &shape, reply.get());
            self.gate.grants.learn_own_address(reply.get());
        }
        let header = match &outcome {
            Outcome::Ok(reply) => format!("{{\"ok\":{}}}", reply.get()),
            Outcome::Error(failure) => frame::to_json(&GuestAnswer::Error(failure.clone())),
        };
        self.answer_request(id, thread_id, place, header.as_bytes(), payload);
        self.record_end(id, thread_id, number, more, outcome, payload, host_us);
    }

    fn record_start(
        &mut self,
        id: ProcessId,
        thread_id: ThreadId,
        call: &GuestCall,
        payload: &[u8],
        at_us: u64,
    ) -> Option<CallNumber> {
        let process = self.processes.get_mut(&id)?;
        let thread = process.threads.get_mut(&thread_id)?;
        if let Some(parts) = thread.parts {
            if matches!(call.call, Call::Sendall(_)) {
                self.recorder.continued(parts.number, payload, at_us);
                return Some(parts.number);
            }
            // The program gave the call up between two parts, as at an interrupt.
            self.recorder.ended(parts.number, Ended::Abandoned, parts.host_us, &[], at_us);
            thread.parts = None;
        }
        // Only a program makes calls; an interpreter that has none yet is not recorded apart.
        let program = process.program.clone().unwrap_or_default();
        let run = self.programs.get(&program).map_or(0, |program| program.run);
        let started = CallStarted {
            number: 0,
            program,
            run,
            thread: thread_id,
            site: call.site.clone(),
            method: call.method.clone(),
            call: call.call.clone(),
            at_us,
            bytes: 0..0,
        };
        let number = self.recorder.started(started, payload);
        if call.more {
            thread.parts = Some(Parts { number, host_us: 0, len: 0, offset: None });
        }
        Some(number)
    }

    #[expect(clippy::too_many_arguments, reason = "they are the parts of one recorded call")]
    fn record_end(
        &mut self,
        id: ProcessId,
        thread_id: ThreadId,
        number: CallNumber,
        more: bool,
        outcome: Outcome,
        payload: &[u8],
        mut host_us: u64,
    ) {
        let now_us = self.outside.now_us();
        let thread =
            self.processes.get_mut(&id).and_then(|process| process.threads.get_mut(&thread_id));
        let mut outcome = outcome;
        if let Some(Thread { parts: parts @ Some(_), .. }) = thread
            && let Some(mut sum) = parts.take()
        {
            sum.host_us += host_us;
            host_us = sum.host_us;
            if let Outcome::Ok(reply) = &outcome {
                if let Ok(Sent { len, offset }) = shared::json::read(reply.get()) {
                    sum.len = sum.len.saturating_add(len);
                    sum.offset = sum.offset.or(offset);
                }
                if more {
                    *parts = Some(sum);
                    return;
                }
                outcome = ok(Sent { len: sum.len, offset: sum.offset });
            }
        }
        let ended = match outcome {
            Outcome::Ok(reply) => Ended::Ok(reply),
            Outcome::Error(failure) => Ended::Error(failure),
        };
        self.recorder.ended(number, ended, host_us, payload, now_us);
        self.turn_over(id, thread_id);
    }

    /// The connection is gone and every socket with it: ends every call that waits.
    pub(super) fn lose_sockets(&mut self) {
        self.journal.clear();
        for process in self.processes.values_mut() {
            process.sockets.lose_all();
        }
        let mut pending: Vec<_> = self.pending.drain().collect();
        pending.sort_by_key(|(id, _)| *id);
        for (_, pending) in pending {
            match pending {
                Pending::Thread(asked) => self.complete_call(asked, lost_connection(), &[], 0),
                Pending::Lookup(lookup) => self.looked_up(*lookup, lost_connection()),
                Pending::Orphan(_) | Pending::Cleanup(_) => {}
            }
        }
    }

    /// Has a call that waits end with `EINTR`, unless it has an answer that is on its way.
    pub(super) fn interrupt_call(&mut self, id: CallId) {
        if let Some(pending) = self.pending.get(&id) {
            // A name's answer may be on its way already: then the call itself is not begun.
            if let Pending::Lookup(lookup) = pending
                && let Some(process) = self.processes.get_mut(&lookup.caller.process)
            {
                process.interrupt_due = true;
            }
            let header = ClientMessage::Cancel { id }.encode();
            self.send(Entry { id: None, header, payload: Vec::new() });
        }
    }

    /// A process ends: cancels its calls.
    pub(super) fn abandon_calls(&mut self, id: ProcessId) {
        let now_us = self.outside.now_us();
        self.withdraw_held(id);
        let Some(process) = self.processes.get_mut(&id) else { return };
        let mut cancelled = Vec::new();
        for thread in process.threads.values_mut() {
            let parts = thread.parts.take();
            let call = match thread.waiting.take().map(|waiting| waiting.on) {
                Some(WaitingOn::Call { id, .. }) => self.pending.remove(&id).map(|old| (id, old)),
                _ => None,
            };
            let host_us = parts.map_or(0, |parts| parts.host_us);
            if let Some((id, Pending::Thread(asked))) = call {
                self.recorder.ended(asked.number, Ended::Abandoned, host_us, &[], now_us);
                cancelled.push((id, asked.shape));
            } else if let Some(parts) = parts {
                self.recorder.ended(parts.number, Ended::Abandoned, host_us, &[], now_us);
            }
        }
        for (id, shape) in cancelled {
            let header = ClientMessage::Cancel { id }.encode();
            self.send(Entry { id: None, header, payload: Vec::new() });
            self.pending.insert(id, Pending::Orphan(shape));
        }
    }

    /// Closes every socket of a process.
    pub(super) fn close_sockets(&mut self, id: ProcessId) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        for socket in process.sockets.take_all() {
            self.close_socket(socket);
        }
    }

    fn close_socket(&mut self, socket: SocketId) {
        if self.link.road() == Road::None {
            return;
        }
        let id = CallId(self.next_call);
        self.next_call += 1;
        let call = Call::Close(shared::call::Close { socket });
        let header = ClientMessage::Call { id, call }.encode();
        self.send(Entry { id: Some(id), header, payload: Vec::new() });
        self.pending.insert(id, Pending::Cleanup(socket));
    }

    /// Closes the sockets that came with an answer for which nobody waits any more.
    fn close_new_sockets(&mut self, shape: &Shape, outcome: &Outcome) {
        let Shape::Names(call) = shape else { return };
        if let Ok(Ok(mut reply)) = outcome.decode(call)
            && !matches!(reply, Reply::Polled(_))
        {
            reply.rename_sockets(|socket| {
                self.close_socket(socket);
                socket
            });
        }
    }
}

impl Shape {
    fn of(call: &Call) -> Shape {
        match call {
            Call::Close(close) => Shape::Closes(close.socket),
            Call::Bind(_) => Shape::Places(call.clone()),
            Call::Socket(_)
            | Call::Socketpair(_)
            | Call::Dup(_)
            | Call::Accept(_)
            | Call::EpollCreate(_)
            | Call::Recvmsg(_)
            | Call::Poll(_) => Shape::Names(call.clone()),
            Call::Getaddrinfo(shared::call::Getaddrinfo { host: Some(host), .. }) => {
                Shape::Resolves(host.clone())
            }
            Call::Gethostname(_) => Shape::NamesHost,
            _ => Shape::Plain,
        }
    }

    /// Brings the program's fds up to date, and gives a reply the program's names.
    fn settle(&self, outcome: Outcome, sockets: &mut Fds, files: &mut FileTable) -> Outcome {
        match (self, outcome) {
            (Shape::Plain | Shape::Resolves(_) | Shape::NamesHost, outcome) => outcome,
            (Shape::Places(call), outcome) => {
                if let Ok(Ok(reply)) = outcome.decode(call) {
                    sockets.note_place(call, &reply);
                }
                outcome
            }
            (Shape::Closes(fd), outcome) => {
                // As on Linux, the fd is free whatever close says.
                sockets.remove(*fd);
                outcome
            }
            (Shape::Names(_), Outcome::Error(failure)) => Outcome::Error(failure),
            (Shape::Names(call), Outcome::Ok(json)) => match call.decode_reply(json.get()) {
                // A local answer has the program's names already.
                Ok(Reply::Polled(polled)) if polled.ready.iter().all(is_invalid) => {
                    Outcome::Ok(json)
                }
                Ok(Reply::Polled(mut polled)) => {
                    polled.ready.retain_mut(|ready| match sockets.fd(ready.socket) {
                        Some(fd) => {
                            ready.socket = fd;
                            true
                        }
                        // Another thread closed it meanwhile.
                        None => false,
                    });
                    ok(polled)
                }
                Ok(mut reply) => {
                    reply.rename_sockets(|socket| sockets.insert(socket));
                    sockets.note_place(call, &reply);
                    if let (Call::Recvmsg(call), Reply::ReceivedMessage(message)) =
                        (call, &mut reply)
                    {
                        // Another program's are not to be had.
                        let peeked = call.flags.contains(&Flag::Peek);
                        take_files(message, |number| files.take(number, peeked));
                    }
                    ok(reply)
                }
                Err(error) => Outcome::Error(Failure::explained(Errno::EPROTO, error.to_string())),
            },
        }
    }
}

/// Puts the address that a call's name led to in the name's place.
fn lead_to(call: &mut Call, resolved: &Address) {
    let place = match call {
        Call::Connect(call) => Some(&mut call.address),
        Call::Sendto(call) => Some(&mut call.address),
        Call::Sendmsg(call) => call.address.as_mut(),
        Call::Bind(call) => Some(&mut call.address),
        _ => None,
    };
    match (place, resolved) {
        (Some(Address::Inet(host, _)), Address::Inet(to, _)) => host.clone_from(to),
        (Some(Address::Inet6(host, _, _, scope_id)), Address::Inet6(to, _, _, scope)) => {
            host.clone_from(to);
            // A zone in the name counts where the program gave no scope.
            if *scope_id == 0 {
                *scope_id = *scope;
            }
        }
        // It was looked up for the family that the call has.
        _ => {}
    }
}

fn is_invalid(ready: &Ready) -> bool {
    ready.events == [Readiness::Nval]
}

/// Answers a call on an fd that leads to no socket.
fn without_socket(sockets: &Fds, shape: &Shape, no_socket: NoSocket) -> Outcome {
    match (shape, no_socket) {
        (Shape::Closes(_), NoSocket::Dead) => ok(Done {}),
        (_, NoSocket::Dead) => lost_connection(),
        // poll(2) reports such fds instead of failing.
        (Shape::Names(Call::Poll(poll)), NoSocket::Unknown(_)) => ok(invalid(sockets, poll)),
        (_, NoSocket::Unknown(_)) => Outcome::Error(Failure::new(Errno::EBADF)),
    }
}

fn invalid(sockets: &Fds, poll: &Poll) -> Polled {
    let is_unknown =
        |entry: &&PollEntry| entry.socket != input::STDIN && sockets.socket(entry.socket).is_err();
    let unknown = poll.entries.iter().filter(is_unknown);
    let ready = unknown
        .map(|entry| Ready { socket: entry.socket, events: vec![Readiness::Nval] })
        .collect();
    Polled { ready }
}

pub(super) fn ok(reply: impl Into<Reply>) -> Outcome {
    match frame::raw_reply(&reply.into()) {
        Some(json) => Outcome::Ok(json),
        None => Outcome::Error(Failure::new(Errno::EPROTO)),
    }
}

fn unreachable_backend() -> Outcome {
    Outcome::Error(Failure::explained(
        Errno::ENETDOWN,
        "The backend cannot be reached. Start it with `cargo run -p backend`; the page connects \
         again by itself.",
    ))
}

fn lost_connection() -> Outcome {
    Outcome::Error(Failure::explained(
        Errno::ENETDOWN,
        "The connection to the backend was lost, and this socket with it.",
    ))
}
