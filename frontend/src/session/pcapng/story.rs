//! What became of each socket, read off the calls.
//!
//! A call is followed from its beginning, when its fd says which socket it means, to its end:
//! by then another thread may have closed the fd.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use shared::address::{Address, Family, Kind};
use shared::call::{Call, Flag, Half, OptionValue, SocketId};
use shared::errno::Errno;
use shared::reply::Reply;

use super::Place;
use crate::messages::ProgramState;
use crate::session::recording::{CallOutcome, Happened, Recorded, Recording, SocketKey};

/// `SO_ERROR` of `SOL_SOCKET`, through which a program learns how a connect went that did not
/// wait.
const SO_ERROR: (i32, i32) = (1, 4);

/// Everything that happened to sockets that a network would see.
#[derive(Debug, Default)]
pub(super) struct Story<'a> {
    pub sockets: Vec<Socket<'a>>,
    /// Datagrams sent and received, in order.
    pub datagrams: Vec<Datagram<'a>>,
    names: HashMap<String, IpAddr>,
}

/// A socket, through all the fds it has had.
#[derive(Debug)]
pub(super) struct Socket<'a> {
    pub stream: bool,
    pub family: Family,
    pub local: Option<Place>,
    pub peer: Option<Place>,
    /// Its part in a TCP conversation.
    pub role: Role<'a>,
    pub acts: Vec<Act<'a>>,
    fds: usize,
}

/// How a stream socket came by its peer, if it did.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role<'a> {
    None,
    /// It connects. Goes to the three below.
    Connecting {
        call: &'a Recorded,
    },
    /// It connected, at this time.
    Connected {
        call: &'a Recorded,
        up_us: u64,
    },
    /// It was refused, at this time.
    Refused {
        call: &'a Recorded,
        at_us: u64,
    },
    /// It was accepted.
    Accepted {
        call: &'a Recorded,
        up_us: u64,
    },
}

/// Something a stream did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act<'a> {
    pub at_us: u64,
    pub deed: Deed,
    /// None where the program ended and the system closed the socket.
    pub call: Option<&'a Recorded>,
}

/// What a stream did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Sent(usize),
    Received(usize),
    /// It read the end of the stream.
    ReadEnd,
    /// It says that it sends no more.
    Finished,
    Closed,
    /// It learnt that the peer had reset the connection.
    WasReset,
}

/// A datagram that a socket sent or received.
#[derive(Debug)]
pub(super) struct Datagram<'a> {
    pub at_us: u64,
    pub socket: usize,
    pub outgoing: bool,
    pub other: Option<Place>,
    pub len: usize,
    pub call: &'a Recorded,
}

