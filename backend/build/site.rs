//! Gives every file its URL.
//!
//! All but the page itself lie in folders named by a hash of their content, so that a browser
//! may keep them for ever and a new build is a new URL.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail};

use crate::compress::{Asset, Effort, content_hash};
use crate::lessons;
use crate::library::{self, Module};
use crate::nested::Guest;
use crate::workshop::Workshop;

/// A file to serve.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    /// Named by its content, so it never changes.
    pub(crate) immutable: bool,
    pub(crate) effort: Effort,
}

/// Lays the site out.
pub(crate) fn lay_out(
    workshop: &Workshop,
    guest: &Guest,
    bindings: &Path,
    editor: Option<&Path>,
    modules: Vec<Module>,
) -> anyhow::Result<Vec<File>> {
    let web = workshop.root.join("web");
    let mut page = Vec::new();
    gather(&web, "", &mut page, &is_part_of_the_page)?;
    page.push(("style.css".to_owned(), style(&web)?));
    gather(bindings, "", &mut page, &|path| path != "made-from")?;
    page.extend(books(&web)?);
    if let Some(editor) = editor {
        page.push(("editor.js".to_owned(), fs::read(editor)?));
    }
    let plain = vec![("python.wasm".to_owned(), fs::read(&guest.module)?)];
    let tls = vec![(TLS_GUEST.to_owned(), fs::read(&guest.module_tls)?)];
    let mut library = vec![("index.json".to_owned(), library::index(&modules))];
    library.extend(modules.into_iter().map(|module| (module.path, module.bytes)));

    let mut files = Vec::new();
    let page = hashed("page", page, Effort::Most, &mut files);
    let guest = hashed("guest", plain, Effort::Most, &mut files);
    let guest_tls = hashed("guest", tls, Effort::Most, &mut files);
    let library = hashed("library", library, Effort::Some, &mut files);
    let index = fs::read_to_string(web.join("index.html")).context("web/index.html is missing")?;
    let index = index
        .replace("{{page}}", &page)
        .replace("{{guest}}", &guest)
        .replace("{{guest-tls}}", &guest_tls)
        .replace("{{library}}", &library);
    if index.contains("{{") {
        bail!("web/index.html has a placeholder that the build does not know");
    }
    let bytes = index.into_bytes();
    files.push(File { path: "/".to_owned(), bytes, immutable: false, effort: Effort::Most });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// What a backend that was built without the page serves in its place.
pub(crate) fn without_page() -> Vec<Asset> {
    let text = "<!doctype html><title>Sockpit</title><p>This backend was built without the page \
                (SOCKPIT_SKIP_PAGE=1). Build it again without that variable.\n";
    let bytes = text.as_bytes().to_vec();
    let file = File { path: "/".to_owned(), bytes, immutable: false, effort: Effort::Some };
    vec![Asset::uncompressed(file)]
}

/// The stage itself: markup, style, worker bootstraps, pictures. The editor is
/// bundled, and examples and reference become a file each.
fn is_part_of_the_page(path: &str) -> bool {
    let kinds = [".js", ".svg", ".png", ".ico", ".webp", ".woff2", ".webmanifest"];
    !path.starts_with("editor/")
        && !path.starts_with("examples/")
        && kinds.iter().any(|kind| path.ends_with(kind))
}

/// The interpreter that programs with TLS load.
const TLS_GUEST: &str = "python-tls.wasm";

/// Returns whether a first visit loads the file: some are loaded when something first needs
/// them.
pub(crate) fn is_of_first_visit(path: &str) -> bool {
    !path.ends_with(TLS_GUEST) && !BOOKS.iter().any(|name| path.ends_with(name))
}

/// What the page loads when a visitor first opens it.
const BOOKS: [&str; 2] = ["examples.json", "reference.json"];

/// The gallery and the reference, each in a file of its own.
fn books(web: &Path) -> anyhow::Result<Vec<Named>> {
    let made =
        [lessons::gallery(&web.join("examples")), lessons::reference(&web.join("reference"))];
    let mut files = Vec::new();
    for (name, made) in BOOKS.into_iter().zip(made) {
        let value = made.map_err(|error| anyhow!("{error}"))?;
        files.push((name.to_owned(), value.to_string().into_bytes()));
    }
    Ok(files)
}

/// The style sheet: one file to load, made of those in `web/style` in order of their names.
fn style(web: &Path) -> anyhow::Result<Vec<u8>> {
    let mut parts = Vec::new();
    gather(&web.join("style"), "", &mut parts, &|path| path.ends_with(".css"))?;
    parts.sort();
    Ok(parts.into_iter().flat_map(|(_, bytes)| bytes).collect())
}

type Named = (String, Vec<u8>);

fn gather(
    folder: &Path,
    below: &str,
    found: &mut Vec<Named>,
    wanted: &dyn Fn(&str) -> bool,
) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().context("a file name is not UTF-8")?;
        let path = format!("{below}{name}");
        if entry.path().is_dir() {
            gather(&entry.path(), &format!("{path}/"), found, wanted)?;
        } else if wanted(&path) {
            found.push((path, fs::read(entry.path())?));
        }
    }
    Ok(())
}

/// Puts files in a folder named by their content; returns the folder's path.
fn hashed(name: &str, mut named: Vec<Named>, effort: Effort, files: &mut Vec<File>) -> String {
    named.sort();
    let content = named.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes.as_slice()]);
    let folder = format!("/{name}/{}", &content_hash(content)[..12]);
    files.extend(named.into_iter().map(|(path, bytes)| File {
        path: format!("{folder}/{path}"),
        bytes,
        immutable: true,
        effort,
    }));
    folder
}
