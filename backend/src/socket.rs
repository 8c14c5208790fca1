//! One socket of the host and its system calls.
//!
//! Every call first tries the system call itself; only `EAGAIN` makes it wait. What it waits
//! for is an edge of readiness from the runtime, and then the system call has the last word.
//!
//! The runtime learns of a socket when something first waits on it. That saves work for
//! sockets on which nothing ever waits, and it is also needed: an unconnected TCP socket
//! reports "hung up", which the runtime would remember for ever.

mod sending;

mod receiving;

mod waiting;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use libc::c_int;
use shared::address::{Family, Kind};
use shared::call::Half;
use shared::errno::Errno;
use socket2::{Domain, SockAddr, Type};
use tokio::io::Interest;

pub(crate) use self::receiving::Received;
pub(crate) use self::sending::{Message, Sent};
pub(crate) use self::waiting::{Reactor, is_sticky};
use crate::audit::Account;
use crate::budget::{Claim, Permit};
use crate::errno;
use crate::limits::STALE_READINESS_RETRY;
use crate::loopback::Place;
use crate::patience::Patience;
use crate::sys;

/// A socket of the host, closed when the last of its names and calls lets go of it.
#[derive(Debug)]
pub(crate) struct Socket {
    io: Arc<socket2::Socket>,
    pub(crate) family: Family,
    pub(crate) kind: Kind,
    /// What the socket is to an isolated loopback.
    pub(crate) place: Place,
    reactor: Mutex<Option<Reactor>>,
    /// Has a local address, so that no call binds it implicitly any more.
    bound: AtomicBool,
    /// May have a positive `SO_LINGER`, with which `close` would block a thread.
    may_linger: AtomicBool,
    /// Receives urgent bytes in the stream (`SO_OOBINLINE`).
    urgent_inline: AtomicBool,
    sent: Direction,
    received: Direction,
    /// Where the audit counts the bytes of a socket with a peer, where there is an audit.
    account: OnceLock<Arc<Account>>,
    /// A connection was begun and has not failed, as far as calls have heard.
    connecting: AtomicBool,
    /// It listens, with the right to do so where listeners are counted.
    listens: OnceLock<Option<Permit>>,
    /// The descriptor counts among the host's for as long as this lives. Last, so that it is
    /// closed by then.
    _claim: Claim,
}

/// One direction of a stream.
#[derive(Debug, Default)]
struct Direction {
    /// Bytes that went through so far.
    offset: AtomicU64,
    /// Held by the call whose turn it is. Two calls that wait do not mix their bytes, and the
    /// one that came first goes first.
    turn: tokio::sync::Mutex<()>,
}

impl Direction {
    fn count(&self) -> u64 {
        self.offset.load(Ordering::Relaxed)
    }
}

impl Socket {
    pub(crate) fn create(
        family: Family,
        kind: Kind,
        proto: i32,
        claim: Claim,
    ) -> Result<Self, Errno> {
        let io =
            socket2::Socket::new(domain(family), type_of(kind).nonblocking(), Some(proto.into()))
                .map_err(|error| errno::of(&error))?;
        Ok(Self::adopt(io, family, kind, claim))
    }

    pub(crate) fn pair(
        family: Family,
        kind: Kind,
        proto: i32,
        claims: (Claim, Claim),
    ) -> Result<(Self, Self), Errno> {
        let (first, second) =
            socket2::Socket::pair(domain(family), type_of(kind).nonblocking(), Some(proto.into()))
                .map_err(|error| errno::of(&error))?;
        let first = Self::adopt(first, family, kind, claims.0);
        Ok((first, Self::adopt(second, family, kind, claims.1)))
    }

    /// Takes a descriptor that is close-on-exec and non-blocking.
    fn adopt(io: socket2::Socket, family: Family, kind: Kind, claim: Claim) -> Self {
        Self {
            io: Arc::new(io),
            family,
            kind,
            place: Place::default(),
            reactor: Mutex::new(None),
            bound: AtomicBool::new(false),
            may_linger: AtomicBool::new(false),
            urgent_inline: AtomicBool::new(false),
            sent: Direction::default(),
            received: Direction::default(),
            account: OnceLock::new(),
            connecting: AtomicBool::new(false),
            listens: OnceLock::new(),
            _claim: claim,
        }
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.kind == Kind::Stream
    }

