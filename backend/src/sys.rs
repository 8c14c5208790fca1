//! The few system calls that no crate offers safely, each with a safe face.

#![expect(unsafe_code, reason = "libc's functions take pointers; the reason is beside each use")]

pub(crate) mod epoll;

pub(crate) mod interface;

pub(crate) mod message;

use std::ffi::{CStr, CString, c_int, c_void};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use socket2::SockAddr;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Begins the runtime's watch over a socket.
pub(crate) fn watch(
    socket: Arc<socket2::Socket>,
    interest: Interest,
) -> io::Result<AsyncFd<Arc<socket2::Socket>>> {
    // SAFETY: the socket owns its open descriptor, never changes it, and lives in an `Arc`
    // that the watch holds.
    Ok(unsafe { AsyncFd::register_with_interest(socket, interest) }?)
}

/// Begins the runtime's watch over an epoll instance.
pub(crate) fn watch_epoll(epoll: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the descriptor is owned, and never changed as long as it is watched.
    Ok(unsafe { AsyncFd::register_with_interest(epoll, Interest::READABLE) }?)
}

/// Receives into a buffer; with `MSG_TRUNC` the length may exceed the buffer's.
pub(crate) fn recv(fd: BorrowedFd<'_>, buffer: &mut [u8], flags: c_int) -> io::Result<usize> {
    // SAFETY: the pointer and the length are those of one exclusively borrowed buffer.
    let len =
        unsafe { libc::recv(fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), flags) };
    length(len)
}

/// Receives at most `room` bytes behind the end of a buffer, which grows by what came. The flags
/// are without `MSG_TRUNC`, with which the kernel may write less than it says.
pub(crate) fn recv_behind(
    fd: BorrowedFd<'_>,
    buffer: &mut Vec<u8>,
    room: usize,
    flags: c_int,
) -> io::Result<usize> {
    buffer.reserve(room);
    let spare = buffer.spare_capacity_mut();
    let room = room.min(spare.len());
    let flags = flags & !libc::MSG_TRUNC;
    // SAFETY: the kernel writes at most `room` bytes into the exclusively borrowed capacity.
    let len =
        length(unsafe { libc::recv(fd.as_raw_fd(), spare.as_mut_ptr().cast(), room, flags) })?;
    // SAFETY: the kernel has written the `len` bytes behind the end, and they are in the capacity.
    unsafe { buffer.set_len(buffer.len() + len.min(room)) };
    Ok(len)
}

/// Tells whether the next byte of a stream is the urgent one (`sockatmark(3)`).
pub(crate) fn at_mark(fd: BorrowedFd<'_>) -> io::Result<bool> {
    /// `asm-generic/sockios.h`; the crate has neither this nor the function.
    const SIOCATMARK: libc::Ioctl = 0x8905;
    let mut at: c_int = 0;
    // SAFETY: the kernel writes one `int` where the pointer says, which is borrowed exclusively.
    match unsafe { libc::ioctl(fd.as_raw_fd(), SIOCATMARK, &raw mut at) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(at != 0),
    }
}

/// Receives as [`recv`] does and returns the sender, where the socket has senders.
pub(crate) fn recv_from(
    fd: BorrowedFd<'_>,
    buffer: &mut [u8],
    flags: c_int,
) -> io::Result<(usize, Option<SockAddr>)> {
    // SAFETY: the kernel writes at most `*address_len` bytes, which `try_init` sets to the
    // size of its storage, and sets it to how many it wrote.
    let (len, address) = unsafe {
        SockAddr::try_init(|storage, address_len| {
            length(libc::recvfrom(
                fd.as_raw_fd(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                flags,
                storage.cast(),
                address_len,
            ))
        })
    }?;
    Ok((len, (address.len() > 0).then_some(address)))
}

/// Sends what the socket takes. Never raises `SIGPIPE`.
pub(crate) fn send(fd: BorrowedFd<'_>, bytes: &[u8], flags: c_int) -> io::Result<usize> {
    let flags = flags | libc::MSG_NOSIGNAL;
    // SAFETY: the pointer and the length are those of one borrowed buffer.
    length(unsafe { libc::send(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), flags) })
}

/// Reads an integer option.
pub(crate) fn option_int(fd: BorrowedFd<'_>, level: c_int, option: c_int) -> io::Result<i32> {
    let mut bytes = [0; size_of::<i32>()];
    // An option shorter than an integer (`IP_MULTICAST_TTL`) fills its low bytes.
    option_bytes(fd, level, option, &mut bytes)?;
    Ok(i32::from_ne_bytes(bytes))
}

/// Reads an option into a buffer and returns how many bytes there were.
pub(crate) fn option_bytes(
    fd: BorrowedFd<'_>,
    level: c_int,
    option: c_int,
    buffer: &mut [u8],
) -> io::Result<usize> {
    let mut len = libc::socklen_t::try_from(buffer.len()).unwrap_or(libc::socklen_t::MAX);
    // SAFETY: the kernel writes at most `len` bytes into the exclusively borrowed buffer.
    let status = unsafe {
        libc::getsockopt(fd.as_raw_fd(), level, option, buffer.as_mut_ptr().cast(), &raw mut len)
    };
    done(status)?;
    Ok(len as usize)
}

