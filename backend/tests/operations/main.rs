//! The backend in a process of its own, as operators run it: one subject per file.
//!
//! A crate of their own, because to start a process is to share, for a moment, every descriptor
//! that the tests beside it have: a listener that one of them closes would stay open meanwhile.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod process;
#[path = "../support/mod.rs"]
mod support;

mod audit;
mod command_line;
mod descriptors;
mod logs;
mod metrics;
mod signals;
mod soak;
mod stalled_memory;
