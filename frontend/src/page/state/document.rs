//! What the session is, besides its programs.

use shared::session::{Session, View};

use super::Program;
use crate::page::examples::Lesson;

/// What the session is, besides its programs.
#[derive(Debug, Default)]
pub struct Document {
    pub title: String,
    pub notes: String,
    pub view: View,
    pub origin: Origin,
    /// The visitor changed something since it was opened.
    pub edited: bool,
    /// The draft it is kept as; none while it is nobody's own.
    pub draft: Option<String>,
    /// What an example teaches.
    pub lesson: Option<Lesson>,
    /// The strip with the notes was put away.
    pub notes_closed: bool,
    /// Something of it was run: whoever did has read that nothing runs by itself.
    pub ran: bool,
}

/// Where the session came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// The visitor's own, kept on this machine.
    #[default]
    Own,
    Example(String),
    /// The program of this card of the reference.
    Card(String),
    Link,
    /// A session's or a recording's file.
    File,
    /// Put here by a script of the page that shows this one, through `window.sockpit`.
    Script,
}

/// What was on the page before, for "Undo".
#[derive(Debug)]
pub enum Undo {
    /// Another session was opened in its place.
    Opened {
        session: Session,
        origin: Origin,
        edited: bool,
        lesson: Option<Lesson>,
        draft: Option<String>,
    },
    /// A program was removed from this place.
    Removed { index: usize, program: Box<Program> },
}