    pub(crate) fn is_bound(&self) -> bool {
        self.bound.load(Ordering::Relaxed)
    }

    /// Notes that the host has given the socket a local address.
    pub(crate) fn note_bound(&self) {
        self.bound.store(true, Ordering::Relaxed);
    }

    /// Notes where the bytes to and from the socket's peer are counted. The first peer counts.
    pub(crate) fn note_account(&self, account: Arc<Account>) {
        drop(self.account.set(account));
    }

    pub(crate) fn account(&self) -> Option<&Account> {
        self.account.get().map(Arc::as_ref)
    }

    /// Tells whether to connect would not begin a connection, but ask for one that was begun.
    pub(crate) fn is_connecting(&self) -> bool {
        self.connecting.load(Ordering::Relaxed)
    }

    /// Notes what a call to connect came to.
    pub(crate) fn note_connecting(&self, outcome: Result<(), Errno>) {
        use Errno::{EALREADY, EINPROGRESS, EINTR, EISCONN, ETIMEDOUT};
        // One that is given up, for now, goes on being made. One that failed says so to the call
        // that comes next, before Linux begins another (`inet_stream_connect`).
        let stands = match outcome {
            Ok(()) => true,
            Err(errno) => {
                matches!(errno, EALREADY | EINPROGRESS | EINTR | EISCONN | ETIMEDOUT)
            }
        };
        self.connecting.store(stands, Ordering::Relaxed);
    }

    pub(crate) fn listens(&self) -> bool {
        self.listens.get().is_some()
    }

    pub(crate) fn note_listens(&self, right: Option<Permit>) {
        // It keeps the right that it had, if it was quicker to listen on another thread.
        drop(self.listens.set(right));
    }

    pub(crate) fn note_may_linger(&self) {
        self.may_linger.store(true, Ordering::Relaxed);
    }

    /// Notes whether urgent bytes are received in the stream.
    pub(crate) fn note_urgent_inline(&self, inline: bool) {
        self.urgent_inline.store(inline, Ordering::Relaxed);
    }

    pub(crate) fn bind(&self, address: &SockAddr) -> Result<(), Errno> {
        self.io.bind(address).map_err(|error| errno::of(&error))?;
        self.note_bound();
        Ok(())
    }

    /// Lets a bind to port 0 leave the choice of the port to `connect` (`ip(7)`). Where the host
    /// does not know it, the port is chosen at once.
    pub(crate) fn choose_port_late(&self) {
        let yes = 1_i32.to_ne_bytes();
        self.set_option(libc::IPPROTO_IP, libc::IP_BIND_ADDRESS_NO_PORT, &yes).unwrap_or(());
    }

    pub(crate) fn listen(&self, backlog: i32) -> Result<(), Errno> {
        self.forget_readiness();
        self.io.listen(backlog).map_err(|error| errno::of(&error))?;
        self.note_bound();
        Ok(())
    }

    /// Takes the next connection from a peer that `admits` lets in, and returns it with its
    /// peer. Others are reset, as by a packet filter.
    ///
    /// # Cancel safety
    /// Cancel safe: a connection not returned stays in the listener's queue.
    pub(crate) async fn accept(
        &self,
        claim: Claim,
        patience: &Patience,
        admits: impl Fn(&SockAddr) -> bool,
    ) -> Result<(Self, SockAddr), Errno> {
        let next = |io: &socket2::Socket| {
            loop {
                let (accepted, peer) = io.accept()?;
                if admits(&peer) {
                    return Ok((accepted, peer));
                }
                // Closed with nothing to wait for, it is reset; if not, it is closed.
                drop(accepted.set_linger(Some(Duration::ZERO)));
            }
        };
        let (io, peer) = self.attempt(Interest::READABLE, patience, next).await?;
        io.set_nonblocking(true).map_err(|error| errno::of(&error))?;
        let socket = Self::adopt(io, self.family, self.kind, claim);
        socket.note_bound();
        if self.may_linger.load(Ordering::Relaxed) {
            socket.note_may_linger();
        }
        socket.note_urgent_inline(self.urgent_inline.load(Ordering::Relaxed));
        Ok((socket, peer))
    }

