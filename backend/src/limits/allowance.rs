//! The limits that depend on who may use the backend.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use shared::limit::{Bound, LimitName};

use super::Limits;
use crate::budget::{ADDRESS_SHARE, ReachMax, TermMax, VisitorMax};

/// How far something goes: so many, or as far as it may.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cap<T> {
    At(T),
    None,
}

/// What is not set here depends on who may use the backend: on one's own machine there is no
/// limit, for those with a token a generous one, for everybody (`--public`) a tight one.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Limits that depend on who may use it; 'none' for no limit")]
pub struct Allowance {
    /// Sessions of one network address at once (of IPv6 a /64 network)
    ///
    /// With a token 128, for everybody 64: a class behind one address.
    #[arg(long, env = "SOCKPIT_SESSIONS_PER_ADDRESS_MAX", value_name = "N")]
    pub sessions_per_address_max: Option<Cap<u32>>,

    /// Sockets of all sessions of one network address; one more is EMFILE
    ///
    /// With a token 8192, for everybody 2048: one visitor does not take all that there are.
    #[arg(long, env = "SOCKPIT_SOCKETS_PER_ADDRESS_MAX", value_name = "N")]
    pub sockets_per_address_max: Option<Cap<u32>>,

    /// Listening sockets of one session; one more is ENOBUFS
    ///
    /// With a token 64, for everybody 32. A listener keeps connections that nobody accepts.
    #[arg(long, env = "SOCKPIT_LISTENERS_MAX", value_name = "N")]
    pub listeners_max: Option<Cap<u32>>,

    /// Bytes a second that one session sends; further calls wait
    ///
    /// With a token 16 MiB, for everybody 4 MiB.
    #[arg(long, env = "SOCKPIT_SEND_BYTES_PER_SECOND_MAX", value_name = "N")]
    pub send_bytes_per_second_max: Option<Cap<u32>>,

    /// Bytes a second that one session receives; further calls wait
    ///
    /// With a token 16 MiB, for everybody 4 MiB.
    #[arg(long, env = "SOCKPIT_RECEIVE_BYTES_PER_SECOND_MAX", value_name = "N")]
    pub receive_bytes_per_second_max: Option<Cap<u32>>,

    /// Connections a minute of one session beyond its loopback; one more is EADDRNOTAVAIL
    ///
    /// With a token 600, for everybody 300. All sessions of one network address together have
    /// eight times as many; so it is with the three limits that follow.
    #[arg(long, env = "SOCKPIT_CONNECTS_PER_MINUTE_MAX", value_name = "N")]
    pub connects_per_minute_max: Option<Cap<u32>>,

    /// Connections a minute to one address and port; one more is EADDRNOTAVAIL
    ///
    /// With a token 120, for everybody 60.
    #[arg(long, env = "SOCKPIT_CONNECTS_PER_DESTINATION_PER_MINUTE_MAX", value_name = "N")]
    pub connects_per_destination_per_minute_max: Option<Cap<u32>>,

    /// Addresses and ports in a minute that one session connects or sends datagrams to beyond its
    /// loopback; one more is ENOBUFS
    ///
    /// With a token 60, for everybody 30: to scan one host's ports takes hours, from many sessions
    /// too.
    #[arg(long, env = "SOCKPIT_DESTINATIONS_PER_MINUTE_MAX", value_name = "N")]
    pub destinations_per_minute_max: Option<Cap<u32>>,

    /// Names a minute that one session looks up; one more is EAI_AGAIN
    ///
    /// With a token 120, for everybody 60.
    #[arg(long, env = "SOCKPIT_LOOKUPS_PER_MINUTE_MAX", value_name = "N")]
    pub lookups_per_minute_max: Option<Cap<u32>>,

    /// Minutes that a session lasts; its visitor is told five minutes before
    ///
    /// With a token 720, for everybody 240.
    #[arg(long, env = "SOCKPIT_SESSION_MINUTES_MAX", value_name = "MINUTES")]
    pub session_minutes_max: Option<Cap<f64>>,

    /// Minutes that a session lasts without a call; its visitor is told one minute before
    ///
    /// With a token 120, for everybody 30.
    #[arg(long, env = "SOCKPIT_IDLE_MINUTES_MAX", value_name = "MINUTES")]
    pub idle_minutes_max: Option<Cap<f64>>,
}

/// Who may use the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Whoever is on this machine, or on a network that is trusted as much.
    Own,
    /// Whoever has the token.
    Invited,
    /// Everybody.
    Everybody,
}

/// The limits in force; nothing is no limit.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    pub(crate) sessions_per_address: Option<u32>,
    pub(crate) sockets_per_address: Option<u32>,
    pub(crate) listeners: Option<u32>,
    pub(crate) send_bytes_per_second: Option<u32>,
    pub(crate) receive_bytes_per_second: Option<u32>,
    pub(crate) reach: ReachMax,
    pub(crate) time: TermMax,
    pub(crate) lookups_at_once_per_address: u32,
}

