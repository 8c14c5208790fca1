//! Links, documents and recordings with bytes changed: the body of a fuzz target.

#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use frontend::session::link::{self, Fragment};
use frontend::session::pcapng;
use frontend::session::recording::Recording;
use frontend::session::tape::{self, Tape};
use frontend::timeline::flow::Flow;
use frontend::timeline::format;
use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use miniz_oxide::inflate::decompress_to_vec_zlib;
use proptest::prelude::*;
use shared::frame::to_json;
use shared::session::Session;

include!("../../fuzz/bodies/documents.rs");

/// Documents and links that are good, for bytes of them to be changed.
const GOOD: [&[u8]; 3] = [
    br#"{"v":1,"programs":[{"name":"a.py","code":"print(1)\n"}]}"#,
    br#"{"v":1,"title":"T","notes":"*n*","programs":[{"name":"a.py","code":"","args":["x"],"autostart":false},{"name":"b.py","code":"\u0000"}],"view":{"layout":"rows","open":"timeline"}}"#,
    b"#session=q1YqU7Iy1FEqKMpPL04tLlayio6tBQA",
];

/// Returns them, and what the file of a recording holds packed.
fn good() -> Vec<Vec<u8>> {
    let file = include_str!("../src/session/tape/first.txt");
    let file = URL_SAFE_NO_PAD.decode(file.trim()).unwrap();
    let recording = decompress_to_vec_zlib(&file[MAGIC_BYTES..]).unwrap();
    GOOD.iter().map(|good| good.to_vec()).chain([recording]).collect()
}

#[test]
fn good_documents() {
    for document in good() {
        documents(&document);
    }
}

proptest! {
    #[test]
    fn documents_with_bytes_changed(
        which: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut: prop::sample::Index,
    ) {
        let mut document = which.get(&good()).clone();
        for (place, byte) in changes {
            *place.get_mut(&mut document) = byte;
        }
        documents(&document);
        documents(&document[..cut.index(document.len())]);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        documents(&bytes);
    }
}
