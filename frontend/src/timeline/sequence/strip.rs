//! The whole time in small: who worked, who waited, where something failed, in true
//! proportions. The number of marks is bounded however long the recording is.

use crate::session::recording::Recorded;
use crate::timeline::rows::failure;
use crate::timeline::spans::{Body, body};

/// Parts the time is divided into at most; about one for each pixel of a wide timeline.
const PARTS_MAX: usize = 512;
/// Microseconds of a part at first; doubled whenever there would be too many.
const PART_US: u64 = 1_000;

const WORKED: u8 = 1;
const WAITED: u8 = 2;
const FAILED: u8 = 4;

/// The strip.
#[derive(Debug)]
pub struct Strip {
    origin_us: Option<u64>,
    part_us: u64,
    /// What happened in each part, lane by lane.
    lanes: Vec<Vec<u8>>,
    end_us: u64,
}

/// A stretch of time in one lane that looks the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StripMark {
    /// In microseconds since the strip begins.
    pub from_us: u64,
    pub to_us: u64,
    pub body: Body,
    pub failed: bool,
}

impl Default for Strip {
    fn default() -> Self {
        Strip { origin_us: None, part_us: PART_US, lanes: Vec::new(), end_us: 0 }
    }
}

impl Strip {
    /// Returns when it begins, in microseconds since 1970.
    pub fn origin_us(&self) -> Option<u64> {
        self.origin_us
    }

    /// Returns when the newest event was, in microseconds since 1970.
    pub fn end_us(&self) -> u64 {
        self.end_us
    }

    pub(super) fn begin(&mut self, lane: u32, call: &Recorded) {
        let at_us = call.started.at_us;
        self.origin_us.get_or_insert(at_us);
        self.end_us = self.end_us.max(at_us);
        self.mark(lane, at_us, at_us, WORKED);
    }

    pub(super) fn end(&mut self, lane: u32, call: &Recorded) {
        let Some(ended) = &call.ended else { return };
        self.end_us = self.end_us.max(ended.at_us);
        if body(call) == Body::Waited {
            self.mark(lane, call.started.at_us, ended.at_us, WAITED);
        }
        if failure(call).is_some() {
            self.mark(lane, ended.at_us, ended.at_us, FAILED);
        }
    }

    fn mark(&mut self, lane: u32, from_us: u64, to_us: u64, what: u8) {
        let Some(origin_us) = self.origin_us else { return };
        let (from, to) = (from_us.saturating_sub(origin_us), to_us.saturating_sub(origin_us));
        while (to / self.part_us) as usize >= PARTS_MAX {
            self.halve();
        }
        let lane = lane as usize;
        if self.lanes.len() <= lane {
            self.lanes.resize_with(lane + 1, Vec::new);
        }
        let parts = &mut self.lanes[lane];
        let last = (to / self.part_us) as usize;
        if parts.len() <= last {
            parts.resize(last + 1, 0);
        }
        for part in &mut parts[(from / self.part_us) as usize..=last] {
            *part |= what;
        }
    }

    /// Makes every part twice as long.
    fn halve(&mut self) {
        self.part_us *= 2;
        for parts in &mut self.lanes {
            *parts =
                parts.chunks(2).map(|pair| pair.iter().fold(0, |all, one| all | one)).collect();
        }
    }

    /// Returns a lane's marks, in order.
    pub fn marks(&self, lane: usize) -> Vec<StripMark> {
        let Some(parts) = self.lanes.get(lane) else { return Vec::new() };
        let mut marks: Vec<StripMark> = Vec::new();
        for (index, part) in parts.iter().enumerate().filter(|(_, part)| **part != 0) {
            let from_us = index as u64 * self.part_us;
            let to_us = from_us + self.part_us;
            let body = if part & WAITED != 0 { Body::Waited } else { Body::Solid };
            let failed = part & FAILED != 0;
            match marks.last_mut() {
                Some(last)
                    if last.to_us == from_us && (last.body, last.failed) == (body, failed) =>
                {
                    last.to_us = to_us;
                }
                _ => marks.push(StripMark { from_us, to_us, body, failed }),
            }
        }
        marks
    }
}
