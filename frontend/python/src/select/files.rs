//! Files of the program among sockets.
//!
//! In the tab they are always ready, all but the standard input, which the kernel worker waits
//! for. Natively one may be a terminal or a pipe; the host of the sockets knows nothing of it, so
//! it is looked at again and again while the host waits.

use std::time::Duration;

use crate::client::Timeout;

/// How long is waited between two looks at a file that is not ready.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Event bits that ask for something to read: `POLLIN` and its aliases.
#[cfg(target_arch = "wasm32")]
const READABLE: u32 = 0x41;

/// Returns which of the events a file has now.
#[cfg(target_arch = "wasm32")]
pub(super) fn look(_fd: u32, bits: u32) -> u32 {
    bits & (READABLE | super::WRITABLE)
}

/// Returns which of the events a file has now.
#[cfg(not(target_arch = "wasm32"))]
#[expect(unsafe_code, reason = "a program names its files by their numbers")]
pub(super) fn look(fd: u32, bits: u32) -> u32 {
    use std::os::fd::BorrowedFd;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let Ok(fd) = i32::try_from(fd) else { return 0 };
    // SAFETY: it is borrowed for this one call, which reports one that is not open.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    let wanted = PollFlags::from_bits_retain(bits as u16);
    let mut polled = [PollFd::from_borrowed_fd(fd, wanted)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    match poll(&mut polled, Some(&at_once)) {
        Ok(_) => polled[0].revents().bits().into(),
        Err(_) => 0,
    }
}

/// Returns how long to wait before the next look, and whether the time is over then.
pub(super) fn until_next_look(timeout: Timeout, waited: Duration) -> (Timeout, bool) {
    match timeout {
        Timeout::Never => (Timeout::Never, true),
        Timeout::After(time) if time.saturating_sub(waited) <= LOOK_AGAIN => {
            (Timeout::After(time.saturating_sub(waited)), true)
        }
        Timeout::After(_) | Timeout::Forever => (Timeout::After(LOOK_AGAIN), false),
    }
}
