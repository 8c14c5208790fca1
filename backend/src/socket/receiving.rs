//! Bytes on their way in.

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;

use libc::c_int;
use shared::address::Family;
use shared::errno::Errno;
use socket2::SockAddr;
use tokio::io::Interest;

use super::Socket;
use super::waiting::wait_edge;
use crate::limits::TRANSFER_BYTES_MAX;
use crate::patience::Patience;
use crate::payload::Payload;
use crate::sys;
use crate::sys::message::{self, Item};

/// What a receiving call got.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Payload,
    /// The datagram's full length, or as many bytes as there are.
    pub(crate) len: usize,
    pub(crate) offset: Option<u64>,
    pub(crate) peer: Option<SockAddr>,
    /// What `recvmsg(2)` says of the message; other calls leave it empty.
    pub(crate) flags: c_int,
    pub(crate) control: Vec<Item>,
    pub(crate) rights: Vec<OwnedFd>,
}

impl Received {
    /// What came without control messages.
    fn plain(bytes: Payload, len: usize, peer: Option<SockAddr>) -> Self {
        let (control, rights) = (Vec::new(), Vec::new());
        Self { bytes, len, offset: None, peer, flags: 0, control, rights }
    }
}

/// Bytes of a call from which on they land in the answer itself. Below it, a buffer for each
/// call costs more than the copy.
const LARGE_BYTES: usize = 32 * 1024;

thread_local! {
    /// Where bytes arrive before it is known how many they are.
    static LANDING: RefCell<Vec<u8>> = RefCell::new(vec![0; TRANSFER_BYTES_MAX as usize]);
}

impl Socket {
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
            return self.attempt(interest, patience, |io| self.land(io, len, flags)).await;
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

    /// Receives as [`Self::recv`] does, with the control messages that come along.
    ///
    /// # Cancel safety
    /// Cancel safe, except with `MSG_WAITALL`; see [`Self::recv`].
    pub(crate) async fn recv_message(
        &self,
        len: usize,
        control_len: usize,
        flags: c_int,
        patience: &Patience,
        accepts: impl Fn(&SockAddr) -> bool,
    ) -> Result<Received, Errno> {
        if self.is_stream() && control_len == 0 && flags & libc::MSG_WAITALL != 0 {
            return self.recv(len, flags, patience, accepts).await;
        }
        let turn = flags & (libc::MSG_OOB | libc::MSG_ERRQUEUE) == 0;
        let _turn = if turn { self.turn(&self.received, patience).await? } else { None };
        self.attempt(Interest::READABLE, patience, |io| {
            loop {
                let at_mark = self.at_mark(io);
                let mut flags_out = 0;
                let (mut control, mut rights) = (Vec::new(), Vec::new());
                let (bytes, len, peer) = land(len, |buffer| {
                    let arrived = message::recv(io.as_fd(), buffer, control_len, flags)?;
                    (flags_out, control, rights) = (arrived.flags, arrived.control, arrived.rights);
                    Ok((arrived.len, arrived.peer))
                })?;
                if self.is_stream() || peer.as_ref().is_none_or(&accepts) {
                    let counted = self.counted(bytes, len, peer, flags, at_mark);
                    return Ok(Received { flags: flags_out, control, rights, ..counted });
                }
                if flags & libc::MSG_PEEK != 0 {
                    sys::recv(io.as_fd(), &mut [], 0)?;
                }
            }
        })
        .await
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
                    return Ok(Received::plain(bytes, len, peer));
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
            all.bytes.push(next.bytes.bytes());
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

    /// Receives once and counts the bytes.
    fn land(&self, io: &socket2::Socket, len: usize, flags: c_int) -> io::Result<Received> {
        let at_mark = self.at_mark(io);
        if len >= LARGE_BYTES && flags & libc::MSG_TRUNC == 0 {
            let mut bytes = Payload::with_capacity(len);
            let len = sys::recv_behind(io.as_fd(), bytes.end_mut(), len, flags)?;
            bytes.fit();
            return Ok(self.counted(bytes, len, None, flags, at_mark));
        }
        let (mut bytes, len, peer) =
            land(len, |buffer| sys::recv(io.as_fd(), buffer, flags).map(|len| (len, None)))?;
        if flags & libc::MSG_TRUNC != 0 && self.family != Family::Unix {
            // On TCP the flag throws the bytes away (`tcp(7)`), and the buffer is not
            // written.
            bytes.clear();
        }
        Ok(self.counted(bytes, len, peer, flags, at_mark))
    }

    /// Tells whether the next byte is an urgent one that comes in the stream.
    fn at_mark(&self, io: &socket2::Socket) -> bool {
        self.urgent_inline.load(Ordering::Relaxed) && sys::at_mark(io.as_fd()).unwrap_or(false)
    }

    /// Says where in the stream the bytes are. Urgent bytes are none of its bytes: the sender
    /// does not count them either. One that another overtakes before it is read falls back into
    /// the stream (`tcp(7)`); nobody says so, and the bytes behind it are off by one.
    fn counted(
        &self,
        bytes: Payload,
        len: usize,
        peer: Option<SockAddr>,
        flags: c_int,
        at_mark: bool,
    ) -> Received {
        let beside = if flags & (libc::MSG_PEEK | libc::MSG_OOB) != 0 {
            len
        } else {
            usize::from(at_mark && len > 0)
        };
        let offset = self.count(&self.received, len - beside);
        let offset = offset.filter(|_| flags & libc::MSG_OOB == 0 && !at_mark);
        Received { offset, ..Received::plain(bytes, len, peer) }
    }
}

/// Receives into this thread's landing buffer and takes along what arrived.
fn land(
    len: usize,
    recv: impl FnOnce(&mut [u8]) -> io::Result<(usize, Option<SockAddr>)>,
) -> io::Result<(Payload, usize, Option<SockAddr>)> {
    LANDING.with_borrow_mut(|landing| {
        let room = len.min(landing.len());
        let buffer = &mut landing[..room];
        let (len, peer) = recv(buffer)?;
        Ok((Payload::copy_of(&buffer[..len.min(room)]), len, peer))
    })
}
