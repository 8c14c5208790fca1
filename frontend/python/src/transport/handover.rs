//! Files on their way from one end of a Unix socket to another (`SCM_RIGHTS`), natively.
//!
//! They are the process's own, which the backend knows nothing of: it carries a number for each,
//! and here is kept which file that is.

#![expect(unsafe_code, reason = "a program names its files by their numbers")]

use std::collections::VecDeque;
use std::os::fd::{BorrowedFd, IntoRawFd as _, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::errno::Errno;

/// Files that are kept; older ones are closed and do not arrive.
const FILES_MAX: usize = 256;

#[derive(Debug)]
struct OnTheWay {
    next: u32,
    files: VecDeque<(u32, OwnedFd)>,
}

static ON_THE_WAY: Mutex<OnTheWay> = Mutex::new(OnTheWay { next: 0, files: VecDeque::new() });

/// Keeps a copy of a file of the program, and returns its number on the way.
pub(super) fn keep(fd: u32) -> Result<u32, Errno> {
    let fd = RawFd::try_from(fd).map_err(|_| Errno::EBADF)?;
    // SAFETY: it is borrowed for this one call, which fails if it is not open.
    let copy = unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned();
    let copy = copy.map_err(|_| Errno::EBADF)?;
    let mut on_the_way = lock();
    if on_the_way.files.len() >= FILES_MAX {
        on_the_way.files.pop_front();
    }
    let number = on_the_way.next;
    on_the_way.next = number.wrapping_add(1);
    on_the_way.files.push_back((number, copy));
    Ok(number)
}

/// Opens a file that has arrived. One that was only looked at stays on the way.
pub(super) fn take(number: u32, peeked: bool) -> Option<u32> {
    let mut on_the_way = lock();
    let at = on_the_way.files.iter().position(|(other, _)| *other == number)?;
    let file = if peeked {
        on_the_way.files[at].1.try_clone().ok()?
    } else {
        on_the_way.files.remove(at)?.1
    };
    u32::try_from(file.into_raw_fd()).ok()
}

fn lock() -> MutexGuard<'static, OnTheWay> {
    ON_THE_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}
