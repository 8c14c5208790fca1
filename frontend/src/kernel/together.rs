//! The room: what its visitors show each other, and the clock by which they put it in order.

use std::collections::VecDeque;

use shared::frame::{ClientMessage, Clock, RoomState};

use super::Kernel;
use super::limits::{CLOCK_ASKED_EVERY_US, CLOCK_ASKED_FIRST_US, CLOCK_SAMPLES, SHOW_UNSENT_MAX};
use super::outside::Outside;
use crate::messages::{Command, Notice};

/// The room, as far as the kernel worker deals with it.
#[derive(Debug, Default)]
pub struct Together {
    /// There is a room.
    inside: bool,
    /// The visitor shows the others what programs do.
    sharing: bool,
    /// Another visitor does.
    others_share: bool,
    samples: VecDeque<Sample>,
    asked: u32,
    ask_us: Option<u64>,
    /// What the page knows.
    told: Option<i64>,
}

/// One look at the backend's clock.
#[derive(Debug, Clone, Copy)]
struct Sample {
    /// How long it took to ask and be answered: the answer is off by half of it at most.
    round_trip_us: u64,
    ahead_us: i64,
}

impl Together {
    /// Returns when the clock is to be asked for.
    pub fn due_us(&self) -> Option<u64> {
        self.ask_us
    }

    fn wants_clock(&self) -> bool {
        self.inside && (self.sharing || self.others_share)
    }

    /// Takes an answer in; returns how far the backend is ahead, if that is news.
    fn learn(&mut self, clock: Clock, now_us: u64) -> Option<i64> {
        let round_trip_us = now_us.checked_sub(clock.sent_us)?;
        let middle_us = clock.sent_us + round_trip_us / 2;
        let ahead_us = clock.host_us.wrapping_sub(middle_us).cast_signed();
        self.samples.push_back(Sample { round_trip_us, ahead_us });
        if self.samples.len() > CLOCK_SAMPLES {
            self.samples.pop_front();
        }
        let best = self.samples.iter().min_by_key(|sample| sample.round_trip_us)?.ahead_us;
        (self.told.replace(best) != Some(best)).then_some(best)
    }
}

impl<O: Outside> Kernel<O> {
    /// The page says something about the room.
    pub(super) fn room_command(&mut self, command: Command) {
        match command {
            Command::Share(sharing) => {
                self.together.sharing = sharing;
                if self.link.is_open() {
                    self.outside.send(&ClientMessage::Share(sharing).encode(), &[]);
                }
                self.watch_clock();
            }
            Command::Show { show, payload } => self.show(show, &payload),
            // Every other command has its own place.
            _ => {}
        }
    }

    /// Passes on what the page shows, unless that would keep calls waiting.
    fn show(&mut self, show: String, payload: &[u8]) {
        if !self.together.sharing || !self.link.is_open() {
            return;
        }
        let Ok(show) = serde_json::value::RawValue::from_string(show) else { return };
        if self.outside.unsent_bytes() > SHOW_UNSENT_MAX {
            return self.note(Notice::NotShown);
        }
        self.outside.send(&ClientMessage::Show(show).encode(), payload);
    }

    /// The backend says who is in the room.
    pub(super) fn room_changed(&mut self, room: RoomState) {
        let others = room.members.iter().filter(|member| member.id != room.you);
        self.together.inside = true;
        self.together.others_share = others.into_iter().any(|member| member.sharing);
        self.note(Notice::Room(room));
        self.watch_clock();
    }

    /// A connection stands: of the same session, which may not have heard the last word, or of
    /// a new one, in which nothing is shared.
    pub(super) fn rejoin(&mut self, resumed: bool) {
        if !resumed {
            self.together = Together::default();
        } else if self.together.inside {
            let sharing = self.together.sharing;
            self.outside.send(&ClientMessage::Share(sharing).encode(), &[]);
            self.watch_clock();
        }
    }

    /// Begins to ask for the clock where somebody needs it.
    fn watch_clock(&mut self) {
        if self.together.wants_clock() && self.together.ask_us.is_none() {
            self.together.asked = 0;
            self.together.ask_us = Some(self.outside.now_us());
        }
    }

    /// Asks for the clock if it is time to.
    pub(super) fn ask_clock(&mut self, now_us: u64) {
        if self.together.ask_us.is_none_or(|due_us| now_us < due_us) {
            return;
        }
        if !self.together.wants_clock() || !self.link.is_open() {
            self.together.ask_us = None;
            return;
        }
        self.outside.send(&ClientMessage::Clock { sent_us: now_us }.encode(), &[]);
        self.together.asked += 1;
        // A few looks at the beginning find one that nothing held up.
        let few = self.together.asked < CLOCK_SAMPLES as u32;
        let pause_us = if few { CLOCK_ASKED_FIRST_US } else { CLOCK_ASKED_EVERY_US };
        self.together.ask_us = Some(now_us + pause_us);
    }

    /// The backend says what time it is.
    pub(super) fn clock_told(&mut self, clock: Clock) {
        let now_us = self.outside.now_us();
        if let Some(ahead_us) = self.together.learn(clock, now_us) {
            self.note(Notice::Clock { ahead_us });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quickest_answer_is_the_best() {
        let mut together = Together::default();
        let clock = |sent_us, host_us| Clock { sent_us, host_us };
        assert_eq!(together.learn(clock(1_000, 51_500), 2_000), Some(50_000));
        // It was held up on its way back.
        assert_eq!(together.learn(clock(3_000, 53_100), 9_000), None);
        assert_eq!(together.learn(clock(10_000, 60_090), 10_200), Some(49_990));
        // A backend that was started a moment ago is behind.
        let mut together = Together::default();
        assert_eq!(together.learn(clock(9_000_000, 5), 9_000_000), Some(-8_999_995));
        // The tab's clock does not go backwards; an answer from the future is none.
        assert_eq!(together.learn(clock(9_000_001, 5), 9_000_000), None);
    }
}
