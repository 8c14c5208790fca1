//! What starts programs and what holds their calls.

use std::collections::VecDeque;

use crate::messages::{Granted, Pace, Ticket, Turn};
use crate::session::recording::CallNumber;

/// "Run all" in progress.
#[derive(Debug, Default)]
pub struct RunAll {
    /// Programs still to be started, in order.
    pub queue: VecDeque<String>,
    /// The one that was started last.
    pub waiting: Option<Starting>,
}

/// A program that was started and may not be ready yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Starting {
    pub program: String,
    /// It has begun to compute, at this time.
    pub running_since_ms: Option<f64>,
    /// The kernel worker has taken the command up; what it said before is about an older run.
    pub begun: bool,
}

/// What holds calls before they are made.
#[derive(Debug)]
pub struct Gate {
    pub pace: Pace,
    /// How long slow motion holds a call, also while it is off.
    pub slow_ms: u32,
    /// Methods at which a call is held.
    pub methods: Vec<String>,
    /// What stands in the field that adds one.
    pub method_draft: String,
    /// The last call before the newest run: the calls after it are an order.
    pub order_after: CallNumber,
    /// The order that was repeated last, until something else is run.
    pub order: Option<Vec<Turn>>,
    /// How many calls of it were made; nothing when it is over.
    pub repeated: Option<u32>,
    /// How a program departed from the order.
    pub diverged: Option<String>,
    pub question: Option<Question>,
    /// What programs may reach, by the visitor's word or a script's.
    pub granted: Vec<Granted>,
}

/// The question in front of the visitor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    pub ticket: Ticket,
    pub since_ms: f64,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            pace: Pace::Free,
            slow_ms: 500,
            methods: Vec::new(),
            method_draft: String::new(),
            order_after: 0,
            order: None,
            repeated: None,
            diverged: None,
            question: None,
            granted: Vec::new(),
        }
    }
}
