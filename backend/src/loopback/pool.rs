//! The host's loopback in blocks: 127.a.b.0 to 127.a.b.255, one for each session or room.

use std::collections::VecDeque;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixDatagram};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The second bytes of the addresses that are given out. What other programs use for
/// themselves (127.0.0.53, 127.0.1.1) is below.
const SECOND_BYTES: std::ops::RangeInclusive<u8> = 16..=239;

/// The second and third byte of the addresses of one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block(pub(super) u8, pub(super) u8);

/// The blocks of this process.
#[derive(Debug)]
pub(crate) struct Pool(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Given out from the front and returned at the back, so that what the kernel remembers of
    /// a block (`TIME_WAIT`) is long forgotten when it is used again.
    free: VecDeque<Block>,
    /// Second bytes not yet tried.
    untried: VecDeque<u8>,
    /// Where in them this process began, so that one that takes over from another does not
    /// begin with the blocks that were in use a moment ago.
    start: u8,
    /// What keeps other backends on this machine off the same addresses, one for each second
    /// byte. The kernel lets go of them when the process ends, however it does.
    claims: Vec<UnixDatagram>,
}

/// A block in use; returned when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    pool: Arc<Pool>,
    pub(super) block: Block,
}

impl Default for Pool {
    fn default() -> Self {
        let mut random = [0; 2];
        // Without randomness it begins at the beginning, which only matters after a restart.
        getrandom::fill(&mut random).unwrap_or(());
        let [turn, start] = random;
        let mut untried: VecDeque<u8> = SECOND_BYTES.collect();
        untried.rotate_left(usize::from(turn) % untried.len());
        Self(Mutex::new(State { free: VecDeque::new(), untried, start, claims: Vec::new() }))
    }
}

impl Pool {
    /// Takes a block, or nothing when all are in use.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Lease> {
        let mut state = self.state();
        while state.free.is_empty() {
            let second = state.untried.pop_front()?;
            if let Ok(claim) = claim(second) {
                state.claims.push(claim);
                let start = state.start;
                let thirds = (0..=u8::MAX).map(|third| third.wrapping_add(start));
                state.free.extend(thirds.map(|third| Block(second, third)));
            }
        }
        let block = state.free.pop_front()?;
        Some(Lease { pool: Arc::clone(self), block })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No panic can leave the state half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.state().free.push_back(self.block);
    }
}

/// Holds an abstract name that only one process of the machine can hold.
fn claim(second: u8) -> io::Result<UnixDatagram> {
    let name = UnixAddr::from_abstract_name(format!("sockpit-loopback-127.{second}"))?;
    UnixDatagram::bind_addr(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_one_holder_and_comes_back_last() {
        let pool = Arc::new(Pool::default());
        let first = pool.take().unwrap();
        let second = pool.take().unwrap();
        assert_ne!(first.block, second.block);
        let block = first.block;
        drop(first);
        let leases: Vec<_> = (0..254).map(|_| pool.take().unwrap()).collect();
        assert!(leases.iter().all(|lease| lease.block != block));
        assert_eq!(pool.take().unwrap().block, block);
    }

    #[test]
    fn two_processes_share_no_block() {
        let (ours, theirs) = (Arc::new(Pool::default()), Arc::new(Pool::default()));
        let (a, b) = (ours.take().unwrap(), theirs.take().unwrap());
        assert_ne!(a.block.0, b.block.0);
    }
}
