//! Messages with bytes changed: the body of a fuzz target, on what the wire's own files hold.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "it is how a test fails")]

use std::path::Path;

use proptest::prelude::*;
use shared::frame::{ClientMessage, ServerMessage, join, split};

include!("../../fuzz/bodies/frames.rs");

/// Returns every message of the wire's files.
fn messages() -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let files = std::fs::read_dir(directory).unwrap();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    texts
        .flat_map(|text| {
            let lines = text.lines().map(|line| line.trim_start_matches(['→', '←', ' ']));
            lines.map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_message_of_the_wires_files() {
    for message in messages() {
        frames(&message);
        frames(&join(&message, b"payload"));
    }
}

proptest! {
    #[test]
    fn messages_with_bytes_changed(
        which: prop::sample::Index,
        other: prop::sample::Index,
        cut: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        payload in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let messages = messages();
        let (one, other) = (which.get(&messages), other.get(&messages));
        // The beginning of one and the end of another, as the fuzzer crosses them.
        let place = cut.index(one.len().min(other.len()));
        let mut message = [&one[..place], &other[place..]].concat();
        for (place, byte) in changes {
            *place.get_mut(&mut message) = byte;
        }
        frames(&message);
        frames(&join(&message, &payload));
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        frames(&bytes);
    }
}