/// Reads the story off a recording.
pub(super) fn read(recording: &Recording) -> Story<'_> {
    let mut reader = Reader::default();
    let mut steps: Vec<(u64, u8, Step<'_>)> = Vec::new();
    for call in recording.calls() {
        steps.push((call.started.at_us, 1, Step::Begin(call)));
        if let Some(ended) = &call.ended {
            steps.push((ended.at_us, 0, Step::End(call)));
        }
    }
    for moment in recording.moments() {
        if let Happened::State(state) = &moment.what
            && matches!(
                state,
                ProgramState::Exited { .. } | ProgramState::Stopped | ProgramState::Failed { .. }
            )
        {
            steps.push((moment.at_us, 2, Step::ProgramEnd(&moment.program)));
        }
    }
    // A call may begin and end in the same microsecond.
    steps.sort_by_key(|(at_us, rank, step)| match step {
        Step::End(call) if call.started.at_us == *at_us => (*at_us, 2),
        _ => (*at_us, *rank),
    });
    for (at_us, _, step) in steps {
        match step {
            Step::Begin(call) => reader.begin(call),
            Step::End(call) => reader.end(call),
            Step::ProgramEnd(program) => reader.program_end(program, at_us),
        }
    }
    reader.story
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Begin(&'a Recorded),
    End(&'a Recorded),
    ProgramEnd(&'a str),
}

#[derive(Debug, Default)]
struct Reader<'a> {
    story: Story<'a>,
    open: HashMap<SocketKey, usize>,
    /// Which socket each waiting call is about.
    meant: HashMap<u64, usize>,
}

impl<'a> Reader<'a> {
    fn begin(&mut self, call: &'a Recorded) {
        let Some(fd) = call.started.call.socket() else { return };
        let Some(&index) = self.open.get(&key(call, fd)) else { return };
        self.meant.insert(call.started.number, index);
        let socket = &mut self.story.sockets[index];
        match &call.started.call {
            Call::Connect(connect) if socket.stream => {
                if matches!(socket.role, Role::None | Role::Refused { .. }) {
                    socket.role = Role::Connecting { call };
                    socket.peer = place(&connect.address, &self.story.names);
                }
            }
            Call::Shutdown(shutdown) if shutdown.how != Half::Read => {
                socket.act(call.started.at_us, Deed::Finished, call);
            }
            Call::Close(_) => {
                self.open.remove(&key(call, fd));
                socket.fds -= 1;
                if socket.fds == 0 {
                    socket.act(call.started.at_us, Deed::Closed, call);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, call: &'a Recorded) {
        let Some(ended) = &call.ended else { return };
        let meant = self.meant.remove(&call.started.number);
        match &ended.outcome {
            CallOutcome::Abandoned => {}
            CallOutcome::Error(failure) => {
                if let Some(index) = meant {
                    self.story.sockets[index].fail(call, failure.errno, ended.at_us);
                }
            }
            outcome @ CallOutcome::Ok(_) => {
                if let Some(reply) = outcome.reply(&call.started.call) {
                    self.succeed(call, &reply, meant, ended.at_us);
                }
            }
        }
    }

    fn succeed(&mut self, call: &'a Recorded, reply: &Reply, meant: Option<usize>, at_us: u64) {
        match (&call.started.call, reply) {
            (Call::Socket(made), Reply::Created(created)) => {
                let socket = Socket::new(made.kind == Kind::Stream, made.family);
                self.open(call, created.socket, socket);
                return;
            }
            (Call::Getaddrinfo(asked), Reply::Resolved(resolved)) => {
                if let (Some(host), Some(first)) = (&asked.host, resolved.entries.first())
                    && let Some((ip, _)) = place(&first.address, &self.story.names)
                {
                    self.story.names.insert(host.clone(), ip);
                }
                return;
            }
            _ => {}
        }
        let Some(index) = meant else { return };
        let socket = &mut self.story.sockets[index];
        match (&call.started.call, reply) {
            (Call::Dup(_), Reply::Created(created)) => {
                socket.fds += 1;
                self.open.insert(key(call, created.socket), index);
            }
            (Call::Accept(_), Reply::Accepted(accepted)) => {
                let mut socket = Socket::new(true, socket.family);
                socket.local = numeric(&accepted.local);
                socket.peer = numeric(&accepted.peer);
                socket.role = Role::Accepted { call, up_us: at_us };
                self.open(call, accepted.socket, socket);
            }
            (_, Reply::Bound(bound)) => socket.local = numeric(&bound.local),
            (_, Reply::Connected(connected)) => {
                socket.local = numeric(&connected.local);
                socket.peer = numeric(&connected.peer);
                socket.is_up(at_us);
            }
            (Call::Getsockname(_), Reply::Named(named)) => {
                socket.local = numeric(&named.address).or(socket.local);
            }
            (Call::Getpeername(_), Reply::Named(named)) => {
                socket.peer = numeric(&named.address).or(socket.peer);
                socket.is_up(at_us);
            }
            (Call::Getsockopt(read), Reply::OptionRead(said))
                if (read.level, read.option) == SO_ERROR =>
            {
                match said.value {
                    OptionValue::Int(0) => socket.is_up(at_us),
                    OptionValue::Int(_) => socket.is_refused(at_us),
                    OptionValue::Payload => {}
                }
            }
            (made, Reply::Sent(sent)) => {
                let to = match made {
                    Call::Sendto(sendto) => place(&sendto.address, &self.story.names),
                    Call::Sendmsg(sendmsg) => {
                        sendmsg.address.as_ref().and_then(|to| place(to, &self.story.names))
                    }
                    _ => None,
                };
                self.sent(call, index, sent.len as usize, to);
            }
            (_, Reply::Received(received)) => {
                self.received(call, index, received.len as usize, None, at_us);
            }
            (_, Reply::ReceivedFrom(received)) => {
                let from = received.peer.as_ref().and_then(numeric);
                self.received(call, index, received.len as usize, from, at_us);
            }
            (_, Reply::ReceivedMessage(received)) => {
                let from = received.peer.as_ref().and_then(numeric);
                self.received(call, index, received.len as usize, from, at_us);
            }
            _ => {}
        }
    }

    fn sent(&mut self, call: &'a Recorded, index: usize, len: usize, to: Option<Place>) {
        let at_us = call.started.at_us;
        let socket = &mut self.story.sockets[index];
        if socket.stream {
            socket.is_up(at_us);
            socket.act(at_us, Deed::Sent(len), call);
        } else {
            let other = to.or(socket.peer);
            let sent = Datagram { at_us, socket: index, outgoing: true, other, len, call };
            self.story.datagrams.push(sent);
        }
    }

    fn received(
        &mut self,
        call: &'a Recorded,
        index: usize,
        len: usize,
        from: Option<Place>,
        at_us: u64,
    ) {
        let (flags, asked) = match &call.started.call {
            Call::Recv(recv) => (&recv.flags, recv.len),
            Call::Recvfrom(recv) => (&recv.flags, recv.len),
            Call::Recvmsg(recv) => (&recv.flags, recv.len),
            _ => return,
        };
        // What was only looked at is still to be received.
        if flags.contains(&Flag::Peek) {
            return;
        }
        let socket = &mut self.story.sockets[index];
        if socket.stream {
            socket.is_up(at_us);
            match (len, asked) {
                (0, 0) => {}
                (0, _) => socket.act(at_us, Deed::ReadEnd, call),
                _ => socket.act(at_us, Deed::Received(len), call),
            }
        } else {
            let other = from.or(socket.peer);
            let came = Datagram { at_us, socket: index, outgoing: false, other, len, call };
            self.story.datagrams.push(came);
        }
    }

    fn open(&mut self, call: &Recorded, fd: SocketId, socket: Socket<'a>) {
        self.open.insert(key(call, fd), self.story.sockets.len());
        self.story.sockets.push(socket);
    }

    /// Closes what a program left open when it ended, as the system does.
    fn program_end(&mut self, program: &str, at_us: u64) {
        let sockets = &mut self.story.sockets;
        self.open.retain(|key, index| {
            if key.program != program {
                return true;
            }
            let socket = &mut sockets[*index];
            socket.fds -= 1;
            if socket.fds == 0 {
                socket.acts.push(Act { at_us, deed: Deed::Closed, call: None });
            }
            false
        });
    }
}

impl<'a> Socket<'a> {
    fn new(stream: bool, family: Family) -> Self {
        Socket {
            stream,
            family,
            local: None,
            peer: None,
            role: Role::None,
            acts: Vec::new(),
            fds: 1,
        }
    }

    fn act(&mut self, at_us: u64, deed: Deed, call: &'a Recorded) {
        self.acts.push(Act { at_us, deed, call: Some(call) });
    }

    fn is_up(&mut self, up_us: u64) {
        if let Role::Connecting { call } = self.role {
            self.role = Role::Connected { call, up_us };
        }
    }

    fn is_refused(&mut self, at_us: u64) {
        if let Role::Connecting { call } = self.role {
            self.role = Role::Refused { call, at_us };
        }
    }

    fn fail(&mut self, call: &'a Recorded, errno: Errno, at_us: u64) {
        let connecting = matches!(call.started.call, Call::Connect(_));
        match errno {
            Errno::ECONNREFUSED => self.is_refused(at_us),
            Errno::EISCONN if connecting => self.is_up(at_us),
            // Goes on by itself, or no answer ever came: a lone SYN either way.
            Errno::EINPROGRESS
            | Errno::EALREADY
            | Errno::ETIMEDOUT
            | Errno::EAGAIN
            | Errno::EHOSTUNREACH
            | Errno::EINTR => {}
            Errno::ECONNRESET | Errno::EPIPE => self.act(at_us, Deed::WasReset, call),
            // Nothing left the machine.
            _ if connecting && matches!(self.role, Role::Connecting { .. }) => {
                self.role = Role::None;
            }
            _ => {}
        }
    }
}

fn key(call: &Recorded, fd: SocketId) -> SocketKey {
    SocketKey { program: call.started.program.clone(), run: call.started.run, fd }
}

/// Returns where an address is, its name looked up among those the programs looked up.
fn place(address: &Address, names: &HashMap<String, IpAddr>) -> Option<Place> {
    if let Some(place) = numeric(address) {
        return Some(place);
    }
    let (Address::Inet(host, port) | Address::Inet6(host, port, ..)) = address else { return None };
    let ip = match (host.as_str(), address.family()) {
        ("localhost", Family::Inet6) => Ipv6Addr::LOCALHOST.into(),
        ("localhost", _) => Ipv4Addr::LOCALHOST.into(),
        _ => *names.get(host)?,
    };
    Some((ip, *port))
}

fn numeric(address: &Address) -> Option<Place> {
    // An IPv4 peer of an IPv6 socket is on the wire what it is.
    address.to_socket_addr().map(|found| (found.ip().to_canonical(), found.port()))
}
