//! The page as files for any web server: it opens, edits and replays sessions; running them
//! needs a backend, and the page says so.

use std::fs;
use std::io;
use std::path::Path;

use crate::assets::{self, Asset};
use crate::server::CONTENT_POLICY;

/// Where the page's own files are; the interpreter and its library need a backend anyway.
const PAGE_FOLDER: &str = "/page/";

/// Writes the page into a folder; returns how many files it has.
pub fn export(folder: &Path) -> io::Result<usize> {
    let index = assets::find("/").ok_or_else(|| io::Error::other("there is no page"))?;
    let text = String::from_utf8(bytes(index)?).map_err(io::Error::other)?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("index.html"), standing_alone(&text))?;
    let mut written = 1;
    for (path, asset) in assets::all().filter(|(path, _)| path.starts_with(PAGE_FOLDER)) {
        let target = folder.join(path.trim_start_matches('/'));
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(target, bytes(asset)?)?;
        written += 1;
    }
    Ok(written)
}

/// Makes the page find its files wherever it lies, and know that no backend is behind it.
fn standing_alone(index: &str) -> String {
    // What a header says elsewhere; frames are not for a page to speak about itself.
    let policy = CONTENT_POLICY.split("; frame-ancestors").next().unwrap_or_default();
    let head = format!(
        "<head>\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"sockpit-backend\" content=\"none\">"
    );
    index
        .lines()
        .filter(|line| {
            !line.contains("name=\"sockpit-guest") && !line.contains("name=\"sockpit-library\"")
        })
        .collect::<Vec<&str>>()
        .join("\n")
        .replacen("<head>", &head, 1)
        .replace("\"/page/", "\"page/")
}

fn bytes(asset: &Asset) -> io::Result<Vec<u8>> {
    if let Some(identity) = asset.identity {
        return Ok(identity.to_vec());
    }
    let mut bytes = Vec::new();
    brotli_decompressor::BrotliDecompress(&mut &asset.brotli[..], &mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_finds_its_files_beside_it() {
        let index = "<html>\n<head>\n<meta name=\"sockpit-guest\" content=\"/guest/1/python.wasm\">\n\
                     <meta name=\"sockpit-guest-tls\" content=\"/guest/2/python-tls.wasm\">\n\
                     <script src=\"/page/1/start.js\"></script>";
        let alone = standing_alone(index);
        assert!(alone.contains("src=\"page/1/start.js\""), "{alone}");
        assert!(alone.contains("name=\"sockpit-backend\" content=\"none\""), "{alone}");
        assert!(!alone.contains("guest") && !alone.contains("frame-ancestors"), "{alone}");
    }
}
