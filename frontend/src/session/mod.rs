//! The session as data: the share link, the recording, and help with programs of the last
//! decade.

pub mod link;
pub mod order;
pub mod python2;
pub mod recording;
