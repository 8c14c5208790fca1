//! A program's socket fds and the ids that the session has for them.

use std::collections::{BTreeMap, BTreeSet};

use shared::address::{Family, Kind};
use shared::call::{Call, SocketId};
use shared::reply::Reply;

/// The first fd of a socket: 0 to 2 are the standard streams.
const FD_FIRST: u32 = 3;

/// The socket table of one program.
#[derive(Debug, Default)]
pub struct Fds {
    sockets: BTreeMap<SocketId, Entry>,
    /// Those that `listen` gives no address: they have one, or never listen on one.
    placed: BTreeSet<SocketId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Open(SocketId),
    /// The connection to the backend was lost, and the socket with it.
    Dead,
}

/// Why an fd leads to no socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSocket {
    /// There is no such fd.
    Unknown(SocketId),
    /// Its socket went with the connection to the backend.
    Dead,
}

impl Fds {
    /// Gives a socket the lowest free fd, as a kernel does.
    pub fn insert(&mut self, socket: SocketId) -> SocketId {
        let mut fd = FD_FIRST;
        for &SocketId(taken) in self.sockets.keys() {
            if taken != fd {
                break;
            }
            fd += 1;
        }
        self.sockets.insert(SocketId(fd), Entry::Open(socket));
        SocketId(fd)
    }

    /// Returns the session's id for an fd.
    pub fn socket(&self, fd: SocketId) -> Result<SocketId, NoSocket> {
        match self.sockets.get(&fd) {
            Some(Entry::Open(socket)) => Ok(*socket),
            Some(Entry::Dead) => Err(NoSocket::Dead),
            None => Err(NoSocket::Unknown(fd)),
        }
    }

    /// Returns the fd that a socket has.
    pub fn fd(&self, socket: SocketId) -> Option<SocketId> {
        self.sockets.iter().find(|(_, entry)| **entry == Entry::Open(socket)).map(|(fd, _)| *fd)
    }

    /// Gives an fd up.
    pub fn remove(&mut self, fd: SocketId) {
        self.sockets.remove(&fd);
        self.placed.remove(&fd);
    }

    /// Notes what a call that succeeded says about a socket's address.
    pub fn note_place(&mut self, call: &Call, reply: &Reply) {
        match (call, reply) {
            (Call::Bind(call), _) => {
                self.placed.insert(call.socket);
            }
            (Call::Socket(call), Reply::Created(made))
                if call.family == Family::Unix || call.kind != Kind::Stream =>
            {
                self.placed.insert(made.socket);
            }
            (Call::Dup(call), Reply::Created(made)) if self.placed.contains(&call.socket) => {
                self.placed.insert(made.socket);
            }
            _ => {}
        }
    }

    /// Tells whether `listen` would give a socket an address. What came from another program may
    /// have none either.
    pub fn lacks_place(&self, fd: SocketId) -> bool {
        matches!(self.sockets.get(&fd), Some(Entry::Open(_))) && !self.placed.contains(&fd)
    }

    /// Notes that every socket is gone. The fds stay, so that none is reused unawares.
    pub fn lose_all(&mut self) {
        for entry in self.sockets.values_mut() {
            *entry = Entry::Dead;
        }
    }

    /// Gives every fd up and returns the sockets that are still to be closed.
    pub fn take_all(&mut self) -> Vec<SocketId> {
        self.placed.clear();
        std::mem::take(&mut self.sockets)
            .into_values()
            .filter_map(|entry| match entry {
                Entry::Open(socket) => Some(socket),
                Entry::Dead => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_gets_the_lowest_free_fd() {
        let mut fds = Fds::default();
        assert_eq!(fds.insert(SocketId(70)), SocketId(3));
        assert_eq!(fds.insert(SocketId(71)), SocketId(4));
        assert_eq!(fds.insert(SocketId(72)), SocketId(5));
        fds.remove(SocketId(4));
        assert_eq!(fds.insert(SocketId(73)), SocketId(4));
        assert_eq!(fds.socket(SocketId(4)), Ok(SocketId(73)));
        assert_eq!(fds.fd(SocketId(72)), Some(SocketId(5)));
    }

    #[test]
    fn a_lost_socket_keeps_its_fd_and_is_not_closed_again() {
        let mut fds = Fds::default();
        let lost = fds.insert(SocketId(1));
        fds.lose_all();
        let new = fds.insert(SocketId(1));
        assert_eq!(fds.socket(lost), Err(NoSocket::Dead));
        assert_eq!(fds.socket(SocketId(9)), Err(NoSocket::Unknown(SocketId(9))));
        assert_ne!(new, lost);
        assert_eq!(fds.take_all(), [SocketId(1)]);
    }
}
