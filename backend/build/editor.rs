//! Bundles the editor with npm, where there is npm.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::compress::content_hash;
use crate::progress::Progress;
use crate::workshop::Workshop;

/// Makes `editor.js` out of `web/editor`; returns where it is.
///
/// Without npm, or where its packages cannot be fetched, there is none, and the page falls back
/// to a plain editor. A broken source is an error all the same.
pub(crate) fn bundle(workshop: &Workshop, progress: &Progress) -> anyhow::Result<Option<PathBuf>> {
    let source = workshop.root.join("web/editor");
    let folder = workshop.folder("editor")?;
    let bundle = folder.join("dist/editor.js");
    let stamp = folder.join("made-from");
    let files = read_sources(&source)?;
    let hash = content_hash(files.iter().map(|(_, bytes)| bytes.as_slice()));
    if bundle.exists() && fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == hash) {
        return Ok(Some(bundle));
    }
    // npm works in a copy, so that it leaves nothing in the source tree.
    for (name, bytes) in &files {
        fs::write(folder.join(name), bytes)?;
    }
    progress.say("Fetching", "the editor's packages (npm ci)");
    if let Err(error) = npm(&folder, progress, &["ci", "--no-audit", "--no-fund", "--silent"]) {
        progress.note(&format!("{error:#}"));
        let notice = "the page gets a plain editor, because npm did not run; install Node.js with \
                      npm (and let it reach its registry), touch web/editor and build again";
        println!("cargo::warning={notice}");
        progress.say("Notice", notice);
        return Ok(None);
    }
    progress.say("Bundling", "the editor (esbuild)");
    npm(&folder, progress, &["run", "--silent", "build"])
        .context("failed to bundle the editor (web/editor)")?;
    if !bundle.exists() {
        bail!("the editor's build made no {}", bundle.display());
    }
    fs::write(stamp, hash)?;
    Ok(Some(bundle))
}

/// The plain files of the folder, in order of their names.
fn read_sources(source: &Path) -> anyhow::Result<Vec<(std::ffi::OsString, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(source).context("failed to read web/editor")? {
        let path = entry?.path();
        if path.is_file() {
            let name = path.file_name().unwrap_or(OsStr::new("")).to_owned();
            files.push((name, fs::read(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

fn npm(folder: &Path, progress: &Progress, arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("npm")
        .args(arguments)
        .current_dir(folder)
        .output()
        .context("failed to start npm")?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    progress.note(&said);
    if !output.status.success() {
        bail!("npm {} failed:\n{said}", arguments.join(" "));
    }
    Ok(())
}
