//! What the page says about calls, derived from the recording and from nothing else.
//!
//! Pure: everything here runs in a plain `#[test]`.
//!
//! - [`format`]: calls, results, durations and sizes in words.
//! - [`rows`]: one row per call.
//! - [`spans`]: which rows a call's box reaches over.
//! - [`sockets`]: the table of sockets.
//! - [`explain`]: what an error means, its usual cause, what to try.
//! - [`hex`]: bytes as offset, hex and text.

pub mod about;
pub mod conversation;
pub mod explain;
pub mod flow;
pub mod format;
pub mod hex;
pub mod rows;
pub mod sequence;
pub mod sockets;
pub mod spans;
pub mod stuck;

#[cfg(test)]
pub(crate) mod testing;
