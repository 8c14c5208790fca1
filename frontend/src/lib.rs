//! The page and its kernel worker: one WebAssembly module with two entries.
//!
//! # Layout
//!
//! - [`messages`]: what the page and the kernel worker say to each other.
//! - [`session`]: pure: the share link and the recording.
//! - [`kernel`]: the worker that owns the WebSocket, the programs, their files and fds.
//! - `page` (in the browser only): what the visitor sees.

pub mod kernel;
pub mod messages;
pub mod session;

#[cfg(target_arch = "wasm32")]
mod page;
