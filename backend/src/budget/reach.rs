//! How often programs reach out beyond their loopback, and how far: a playground is no port
//! scanner.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use shared::limit::LimitName;
use tokio::time::Instant;

use super::bucket::Bucket;

/// For how long a destination counts after its last use.
const WINDOW: Duration = Duration::from_secs(60);

/// Destinations that are remembered where only connections to each of them are limited.
const REMEMBERED_MAX: u32 = 16_384;

/// How much reaching out there may be in a minute; nothing is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ReachMax {
    pub(crate) connects: Option<u32>,
    /// Connections to one destination.
    pub(crate) connects_each: Option<u32>,
    /// Addresses and ports.
    pub(crate) destinations: Option<u32>,
    pub(crate) lookups: Option<u32>,
}

impl ReachMax {
    /// Returns as much for so many together.
    pub(crate) fn times(self, share: u32) -> Self {
        let times = |max: Option<u32>| max.map(|max| max.saturating_mul(share));
        Self {
            connects: times(self.connects),
            connects_each: times(self.connects_each),
            destinations: times(self.destinations),
            lookups: times(self.lookups),
        }
    }

    pub(super) fn is_limited(self) -> bool {
        self != Self::default()
    }
}

/// What was reached lately.
#[derive(Debug)]
pub(super) struct Reach {
    max: ReachMax,
    connects: Option<Bucket>,
    lookups: Option<Bucket>,
    recent: HashMap<SocketAddr, Recent>,
    /// No destination is forgotten before this.
    next_to_forget: Option<Instant>,
}

#[derive(Debug)]
struct Recent {
    used: Instant,
    connects: Option<Bucket>,
}

impl Reach {
    pub(super) fn new(max: ReachMax) -> Self {
        Self {
            max,
            connects: max.connects.map(Bucket::per_minute),
            lookups: max.lookups.map(Bucket::per_minute),
            recent: HashMap::new(),
            next_to_forget: None,
        }
    }

    /// Counts a connection, or says which limit it would be beyond.
    pub(super) fn connect(&mut self, to: SocketAddr, now: Instant) -> Result<(), LimitName> {
        if self.connects.as_ref().is_some_and(|connects| !connects.has_one(now)) {
            return Err(LimitName::ConnectsPerMinute);
        }
        if let Some(recent) = self.visit(to, now)?
            && let Some(connects) = &mut recent.connects
        {
            if !connects.has_one(now) {
                return Err(LimitName::ConnectsPerDestination);
            }
            connects.take(1, now);
        }
        if let Some(connects) = &mut self.connects {
            connects.take(1, now);
        }
        Ok(())
    }

    /// Counts a datagram's destination, or says which limit it would be beyond.
    pub(super) fn datagram(&mut self, to: SocketAddr, now: Instant) -> Result<(), LimitName> {
        self.visit(to, now).map(|_| ())
    }

    /// Counts a lookup, or says which limit it would be beyond.
    pub(super) fn lookup(&mut self, now: Instant) -> Result<(), LimitName> {
        let Some(lookups) = &mut self.lookups else { return Ok(()) };
        if !lookups.has_one(now) {
            return Err(LimitName::LookupsPerMinute);
        }
        lookups.take(1, now);
        Ok(())
    }

    /// Tells whether it is as if nothing had been reached ever.
    pub(super) fn is_forgotten(&mut self, now: Instant) -> bool {
        self.forget(now);
        let is_full = |bucket: &Option<Bucket>| bucket.as_ref().is_none_or(|b| b.is_full(now));
        self.recent.is_empty() && is_full(&self.connects) && is_full(&self.lookups)
    }

