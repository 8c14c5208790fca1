//! The sockets of one session, by id.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::call::SocketId;
use shared::errno::{Errno, Failure};
use shared::limit::LimitName;

use crate::epoll::Epoll;
use crate::metrics::Gauge;
use crate::socket::Socket;

/// The lowest id, so that ids look like a process's descriptors beside its standard streams.
const FIRST_ID: u32 = 3;

/// The sockets of one session. An id means nothing in another session.
///
/// The lock is a standard mutex: nothing is awaited while it is held.
#[derive(Debug)]
pub(crate) struct SocketTable {
    capacity: u32,
    state: Mutex<State>,
    /// Counts what is open in all tables together.
    open: Arc<Gauge>,
}

#[derive(Debug, Default)]
struct State {
    /// At index `id - FIRST_ID`; grows as far as the session ever used it.
    slots: Vec<Slot>,
    used: u32,
}

#[derive(Debug)]
enum Slot {
    /// May become `Reserved`.
    Free,
    /// A call is making a socket for it. Becomes `Open`, or `Free` when the call fails.
    Reserved,
    /// Becomes `Free` when it is closed.
    Open(Descriptor),
}

/// What an id stands for.
#[derive(Debug, Clone)]
pub(crate) enum Descriptor {
    Socket(Arc<Socket>),
    Epoll(Arc<Epoll>),
}

impl From<Arc<Socket>> for Descriptor {
    fn from(socket: Arc<Socket>) -> Self {
        Descriptor::Socket(socket)
    }
}

/// The right to one more socket. Taken before the socket is made; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    table: &'a SocketTable,
    id: SocketId,
}

impl SocketTable {
    pub(crate) fn new(capacity: u32, open: Arc<Gauge>) -> Self {
        Self { capacity, state: Mutex::default(), open }
    }

    /// Takes the lowest free id, or fails with `EMFILE`.
    pub(crate) fn reserve(&self) -> Result<Permit<'_>, Failure> {
        let mut state = self.state();
        if state.used >= self.capacity {
            return Err(Failure::limited(
                Errno::EMFILE,
                LimitName::Sockets,
                format!("Too many open files (this session may have {} sockets)", self.capacity),
            ));
        }
        state.used += 1;
        self.open.add(1);
        let free = state.slots.iter().position(|slot| matches!(slot, Slot::Free));
        let index = free.unwrap_or_else(|| {
            state.slots.push(Slot::Free);
            state.slots.len() - 1
        });
        state.slots[index] = Slot::Reserved;
        // There are never more slots than the capacity, which is a u32.
        Ok(Permit { table: self, id: SocketId(index as u32 + FIRST_ID) })
    }

    /// Returns the socket with an id; an epoll instance is none.
    pub(crate) fn get(&self, id: SocketId) -> Result<Arc<Socket>, Errno> {
        match self.descriptor(id)? {
            Descriptor::Socket(socket) => Ok(socket),
            Descriptor::Epoll(_) => Err(Errno::ENOTSOCK),
        }
    }

    /// Returns the epoll instance with an id; a socket is none.
    pub(crate) fn epoll(&self, id: SocketId) -> Result<Arc<Epoll>, Errno> {
        match self.descriptor(id)? {
            Descriptor::Epoll(epoll) => Ok(epoll),
            Descriptor::Socket(_) => Err(Errno::EINVAL),
        }
    }

    pub(crate) fn descriptor(&self, id: SocketId) -> Result<Descriptor, Errno> {
        let index = index_of(id).ok_or(Errno::EBADF)?;
        match self.state().slots.get(index) {
            Some(Slot::Open(descriptor)) => Ok(descriptor.clone()),
            Some(Slot::Free | Slot::Reserved) | None => Err(Errno::EBADF),
        }
    }

    /// Takes a socket or an epoll instance out of the table. It closes when nobody holds it any
    /// more.
    pub(crate) fn remove(&self, id: SocketId) -> Result<Descriptor, Errno> {
        let index = index_of(id).ok_or(Errno::EBADF)?;
        let mut state = self.state();
        let slot = state.slots.get_mut(index).ok_or(Errno::EBADF)?;
        match std::mem::replace(slot, Slot::Free) {
            Slot::Open(descriptor) => {
                state.used -= 1;
                self.open.sub(1);
                Ok(descriptor)
            }
            other => {
                *slot = other;
                Err(Errno::EBADF)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No panic can leave the state half changed: it is changed in single assignments.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SocketTable {
    fn drop(&mut self) {
        self.open.sub(self.state().used.into());
    }
}

impl Permit<'_> {
    /// Puts the socket, or the epoll instance, into the table.
    pub(crate) fn fill(self, descriptor: impl Into<Descriptor>) -> SocketId {
        if let Some(slot) = self.table.state().slot_mut(self.id) {
            *slot = Slot::Open(descriptor.into());
        }
        self.id
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.table.state();
        if let Some(slot @ Slot::Reserved) = state.slot_mut(self.id) {
            *slot = Slot::Free;
            state.used -= 1;
            self.table.open.sub(1);
        }
    }
}

impl State {
    fn slot_mut(&mut self, id: SocketId) -> Option<&mut Slot> {
        self.slots.get_mut(index_of(id)?)
    }
}

fn index_of(id: SocketId) -> Option<usize> {
    id.0.checked_sub(FIRST_ID).map(|index| index as usize)
}

#[cfg(test)]
mod tests {
    use shared::address::{Family, Kind};

    use super::*;
    use crate::budget::Claim;

    fn socket() -> Arc<Socket> {
        Arc::new(Socket::create(Family::Inet, Kind::Datagram, 0, Claim::default()).unwrap())
    }

    #[test]
    fn ids_are_the_lowest_free_ones() {
        let table = SocketTable::new(3, Arc::default());
        let ids: Vec<_> = (0..3).map(|_| table.reserve().unwrap().fill(socket()).0).collect();
        assert_eq!(ids, [3, 4, 5]);
        table.remove(SocketId(4)).unwrap();
        assert_eq!(table.reserve().unwrap().fill(socket()), SocketId(4));
    }

    #[test]
    fn a_permit_not_used_is_given_back() {
        let table = SocketTable::new(1, Arc::default());
        let permit = table.reserve().unwrap();
        assert_eq!(table.reserve().unwrap_err().errno, Errno::EMFILE);
        drop(permit);
        let id = table.reserve().unwrap().fill(socket());
        assert_eq!(table.reserve().unwrap_err().errno, Errno::EMFILE);
        table.remove(id).unwrap();
        assert_eq!(table.remove(id).unwrap_err(), Errno::EBADF);
        drop(table.reserve().unwrap());
    }

    #[test]
    fn an_id_that_was_never_given_is_ebadf() {
        let table = SocketTable::new(1, Arc::default());
        for id in [0, 2, 3, u32::MAX] {
            assert_eq!(table.get(SocketId(id)).unwrap_err(), Errno::EBADF);
        }
    }
}
