//! When the host has nothing for a call yet.

use std::io;
use std::os::fd::AsFd;
use std::sync::{Arc, PoisonError};

use shared::errno::Errno;
use tokio::io::Interest;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};

use super::{Direction, Socket};
use crate::errno::{self, interrupted, would_block};
use crate::limits::STALE_READINESS_RETRY;
use crate::patience::Patience;
use crate::sys;

/// The runtime's watch over a socket.
pub(crate) type Reactor = Arc<AsyncFd<Arc<socket2::Socket>>>;

impl Socket {
    /// Returns what the socket is ready for now, out of `events` and what is always reported.
    pub(crate) fn polled(&self, events: i16) -> Result<i16, Errno> {
        sys::poll_one(self.io.as_fd(), events).map_err(|error| errno::of(&error))
    }

    /// Returns the runtime's watch over the socket, beginning it if nothing waited before.
    pub(crate) fn reactor(&self) -> Result<Reactor, Errno> {
        let mut reactor = self.reactor.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reactor) = &*reactor {
            return Ok(Arc::clone(reactor));
        }
        let interest = Interest::READABLE | Interest::WRITABLE | Interest::PRIORITY;
        let begun = sys::watch(Arc::clone(&self.io), interest)
            .map(Arc::new)
            .map_err(|error| errno::of(&error))?;
        *reactor = Some(Arc::clone(&begun));
        Ok(begun)
    }

    /// Ends the runtime's watch, so that the next wait begins a new one. What it remembers of
    /// an unconnected socket or a failed attempt does not hold for what comes now. Where
    /// another call is using it, it stays, and waits fall back to trying again now and then.
    pub(super) fn forget_readiness(&self) {
        let mut reactor = self.reactor.lock().unwrap_or_else(PoisonError::into_inner);
        if reactor.as_ref().is_some_and(|reactor| Arc::strong_count(reactor) == 1) {
            *reactor = None;
        }
    }

    /// Makes a system call, waiting for readiness as long as it says `EAGAIN`.
    ///
    /// # Cancel safety
    /// Cancel safe: nothing is awaited after the system call succeeded.
    pub(super) async fn attempt<T>(
        &self,
        interest: Interest,
        patience: &Patience,
        mut call: impl FnMut(&socket2::Socket) -> io::Result<T>,
    ) -> Result<T, Errno> {
        if let Some(outcome) = settle(&self.io, &mut call) {
            return outcome;
        }
        if patience.is_never() {
            return Err(Errno::EAGAIN);
        }
        let reactor = self.reactor()?;
        loop {
            let mut guard = wait_edge(&reactor, interest, patience).await?;
            if let Some(outcome) = settle(&self.io, &mut call) {
                return outcome;
            }
            discard(&mut guard, patience).await?;
        }
    }

    /// Waits until `poll(2)` reports any of `events`, an error or a hang-up.
    ///
    /// # Cancel safety
    /// Cancel safe: it only looks.
    pub(super) async fn until_polled(
        &self,
        interest: Interest,
        events: i16,
        patience: &Patience,
    ) -> Result<i16, Errno> {
        let reactor = self.reactor()?;
        loop {
            let mut guard = wait_edge(&reactor, interest, patience).await?;
            let ready = self.polled(events)?;
            if ready != 0 {
                return Ok(ready);
            }
            discard(&mut guard, patience).await?;
        }
    }

    /// Takes the call's turn, where the calls of a direction have turns: on streams, and for
    /// calls that would wait.
    pub(super) async fn turn<'a>(
        &self,
        direction: &'a Direction,
        patience: &Patience,
    ) -> Result<Option<tokio::sync::MutexGuard<'a, ()>>, Errno> {
        if !self.is_stream() || patience.is_never() {
            return Ok(None);
        }
        if let Ok(turn) = direction.turn.try_lock() {
            return Ok(Some(turn));
        }
        patience.wait(direction.turn.lock()).await.map(Some)
    }
}

/// Makes a system call until it is neither interrupted nor `EAGAIN`, or returns nothing.
fn settle<T>(
    io: &socket2::Socket,
    call: &mut impl FnMut(&socket2::Socket) -> io::Result<T>,
) -> Option<Result<T, Errno>> {
    loop {
        match call(io) {
            Ok(value) => return Some(Ok(value)),
            Err(error) if interrupted(&error) => {}
            Err(error) if would_block(&error) => return None,
            Err(error) => return Some(Err(errno::of(&error))),
        }
    }
}

/// Waits for the runtime to report readiness. Errors wake every wait: a datagram that found
/// nobody reports one and nothing to read.
pub(super) async fn wait_edge<'a>(
    reactor: &'a AsyncFd<Arc<socket2::Socket>>,
    interest: Interest,
    patience: &Patience,
) -> Result<AsyncFdReadyGuard<'a, Arc<socket2::Socket>>, Errno> {
    let ready = reactor.ready(interest | Interest::ERROR);
    patience.wait(ready).await?.map_err(|error| errno::of(&error))
}

/// Takes back readiness that turned out not to be there.
async fn discard(
    guard: &mut AsyncFdReadyGuard<'_, Arc<socket2::Socket>>,
    patience: &Patience,
) -> Result<(), Errno> {
    if is_sticky(guard) {
        patience.wait(tokio::time::sleep(STALE_READINESS_RETRY)).await?;
    }
    guard.clear_ready();
    Ok(())
}

/// Tells whether the runtime takes a direction for closed, which it never takes back.
pub(crate) fn is_sticky(guard: &AsyncFdReadyGuard<'_, Arc<socket2::Socket>>) -> bool {
    guard.ready().is_read_closed() || guard.ready().is_write_closed()
}