impl Terms {
    pub(crate) fn new(limits: &Limits, audience: Audience) -> Self {
        let set = &limits.allowance;
        let pick = |set: Option<Cap<u32>>, invited: u32, everybody: u32| {
            choose(set, audience, invited, everybody)
        };
        let minutes = |set: Option<Cap<f64>>, invited: f64, everybody: f64| {
            choose(set, audience, invited, everybody)
                .and_then(|minutes| Duration::try_from_secs_f64(minutes * 60.0).ok())
        };
        Self {
            sessions_per_address: pick(set.sessions_per_address_max, 128, 64),
            sockets_per_address: pick(set.sockets_per_address_max, 8192, 2048),
            listeners: pick(set.listeners_max, 64, 32),
            send_bytes_per_second: pick(set.send_bytes_per_second_max, 16 << 20, 4 << 20),
            receive_bytes_per_second: pick(set.receive_bytes_per_second_max, 16 << 20, 4 << 20),
            reach: ReachMax {
                connects: pick(set.connects_per_minute_max, 600, 300),
                connects_each: pick(set.connects_per_destination_per_minute_max, 120, 60),
                destinations: pick(set.destinations_per_minute_max, 60, 30),
                lookups: pick(set.lookups_per_minute_max, 120, 60),
            },
            lookups_at_once_per_address: limits.lookups_max.div_ceil(4),
            time: TermMax {
                session: minutes(set.session_minutes_max, 720.0, 240.0),
                idle: minutes(set.idle_minutes_max, 120.0, 30.0),
            },
        }
    }

    /// Returns what all sessions of an address may use together.
    pub(crate) fn of_visitor(&self) -> VisitorMax {
        VisitorMax {
            sessions: self.sessions_per_address,
            sockets: self.sockets_per_address,
            reach: self.reach.times(ADDRESS_SHARE),
            lookups_at_once: self.lookups_at_once_per_address,
        }
    }

    /// Returns what a session is told about its limits.
    pub(crate) fn bounds(&self) -> Vec<Bound> {
        let minutes = |time: Option<Duration>| time.map(|time| time.as_secs().div_ceil(60));
        let count = |max: Option<u32>| max.map(u64::from);
        [
            (LimitName::SessionsPerAddress, count(self.sessions_per_address)),
            (LimitName::SocketsPerAddress, count(self.sockets_per_address)),
            (LimitName::Listeners, count(self.listeners)),
            (LimitName::SendBytesPerSecond, count(self.send_bytes_per_second)),
            (LimitName::ReceiveBytesPerSecond, count(self.receive_bytes_per_second)),
            (LimitName::ConnectsPerMinute, count(self.reach.connects)),
            (LimitName::ConnectsPerDestination, count(self.reach.connects_each)),
            (LimitName::DestinationsPerMinute, count(self.reach.destinations)),
            (LimitName::LookupsPerMinute, count(self.reach.lookups)),
            (LimitName::SessionMinutes, minutes(self.time.session)),
            (LimitName::IdleMinutes, minutes(self.time.idle)),
        ]
        .into_iter()
        .filter_map(|(limit, max)| Some(Bound { limit, max: max? }))
        .collect()
    }
}

fn choose<T>(set: Option<Cap<T>>, audience: Audience, invited: T, everybody: T) -> Option<T> {
    match (set, audience) {
        (Some(Cap::At(max)), _) => Some(max),
        (Some(Cap::None), _) | (None, Audience::Own) => None,
        (None, Audience::Invited) => Some(invited),
        (None, Audience::Everybody) => Some(everybody),
    }
}

/// A bound of zero would be a backend that can do nothing.
trait Positive: FromStr + PartialOrd + Default {}

impl Positive for u32 {}

impl Positive for f64 {}

impl<T: Positive> FromStr for Cap<T> {
    type Err = NoCap;

    fn from_str(text: &str) -> Result<Self, NoCap> {
        if text == "none" {
            return Ok(Cap::None);
        }
        let max: T = text.parse().map_err(|_| NoCap)?;
        // Not-a-number is not greater either.
        if max > T::default() { Ok(Cap::At(max)) } else { Err(NoCap) }
    }
}

/// What was given is neither a number nor `none`.
#[derive(Debug)]
pub struct NoCap;

impl fmt::Display for NoCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a limit is a number greater than zero, or none")
    }
}

impl std::error::Error for NoCap {}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(audience: Audience, change: impl FnOnce(&mut Allowance)) -> Terms {
        let mut limits = Limits::default();
        change(&mut limits.allowance);
        Terms::new(&limits, audience)
    }

    #[test]
    fn the_wider_the_audience_the_tighter_the_limits() {
        assert!(terms(Audience::Own, |_| ()).bounds().is_empty());
        let invited = terms(Audience::Invited, |_| ()).bounds();
        let everybody = terms(Audience::Everybody, |_| ()).bounds();
        assert_eq!((invited.len(), everybody.len()), (11, 11));
        for (invited, everybody) in invited.iter().zip(&everybody) {
            assert_eq!(invited.limit, everybody.limit);
            assert!(everybody.max < invited.max, "{}", invited.limit);
        }
    }

    #[test]
    fn what_the_operator_says_holds_whoever_comes() {
        for audience in [Audience::Own, Audience::Invited, Audience::Everybody] {
            let terms = terms(audience, |set| {
                set.listeners_max = Some(Cap::At(3));
                set.idle_minutes_max = Some(Cap::None);
            });
            assert_eq!(terms.listeners, Some(3));
            assert_eq!(terms.time.idle, None);
        }
    }

    #[test]
    fn a_limit_is_a_number_or_none() {
        assert_eq!("12".parse::<Cap<u32>>().unwrap(), Cap::At(12));
        assert_eq!("0.5".parse::<Cap<f64>>().unwrap(), Cap::At(0.5));
        assert_eq!("none".parse::<Cap<u32>>().unwrap(), Cap::None);
        for text in ["", "0", "-1", "many", "5000000000"] {
            assert!(text.parse::<Cap<u32>>().is_err(), "{text}");
        }
        for text in ["NaN", "-0.5", "0.0"] {
            assert!(text.parse::<Cap<f64>>().is_err(), "{text}");
        }
    }
}
