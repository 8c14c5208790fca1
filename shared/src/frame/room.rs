//! Rooms: who is there, and what they show each other.

use serde::{Deserialize, Serialize};

use super::{is_false, is_zero};

/// Asks for a place in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnterRoom {
    /// Letters, digits, `-` and `_`.
    pub name: String,
    /// What others there call the visitor; without it, the backend finds something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<String>,
}

/// Who shows something, and what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownNote {
    /// The visitor's number in the room.
    pub from: u32,
    /// Messages of this visitor that were left out since the last one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost: u64,
    /// The payload was left out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cut: bool,
}

/// What time it is, for a client and for the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// When the client asked, on its own clock, in microseconds.
    pub sent_us: u64,
    /// When the backend answered: microseconds on a clock of its own that only goes forward.
    pub host_us: u64,
}

/// Who is in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomState {
    pub name: String,
    /// The number of the visitor who is told.
    pub you: u32,
    /// How many visitors the room takes.
    pub capacity: u32,
    /// In the order in which they came.
    pub members: Vec<RoomMember>,
}

/// A visitor in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomMember {
    /// A number that nobody else in the room had or gets.
    pub id: u32,
    /// A name that nobody else in the room has.
    pub name: String,
    /// The visitor shows the others what their programs do.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sharing: bool,
}
