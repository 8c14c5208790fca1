//! How fast a session moves bytes in one direction.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::errno::Errno;
use tokio::time::{Instant, sleep_until};

use super::bucket::Bucket;
use crate::limits::SLOWNESS_NOTICE_INTERVAL;
use crate::patience::Patience;

/// The bytes a second of one direction. A call's bytes are counted when it has moved them, and
/// the next call waits until they are made up for: slow, as a slow network is, and no error.
#[derive(Debug)]
pub(crate) struct Pace {
    limited: Option<Limited>,
    /// A call had to wait since somebody last asked.
    slowed: AtomicBool,
}

#[derive(Debug)]
struct Limited {
    /// Never held across an await.
    meter: Mutex<Meter>,
    /// Held by the call that waits first; others wait behind it.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Meter {
    bucket: Bucket,
    /// When a call's waiting was last worth telling.
    told: Option<Instant>,
}

impl Pace {
    pub(super) fn new(bytes_per_second: Option<u32>) -> Self {
        let limited = bytes_per_second.map(|bytes| Limited {
            meter: Mutex::new(Meter { bucket: Bucket::per_second(bytes), told: None }),
            turn: tokio::sync::Mutex::default(),
        });
        Self { limited, slowed: AtomicBool::new(false) }
    }

    /// Waits until bytes may move. A call that does not wait for the other side waits here all
    /// the same: it would be tried again at once, for nothing.
    ///
    /// # Cancel safety
    /// Cancel safe: it only waits.
    pub(crate) async fn room(&self, patience: &Patience) -> Result<(), Errno> {
        let Some(limited) = &self.limited else { return Ok(()) };
        if limited.is_clear(Instant::now(), &self.slowed) {
            return Ok(());
        }
        let wait = async {
            let _turn = limited.turn.lock().await;
            loop {
                let missing = limited.meter().bucket.missing_until(Instant::now());
                let Some(until) = missing else { return };
                sleep_until(until).await;
            }
        };
        // On the heap, so that a call which need not wait here is no larger for it.
        Box::pin(patience.for_our_sake().wait(wait)).await
    }

    /// Counts bytes that were moved.
    pub(crate) fn spend(&self, bytes: usize) {
        if let Some(limited) = &self.limited {
            limited.meter().bucket.take(bytes as u64, Instant::now());
        }
    }

    pub(super) fn take_slowed(&self) -> bool {
        self.slowed.load(Ordering::Relaxed) && self.slowed.swap(false, Ordering::Relaxed)
    }
}

impl Limited {
    /// Tells whether bytes may move now. Where not, and nothing was said of that lately, notes
    /// that it is to be said.
    fn is_clear(&self, now: Instant, slowed: &AtomicBool) -> bool {
        let mut meter = self.meter();
        if meter.bucket.missing_until(now).is_none() {
            return true;
        }
        if meter.told.is_none_or(|told| now.duration_since(told) >= SLOWNESS_NOTICE_INTERVAL) {
            meter.told = Some(now);
            slowed.store(true, Ordering::Relaxed);
        }
        false
    }

    fn meter(&self) -> MutexGuard<'_, Meter> {
        // It changes in single assignments.
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::call::Wait;

    use super::*;
    use crate::patience::Interrupt;

    #[tokio::test(start_paused = true)]
    async fn what_moved_is_made_up_for_before_more_moves() {
        let pace = Pace::new(Some(1000));
        let interrupt = Interrupt::default();
        let begun = Instant::now();
        for wait in [Wait::Forever, Wait::Never, Wait::Millis(60_000)] {
            let patience = Patience::new(wait, &interrupt);
            pace.room(&patience).await.unwrap();
            pace.spend(1250);
        }
        // The first quarter of a second is free.
        assert_eq!(begun.elapsed().as_millis() / 10, (1000 + 1250) / 10);
        assert!(pace.take_slowed() && !pace.take_slowed());
        let patient = Patience::new(Wait::Forever, &interrupt);
        pace.spend(5_000);
        pace.room(&patient).await.unwrap();
        assert!(!pace.take_slowed(), "it was said a moment ago");
        pace.spend(SLOWNESS_NOTICE_INTERVAL.as_secs() as usize * 1000);
        pace.room(&patient).await.unwrap();
        pace.spend(1000);
        pace.room(&patient).await.unwrap();
        assert!(pace.take_slowed());
        pace.spend(1000);
        let impatient = Patience::new(Wait::Millis(1), &interrupt);
        assert_eq!(pace.room(&impatient).await, Err(Errno::ETIMEDOUT));
        let patience = Patience::new(Wait::Forever, &interrupt);
        interrupt.raise();
        assert_eq!(pace.room(&patience).await, Err(Errno::EINTR));
    }

    #[tokio::test(start_paused = true)]
    async fn many_that_wait_share_the_rate() {
        let pace = Pace::new(Some(1000));
        let interrupt = Interrupt::default();
        let begun = Instant::now();
        let calls = (0..20).map(|_| async {
            pace.room(&Patience::new(Wait::Forever, &interrupt)).await.unwrap();
            pace.spend(500);
        });
        futures_util::future::join_all(calls).await;
        let took = begun.elapsed();
        assert!(took >= Duration::from_secs(9) && took <= Duration::from_secs(10), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nothing_waits() {
        let pace = Pace::new(None);
        let begun = Instant::now();
        pace.spend(usize::MAX);
        let patience = Patience::new(Wait::Never, &Interrupt::default());
        pace.room(&patience).await.unwrap();
        assert!(begun.elapsed().is_zero() && !pace.take_slowed());
    }
}
