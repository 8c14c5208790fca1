//! Collects Python's standard library, for the modules the interpreter does not carry itself.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

use crate::nested::nested_cargo;
use crate::progress::Progress;
use crate::workshop::Workshop;

/// The package that carries CPython's `Lib` for the interpreter.
const LIBRARY_PACKAGE: &str = "rustpython-pylib";

/// Folders that no program in a tab can use: tests, windows, other interpreters' installers.
const LEFT_OUT: [&str; 9] = [
    "test",
    "tests",
    "idlelib",
    "lib2to3",
    "ensurepip",
    "tkinter",
    "turtledemo",
    "venv",
    "__pycache__",
];

/// A module's file: its path below the library, and its text.
pub(crate) struct Module {
    pub(crate) path: String,
    pub(crate) text: Vec<u8>,
}

/// Returns the library's modules in order of their paths.
pub(crate) fn collect(workshop: &Workshop, progress: &Progress) -> anyhow::Result<Vec<Module>> {
    let folder = library_folder(workshop)?;
    let mut modules = Vec::new();
    gather(&folder, &folder, &mut modules)?;
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    progress.say("Collected", &format!("{} modules of the standard library", modules.len()));
    Ok(modules)
}

/// The listing that the kernel worker loads: every path and its size in bytes.
pub(crate) fn index(modules: &[Module]) -> Vec<u8> {
    let files: Vec<Value> =
        modules.iter().map(|module| json!([module.path, module.text.len()])).collect();
    json!({ "files": files }).to_string().into_bytes()
}

/// Asks cargo where the package's source is.
fn library_folder(workshop: &Workshop) -> anyhow::Result<PathBuf> {
    let mut cargo = nested_cargo(&workshop.root.join("frontend/python"))?;
    let output = cargo.args(["metadata", "--format-version", "1", "--locked"]).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).with_context(|| {
        format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr))
    })?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let package = packages.iter().find(|package| package["name"] == LIBRARY_PACKAGE);
    let manifest = package
        .and_then(|package| package["manifest_path"].as_str())
        .with_context(|| format!("frontend/python does not depend on {LIBRARY_PACKAGE}"))?;
    Ok(Path::new(manifest).with_file_name("Lib"))
}

fn gather(library: &Path, folder: &Path, modules: &mut Vec<Module>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder);
    for entry in entries.with_context(|| format!("failed to read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !LEFT_OUT.contains(&name) {
            gather(library, &path, modules)?;
        } else if path.is_file() && name.ends_with(".py") {
            let below = path.strip_prefix(library)?.to_str().context("a path is not UTF-8")?;
            modules.push(Module { path: below.to_owned(), text: fs::read(&path)? });
        }
    }
    Ok(())
}
