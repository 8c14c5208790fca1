//! One socket of the host and its system calls.
//!
//! Every call first tries the system call itself; only `EAGAIN` makes it wait. What it waits
//! for is an edge of readiness from the runtime, and then the system call has the last word.
//!
//! The runtime learns of a socket when something first waits on it. That saves work for
//! sockets on which nothing ever waits, and it is also needed: an unconnected TCP socket
//! reports "hung up", which the runtime would remember for ever.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use libc::c_int;
use shared::address::{Address, Family, Kind};
use shared::call::Half;
use shared::errno::Errno;
use socket2::{Domain, SockAddr, Type};
use tokio::io::Interest;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};

use crate::errno::{self, interrupted, would_block};
use crate::limits::{STALE_READINESS_RETRY, TRANSFER_BYTES_MAX};
use crate::patience::Patience;
use crate::sys;

/// The runtime's watch over a socket.
pub(crate) type Reactor = Arc<AsyncFd<Arc<socket2::Socket>>>;

/// A socket of the host, closed when the last of its names and calls lets go of it.
#[derive(Debug)]
pub(crate) struct Socket {
    io: Arc<socket2::Socket>,
    pub(crate) family: Family,
    pub(crate) kind: Kind,
    reactor: Mutex<Option<Reactor>>,
    /// Has a local address, so that no call binds it implicitly any more.
    bound: AtomicBool,
    /// May have a positive `SO_LINGER`, with which `close` would block a thread.
    may_linger: AtomicBool,
    sent: Direction,
    received: Direction,
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

/// What a receiving call got.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Vec<u8>,
    /// The datagram's full length, or as many bytes as there are.
    pub(crate) len: usize,
    pub(crate) offset: Option<u64>,
    pub(crate) peer: Option<SockAddr>,
}

/// What a sending call did.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) len: usize,
    pub(crate) offset: Option<u64>,
}

thread_local! {
    /// Where bytes arrive before it is known how many they are.
    static LANDING: RefCell<Vec<u8>> = RefCell::new(vec![0; TRANSFER_BYTES_MAX as usize]);
}

impl Socket {
    pub(crate) fn create(family: Family, kind: Kind, proto: i32) -> Result<Self, Errno> {
        let io = socket2::Socket::new(domain(family), type_of(kind), Some(proto.into()))
            .map_err(|error| errno::of(&error))?;
        Self::adopt(io, family, kind)
    }

    pub(crate) fn pair(family: Family, kind: Kind, proto: i32) -> Result<(Self, Self), Errno> {
        let (first, second) =
            socket2::Socket::pair(domain(family), type_of(kind), Some(proto.into()))
                .map_err(|error| errno::of(&error))?;
        Ok((Self::adopt(first, family, kind)?, Self::adopt(second, family, kind)?))
    }