    /// Connects.
    ///
    /// # Cancel safety
    /// The connection goes on being made after the call was dropped, as after a signal.
    pub(crate) async fn connect(
        &self,
        address: &SockAddr,
        patience: &Patience,
    ) -> Result<(), Errno> {
        self.forget_readiness();
        let mut begun = self.io.connect(address);
        // A Unix listener whose queue is full has no way to say when there is room again.
        while !patience.is_never()
            && self.family == Family::Unix
            && begun.as_ref().is_err_and(errno::would_block)
        {
            patience.wait(tokio::time::sleep(STALE_READINESS_RETRY)).await?;
            begun = self.io.connect(address);
        }
        match begun {
            Ok(()) => {
                self.note_bound();
                return Ok(());
            }
            Err(error) => match errno::of(&error) {
                Errno::EINPROGRESS if !patience.is_never() => self.note_bound(),
                // A blocking connect joins the attempt that is under way (`connect(2)`).
                Errno::EALREADY if patience.is_forever() => {}
                errno => return Err(errno),
            },
        }
        // On this machine the connection often stands already, and nothing has to be watched.
        if self.polled(libc::POLLOUT)? == 0 {
            self.until_polled(Interest::WRITABLE, libc::POLLOUT, patience).await?;
        }
        if patience.is_forever() {
            // Asked again, Linux reports the outcome as a blocking call would have, and leaves
            // a refused socket ready for another attempt. Reading SO_ERROR would not.
            return self.io.connect(address).map_err(|error| errno::of(&error));
        }
        // What CPython does for a socket with a timeout.
        match self.option_int(libc::SOL_SOCKET, libc::SO_ERROR)? {
            0 => Ok(()),
            number => Err(Errno::from_number(number).unwrap_or(Errno::EIO)),
        }
    }

    pub(crate) fn shutdown(&self, how: Half) -> Result<(), Errno> {
        let how = match how {
            Half::Read => std::net::Shutdown::Read,
            Half::Write => std::net::Shutdown::Write,
            Half::Both => std::net::Shutdown::Both,
        };
        self.io.shutdown(how).map_err(|error| errno::of(&error))
    }

    pub(crate) fn local(&self) -> Result<SockAddr, Errno> {
        self.io.local_addr().map_err(|error| errno::of(&error))
    }

    pub(crate) fn peer(&self) -> Result<SockAddr, Errno> {
        self.io.peer_addr().map_err(|error| errno::of(&error))
    }

    pub(crate) fn option_int(&self, level: c_int, option: c_int) -> Result<i32, Errno> {
        sys::option_int(self.io.as_fd(), level, option).map_err(|error| errno::of(&error))
    }

    pub(crate) fn option_bytes(
        &self,
        level: c_int,
        option: c_int,
        len: usize,
    ) -> Result<Vec<u8>, Errno> {
        let mut bytes = vec![0; len];
        let len = sys::option_bytes(self.io.as_fd(), level, option, &mut bytes)
            .map_err(|error| errno::of(&error))?;
        bytes.truncate(len);
        Ok(bytes)
    }

    pub(crate) fn set_option(
        &self,
        level: c_int,
        option: c_int,
        value: &[u8],
    ) -> Result<(), Errno> {
        sys::set_option(self.io.as_fd(), level, option, value).map_err(|error| errno::of(&error))
    }

    /// Moves a stream's offset on and returns where it was.
    fn count(&self, direction: &Direction, len: usize) -> Option<u64> {
        self.is_stream().then(|| direction.offset.fetch_add(len as u64, Ordering::Relaxed))
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl Drop for Socket {
    /// Lets the host send what is left in the background. With a positive `SO_LINGER` Linux's
    /// `close` blocks for it, non-blocking socket or not, and this thread serves others too.
    fn drop(&mut self) {
        if let Some(account) = self.account()
            && self.is_stream()
        {
            account.add(self.sent.count(), self.received.count());
        }
        let lingers = self.may_linger.load(Ordering::Relaxed)
            && matches!(self.io.linger(), Ok(Some(time)) if !time.is_zero());
        if lingers && let Err(error) = self.io.set_linger(None) {
            let descriptor = self.io.as_raw_fd();
            tracing::warn!(descriptor, %error, "SO_LINGER cannot be unset");
        }
    }
}

fn domain(family: Family) -> Domain {
    match family {
        Family::Inet => Domain::IPV4,
        Family::Inet6 => Domain::IPV6,
        Family::Unix => Domain::UNIX,
    }
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Stream => Type::STREAM,
        Kind::Datagram => Type::DGRAM,
    }
}
