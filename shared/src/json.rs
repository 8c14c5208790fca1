//! One way to read JSON: from bytes.
//!
//! `serde_json` compiles what reads a type once for each kind of source, and the page, which is
//! downloaded, reads both bytes and text. As bytes, text is the same source.

use serde::Deserialize;

/// Reads a value out of JSON text.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    serde_json::from_slice(text.as_bytes())
}
