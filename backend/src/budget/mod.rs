//! What a session may use up, over time and together with others of its network address.
//!
//! [`Budget`] is the one door: calls ask it before they make a system call. A limit that is not
//! set costs a look at an empty field. What calls ask all the time belongs to their session
//! alone; what sessions share is only asked where something begins: a socket, a connection
//! beyond the loopback, a lookup.
//!
//! # Layout
//!
//! - `bucket`: so much in a time; `reach`: connections and destinations in a minute; `term`: how
//!   long a session lasts. All three are pure and are told the time.
//! - `pace`: bytes a second, with calls that wait.
//! - `tally`: so many at once.
//! - `descriptors`: what the process itself may have, shared out.
//! - `visitors`: what all sessions of an address use together.

mod bucket;

mod descriptors;

mod pace;

mod reach;

mod tally;

mod term;

mod visitors;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use shared::errno::{Errno, Failure};
use shared::limit::{LimitName, LimitNotice};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

pub(crate) use descriptors::{Claim, Descriptors, Shares};
pub(crate) use pace::Pace;
pub(crate) use reach::ReachMax;
pub(crate) use tally::Permit;
pub(crate) use term::{Due, Term, TermMax};
pub(crate) use visitors::{Visitor, VisitorMax, Visitors};

use crate::limits::Terms;
use reach::Reach;
use tally::Tally;

/// How many sessions' worth of reaching out all sessions of one address have together: a class
/// behind one address works, and who opens a hundred sessions to scan a network does not get far.
pub(crate) const ADDRESS_SHARE: u32 = 8;

/// What one session may use up.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) send: Pace,
    pub(crate) receive: Pace,
    terms: Arc<Terms>,
    /// Nothing where it is not limited.
    reach: Option<Mutex<Reach>>,
    listeners: Option<Tally>,
    descriptors: Arc<Descriptors>,
    /// Nothing for programs on this machine, which are the operator's own.
    visitor: Option<Arc<Visitor>>,
}

/// A session's place among the backend's and its address's.
#[derive(Debug)]
pub(crate) struct Place {
    _among_all: OwnedSemaphorePermit,
    _among_its_address: Option<Permit>,
}

impl Place {
    /// Takes a place, or says which limit leaves none.
    pub(crate) fn take(
        all: &Arc<Semaphore>,
        visitor: Option<&Arc<Visitor>>,
    ) -> Result<Self, LimitName> {
        let tally = visitor.and_then(|visitor| visitor.sessions.as_ref());
        let among_its_address =
            visitors::take(tally).map_err(|()| LimitName::SessionsPerAddress)?;
        let among_all = Arc::clone(all).try_acquire_owned().map_err(|_| LimitName::Sessions)?;
        Ok(Self { _among_all: among_all, _among_its_address: among_its_address })
    }
}

impl Budget {
    pub(crate) fn new(
        terms: &Arc<Terms>,
        descriptors: &Arc<Descriptors>,
        visitor: Option<Arc<Visitor>>,
    ) -> Self {
        Self {
            send: Pace::new(terms.send_bytes_per_second),
            receive: Pace::new(terms.receive_bytes_per_second),
            terms: Arc::clone(terms),
            reach: terms.reach.is_limited().then(|| Mutex::new(Reach::new(terms.reach))),
            listeners: terms.listeners.map(Tally::new),
            descriptors: Arc::clone(descriptors),
            visitor,
        }
    }

    /// Takes one of the host's descriptors.
    pub(crate) fn descriptor(&self) -> Result<Claim, Failure> {
        let tally = self.visitor.as_ref().and_then(|visitor| visitor.sockets.as_ref());
        let visitor = visitors::take(tally).map_err(|()| {
            let max = tally.map_or(0, Tally::max);
            let message = format!(
                "Too many open files (all sessions of one network address may have {max} sockets)"
            );
            Failure::limited(Errno::EMFILE, LimitName::SocketsPerAddress, message)
        })?;
        self.descriptors.claim(visitor).ok_or_else(|| {
            let max = self.descriptors.max();
            let message = format!(
                "Too many open files in system (this backend has {max} sockets for all programs)"
            );
            Failure::limited(Errno::ENFILE, LimitName::Descriptors, message)
        })
    }

