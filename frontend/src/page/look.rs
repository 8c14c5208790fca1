//! How the visitor looks at the timeline, the bytes and the sockets.

use crate::session::recording::SocketKey;

/// Pixels of a row of the diagram as it is opened, at its smallest and at its largest.
pub const ROW_PIXELS: f64 = 24.0;
pub const ROW_PIXELS_MIN: f64 = 3.0;
pub const ROW_PIXELS_MAX: f64 = 72.0;

/// How the visitor looks at the timeline, the bytes and the sockets.
#[derive(Debug)]
pub struct Look {
    pub form: Form,
    /// Pixels of a row of the diagram; zooming changes it.
    pub row: f64,
    /// Pixels the timeline is wide, and scrolled sideways by.
    pub width: f64,
    pub left: f64,
    pub bytes: BytesTab,
    /// What is selected of the bytes, with which of the two dumps it is in.
    pub picked: Option<Picked>,
    /// The account of why nothing goes on is unfolded.
    pub why_open: bool,
    /// What was copied last from a place that says so.
    pub copied: Option<&'static str>,
}

impl Default for Look {
    fn default() -> Self {
        Look {
            form: Form::Diagram,
            row: ROW_PIXELS,
            width: 600.0,
            left: 0.0,
            bytes: BytesTab::Call,
            picked: None,
            why_open: false,
            copied: None,
        }
    }
}

/// How the timeline shows the calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// Lanes, boxes and arrows.
    #[default]
    Diagram,
    /// A row of text for each call.
    Calls,
}

/// What the panel of bytes shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BytesTab {
    /// The bytes of the selected call.
    #[default]
    Call,
    /// Everything that the selected call's connection carried, both ways.
    Conversation,
}

/// A range of bytes that is selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picked {
    /// The dump: `sent` or `received`.
    pub dump: String,
    pub start: usize,
    pub end: usize,
}

/// A way to write bytes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    Hex,
    Text,
    Python,
}

/// What can happen to how the visitor looks.
#[derive(Debug, Clone)]
pub enum LookEvent {
    Form(Form),
    /// Makes rows higher or lower; what is at `at` pixels from the top stays there.
    Zoom {
        factor: f64,
        at: f64,
    },
    ZoomReset,
    /// The timeline's measures.
    Measured {
        width: f64,
    },
    ScrolledAcross(f64),
    /// Shows the moment at this part of the whole time, from 0 to 1.
    Moment(f64),
    /// Selects the call beside the selected one, so many lanes further right.
    SelectAcross(i64),
    /// Shows only the calls on a socket, or all again.
    Socket(SocketKey),
    /// Shows every call again.
    ClearFilter,
    Bytes(BytesTab),
    Picked(Option<Picked>),
    /// Copies bytes of the selected call.
    CopyBytes(Spelling),
    /// Copies a text, and says so in this place.
    CopyText {
        text: String,
        place: &'static str,
    },
    WhyToggle,
}
