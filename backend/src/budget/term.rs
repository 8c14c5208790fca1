//! How long a session lasts.

use std::time::Duration;

use shared::limit::{LimitName, LimitNotice};
use tokio::time::Instant;

/// How long before a session's end its visitor is told, if the session is long enough.
const NOTICE_OF_END: Duration = Duration::from_secs(5 * 60);

/// How long before it ends a session without calls is told.
const NOTICE_OF_IDLENESS: Duration = Duration::from_secs(60);

/// How long sessions last; nothing is no limit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TermMax {
    pub(crate) session: Option<Duration>,
    /// Without a call.
    pub(crate) idle: Option<Duration>,
}

/// A session's time.
#[derive(Debug)]
pub(crate) struct Term {
    max: TermMax,
    begun: Instant,
    told_of_end: bool,
    told_of_idleness: bool,
}

/// What a look at the clock says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The visitor is to be told.
    Tell(LimitNotice),
    /// The session is over, by this limit.
    End(LimitName, String),
}

impl Term {
    pub(crate) fn new(max: TermMax, now: Instant) -> Self {
        Self { max, begun: now, told_of_end: false, told_of_idleness: false }
    }

    /// Says what is due, for a session whose last call was made at `used`.
    pub(crate) fn look(&mut self, used: Instant, now: Instant) -> Option<Due> {
        if let Some(max) = self.max.session {
            let left = max.saturating_sub(now.duration_since(self.begun));
            if left.is_zero() {
                let message = format!("the session has lasted for {}", in_words(max));
                return Some(Due::End(LimitName::SessionMinutes, message));
            }
            if left <= NOTICE_OF_END.min(max / 2) && !self.told_of_end {
                self.told_of_end = true;
                let message = format!(
                    "a session lasts for {}; this one ends in {}",
                    in_words(max),
                    in_words(left)
                );
                return Some(tell(LimitName::SessionMinutes, message, left));
            }
        }
        let max = self.max.idle?;
        let left = max.saturating_sub(now.duration_since(used));
        if left.is_zero() {
            let message = format!("no program made a call for {}", in_words(max));
            return Some(Due::End(LimitName::IdleMinutes, message));
        }
        let close = left <= NOTICE_OF_IDLENESS.min(max / 2);
        if close && !self.told_of_idleness {
            self.told_of_idleness = true;
            let message =
                format!("no program made a call lately; the session ends in {}", in_words(left));
            return Some(tell(LimitName::IdleMinutes, message, left));
        }
        self.told_of_idleness = close;
        None
    }
}

fn tell(limit: LimitName, message: String, left: Duration) -> Due {
    let ends_in_ms = Some(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
    Due::Tell(LimitNotice { limit, message, ends_in_ms })
}

/// Writes a time as people say it.
fn in_words(time: Duration) -> String {
    let several = |count: u64, unit: &str| {
        let ending = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{ending}")
    };
    match time.as_secs() {
        seconds @ 0..100 => several(seconds.max(1), "second"),
        seconds if seconds < 100 * 60 => several(seconds.div_ceil(60), "minute"),
        seconds => several(seconds.div_ceil(3600), "hour"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn limit(due: Option<Due>) -> Option<(LimitName, bool)> {
        due.map(|due| match due {
            Due::Tell(notice) => (notice.limit, false),
            Due::End(limit, _) => (limit, true),
        })
    }

    #[test]
    fn a_session_is_told_of_its_end_once_and_then_ends() {
        let begun = Instant::now();
        let max = TermMax { session: Some(120 * MINUTE), idle: None };
        let mut term = Term::new(max, begun);
        assert_eq!(term.look(begun, begun + 114 * MINUTE), None);
        let told = term.look(begun, begun + 116 * MINUTE);
        let Some(Due::Tell(notice)) = told else { panic!("{told:?}") };
        assert_eq!(notice.ends_in_ms, Some(4 * 60_000));
        let text = "a session lasts for 2 hours; this one ends in 4 minutes";
        assert_eq!(notice.message, text);
        assert_eq!(term.look(begun, begun + 117 * MINUTE), None);
        let end = limit(term.look(begun, begun + 120 * MINUTE));
        assert_eq!(end, Some((LimitName::SessionMinutes, true)));
    }

    #[test]
    fn a_session_without_calls_is_told_each_time_and_then_ends() {
        let begun = Instant::now();
        let max = TermMax { session: None, idle: Some(30 * MINUTE) };
        let mut term = Term::new(max, begun);
        let mut look = |used: u32, now: u32| {
            limit(term.look(begun + used * MINUTE / 2, begun + now * MINUTE / 2))
        };
        let (told, ended) = (Some((LimitName::IdleMinutes, false)), (LimitName::IdleMinutes, true));
        assert_eq!(look(0, 57), None);
        assert_eq!(look(0, 58), told);
        assert_eq!(look(0, 59), None, "it was told");
        assert_eq!(look(59, 60), None, "it made a call");
        assert_eq!(look(59, 59 + 59), told);
        assert_eq!(look(59, 59 + 60), Some(ended));
    }

    #[test]
    fn without_limits_a_session_lasts() {
        let begun = Instant::now();
        let mut term = Term::new(TermMax::default(), begun);
        assert_eq!(term.look(begun, begun + 100_000 * MINUTE), None);
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        for (seconds, words) in
            [(0, "1 second"), (60, "60 seconds"), (240, "4 minutes"), (7200, "2 hours")]
        {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
