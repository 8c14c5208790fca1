//! The words Sockpit's parts speak to each other, and nothing that does I/O.
//!
//! # Layout
//!
//! - [`call`]: one documented struct per socket call, and the [`Call`](call::Call) enum of them.
//! - [`reply`]: what each call returns when it succeeds.
//! - [`errno`]: why a call failed, by name.
//! - [`address`]: families, kinds and addresses.
//! - [`options`]: the socket options a program may read and set.
//! - [`frame`]: the messages on the WebSocket and how bytes ride along with them.
//! - [`guest`]: what a program in the tab asks of the kernel worker, besides WASI.
//! - [`limit`]: the limits that programs and visitors can run into, by name.
//! - [`mailbox`]: the shared words through which a program's thread and the kernel worker meet.
//! - [`session`]: the session document that a link carries.

pub mod address;
pub mod call;
pub mod errno;
pub mod frame;
pub mod guest;
pub mod handover;
pub mod json;
pub mod limit;
pub mod mailbox;
pub mod options;
pub mod reply;
pub mod session;

/// The version of the wire. Both sides refuse any other.
pub const PROTOCOL_VERSION: u32 = 1;
