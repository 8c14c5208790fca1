//! Makes the JavaScript that joins the page's WebAssembly to the browser.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use wasm_bindgen_cli_support::Bindgen;

use crate::compress::content_hash;
use crate::progress::Progress;
use crate::workshop::Workshop;

/// Runs wasm-bindgen over the page's module; returns the folder with what it made.
pub(crate) fn run(
    workshop: &Workshop,
    progress: &Progress,
    module: &Path,
) -> anyhow::Result<PathBuf> {
    let bytes = fs::read(module)?;
    let folder = workshop.page.join("bindgen");
    let stamp = folder.join("made-from");
    let hash = content_hash([bytes.as_slice()]);
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == hash) {
        return Ok(folder);
    }
    progress.say("Binding", "the page's WebAssembly (wasm-bindgen)");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    Bindgen::new()
        .input_path(module)
        .out_name("page")
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&folder)
        .context("wasm-bindgen failed; its version in backend/Cargo.toml must be the one of wasm-bindgen in Cargo.lock")?;
    fs::write(stamp, hash)?;
    Ok(folder)
}
