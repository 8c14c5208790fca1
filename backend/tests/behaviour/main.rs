//! What the backend does, seen from a client: one behaviour per file.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod budget;
mod cancel;
mod connect_non_blocking;
mod connect_refused;
mod dup;
mod epoll;
mod half_close;
mod handshake;
mod http;
mod ipv6;
mod isolation;
mod limits;
mod malformed;
mod message;
mod names;
mod options;
mod order;
mod origin;
mod peek_and_waitall;
mod policy;
mod policy_rules;
mod poll;
mod resume;
mod rooms;
mod shutdown;
mod slow_loris;
mod slow_reader;
mod stalled_client;
mod tcp_echo;
mod teardown;
mod timeouts;
mod tls;
mod udp;
mod unix_names;
mod unix_pair;
mod urgent;
