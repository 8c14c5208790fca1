//! The session as data: the recording, the share link.

pub mod recording;
