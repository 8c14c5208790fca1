//! What lies over the page.

use crate::session::qr::Code;

/// Something over the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    Examples,
    Reference,
    Share(Box<Sharing>),
    /// Running needs a backend, and how to start one.
    NoBackend,
    Keys,
    /// What programs may reach, by the host's rules and by the visitor's word.
    Reach,
    /// Who is in the room, and what they show each other.
    Room,
    /// Adds a program, or renames or removes one.
    Program {
        id: Option<u64>,
        draft: String,
        /// Its arguments, as one line.
        arguments: String,
        problem: Option<Problem>,
    },
}

/// Why the dialog of a program cannot be confirmed, by the field that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    Name(String),
    Arguments(String),
}

/// What the share dialog is about, made once when it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharing {
    /// The link with the programs alone.
    pub session: String,
    /// The link with the recording too; none where there is none or it is too long.
    pub replay: Option<String>,
    /// The visitor wants the recording in the link.
    pub with_replay: bool,
    pub copied: Option<Copied>,
    /// The QR codes of both links, where they are short enough.
    pub codes: [Option<Code>; 2],
}

impl Sharing {
    /// Returns the link as the visitor wants it.
    pub fn link(&self) -> &str {
        self.replay.as_ref().filter(|_| self.with_replay).unwrap_or(&self.session)
    }
}

/// What was copied last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    Link,
    /// The frame for a page.
    Embed,
    /// The link for a text in Markdown.
    Markdown,
    /// A text from a place of the page that says so itself.
    Place(&'static str),
}

/// What can be saved as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The session document.
    Session,
    /// The run so far, to be replayed.
    Recording,
    /// The run so far, for Wireshark.
    Capture,
}