    /// Takes a descriptor that is close-on-exec and makes it non-blocking.
    fn adopt(io: socket2::Socket, family: Family, kind: Kind) -> Result<Self, Errno> {
        io.set_nonblocking(true).map_err(|error| errno::of(&error))?;
        Ok(Self {
            io: Arc::new(io),
            family,
            kind,
            reactor: Mutex::new(None),
            bound: AtomicBool::new(false),
            may_linger: AtomicBool::new(false),
            sent: Direction::default(),
            received: Direction::default(),
        })
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

    pub(crate) fn note_may_linger(&self) {
        self.may_linger.store(true, Ordering::Relaxed);
    }

    pub(crate) fn bind(&self, address: SocketAddr) -> Result<(), Errno> {
        self.io.bind(&address.into()).map_err(|error| errno::of(&error))?;
        self.note_bound();
        Ok(())
    }

    pub(crate) fn listen(&self, backlog: i32) -> Result<(), Errno> {
        self.forget_readiness();
        self.io.listen(backlog).map_err(|error| errno::of(&error))?;
        self.note_bound();
        Ok(())
    }

    /// Takes the next connection and returns it with its peer.
    ///
    /// # Cancel safety
    /// Cancel safe: a connection not returned stays in the listener's queue.
    pub(crate) async fn accept(&self, patience: &Patience) -> Result<(Self, SockAddr), Errno> {
        let (io, peer) = self.attempt(Interest::READABLE, patience, |io| io.accept()).await?;
        let socket = Self::adopt(io, self.family, self.kind)?;
        socket.note_bound();
        if self.may_linger.load(Ordering::Relaxed) {
            socket.note_may_linger();
        }
        Ok((socket, peer))
    }

    /// Connects.
    ///
    /// # Cancel safety
    /// The connection goes on being made after the call was dropped, as after a signal.
    pub(crate) async fn connect(
        &self,
        address: SocketAddr,
        patience: &Patience,
    ) -> Result<(), Errno> {
        self.forget_readiness();
        let begun = self.io.connect(&address.into());
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
        self.until_polled(Interest::WRITABLE, libc::POLLOUT, patience).await?;
        if patience.is_forever() {
            // Asked again, Linux reports the outcome as a blocking call would have, and leaves
            // a refused socket ready for another attempt. Reading SO_ERROR would not.
            return self.io.connect(&address.into()).map_err(|error| errno::of(&error));
        }
        // What CPython does for a socket with a timeout.
        match self.option_int(libc::SOL_SOCKET, libc::SO_ERROR)? {
            0 => Ok(()),
            number => Err(Errno::from_number(number).unwrap_or(Errno::EIO)),
        }
    }

    /// Sends the first part of `bytes` that the host takes.
    ///
    /// # Cancel safety
    /// Cancel safe: bytes are either reported as sent or not sent.
    pub(crate) async fn send(
        &self,
        bytes: &[u8],
        flags: c_int,
        patience: &Patience,
    ) -> Result<Sent, Errno> {
        let _turn = self.turn(&self.sent, patience).await?;
        self.send_some(bytes, flags, patience).await
    }

    /// Sends all of `bytes`.
    ///
    /// # Cancel safety
    /// Not cancel safe: some prefix of `bytes` may have been sent.
    pub(crate) async fn send_all(
        &self,
        bytes: &[u8],
        flags: c_int,
        patience: &Patience,
    ) -> Result<Sent, Errno> {
        let _turn = self.turn(&self.sent, patience).await?;
        let first = self.send_some(bytes, flags, patience).await?;
        let mut len = first.len;
        while len < bytes.len() {
            len += self.send_some(&bytes[len..], flags, patience).await?.len;
        }
        Ok(Sent { len, offset: first.offset })
    }

    async fn send_some(
        &self,
        bytes: &[u8],
        flags: c_int,
        patience: &Patience,
    ) -> Result<Sent, Errno> {
        self.attempt(Interest::WRITABLE, patience, |io| {
            let len = sys::send(io.as_fd(), bytes, flags)?;
            // The urgent byte travels beside the stream, not in it.
            let urgent = usize::from(flags & libc::MSG_OOB != 0 && len == bytes.len() && len > 0);
            Ok(Sent { len, offset: self.count(&self.sent, len - urgent) })
        })
        .await
    }

    /// Sends `bytes` as one datagram to an address.
    ///
    /// # Cancel safety
    /// Cancel safe: the datagram is either sent or not.
    pub(crate) async fn send_to(
        &self,
        bytes: &[u8],
        address: SocketAddr,
        flags: c_int,
        patience: &Patience,
    ) -> Result<Sent, Errno> {
        let address = SockAddr::from(address);
        let flags = flags | libc::MSG_NOSIGNAL;
        let sent = self
            .attempt(Interest::WRITABLE, patience, |io| {
                let len = io.send_to_with_flags(bytes, &address, flags)?;
                Ok(Sent { len, offset: self.count(&self.sent, len) })
            })
            .await?;
        self.note_bound();
        Ok(sent)
    }

    /// Receives at most `len` bytes, from whom `accepts` them. What it does not accept is
    /// dropped, as by a packet filter.
    ///
    /// # Cancel safety
    /// Cancel safe, except with `MSG_WAITALL`, where bytes that came first would be lost; a
    /// wait that ends through `patience` returns them.
    pub(crate) async fn recv(
        &self,
        len: usize,
        flags: c_int,
        patience: &Patience,
        accepts: impl Fn(&SockAddr) -> bool,
    ) -> Result<Received, Errno> {
        if !self.is_stream() {
            return self.recv_datagram(len, flags, patience, accepts).await;
        }
        if flags & libc::MSG_OOB != 0 {
            let interest = Interest::READABLE | Interest::PRIORITY;
            return self
                .attempt(interest, patience, |io| {
                    Ok(Received { offset: None, ..self.land(io, len, flags)? })
                })
                .await;
        }
        let _turn = self.turn(&self.received, patience).await?;
        // With a timeout, CPython's own descriptor is non-blocking too, and then `MSG_WAITALL`
        // returns what is there.
        let all = flags & libc::MSG_WAITALL != 0 && patience.is_forever();
        let flags = flags & !libc::MSG_WAITALL;
        match (all, flags & libc::MSG_PEEK != 0) {
            (false, _) => {
                self.attempt(Interest::READABLE, patience, |io| self.land(io, len, flags)).await
            }
            (true, false) => self.recv_all(len, flags, patience).await,
            (true, true) => self.peek_all(len, flags, patience).await,
        }
    }

    async fn recv_datagram(
        &self,
        len: usize,
        flags: c_int,
        patience: &Patience,
        accepts: impl Fn(&SockAddr) -> bool,
    ) -> Result<Received, Errno> {
        self.attempt(Interest::READABLE, patience, |io| {
            loop {
                let (bytes, len, peer) = land(len, |buffer| {
                    sys::recv_from(io.as_fd(), buffer, flags | libc::MSG_TRUNC)
                })?;
                if peer.as_ref().is_none_or(&accepts) {
                    // Without the flag the program learns no more than what it got.
                    let len = if flags & libc::MSG_TRUNC != 0 { len } else { bytes.len() };
                    return Ok(Received { bytes, len, offset: None, peer });
                }
                if flags & libc::MSG_PEEK != 0 {
                    sys::recv(io.as_fd(), &mut [], 0)?;
                }
            }
        })
        .await
    }

    async fn recv_all(
        &self,
        len: usize,
        flags: c_int,
        patience: &Patience,
    ) -> Result<Received, Errno> {
        let mut all =
            self.attempt(Interest::READABLE, patience, |io| self.land(io, len, flags)).await?;
        while all.len > 0 && all.len < len {
            // An error that follows bytes is for the next call to report (`tcp_recvmsg`).
            let events = libc::POLLIN | libc::POLLRDHUP;
            match self.until_polled(Interest::READABLE, events, patience).await {
                Ok(events) if events & libc::POLLERR == 0 => {}
                _ => break,
            }
            let room = len - all.len;
            let next = self.attempt(Interest::READABLE, patience, |io| self.land(io, room, flags));
            let Ok(next) = next.await else { break };
            if next.len == 0 {
                break;
            }
            all.len += next.len;
            all.bytes.extend_from_slice(&next.bytes);
        }
        Ok(all)
    }

    async fn peek_all(
        &self,
        len: usize,
        flags: c_int,
        patience: &Patience,
    ) -> Result<Received, Errno> {
        let reactor = self.reactor()?;
        loop {
            let mut guard = wait_edge(&reactor, Interest::READABLE, patience).await?;
            let ended = libc::POLLRDHUP | libc::POLLHUP | libc::POLLERR;
            let ended = self.polled(libc::POLLRDHUP)? & ended != 0;
            let seen =
                self.attempt(Interest::READABLE, patience, |io| self.land(io, len, flags)).await?;
            if seen.len >= len || ended {
                return Ok(seen);
            }
            guard.clear_ready();
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

    pub(crate) fn local(&self) -> Result<Address, Errno> {
        self.io.local_addr().map(|address| named(&address)).map_err(|error| errno::of(&error))
    }

    pub(crate) fn peer(&self) -> Result<Address, Errno> {
        self.io.peer_addr().map(|address| named(&address)).map_err(|error| errno::of(&error))
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
    fn forget_readiness(&self) {
        let mut reactor = self.reactor.lock().unwrap_or_else(PoisonError::into_inner);
        if reactor.as_ref().is_some_and(|reactor| Arc::strong_count(reactor) == 1) {
            *reactor = None;
        }
    }

    /// Makes a system call, waiting for readiness as long as it says `EAGAIN`.
    ///
    /// # Cancel safety
    /// Cancel safe: nothing is awaited after the system call succeeded.
    async fn attempt<T>(
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
    async fn until_polled(
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
    async fn turn<'a>(
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

    /// Receives once and counts the bytes.
    fn land(&self, io: &socket2::Socket, len: usize, flags: c_int) -> io::Result<Received> {
        let (mut bytes, len, peer) =
            land(len, |buffer| sys::recv(io.as_fd(), buffer, flags).map(|len| (len, None)))?;
        if flags & libc::MSG_TRUNC != 0 && self.family != Family::Unix {
            // On TCP the flag throws the bytes away (`tcp(7)`), and the buffer is not
            // written.
            bytes.clear();
        }
        let counted = if flags & libc::MSG_PEEK != 0 { 0 } else { len };
        Ok(Received { bytes, len, offset: self.count(&self.received, counted), peer })
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
        let lingers = self.may_linger.load(Ordering::Relaxed)
            && matches!(self.io.linger(), Ok(Some(time)) if !time.is_zero());
        if lingers && let Err(error) = self.io.set_linger(None) {
            eprintln!(
                "sockpit: descriptor {}: cannot unset SO_LINGER: {error}",
                self.io.as_raw_fd()
            );
        }
    }
}

/// Returns an address in the wire's words.
pub(crate) fn named(address: &SockAddr) -> Address {
    if let Some(ip) = address.as_socket() {
        return ip.into();
    }
    if let Some(name) = address.as_abstract_namespace() {
        return Address::Unix(format!("\0{}", String::from_utf8_lossy(name)));
    }
    let path = address.as_pathname().map(|path| path.to_string_lossy().into_owned());
    Address::Unix(path.unwrap_or_default())
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
async fn wait_edge<'a>(
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

/// Receives into this thread's landing buffer and takes along what arrived.
fn land(
    len: usize,
    recv: impl FnOnce(&mut [u8]) -> io::Result<(usize, Option<SockAddr>)>,
) -> io::Result<(Vec<u8>, usize, Option<SockAddr>)> {
    LANDING.with_borrow_mut(|landing| {
        let room = len.min(landing.len());
        let buffer = &mut landing[..room];
        let (len, peer) = recv(buffer)?;
        Ok((buffer[..len.min(room)].to_vec(), len, peer))
    })
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
