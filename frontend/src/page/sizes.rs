//! How large the parts of the page are, as the visitor dragged them.

use serde::{Deserialize, Serialize};

/// What stands between two parts and can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Divider {
    /// Programs and timeline, side by side in a wide window.
    Work,
    /// These two, and the dock below them.
    Dock,
    /// Bytes and sockets in the dock.
    Shelf,
    /// A program's editor and its console; the same in every pane, so that they stand in line.
    Console,
    /// Programs and what is below them in a middling window.
    Stack,
    /// Timeline and dock, side by side in a middling window.
    Below,
    /// A program's pane and the one before it.
    Pane(usize),
}

/// Percent that a part keeps at least, and leaves the other one: none can be lost from sight.
const PERCENT_MIN: f64 = 10.0;
/// Percent that a key moves a divider by.
pub const STEP_PERCENT: f64 = 2.0;
/// Percent that a click moves a divider by.
pub const CLICK_PERCENT: f64 = 8.0;

/// Sizes that differ from what the page chooses itself, in percent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sizes {
    work: Option<f64>,
    dock: Option<f64>,
    shelf: Option<f64>,
    console: Option<f64>,
    stack: Option<f64>,
    below: Option<f64>,
    /// How wide each pane is, in parts of all of them.
    panes: Vec<f64>,
}

impl Divider {
    /// Returns its name in the document.
    pub fn name(self) -> String {
        match self {
            Divider::Work => "work".into(),
            Divider::Dock => "dock".into(),
            Divider::Shelf => "shelf".into(),
            Divider::Console => "console".into(),
            Divider::Stack => "stack".into(),
            Divider::Below => "below".into(),
            Divider::Pane(index) => format!("pane-{index}"),
        }
    }

    /// Returns the divider of a name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "work" => Divider::Work,
            "dock" => Divider::Dock,
            "shelf" => Divider::Shelf,
            "console" => Divider::Console,
            "stack" => Divider::Stack,
            "below" => Divider::Below,
            _ => Divider::Pane(name.strip_prefix("pane-")?.parse().ok().filter(|n| *n > 0)?),
        })
    }

    /// Tells whether it stands upright and moves from side to side.
    pub fn is_upright(self) -> bool {
        matches!(self, Divider::Work | Divider::Shelf | Divider::Below | Divider::Pane(_))
    }

    /// Tells whether its value is the share of what comes after it, below.
    pub fn counts_from_end(self) -> bool {
        matches!(self, Divider::Dock | Divider::Console)
    }
}

impl Sizes {
    /// Returns a divider's place in percent; `programs` is how many there are.
    pub fn percent(&self, divider: Divider, programs: usize) -> f64 {
        match divider {
            // A single program needs less room than two.
            Divider::Work => self.work.unwrap_or(if programs < 2 { 39.0 } else { 58.0 }),
            Divider::Dock => self.dock.unwrap_or(25.0),
            Divider::Shelf => self.shelf.unwrap_or(42.0),
            Divider::Console => self.console.unwrap_or(33.0),
            Divider::Stack => self.stack.unwrap_or(55.0),
            Divider::Below => self.below.unwrap_or(60.0),
            Divider::Pane(index) => {
                let (before, after) = (self.part(index.saturating_sub(1)), self.part(index));
                100.0 * before / (before + after)
            }
        }
    }

    /// Moves a divider.
    pub fn set(&mut self, divider: Divider, percent: f64) {
        let percent = percent.clamp(PERCENT_MIN, 100.0 - PERCENT_MIN);
        match divider {
            Divider::Work => self.work = Some(percent),
            Divider::Dock => self.dock = Some(percent),
            Divider::Shelf => self.shelf = Some(percent),
            Divider::Console => self.console = Some(percent),
            Divider::Stack => self.stack = Some(percent),
            Divider::Below => self.below = Some(percent),
            Divider::Pane(index) => self.set_pane(index, percent),
        }
    }

    /// Puts a divider where the page would.
    pub fn reset(&mut self, divider: Divider) {
        match divider {
            Divider::Work => self.work = None,
            Divider::Dock => self.dock = None,
            Divider::Shelf => self.shelf = None,
            Divider::Console => self.console = None,
            Divider::Stack => self.stack = None,
            Divider::Below => self.below = None,
            Divider::Pane(index) => self.set_pane(index, 50.0),
        }
    }

    /// Returns how wide a pane is, in parts of all of them.
    pub fn part(&self, pane: usize) -> f64 {
        self.panes.get(pane).copied().filter(|part| *part > 0.0).unwrap_or(1.0)
    }

    fn set_pane(&mut self, index: usize, percent: f64) {
        if index == 0 || index >= shared::session::PROGRAMS_MAX {
            return;
        }
        let both = self.part(index - 1) + self.part(index);
        if self.panes.len() <= index {
            self.panes.resize(index + 1, 1.0);
        }
        self.panes[index - 1] = both * percent / 100.0;
        self.panes[index] = both - self.panes[index - 1];
    }

    /// Puts what was read from storage within bounds.
    pub fn checked(mut self) -> Self {
        let sound = |percent: &f64| (PERCENT_MIN..=100.0 - PERCENT_MIN).contains(percent);
        for part in [
            &mut self.work,
            &mut self.dock,
            &mut self.shelf,
            &mut self.console,
            &mut self.stack,
            &mut self.below,
        ] {
            *part = part.filter(sound);
        }
        let panes_sound = self.panes.len() <= shared::session::PROGRAMS_MAX
            && self.panes.iter().all(|part| (0.01..100.0).contains(part));
        if !panes_sound {
            self.panes.clear();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divider_stays_where_it_was_put_and_can_go_back() {
        let mut sizes = Sizes::default();
        let before = sizes.percent(Divider::Work, 2);
        sizes.set(Divider::Work, 30.0);
        assert_eq!(sizes.percent(Divider::Work, 2), 30.0);
        sizes.set(Divider::Work, 0.0);
        assert_eq!(sizes.percent(Divider::Work, 2), PERCENT_MIN);
        sizes.reset(Divider::Work);
        assert_eq!(sizes.percent(Divider::Work, 2), before);
    }

    #[test]
    fn a_divider_between_panes_moves_only_these_two() {
        let mut sizes = Sizes::default();
        sizes.set(Divider::Pane(2), 75.0);
        assert_eq!((sizes.part(0), sizes.part(1), sizes.part(2)), (1.0, 1.5, 0.5));
        assert_eq!(sizes.percent(Divider::Pane(2), 3), 75.0);
        sizes.set(Divider::Pane(0), 75.0);
        assert_eq!(sizes.part(0), 1.0);
    }

    #[test]
    fn names_lead_back() {
        for divider in [Divider::Work, Divider::Console, Divider::Pane(3)] {
            assert_eq!(Divider::named(&divider.name()), Some(divider));
        }
        assert_eq!(Divider::named("pane-0"), None);
        assert_eq!(Divider::named("elsewhere"), None);
    }

    #[test]
    fn nonsense_in_the_storage_does_no_harm() {
        let read: Sizes =
            serde_json::from_str(r#"{"work":-5,"dock":30,"panes":[1,0,9e9],"new":1}"#).unwrap();
        let sizes = read.checked();
        assert_eq!(sizes.percent(Divider::Work, 2), 58.0);
        assert_eq!(sizes.percent(Divider::Dock, 2), 30.0);
        assert_eq!(sizes.part(2), 1.0);
    }
}
