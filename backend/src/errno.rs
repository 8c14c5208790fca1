//! The only place where the host's error numbers become names.

use std::io;

use shared::errno::Errno;

/// Names an error of a system call. One without a name becomes `EIO`.
pub(crate) fn of(error: &io::Error) -> Errno {
    if let Some(number) = error.raw_os_error() {
        return Errno::from_number(number).unwrap_or(Errno::EIO);
    }
    // Errors that the standard library makes itself carry a kind instead of a number.
    match error.kind() {
        io::ErrorKind::InvalidInput => Errno::EINVAL,
        io::ErrorKind::WouldBlock => Errno::EAGAIN,
        io::ErrorKind::OutOfMemory => Errno::ENOMEM,
        _ => Errno::EIO,
    }
}

/// Names a resolver's error (`gai_strerror(3)`); its numbers are negative in `netdb.h`.
pub(crate) fn of_lookup(number: i32) -> Errno {
    Errno::from_number(number).filter(|errno| errno.is_resolver()).unwrap_or(Errno::EAI_FAIL)
}

/// Tells whether the call has to wait for readiness. `EWOULDBLOCK` is `EAGAIN` on Linux.
pub(crate) fn would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

/// Tells whether a signal interrupted the system call, which then just is made again.
pub(crate) fn interrupted(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Interrupted
}
