//! Descriptors on their way from one program of a session to another (`SCM_RIGHTS`, `unix(7)`).
//!
//! The kernel carries them, so order, truncation and what becomes of an unread message are its
//! own. Kept here is what they are: the receiver gets the very socket, with all that is known of
//! it. What the session did not hand over itself does not enter it.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::address::{Family, Kind};
use shared::call::Right;
use shared::errno::{Errno, Failure};

use crate::budget::Budget;
use crate::limits::HANDED_OVER_MAX;
use crate::socket::Socket;
use crate::sockets::{Descriptor, SocketTable};
use crate::sys;

/// What a session has handed over and nobody has received, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    on_the_way: Mutex<VecDeque<(Cookie, Handed)>>,
}

/// What the host's kernel calls a socket, whichever descriptor it has.
type Cookie = u64;

/// What a descriptor on its way stands for.
#[derive(Debug, Clone)]
enum Handed {
    Descriptor(Descriptor),
    /// A file of the client's.
    File(u32),
}

/// One that is about to be sent.
#[derive(Debug)]
pub(crate) struct Parcel {
    /// What the kernel is given: the socket itself, or a socket that stands for something else.
    carrier: Arc<Socket>,
    cookie: Cookie,
    content: Handed,
}

impl AsFd for Parcel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.carrier.as_fd()
    }
}

impl Parcel {
    /// Prepares a descriptor to be handed over.
    pub(crate) fn pack(
        right: Right,
        sockets: &SocketTable,
        budget: &Budget,
    ) -> Result<Parcel, Failure> {
        let content = match right {
            Right::Socket(id) => Handed::Descriptor(sockets.descriptor(id)?),
            Right::File(number) => Handed::File(number),
        };
        let carrier = match &content {
            Handed::Descriptor(Descriptor::Socket(socket)) => Arc::clone(socket),
            Handed::Descriptor(Descriptor::Epoll(_)) | Handed::File(_) => {
                Arc::new(Socket::create(Family::Unix, Kind::Datagram, 0, budget.descriptor()?)?)
            }
        };
        let cookie = cookie(carrier.as_fd())?;
        Ok(Parcel { carrier, cookie, content })
    }
}

impl Handover {
    /// Notes what was sent. Those that came before too many others are forgotten, and do not
    /// arrive.
    pub(crate) fn note(&self, parcels: Vec<Parcel>) {
        let mut on_the_way = self.lock();
        for Parcel { cookie, content, .. } in parcels {
            if on_the_way.len() >= HANDED_OVER_MAX {
                on_the_way.pop_front();
            }
            on_the_way.push_back((cookie, content));
        }
    }

    /// Returns what descriptors that arrived stand for, with names in `sockets`, and whether all
    /// of them found a place. Those that were only looked at are still on their way.
    pub(crate) fn unpack(
        &self,
        arrived: &[OwnedFd],
        peeked: bool,
        sockets: &SocketTable,
    ) -> (Vec<Right>, bool) {
        let rights: Vec<Right> = arrived
            .iter()
            .map_while(|fd| {
                Some(match self.content(fd.as_fd(), peeked)? {
                    Handed::Descriptor(descriptor) => {
                        Right::Socket(sockets.reserve().ok()?.fill(descriptor))
                    }
                    Handed::File(number) => Right::File(number),
                })
            })
            .collect();
        let all = rights.len() == arrived.len();
        (rights, all)
    }

    fn content(&self, fd: BorrowedFd<'_>, peeked: bool) -> Option<Handed> {
        let cookie = cookie(fd).ok()?;
        let mut on_the_way = self.lock();
        let at = on_the_way.iter().position(|(other, _)| *other == cookie)?;
        if peeked {
            return Some(on_the_way[at].1.clone());
        }
        on_the_way.remove(at).map(|(_, content)| content)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Cookie, Handed)>> {
        // No panic can leave the list half changed.
        self.on_the_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cookie(fd: BorrowedFd<'_>) -> Result<Cookie, Errno> {
    let mut bytes = [0; size_of::<Cookie>()];
    sys::option_bytes(fd, libc::SOL_SOCKET, libc::SO_COOKIE, &mut bytes)
        .map_err(|error| crate::errno::of(&error))?;
    Ok(Cookie::from_ne_bytes(bytes))
}
