//! A client of the wire, and backends for it.

#![allow(dead_code, reason = "each crate of tests uses a part of it")]

pub(crate) mod client;
pub(crate) mod server;
