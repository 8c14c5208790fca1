//! The calls of one session, in any order, against a model of what is open.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| backend::exercise::session(bytes));
