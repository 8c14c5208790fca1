//! The tour: what a first visit may be shown, step by step.

use super::state::Place;

/// Where the visitor is in the tour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tour {
    /// Nobody takes it. It can be started at any time.
    #[default]
    Off,
    /// A first visit is asked; next is a step, or off for good.
    Offered,
    /// A step is shown, counted from 0; next is another step, or off.
    At(usize),
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// What is lit up: a name that `web/style` knows.
    pub part: &'static str,
    pub title: &'static str,
    pub text: &'static str,
    /// What a narrow window shows meanwhile.
    pub place: Place,
}

/// The steps, in order.
pub const STEPS: [Step; 6] = [
    Step {
        part: "panes",
        title: "Programs, side by side",
        text: "Each pane is a Python program of its own: here a server and a client. Change \
               anything. The status beside its name says what a program is doing.",
        place: Place::Programs,
    },
    Step {
        part: "run",
        title: "Run all",
        text: "Starts them in order, each when the one before it is ready, so that a client never \
               comes before its server. The sockets are real: this machine makes every call.",
        place: Place::Programs,
    },
    Step {
        part: "timeline",
        title: "See every call",
        text: "A box is a call, from its start to its end; hatched means that it waited. Arrows \
               join what one program sent to what another received. Click a box to find its line.",
        place: Place::Timeline,
    },
    Step {
        part: "bytes",
        title: "Look into the bytes",
        text: "Select a call that carried data, and here is what went over the wire, as numbers \
               and as text. Beside it: every socket and its state.",
        place: Place::Bytes,
    },
    Step {
        part: "learn",
        title: "Examples and reference",
        text: "Examples that each show one thing, with something to try. The reference explains \
               every method, when it waits and what its errors mean.",
        place: Place::Programs,
    },
    Step {
        part: "share",
        title: "A link is a lesson",
        text: "Share puts the programs into a link. Nothing is stored on a server, and a link \
               never runs anything by itself. This tour waits for you under ?.",
        place: Place::Programs,
    },
];
