//! Memory between the C library and the host: what the process keeps for the next answer, and
//! what it gives back when a crowd has gone.
//!
//! The C library keeps what was freed for whoever comes next, and a few small pieces that are
//! still in use keep whole arenas of it. Without being asked, a process whose last of thousands
//! of visitors has left stays as large as it ever was.

use std::time::Duration;

use crate::limits::HEAP_SLACK_BYTES;
use crate::metrics::Metrics;
use crate::sys;

/// How often to look. A second class may follow the first one at once, and then what is given
/// back would only have to be taken again.
const LOOK_AFTER: Duration = Duration::from_secs(5);

/// Lets the process keep memory that it is about to need again. A download is a row of large
/// buffers, each freed when the next is needed.
pub fn keep_freed() {
    sys::keep_freed(HEAP_SLACK_BYTES);
}

/// Gives memory back whenever half of the sessions have gone; never ends.
pub(crate) async fn give_back(metrics: &Metrics) {
    let mut tide = Tide::default();
    loop {
        tokio::time::sleep(LOOK_AFTER).await;
        if tide.ebbs(metrics.sessions()) {
            // It takes the allocator's locks for some milliseconds, so not on a thread of calls.
            // It cannot fail but by the runtime's end.
            drop(tokio::task::spawn_blocking(sys::give_memory_back).await);
        }
    }
}

/// How many sessions there were.
#[derive(Debug, Default)]
struct Tide {
    /// The most since memory was last given back.
    most: u64,
}

impl Tide {
    /// Tells whether at most half of the sessions are left of those that there were.
    fn ebbs(&mut self, now: u64) -> bool {
        let ebbs = self.most > 0 && now <= self.most / 2;
        self.most = if ebbs { now } else { self.most.max(now) };
        ebbs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_back_with_every_half_that_leaves() {
        let mut tide = Tide::default();
        let looks = [0, 1, 0, 0, 100, 2000, 1001, 1000, 900, 501, 500, 700, 351, 350, 1, 0, 0];
        let ebbs: Vec<_> = looks.into_iter().filter(|now| tide.ebbs(*now)).collect();
        assert_eq!(ebbs, [0, 1000, 500, 350, 1, 0]);
    }
}