    /// Takes the right to one more listening socket.
    pub(crate) fn listener(&self) -> Result<Option<Permit>, Failure> {
        visitors::take(self.listeners.as_ref()).map_err(|()| {
            let max = self.terms.listeners.unwrap_or(0);
            let message =
                format!("No buffer space available (this session may have {max} listeners)");
            Failure::limited(Errno::ENOBUFS, LimitName::Listeners, message)
        })
    }

    /// Counts a connection, if it leads beyond the loopback.
    pub(crate) fn connect(&self, to: SocketAddr) -> Result<(), Failure> {
        self.reach_out(to, |reach, now| reach.connect(to, now))
    }

    /// Counts a datagram's destination, if it is beyond the loopback.
    pub(crate) fn datagram(&self, to: SocketAddr) -> Result<(), Failure> {
        self.reach_out(to, |reach, now| reach.datagram(to, now))
    }

    /// Counts a name that is looked up.
    pub(crate) fn lookup(&self, name: &str) -> Result<(), Failure> {
        // The host knows this one itself.
        if name == "localhost" { Ok(()) } else { self.count(Reach::lookup) }
    }

    /// Waits for the address's turn to look a name up.
    ///
    /// # Cancel safety
    /// Cancel safe: it only waits.
    pub(crate) async fn lookup_turn(&self) -> Option<OwnedSemaphorePermit> {
        let lookups = Arc::clone(&self.visitor.as_ref()?.lookups);
        // The semaphore is never closed.
        lookups.acquire_owned().await.ok()
    }

    fn reach_out(
        &self,
        to: SocketAddr,
        count: impl Fn(&mut Reach, Instant) -> Result<(), LimitName>,
    ) -> Result<(), Failure> {
        let ip = to.ip().to_canonical();
        if ip.is_loopback() || ip.is_unspecified() {
            return Ok(());
        }
        self.count(count)
    }

    fn count(
        &self,
        count: impl Fn(&mut Reach, Instant) -> Result<(), LimitName>,
    ) -> Result<(), Failure> {
        let shared = self.visitor.as_ref().and_then(|visitor| visitor.reach.as_ref());
        if self.reach.is_none() && shared.is_none() {
            return Ok(());
        }
        let now = Instant::now();
        let counted = |reach: Option<&Mutex<Reach>>| match reach {
            // Its counts stay counts, whatever happens.
            Some(reach) => count(&mut reach.lock().unwrap_or_else(PoisonError::into_inner), now),
            None => Ok(()),
        };
        counted(self.reach.as_ref()).map_err(|limit| self.beyond(limit, 1))?;
        counted(shared).map_err(|limit| self.beyond(limit, ADDRESS_SHARE))
    }

    /// Returns the failure of a call beyond a limit of reaching out.
    fn beyond(&self, limit: LimitName, share: u32) -> Failure {
        let reach = self.terms.reach.times(share);
        let (errno, max) = match limit {
            // As when a host is asked for more neighbours than it can keep track of.
            LimitName::DestinationsPerMinute => (Errno::ENOBUFS, reach.destinations),
            LimitName::LookupsPerMinute => (Errno::EAI_AGAIN, reach.lookups),
            // As when all local ports are taken by connections that ended a moment ago.
            LimitName::ConnectsPerDestination => (Errno::EADDRNOTAVAIL, reach.connects_each),
            _ => (Errno::EADDRNOTAVAIL, reach.connects),
        };
        let who = if share == 1 { "a session" } else { "all sessions of a network address" };
        let (text, max, title) = (errno.text(), max.unwrap_or(0), limit.title());
        Failure::limited(errno, limit, format!("{text} ({who} may have {max} {title})"))
    }

    /// Returns what to tell the visitor if calls were slowed down since this was last asked.
    pub(crate) fn take_notice(&self) -> Option<LimitNotice> {
        let slowed = |pace: &Pace, limit: LimitName, max: Option<u32>| {
            pace.take_slowed().then(|| LimitNotice {
                limit,
                message: format!(
                    "calls wait: a session has {} {}",
                    max.unwrap_or(0),
                    limit.title().trim_start_matches("bytes a second that a session ")
                ),
                ends_in_ms: None,
            })
        };
        let Terms { send_bytes_per_second: send, receive_bytes_per_second: receive, .. } =
            *self.terms;
        slowed(&self.send, LimitName::SendBytesPerSecond, send)
            .or_else(|| slowed(&self.receive, LimitName::ReceiveBytesPerSecond, receive))
    }
}
