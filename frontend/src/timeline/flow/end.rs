//! A socket as the flow knows it.

use std::collections::VecDeque;

use shared::address::{Address, Family, Kind};
use shared::call::{Call, Flag};

use crate::session::recording::{CallNumber, Recorded, SocketKey};

use super::arrow::HostId;
use super::datagram::Datagram;
use super::stream::{Incoming, Outgoing};

/// Names a socket for as long as the recording lasts, unlike an fd.
pub type EndId = usize;

/// One end of a connection, a listener, or a datagram socket.
#[derive(Debug)]
pub struct End {
    pub id: EndId,
    pub key: SocketKey,
    pub family: Family,
    pub kind: Kind,
    pub role: Role,
    pub local: Option<Address>,
    pub remote: Option<Address>,
    pub far: Far,
    /// The call that made it: `socket`, `accept` or `socketpair`.
    pub made: CallNumber,
    /// The `connect` that worked, or is about to.
    pub connect: Option<CallNumber>,
    pub open: bool,
    /// Calls that moved bytes, in the order they ended.
    pub moved: Vec<CallNumber>,
    /// Bytes it received.
    pub received: u64,
    /// File descriptors that stand for it.
    pub(super) holders: u32,
    pub(super) out: Outgoing,
    pub(super) into: Incoming,
    pub(super) inbox: VecDeque<Datagram>,
}

/// What a socket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Plain,
    Listener,
    /// It came out of this listener.
    Accepted {
        listener: Option<EndId>,
    },
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Far {
    Unknown,
    End(EndId),
    Host(HostId),
}

impl End {
    pub(super) fn new(
        id: EndId,
        key: SocketKey,
        family: Family,
        kind: Kind,
        call: &Recorded,
    ) -> Self {
        End {
            id,
            key,
            family,
            kind,
            role: Role::Plain,
            local: None,
            remote: None,
            far: Far::Unknown,
            made: call.started.number,
            connect: None,
            open: true,
            moved: Vec::new(),
            received: 0,
            holders: 1,
            out: Outgoing::default(),
            into: Incoming::default(),
            inbox: VecDeque::new(),
        }
    }

    /// Returns how many bytes it sent that nobody has taken yet; streams only.
    pub fn untaken(&self) -> u64 {
        self.out.untaken()
    }

    /// Tells whether it has said that it sends no more.
    pub fn finished(&self) -> bool {
        self.out.fin.is_some()
    }

    /// Returns how many datagrams wait for it.
    pub fn datagrams(&self) -> usize {
        self.inbox.len()
    }
}

/// Tells whether a call looks at bytes without taking them.
pub(super) fn peeks(call: &Call) -> bool {
    match call {
        Call::Recv(recv) => recv.flags.contains(&Flag::Peek),
        Call::Recvfrom(recv) => recv.flags.contains(&Flag::Peek),
        Call::Recvmsg(recv) => recv.flags.contains(&Flag::Peek),
        _ => false,
    }
}

/// Returns how many of the bytes that a call sent are beside the stream: the urgent one, which is
/// the last of all that it had.
pub(super) fn urgent(call: &Recorded, sent: u32) -> u32 {
    let flags = match &call.started.call {
        Call::Send(send) => &send.flags,
        Call::Sendall(send) => &send.flags,
        Call::Sendmsg(send) => &send.flags,
        _ => return 0,
    };
    let all = sent > 0 && sent as usize == call.started.bytes.len();
    u32::from(all && flags.contains(&Flag::Oob))
}
