//! `sendmsg(2)` and `recvmsg(2)`: bytes with control messages beside them.

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use libc::c_int;
use socket2::SockAddr;

use super::length;

/// Bytes of `struct cmsghdr` on 64-bit Linux: the length, the level and the kind.
const HEADER_BYTES: usize = 16;

/// What control messages are aligned to.
const ALIGNMENT_BYTES: usize = 8;

/// A control message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) level: c_int,
    pub(crate) kind: c_int,
    pub(crate) data: Vec<u8>,
}

/// What arrived.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) len: usize,
    pub(crate) flags: c_int,
    pub(crate) control: Vec<Item>,
    /// The descriptors that came along.
    pub(crate) rights: Vec<OwnedFd>,
    pub(crate) peer: Option<SockAddr>,
}

/// Sends what the socket takes. Never raises `SIGPIPE`.
pub(crate) fn send(
    fd: BorrowedFd<'_>,
    bytes: &[u8],
    control: &[u8],
    address: Option<&SockAddr>,
    flags: c_int,
) -> io::Result<usize> {
    let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: all of its fields may be zero.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    if !control.is_empty() {
        header.msg_control = control.as_ptr().cast_mut().cast();
        header.msg_controllen = control.len();
    }
    if let Some(address) = address {
        header.msg_name = address.as_ptr().cast_mut().cast();
        header.msg_namelen = address.len();
    }
    // SAFETY: every pointer is that of a borrowed slice with its length; the kernel only reads.
    length(unsafe { libc::sendmsg(fd.as_raw_fd(), &raw const header, flags | libc::MSG_NOSIGNAL) })
}

/// Receives a message into a buffer, and control messages that take `control_len` bytes at most.
pub(crate) fn recv(
    fd: BorrowedFd<'_>,
    buffer: &mut [u8],
    control_len: usize,
    flags: c_int,
) -> io::Result<Arrived> {
    let mut control = vec![0_u8; control_len];
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: all of its fields may be zero.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    if !control.is_empty() {
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = control.len();
    }
    // SAFETY: every pointer is that of an exclusively borrowed buffer with its length; the
    // kernel writes at most `*address_len` bytes of the address and sets it to how many.
    let (len, peer) = unsafe {
        SockAddr::try_init(|storage, address_len| {
            header.msg_name = storage.cast();
            header.msg_namelen = *address_len;
            let flags = flags | libc::MSG_CMSG_CLOEXEC;
            let len = length(libc::recvmsg(fd.as_raw_fd(), &raw mut header, flags))?;
            *address_len = header.msg_namelen;
            Ok(len)
        })
    }?;
    control.truncate(header.msg_controllen);
    let mut control = unpacked(&control);
    let rights = take_descriptors(&mut control);
    let peer = (peer.len() > 0).then_some(peer);
    let flags = header.msg_flags & !libc::MSG_CMSG_CLOEXEC;
    Ok(Arrived { len, flags, control, rights, peer })
}

/// Returns the control message that hands descriptors over. The kernel only reads their numbers.
pub(crate) fn rights<'a>(descriptors: impl Iterator<Item = BorrowedFd<'a>>) -> Item {
    let data = descriptors.flat_map(|fd| fd.as_raw_fd().to_ne_bytes()).collect();
    Item { level: libc::SOL_SOCKET, kind: libc::SCM_RIGHTS, data }
}

fn take_descriptors(control: &mut Vec<Item>) -> Vec<OwnedFd> {
    let mut rights = Vec::new();
    control.retain(|item| {
        if (item.level, item.kind) != (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
            return true;
        }
        for number in item.data.as_chunks::<{ size_of::<RawFd>() }>().0 {
            // SAFETY: the kernel has just opened this descriptor for us, and nobody else knows it.
            rights.push(unsafe { OwnedFd::from_raw_fd(RawFd::from_ne_bytes(*number)) });
        }
        false
    });
    rights
}

/// Writes control messages as the kernel reads them (`cmsg(3)`).
pub(crate) fn packed(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Item { level, kind, data } in items {
        bytes.extend_from_slice(&(HEADER_BYTES + data.len()).to_ne_bytes());
        bytes.extend_from_slice(&level.to_ne_bytes());
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.extend_from_slice(data);
        bytes.resize(bytes.len().next_multiple_of(ALIGNMENT_BYTES), 0);
    }
    bytes
}

/// Reads control messages as the kernel writes them; of one that was cut off, what is there.
fn unpacked(mut bytes: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    while let Some((header, rest)) = bytes.split_at_checked(HEADER_BYTES) {
        let (len, header) = header.split_at(size_of::<usize>());
        let (level, kind) = header.split_at(size_of::<c_int>());
        let (Ok(len), Ok(level), Ok(kind)) = (len.try_into(), level.try_into(), kind.try_into())
        else {
            break;
        };
        let Some(len) = usize::from_ne_bytes(len).checked_sub(HEADER_BYTES) else { break };
        items.push(Item {
            level: c_int::from_ne_bytes(level),
            kind: c_int::from_ne_bytes(kind),
            data: rest[..len.min(rest.len())].to_vec(),
        });
        bytes = rest.get(len.next_multiple_of(ALIGNMENT_BYTES)..).unwrap_or_default();
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let items = [
            Item { level: 41, kind: 52, data: vec![1, 2, 3, 4] },
            Item { level: 1, kind: 2, data: vec![0; 12] },
            Item { level: 0, kind: 1, data: vec![] },
        ];
        let bytes = packed(&items);
        assert_eq!(unpacked(&bytes), items);
        let cut = unpacked(&bytes[..HEADER_BYTES + 2]);
        assert_eq!(cut, [Item { level: 41, kind: 52, data: vec![1, 2] }]);
        assert_eq!(unpacked(&bytes[..HEADER_BYTES - 1]), []);
    }
}