    fn visit(&mut self, to: SocketAddr, now: Instant) -> Result<Option<&mut Recent>, LimitName> {
        let ReachMax { destinations, connects_each, .. } = self.max;
        let max = match (destinations, connects_each) {
            (None, None) => return Ok(None),
            (None, Some(_)) => REMEMBERED_MAX,
            (Some(max), _) => max,
        };
        if !self.recent.contains_key(&to) && self.recent.len() >= max as usize {
            self.forget(now);
            if self.recent.len() >= max as usize {
                return Err(LimitName::DestinationsPerMinute);
            }
        }
        let recent = self.recent.entry(to).or_insert_with(|| Recent {
            used: now,
            connects: connects_each.map(Bucket::per_minute),
        });
        recent.used = now;
        Ok(Some(recent))
    }

    /// Forgets destinations that were not used for a while. Looks only when there may be one, so
    /// that refusing costs next to nothing.
    fn forget(&mut self, now: Instant) {
        if self.next_to_forget.is_some_and(|next| now < next) {
            return;
        }
        self.recent.retain(|_, recent| now.saturating_duration_since(recent.used) < WINDOW);
        self.next_to_forget = self.recent.values().map(|recent| recent.used + WINDOW).min();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(host: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([93, 184, 216, host], port))
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_scan_of_ports_or_hosts_ends_soon() {
        let now = Instant::now();
        let max = ReachMax { destinations: Some(3), ..ReachMax::default() };
        let mut reach = Reach::new(max);
        assert_eq!(reach.connect(to(1, 1), now), Ok(()));
        assert_eq!(reach.connect(to(1, 2), now), Ok(()));
        assert_eq!(reach.datagram(to(2, 1), now + seconds(1)), Ok(()));
        let refused = Err(LimitName::DestinationsPerMinute);
        assert_eq!(reach.connect(to(1, 3), now + seconds(2)), refused);
        assert_eq!(reach.datagram(to(3, 1), now + seconds(2)), refused);
        // What it knows it may use on; that keeps it known.
        assert_eq!(reach.connect(to(1, 1), now + seconds(50)), Ok(()));
        // Two are forgotten after a minute, the one in use is not.
        assert_eq!(reach.connect(to(1, 3), now + seconds(61)), Ok(()));
        assert_eq!(reach.connect(to(1, 4), now + seconds(61)), Ok(()));
        assert_eq!(reach.connect(to(1, 5), now + seconds(61)), refused);
        assert!(!reach.is_forgotten(now + seconds(120)));
        assert!(reach.is_forgotten(now + seconds(121)));
    }

    #[test]
    fn connections_to_one_destination_do_not_use_up_those_to_others() {
        let now = Instant::now();
        let max = ReachMax { connects: Some(6), connects_each: Some(2), ..ReachMax::default() };
        let mut reach = Reach::new(max);
        for _ in 0..2 {
            assert_eq!(reach.connect(to(1, 80), now), Ok(()));
        }
        for _ in 0..9 {
            assert_eq!(reach.connect(to(1, 80), now), Err(LimitName::ConnectsPerDestination));
        }
        for host in 2..6 {
            assert_eq!(reach.connect(to(host, 80), now), Ok(()));
        }
        assert_eq!(reach.connect(to(6, 80), now), Err(LimitName::ConnectsPerMinute));
        assert_eq!(reach.datagram(to(6, 80), now), Ok(()), "a datagram is no connection");
        assert_eq!(reach.connect(to(1, 80), now + seconds(30)), Ok(()));
    }

    #[test]
    fn lookups_are_counted_by_themselves() {
        let now = Instant::now();
        let mut reach = Reach::new(ReachMax { lookups: Some(1), ..ReachMax::default() });
        assert_eq!(reach.lookup(now), Ok(()));
        assert_eq!(reach.lookup(now), Err(LimitName::LookupsPerMinute));
        assert_eq!(reach.connect(to(1, 80), now), Ok(()));
        assert_eq!(reach.lookup(now + seconds(60)), Ok(()));
    }

    #[test]
    fn what_is_not_limited_is_not_remembered() {
        let mut reach = Reach::new(ReachMax::default());
        let now = Instant::now();
        for port in 0..10_000 {
            assert_eq!(reach.connect(to(1, port), now), Ok(()));
        }
        assert!(reach.is_forgotten(now));
    }
}
