//! Counting what is in use at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many of something may be in use at once. Clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Tally(Arc<Count>);

#[derive(Debug)]
struct Count {
    used: AtomicU32,
    max: u32,
}

/// The right to use one. Taken before the use begins; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Permit(Tally);

impl Tally {
    pub(crate) fn new(max: u32) -> Self {
        Self(Arc::new(Count { used: AtomicU32::new(0), max }))
    }

    pub(crate) fn max(&self) -> u32 {
        self.0.max
    }

    pub(crate) fn take(&self) -> Option<Permit> {
        self.count_up().then(|| Permit(self.clone()))
    }

    /// Counts one more, if there may be one, for somebody who counts it down again.
    pub(super) fn count_up(&self) -> bool {
        let one_more = |used| if used < self.0.max { Some(used + 1) } else { None };
        // Only the number itself is shared; nothing is read on the strength of it.
        self.0.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    pub(super) fn count_down(&self) {
        self.0.used.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.count_down();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_is_refused_and_one_given_back_makes_room() {
        let tally = Tally::new(2);
        let first = tally.take().unwrap();
        let _second = tally.clone().take().unwrap();
        assert!(tally.take().is_none());
        drop(first);
        assert!(tally.take().is_some());
    }
}