/// Sets an option to the bytes of its value.
pub(crate) fn set_option(
    fd: BorrowedFd<'_>,
    level: c_int,
    option: c_int,
    value: &[u8],
) -> io::Result<()> {
    let len = libc::socklen_t::try_from(value.len()).unwrap_or(libc::socklen_t::MAX);
    let pointer: *const c_void = value.as_ptr().cast();
    // SAFETY: the kernel reads `len` bytes of the borrowed value; the options that would read
    // through pointers inside of it are not in `shared::options`.
    done(unsafe { libc::setsockopt(fd.as_raw_fd(), level, option, pointer, len) })
}

/// One descriptor in a [`poll`]: what is asked, and what the host reported.
pub(crate) struct PollEntry<'a> {
    pub(crate) fd: BorrowedFd<'a>,
    pub(crate) events: i16,
}

/// Asks the host what is ready now, without waiting.
pub(crate) fn poll<'a>(
    entries: impl Iterator<Item = PollEntry<'a>>,
) -> io::Result<Vec<libc::pollfd>> {
    let mut fds: Vec<libc::pollfd> = entries
        .map(|entry| libc::pollfd { fd: entry.fd.as_raw_fd(), events: entry.events, revents: 0 })
        .collect();
    // SAFETY: the pointer and the count are those of one exclusively borrowed vector.
    done(unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, 0) }.min(0))?;
    Ok(fds)
}

/// Asks the host what of `events` one descriptor is ready for now.
pub(crate) fn poll_one(fd: BorrowedFd<'_>, events: i16) -> io::Result<i16> {
    let mut entry = libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
    // SAFETY: the pointer is that of one exclusively borrowed entry.
    done(unsafe { libc::poll(&raw mut entry, 1, 0) }.min(0))?;
    Ok(entry.revents)
}

/// Returns the host's name.
pub(crate) fn host_name() -> io::Result<String> {
    // Linux's names have at most 64 bytes.
    let mut name = [0_u8; 256];
    // SAFETY: the pointer and the length are those of one exclusively borrowed buffer.
    done(unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len()) })?;
    let name = CStr::from_bytes_until_nul(&name).map_err(io::Error::other)?;
    Ok(name.to_string_lossy().into_owned())
}

/// `getservbyname(3)` and its kin answer in one buffer for the whole process.
static DATABASE: Mutex<()> = Mutex::new(());

/// Finds a service by its name and, where given, its protocol.
pub(crate) fn service_by_name(name: &str, protocol: Option<&str>) -> Option<(String, u16)> {
    let name = CString::new(name).ok()?;
    let protocol = protocol.map(CString::new).transpose().ok()?;
    let protocol = protocol.as_ref().map_or(std::ptr::null(), |protocol| protocol.as_ptr());
    let _alone = DATABASE.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: both are strings that outlive the call; nobody else uses the process's buffer.
    read_service(unsafe { libc::getservbyname(name.as_ptr(), protocol) })
}

/// Finds a service by its port and, where given, its protocol.
pub(crate) fn service_by_port(port: u16, protocol: Option<&str>) -> Option<(String, u16)> {
    let protocol = protocol.map(CString::new).transpose().ok()?;
    let protocol = protocol.as_ref().map_or(std::ptr::null(), |protocol| protocol.as_ptr());
    let _alone = DATABASE.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: as above.
    read_service(unsafe { libc::getservbyport(c_int::from(port.to_be()), protocol) })
}

/// Finds a protocol's number.
pub(crate) fn protocol_by_name(name: &str) -> Option<i32> {
    let name = CString::new(name).ok()?;
    let _alone = DATABASE.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: the name outlives the call; nobody else uses the process's buffer.
    let entry = unsafe { libc::getprotobyname(name.as_ptr()) };
    // SAFETY: it is null or points to an entry that stays until the next lookup.
    unsafe { entry.as_ref() }.map(|entry| entry.p_proto)
}

/// Lets the allocator keep this much of what is freed, where it is the one that can be told.
pub(crate) fn keep_freed(bytes: i32) {
    #[cfg(target_env = "gnu")]
    // SAFETY: it sets numbers of the allocator, under the allocator's own lock.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, bytes);
        libc::mallopt(libc::M_MMAP_THRESHOLD, bytes);
    }
    #[cfg(not(target_env = "gnu"))]
    let _ = bytes;
}

/// Raises the soft limit of open descriptors to the hard one.
pub(crate) fn raise_descriptor_limit() -> io::Result<()> {
    let mut limit = descriptor_limits()?;
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the pointer is that of one borrowed structure.
    done(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) })
}

/// Asks the C library to give the host back what it keeps for later; others than glibc keep
/// little by themselves.
pub(crate) fn give_memory_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes the allocator's own locks, and touches no memory that is in use.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Returns how many descriptors the process may have.
pub(crate) fn descriptor_limit() -> io::Result<u64> {
    Ok(descriptor_limits()?.rlim_cur)
}

fn descriptor_limits() -> io::Result<libc::rlimit> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is that of one exclusively borrowed structure.
    done(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) })?;
    Ok(limit)
}

fn read_service(entry: *mut libc::servent) -> Option<(String, u16)> {
    // SAFETY: it is null or points to an entry that stays until the next lookup, which the
    // caller's lock keeps away.
    let entry = unsafe { entry.as_ref() }?;
    // SAFETY: a service's name is a string.
    let name = unsafe { CStr::from_ptr(entry.s_name) }.to_string_lossy().into_owned();
    // The port is in network order, in the low half of an integer.
    Some((name, u16::from_be(entry.s_port as u16)))
}

fn done(status: c_int) -> io::Result<()> {
    if status < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn length(len: isize) -> io::Result<usize> {
    usize::try_from(len).map_err(|_| io::Error::last_os_error())
}
