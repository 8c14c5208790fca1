//! Messages on the WebSocket: whatever arrives is read or refused, and nothing is lost in
//! writing it again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::frame::{ClientMessage, ServerMessage, join, split};

include!("../bodies/frames.rs");

fuzz_target!(|bytes: &[u8]| frames(bytes));
