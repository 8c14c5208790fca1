//! The page and its kernel worker: one WebAssembly module with two entries.
//!
//! # Layout
//!
//! - [`messages`]: what the page and the kernel worker say to each other.
//! - [`session`]: pure: the share link, the recording, help with Python 2.
//! - [`timeline`]: pure: calls in words, the table of sockets, hex, explained errors.
//! - [`kernel`]: the worker that owns the WebSocket, the programs, their files and fds.
//! - [`page`]: what the visitor sees: state, events, views; its rim runs in the browser only.

pub mod kernel;
pub mod messages;
pub mod page;
pub mod session;
pub mod timeline;
