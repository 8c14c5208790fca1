//! Sockpit's backend: serves the page and makes the real system calls of its programs.
//!
//! # Layout
//!
//! - [`config`]: what the operator may set, and [`limits`]: every bound there is.
//! - [`server`]: accepts connections, serves the page, opens sessions, shuts down.
//! - `tls`: the certificate and its key.
//! - `session`: one WebSocket is one session: its event loop; `link` is the WebSocket itself.
//! - `budget`: what a session may use up, over time and together with others.
//! - `call`: what each call does; one file per family of calls.
//! - [`policy`]: the only place that allows or denies an address.
//! - `judge`: the policy as one session meets it; [`audit`]: what it was asked, and what it said.
//! - `metrics`: what the operator counts; [`logging`]: what the operator reads.
//! - `loopback`: a loopback of its own for each session, address in, address out; `room`: visitors
//!   who share one.
//! - `sockets`: the session's sockets by id; `socket`: one socket and its system calls;
//!   `epoll`: a set of them that the kernel watches.
//! - `handover`: descriptors on their way from one program to another.
//! - `names`: the paths and abstract names of the session's Unix sockets.
//! - `patience`: how long a call waits, and what ends the wait early.
//! - `resolve`: names to addresses, off the runtime.
//! - `errno`: the only place where the host's error numbers become names.
//! - [`memory`]: what the process keeps of what was freed, and what it gives back when a crowd
//!   has gone.
//! - `sys`: the few system calls that no crate offers safely.
//! - `bench`: what the micro-benchmarks reach for.
//! - [`assets`]: what the build put into the executable.

pub mod config;
pub mod limits;
pub mod memory;
pub mod server;

mod tls;

mod session;

mod budget;

mod room;

mod clock;

mod link;

mod call;

pub mod policy;

mod judge;

pub mod audit;

mod metrics;

pub mod logging;

mod loopback;

mod sockets;

mod socket;

mod epoll;

mod handover;

mod names;

mod patience;

mod payload;

mod resolve;

mod errno;

mod sys;

pub mod assets;

#[cfg(any(test, fuzzing))]
pub mod exercise;

pub mod export;

#[doc(hidden)]
pub mod bench;
