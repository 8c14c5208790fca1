//! `epoll(7)`: a set of descriptors in the kernel that is waited for as one.

use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};

use shared::call::EpollChange;
use shared::reply::EpollEvent;

use super::done;

/// Creates an epoll instance.
pub(crate) fn create() -> io::Result<OwnedFd> {
    // SAFETY: it takes no pointers.
    let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    done(fd)?;
    // SAFETY: the kernel has just opened this descriptor for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Changes the set.
pub(crate) fn control(
    epoll: BorrowedFd<'_>,
    change: EpollChange,
    fd: impl AsFd,
    event: EpollEvent,
) -> io::Result<()> {
    let change = match change {
        EpollChange::Add => libc::EPOLL_CTL_ADD,
        EpollChange::Modify => libc::EPOLL_CTL_MOD,
        EpollChange::Delete => libc::EPOLL_CTL_DEL,
    };
    let mut event = libc::epoll_event { events: event.events, u64: event.data };
    let fd = fd.as_fd().as_raw_fd();
    // SAFETY: the kernel reads one event, which is ours. The set holds the descriptor's file
    // only as long as the descriptor is open, and no data of it is a pointer.
    done(unsafe { libc::epoll_ctl(epoll.as_raw_fd(), change, fd, &raw mut event) })
}

/// Returns what is ready now, `max` events at most.
pub(crate) fn ready(epoll: BorrowedFd<'_>, max: usize) -> io::Result<Vec<EpollEvent>> {
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; max];
    let room = i32::try_from(events.len()).unwrap_or(i32::MAX);
    // SAFETY: the kernel writes at most as many events as the exclusively borrowed vector has.
    let count = unsafe { libc::epoll_wait(epoll.as_raw_fd(), events.as_mut_ptr(), room, 0) };
    done(count)?;
    let ready = events.iter().take(count.unsigned_abs() as usize);
    Ok(ready.map(|event| EpollEvent { data: event.u64, events: event.events }).collect())
}
