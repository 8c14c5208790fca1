//! How much of something may happen in a time.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket, full at first. It is kept as one time: when everything that was taken would
/// have trickled in (the "generic cell rate algorithm").
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    per_period: u32,
    period: Duration,
    /// What trickles in during this time is what the bucket holds.
    depth: Duration,
    paid: Option<Instant>,
}

impl Bucket {
    /// Returns a bucket of which so many may be taken in a minute, and as many at once.
    pub(super) fn per_minute(count: u32) -> Self {
        let minute = Duration::from_secs(60);
        Self { per_period: count.max(1), period: minute, depth: minute, paid: None }
    }

    /// Returns a bucket of which so many may be taken in a second, and a quarter of it at once.
    pub(super) fn per_second(count: u32) -> Self {
        let depth = Duration::from_millis(250);
        Self { per_period: count.max(1), period: Duration::from_secs(1), depth, paid: None }
    }

    /// Tells whether one can be taken.
    pub(super) fn has_one(&self, now: Instant) -> bool {
        self.behind(now) + self.time_of(1) <= self.depth
    }

    /// Takes what may be more than there is; what is missing has to trickle in before anything
    /// else is taken.
    pub(super) fn take(&mut self, count: u64, now: Instant) {
        let from = self.paid.map_or(now, |paid| paid.max(now));
        self.paid = from.checked_add(self.time_of(count)).or(self.paid);
    }

    /// Returns when there is nothing missing any more, if that is not now.
    pub(super) fn missing_until(&self, now: Instant) -> Option<Instant> {
        let ready = self.paid?.checked_sub(self.depth)?;
        (ready > now).then_some(ready)
    }

    /// Tells whether it is as if nothing had been taken ever.
    pub(super) fn is_full(&self, now: Instant) -> bool {
        self.behind(now).is_zero()
    }

    fn behind(&self, now: Instant) -> Duration {
        self.paid.map_or(Duration::ZERO, |paid| paid.saturating_duration_since(now))
    }

    fn time_of(&self, count: u64) -> Duration {
        let nanos = self.period.as_nanos() * u128::from(count) / u128::from(self.per_period);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_can_be_taken_at_once_and_then_one_by_one() {
        let now = Instant::now();
        let mut bucket = Bucket::per_minute(7);
        for _ in 0..7 {
            assert!(bucket.has_one(now));
            bucket.take(1, now);
        }
        assert!(!bucket.has_one(now));
        assert!(!bucket.has_one(now + Duration::from_secs(8)));
        let later = now + Duration::from_secs(9);
        assert!(bucket.has_one(later));
        bucket.take(1, later);
        assert!(!bucket.has_one(later));
        assert!(!bucket.is_full(later));
        assert!(bucket.is_full(later + Duration::from_secs(60)));
    }

    #[test]
    fn what_was_taken_too_much_is_waited_for() {
        let now = Instant::now();
        let mut bucket = Bucket::per_second(1000);
        bucket.take(250, now);
        assert_eq!(bucket.missing_until(now), None);
        bucket.take(2000, now);
        let ready = now + Duration::from_secs(2);
        assert_eq!(bucket.missing_until(now), Some(ready));
        assert_eq!(bucket.missing_until(ready), None);
        // In the long run it is the rate, however it is taken.
        let mut at = now;
        for _ in 0..100 {
            at = bucket.missing_until(at).unwrap_or(at);
            bucket.take(700, at);
        }
        let nominal = Duration::from_millis(250 + 2000 + 100 * 700);
        assert!(at - now <= nominal && at - now >= nominal - Duration::from_secs(2), "{at:?}");
    }

    #[test]
    fn no_count_is_too_large_for_it() {
        let now = Instant::now();
        let mut bucket = Bucket::per_second(1);
        bucket.take(u64::MAX, now);
        bucket.take(u64::MAX, now);
        assert!(!bucket.has_one(now));
    }
}
