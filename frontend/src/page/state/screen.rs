//! What is open, and where the visitor looks.

use super::Dialog;
use crate::page::sizes::Sizes;

/// What is open, and where the visitor looks.
#[derive(Debug)]
pub struct Screen {
    pub theme: Theme,
    pub dialog: Option<Dialog>,
    /// What a narrow window shows.
    pub place: Place,
    /// Which program a narrow window shows.
    pub pane: usize,
    /// Which of bytes and sockets a middling window shows.
    pub dock: Dock,
    /// The timeline keeps the newest call in sight.
    pub follow: bool,
    /// Pixels the timeline is scrolled by, and its height.
    pub scroll_top: f64,
    pub scroll_height: f64,
    /// Where the browser said last that it stands. While calls pour in it lags behind
    /// `scroll_top`, and only a step back from here is the visitor's.
    pub scroll_told: f64,
    /// The window has room for one view at a time.
    pub narrow: bool,
    /// Only sockets that are open.
    pub open_only: bool,
    /// A sentence for everybody, for a while.
    pub toast: Option<Toast>,
    /// How large the parts are.
    pub sizes: Sizes,
    /// A program that is being dragged to another place.
    pub dragged: Option<Dragged>,
    /// Single-key shortcuts work.
    pub quick_keys: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            dialog: None,
            place: Place::Programs,
            pane: 0,
            dock: Dock::Bytes,
            follow: true,
            scroll_top: 0.0,
            scroll_height: 480.0,
            scroll_told: 0.0,
            narrow: false,
            open_only: false,
            toast: None,
            sizes: Sizes::default(),
            dragged: None,
            quick_keys: true,
        }
    }
}

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// The views of a narrow window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Programs,
    Timeline,
    Bytes,
    Sockets,
}

/// The two parts of the dock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dock {
    #[default]
    Bytes,
    Sockets,
}

/// A sentence for everybody, for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    pub text: String,
    pub bad: bool,
    pub until_ms: f64,
    /// It offers something to do.
    pub offer: Option<Offer>,
}

/// What a sentence offers to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// To bring back what was there before.
    Undo,
    /// To run all programs again.
    RunAll,
}

/// A program that is being dragged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dragged {
    pub id: u64,
    /// The place where it would be dropped.
    pub to: usize,
}
