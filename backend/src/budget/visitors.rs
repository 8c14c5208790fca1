//! What all sessions of one network address use together: limits of a session alone would be
//! none, because a visitor can open many.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::reach::{Reach, ReachMax};
use super::tally::{Permit, Tally};
use crate::limits::PAGE_CONNECTIONS_PER_ADDRESS_MAX;

/// The limits of one network address; nothing is no limit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct VisitorMax {
    pub(crate) sessions: Option<u32>,
    pub(crate) sockets: Option<u32>,
    pub(crate) reach: ReachMax,
    /// Name lookups at once, so that one address does not occupy all threads there are for them.
    pub(crate) lookups_at_once: u32,
}

/// Everybody who is there, and who was there lately.
#[derive(Debug)]
pub(crate) struct Visitors {
    max: VisitorMax,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    visitors: HashMap<IpAddr, Arc<Visitor>>,
    /// With so many it is time to forget those who are gone.
    crowd: usize,
}

/// One network address.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(super) sessions: Option<Tally>,
    pub(super) sockets: Option<Tally>,
    connections: Option<Tally>,
    /// The name lookups that it may have under way at once; others of its own wait.
    pub(super) lookups: Arc<Semaphore>,
    /// Only locked by calls that reach beyond the loopback.
    pub(super) reach: Option<Mutex<Reach>>,
}

/// The fewest addresses that are looked through for those who are gone.
const CROWD_MIN: usize = 64;

impl Visitors {
    pub(crate) fn new(max: VisitorMax) -> Self {
        Self { max, known: Mutex::default() }
    }

    /// Returns who comes from an address. One IPv6 network counts as one: a customer has one at
    /// least, with more addresses in it than there are visitors (RFC 6177).
    pub(crate) fn who(&self, address: IpAddr, now: Instant) -> Arc<Visitor> {
        let mut known = self.known();
        let network = network(address);
        if let Some(visitor) = known.visitors.get(&network) {
            return Arc::clone(visitor);
        }
        if known.visitors.len() >= known.crowd {
            known
                .visitors
                .retain(|_, visitor| Arc::strong_count(visitor) > 1 || visitor.counts(now));
            known.crowd = (2 * known.visitors.len()).max(CROWD_MIN);
        }
        let visitor = Arc::new(Visitor::new(&self.max));
        known.visitors.insert(network, Arc::clone(&visitor));
        visitor
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A map of counts is never half changed.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visitor {
    fn new(max: &VisitorMax) -> Self {
        let connections =
            max.sessions.map(|sessions| sessions.saturating_add(PAGE_CONNECTIONS_PER_ADDRESS_MAX));
        Self {
            sessions: max.sessions.map(Tally::new),
            sockets: max.sockets.map(Tally::new),
            connections: connections.map(Tally::new),
            lookups: Arc::new(Semaphore::new(max.lookups_at_once.max(1) as usize)),
            reach: max.reach.is_limited().then(|| Mutex::new(Reach::new(max.reach))),
        }
    }

    /// Takes a connection in, or not.
    pub(crate) fn connection(&self) -> Result<Option<Permit>, ()> {
        take(self.connections.as_ref())
    }

    /// Tells whether what it did still counts against it.
    fn counts(&self, now: Instant) -> bool {
        self.reach.as_ref().is_some_and(|reach| {
            !reach.lock().unwrap_or_else(PoisonError::into_inner).is_forgotten(now)
        })
    }
}

/// Takes one of what may be limited.
pub(super) fn take(tally: Option<&Tally>) -> Result<Option<Permit>, ()> {
    tally.map(|tally| tally.take().ok_or(())).transpose()
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (!0 << 64)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn visitors() -> Visitors {
        let reach = ReachMax { connects: Some(1), ..ReachMax::default() };
        let sessions = Some(2);
        Visitors::new(VisitorMax { sessions, sockets: None, reach, lookups_at_once: 1 })
    }

    #[test]
    fn one_network_is_one_visitor() {
        let visitors = visitors();
        let now = Instant::now();
        let who = |address: &str| visitors.who(address.parse().unwrap(), now);
        for (one, other, same) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("2001:db8::1", "2001:db8::ffff:1:2:3", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            assert_eq!(Arc::ptr_eq(&who(one), &who(other)), same, "{one} {other}");
        }
    }

    #[test]
    fn connections_are_counted_with_some_for_the_page() {
        let visitor = visitors().who([192, 0, 2, 7].into(), Instant::now());
        let connections: Vec<_> = (0..2 + PAGE_CONNECTIONS_PER_ADDRESS_MAX)
            .map(|_| visitor.connection().unwrap().unwrap())
            .collect();
        assert!(visitor.connection().is_err());
        drop(connections);
        assert!(visitor.connection().is_ok());
    }

    #[test]
    fn who_is_gone_is_forgotten_but_not_what_it_did_lately() {
        let visitors = visitors();
        let now = Instant::now();
        let who = |last: u32, now| visitors.who(IpAddr::from(last.to_be_bytes()), now);
        let staying = who(1, now);
        let busy = who(2, now);
        let to = "192.0.2.7:80".parse().unwrap();
        busy.reach.as_ref().unwrap().lock().unwrap().connect(to, now).unwrap();
        drop(busy);
        for last in 3..10_000 {
            who(last, now);
        }
        assert!(visitors.known().visitors.len() <= 2 * CROWD_MIN);
        assert!(Arc::ptr_eq(&staying, &who(1, now)));
        let busy = || who(2, now).reach.as_ref().unwrap().lock().unwrap().connect(to, now);
        assert!(busy().is_err(), "its connection is remembered");
        let later = now + Duration::from_secs(61);
        for last in 3..10_000 {
            who(last, later);
        }
        assert!(busy().is_ok());
    }
}
