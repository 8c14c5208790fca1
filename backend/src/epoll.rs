//! An epoll instance: a set of sockets that the kernel watches for a program.
//!
//! It is the host's own, so levels, edges, `EPOLLONESHOT` and what happens to a socket that is
//! closed while it is in the set are what they are on Linux.

use std::os::fd::{AsFd as _, OwnedFd};

use shared::call::EpollChange;
use shared::errno::Errno;
use shared::reply::EpollEvent;
use tokio::io::unix::AsyncFd;

use crate::budget::Claim;
use crate::errno;
use crate::patience::Patience;
use crate::socket::Socket;
use crate::sys::{self, epoll};

/// An epoll instance, closed when the last of its names and calls lets go of it.
#[derive(Debug)]
pub(crate) struct Epoll {
    io: AsyncFd<OwnedFd>,
    /// The descriptor counts among the host's for as long as this lives.
    _claim: Claim,
}

impl Epoll {
    pub(crate) fn create(claim: Claim) -> Result<Self, Errno> {
        epoll::create()
            .and_then(sys::watch_epoll)
            .map(|io| Self { io, _claim: claim })
            .map_err(|error| errno::of(&error))
    }

    pub(crate) fn control(
        &self,
        change: EpollChange,
        socket: &Socket,
        event: EpollEvent,
    ) -> Result<(), Errno> {
        epoll::control(self.io.get_ref().as_fd(), change, socket, event)
            .map_err(|error| errno::of(&error))
    }

    /// Waits until something is ready, and returns at most `max` events.
    ///
    /// # Cancel safety
    /// Cancel safe: an event is only taken when it is returned.
    pub(crate) async fn wait(
        &self,
        max: usize,
        patience: &Patience,
    ) -> Result<Vec<EpollEvent>, Errno> {
        loop {
            let ready = self.ready(max)?;
            if !ready.is_empty() || patience.is_never() {
                return Ok(ready);
            }
            let mut guard = match patience.wait(self.io.readable()).await {
                Ok(guard) => guard.map_err(|error| errno::of(&error))?,
                // To epoll, a time that is over is no error.
                Err(Errno::ETIMEDOUT) => return Ok(Vec::new()),
                Err(errno) => return Err(errno),
            };
            let ready = self.ready(max)?;
            if !ready.is_empty() {
                return Ok(ready);
            }
            guard.clear_ready();
        }
    }

    fn ready(&self, max: usize) -> Result<Vec<EpollEvent>, Errno> {
        epoll::ready(self.io.get_ref().as_fd(), max).map_err(|error| errno::of(&error))
    }
}
