//! The connection to the backend: greeting, loss, and trying again. [`websocket`] is the only
//! place that touches the browser's `WebSocket`.

pub mod journal;

#[cfg(target_arch = "wasm32")]
pub mod websocket;

use std::time::Duration;

use shared::frame::{Closing, ClosingReason, Hello, Resume, Welcome};

use super::limits::{
    CONNECT_US_MAX, FULL_RETRY_MAX, FULL_RETRY_MIN, RESUME_RETRY_MAX, RESUME_RETRY_MIN, RETRY_MAX,
    RETRY_MIN,
};
use crate::messages::LinkState;

/// The WebSocket tells something.
#[derive(Debug)]
pub enum LinkEvent {
    Opened,
    /// A text frame: a header alone.
    Text(String),
    /// A binary frame: header and payload.
    Binary(Vec<u8>),
    Closed {
        message: String,
    },
}

/// The state of the connection.
#[derive(Debug, Default)]
pub struct Link {
    url: String,
    phase: Phase,
    /// Counts WebSockets, so that events of an old one are told apart.
    connection: u32,
    /// Failures since it last stood.
    failures: u32,
    /// The session that goes on when its connection broke.
    ticket: Option<Ticket>,
}

/// What resumes a session.
#[derive(Debug)]
struct Ticket {
    token: String,
    grace_us: u64,
    /// Until when, if its connection broke.
    until_us: Option<u64>,
}

/// What a welcome means for what was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Welcomed {
    /// The session goes on; the backend has so many messages of it.
    Resumed { received: u64 },
    /// A new session, which can be resumed or not.
    New { resumable: bool },
}

#[derive(Debug, Default)]
enum Phase {
    /// The session is not open yet. Goes to `Connecting`.
    #[default]
    Unopened,
    /// A WebSocket is being opened or waits for the welcome. Goes to `Open`, `Interrupted`,
    /// `Lost` or `Closed`.
    Connecting { until_us: u64 },
    /// Goes to `Interrupted`, `Lost` or `Closed`.
    Open(Welcome),
    /// The connection broke, the session stands. Goes to `Connecting` or `Lost`.
    Interrupted { retry_at_us: u64 },
    /// Goes to `Connecting`.
    Lost { retry_at_us: u64 },
    /// Goes to `Connecting` when asked to.
    Closed,
}

/// What a call can do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    Open {
        frame_bytes_max: usize,
    },
    /// It will soon be known.
    Coming,
    None,
}

