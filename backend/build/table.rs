//! Writes what `src/assets.rs` includes: one blob with all bytes, and the table over it.

use std::fmt::Write;
use std::fs;

use anyhow::Context;

use crate::compress::Asset;
use crate::progress::Progress;
use crate::site::is_of_first_visit;
use crate::workshop::Workshop;

/// Bytes of a file at most that is also carried as it is, for clients that do not take brotli.
/// The interpreter is beyond it: it would double the executable.
const IDENTITY_BYTES_MAX: usize = 1 << 20;

/// Writes `assets.bin` and the table `assets.rs`, sorted by path.
pub(crate) fn write(workshop: &Workshop, assets: &[Asset]) -> anyhow::Result<()> {
    let mut blob = Vec::new();
    let mut rows = String::new();
    for asset in assets {
        let identity = if asset.file.bytes.len() <= IDENTITY_BYTES_MAX {
            format!("Some({})", place(&mut blob, &asset.file.bytes))
        } else {
            "None".to_owned()
        };
        let brotli = place(&mut blob, &asset.brotli);
        let (path, hash) = (&asset.file.path, &asset.hash[..16]);
        writeln!(
            rows,
            "    ({path:?}, Asset {{ content_type: {:?}, identity: {identity}, \
             brotli: {brotli}, immutable: {}, etag: \"\\\"{hash}\\\"\" }}),",
            content_type(path),
            asset.file.immutable,
        )?;
    }
    let table = format!(
        "static BLOB: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/assets.bin\"));\n\n\
         static ASSETS: [(&str, Asset); {}] = [\n{rows}];\n",
        assets.len()
    );
    fs::write(workshop.out.join("assets.bin"), blob)?;
    fs::write(workshop.out.join("assets.rs"), table)?;
    Ok(())
}

/// Writes `target/page/sizes.txt`, and says the sum that a first visit transfers.
pub(crate) fn write_sizes(
    workshop: &Workshop,
    progress: &Progress,
    assets: &[Asset],
) -> anyhow::Result<()> {
    let mut text = format!("{:>10} {:>10}  path\n", "bytes", "brotli");
    let mut first_visit = 0;
    let mut library = (0, 0);
    for asset in assets {
        let (path, raw, brotli) = (&asset.file.path, asset.file.bytes.len(), asset.brotli.len());
        let in_library = path.starts_with("/library/") && !path.ends_with("/index.json");
        if in_library {
            library = (library.0 + raw, library.1 + brotli);
        } else {
            if is_of_first_visit(path) {
                first_visit += brotli;
            }
            writeln!(text, "{raw:>10} {brotli:>10}  {path}")?;
        }
    }
    writeln!(text, "{:>10} {:>10}  the library, loaded file by file", library.0, library.1)?;
    writeln!(text, "{:>10} {first_visit:>10}  a first visit", "")?;
    let path = workshop.page.join("sizes.txt");
    fs::write(&path, &text).with_context(|| format!("failed to write {}", path.display()))?;
    progress.note(&text);
    let megabytes = first_visit as f64 / 1e6;
    progress.say(
        "Made",
        &format!("the page: a first visit loads {megabytes:.2} MB ({})", path.display()),
    );
    Ok(())
}

/// Appends bytes to the blob; returns the Rust expression for the slice.
fn place(blob: &mut Vec<u8>, bytes: &[u8]) -> String {
    let start = blob.len();
    blob.extend_from_slice(bytes);
    format!("part(BLOB, {start}, {})", bytes.len())
}

fn content_type(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "ico" => "image/x-icon",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "pyc" => "application/octet-stream",
        "py" => "text/x-python; charset=utf-8",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        // Only the page itself has no extension.
        _ => "text/html; charset=utf-8",
    }
}
