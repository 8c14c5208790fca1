//! The session as data: the share link, the recording and its file, and help with programs of the last
//! decade.

pub mod link;
pub mod order;
pub mod pcapng;
pub mod python2;
pub mod qr;
pub mod recording;
pub mod shown;
pub mod tape;