impl Link {
    /// Sets where the backend is.
    pub fn set_url(&mut self, url: String) {
        self.url = url;
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns whether an event is of the WebSocket in use.
    pub fn is_current(&self, connection: u32) -> bool {
        connection == self.connection
    }

    /// Begins to connect and returns the number of the new WebSocket.
    pub fn connecting(&mut self, now_us: u64) -> u32 {
        self.phase = Phase::Connecting { until_us: now_us + CONNECT_US_MAX };
        self.connection += 1;
        self.connection
    }

    /// Returns whether there is a session that might be resumed.
    pub fn has_session(&self) -> bool {
        self.ticket.is_some()
    }

    /// Returns how to greet the backend, with so many answers received.
    pub fn hello(&self, received: u64) -> Hello {
        let resume = match &self.ticket {
            Some(Ticket { token, .. }) => Resume::Session { token: token.clone(), received },
            None => Resume::Later,
        };
        Hello { resume: Some(resume), ..Hello::plain() }
    }

    /// The backend has welcomed the session.
    pub fn welcomed(&mut self, welcome: Welcome) -> (LinkState, Welcomed) {
        self.failures = 0;
        self.phase = Phase::Open(welcome.clone());
        let had_session = self.ticket.is_some();
        self.ticket = welcome.resume.clone().map(|token| Ticket {
            token,
            grace_us: u64::from(welcome.limits.resume_ms_max) * 1000,
            until_us: None,
        });
        let welcomed = match &welcome.resumed {
            Some(resumed) if had_session => Welcomed::Resumed { received: resumed.received },
            Some(_) | None => Welcomed::New { resumable: self.ticket.is_some() },
        };
        (LinkState::Open(welcome), welcomed)
    }

    /// The connection is gone; returns what to tell the page, if it does not know.
    pub fn lost(&mut self, message: String, now_us: u64) -> Option<LinkState> {
        if !matches!(self.phase, Phase::Connecting { .. } | Phase::Open(_)) {
            return None;
        }
        if let Some(ticket) = &mut self.ticket {
            let until_us = *ticket.until_us.get_or_insert(now_us + ticket.grace_us);
            if now_us < until_us {
                let pause = backoff(RESUME_RETRY_MIN, RESUME_RETRY_MAX, self.failures);
                self.failures += 1;
                self.phase = Phase::Interrupted { retry_at_us: now_us + micros(pause) };
                let left_ms = u32::try_from((until_us - now_us) / 1000).unwrap_or(u32::MAX);
                return Some(LinkState::Interrupted { message, left_ms });
            }
            self.ticket = None;
        }
        Some(self.retry_later(message, now_us))
    }

    /// The time to resume the session in is over; returns what to tell the page.
    pub fn give_up(&mut self, now_us: u64) -> LinkState {
        self.ticket = None;
        self.retry_later("The connection broke and did not come back.".to_owned(), now_us)
    }

    fn retry_later(&mut self, message: String, now_us: u64) -> LinkState {
        let pause = backoff(RETRY_MIN, RETRY_MAX, self.failures);
        self.failures += 1;
        self.phase = Phase::Lost { retry_at_us: now_us + micros(pause) };
        LinkState::Lost { message, retry_in_ms: pause.as_millis() as u32 }
    }

    /// The backend ends the session.
    pub fn closed(&mut self, closing: Closing, now_us: u64) -> LinkState {
        self.ticket = None;
        if closing.reason == ClosingReason::Full {
            // Not all who wait for a place at the same moment.
            let spread = Duration::from_micros(now_us % micros(FULL_RETRY_MIN));
            let pause = backoff(FULL_RETRY_MIN, FULL_RETRY_MAX, self.failures) + spread;
            self.failures += 1;
            self.phase = Phase::Lost { retry_at_us: now_us + micros(pause) };
            let retry_in_ms = pause.as_millis() as u32;
            return LinkState::Full { message: closing.message, retry_in_ms };
        }
        self.phase = Phase::Closed;
        LinkState::Closed(closing)
    }

    pub fn road(&self) -> Road {
        match &self.phase {
            Phase::Open(welcome) => {
                Road::Open { frame_bytes_max: welcome.limits.frame_bytes_max as usize }
            }
            Phase::Unopened | Phase::Connecting { .. } | Phase::Interrupted { .. } => Road::Coming,
            Phase::Lost { .. } | Phase::Closed => Road::None,
        }
    }

    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open(_))
    }

    /// Returns when something is to be done without an event.
    pub fn due_us(&self) -> Option<u64> {
        let phase = match self.phase {
            Phase::Connecting { until_us } => Some(until_us),
            Phase::Interrupted { retry_at_us } | Phase::Lost { retry_at_us } => Some(retry_at_us),
            Phase::Unopened | Phase::Open(_) | Phase::Closed => None,
        };
        [phase, self.until_us()].into_iter().flatten().min()
    }

    /// Returns whether it is time to connect again.
    pub fn retry_is_due(&self, now_us: u64) -> bool {
        match self.phase {
            Phase::Interrupted { retry_at_us } | Phase::Lost { retry_at_us } => {
                now_us >= retry_at_us
            }
            Phase::Unopened | Phase::Connecting { .. } | Phase::Open(_) | Phase::Closed => false,
        }
    }

    /// Returns whether the session whose connection broke is to be given up.
    pub fn is_given_up(&self, now_us: u64) -> bool {
        self.until_us().is_some_and(|until_us| now_us >= until_us)
    }

    fn until_us(&self) -> Option<u64> {
        self.ticket.as_ref().and_then(|ticket| ticket.until_us)
    }

    /// Returns whether connecting has taken too long.
    pub fn is_overdue(&self, now_us: u64) -> bool {
        matches!(self.phase, Phase::Connecting { until_us } if now_us >= until_us)
    }
}

fn backoff(first: Duration, longest: Duration, failures: u32) -> Duration {
    first.saturating_mul(1 << failures.min(16)).min(longest)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_its_bound() {
        let mut link = Link::default();
        let mut pauses = Vec::new();
        for _ in 0..6 {
            link.connecting(0);
            match link.lost("gone".into(), 0) {
                Some(LinkState::Lost { retry_in_ms, .. }) => pauses.push(retry_in_ms),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 8000]);
        assert!(!link.retry_is_due(7_999_999));
        assert!(link.retry_is_due(8_000_000));
    }

    #[test]
    fn a_full_host_is_asked_again_and_not_too_soon() {
        let mut link = Link::default();
        let full = || Closing { reason: ClosingReason::Full, message: "full".into(), limit: None };
        let mut pauses = Vec::new();
        for _ in 0..4 {
            link.connecting(0);
            match link.closed(full(), 0) {
                LinkState::Full { retry_in_ms, .. } => pauses.push(retry_in_ms),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(pauses, [10_000, 20_000, 40_000, 60_000]);
        assert!(link.retry_is_due(60_000_000) && !link.retry_is_due(59_999_999));
        let other = Closing { reason: ClosingReason::Idle, ..full() };
        assert!(matches!(link.closed(other, 0), LinkState::Closed(_)));
        assert!(!link.retry_is_due(u64::MAX));
    }

    #[test]
    fn a_loss_is_told_once() {
        let mut link = Link::default();
        link.connecting(0);
        assert!(link.lost("gone".into(), 0).is_some());
        assert!(link.lost("gone".into(), 0).is_none());
    }

    #[test]
    fn events_of_an_old_websocket_are_told_apart() {
        let mut link = Link::default();
        let old = link.connecting(0);
        let new = link.connecting(0);
        assert!(!link.is_current(old));
        assert!(link.is_current(new));
        assert!(link.is_overdue(CONNECT_US_MAX));
    }
}
