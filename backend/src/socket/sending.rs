//! Bytes on their way out.

use std::os::fd::AsFd;

use libc::c_int;
use shared::errno::Errno;
use socket2::SockAddr;
use tokio::io::Interest;

use super::Socket;
use crate::patience::Patience;
use crate::sys::{self, message};

/// What a sending call did.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) len: usize,
    pub(crate) offset: Option<u64>,
}

/// What `sendmsg(2)` sends.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) bytes: &'a [u8],
    /// Control messages as the kernel wants them; see [`message::packed`].
    pub(crate) control: Vec<u8>,
    pub(crate) address: Option<&'a SockAddr>,
}

impl Socket {
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

    /// Sends all of `bytes`; interrupted in the middle, it says how many it has sent.
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
            match self.send_some(&bytes[len..], flags, patience).await {
                Ok(sent) => len += sent.len,
                Err(Errno::EINTR) => break,
                Err(errno) => return Err(errno),
            }
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
            Ok(Sent { len, offset: self.count(&self.sent, len - urgent(flags, bytes, len)) })
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
        address: &SockAddr,
        flags: c_int,
        patience: &Patience,
    ) -> Result<Sent, Errno> {
        let flags = flags | libc::MSG_NOSIGNAL;
        let sent = self
            .attempt(Interest::WRITABLE, patience, |io| {
                let len = io.send_to_with_flags(bytes, address, flags)?;
                Ok(Sent { len, offset: self.count(&self.sent, len) })
            })
            .await?;
        self.note_bound();
        Ok(sent)
    }

    /// Sends bytes and control messages, and returns how many of the bytes went.
    ///
    /// # Cancel safety
    /// Cancel safe: bytes are either reported as sent or not sent.
    pub(crate) async fn send_message(
        &self,
        message: &Message<'_>,
        flags: c_int,
        patience: &Patience,
    ) -> Result<Sent, Errno> {
        let _turn = self.turn(&self.sent, patience).await?;
        let sent = self
            .attempt(Interest::WRITABLE, patience, |io| {
                let Message { bytes, control, address } = message;
                let len = message::send(io.as_fd(), bytes, control, *address, flags)?;
                Ok(Sent { len, offset: self.count(&self.sent, len - urgent(flags, bytes, len)) })
            })
            .await?;
        self.note_bound();
        Ok(sent)
    }
}

/// Returns how many of the bytes that went are urgent: the last one, where all of them went. It
/// travels beside the stream, not in it.
fn urgent(flags: c_int, bytes: &[u8], went: usize) -> usize {
    usize::from(flags & libc::MSG_OOB != 0 && went == bytes.len() && went > 0)
}
