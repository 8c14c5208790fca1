//! Links, session documents and recordings, as strangers can make them.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use frontend::session::link::{self, Fragment};
use frontend::session::recording::Recording;
use frontend::session::tape::{self, Tape};
use frontend::session::pcapng;
use frontend::timeline::flow::Flow;
use frontend::timeline::format;
use libfuzzer_sys::fuzz_target;
use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use shared::frame::to_json;
use shared::session::Session;

include!("../bodies/documents.rs");

fuzz_target!(|bytes: &[u8]| documents(bytes));
