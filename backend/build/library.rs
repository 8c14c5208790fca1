//! Collects Python's standard library, for the modules the interpreter does not carry itself:
//! their sources, and what the interpreter's build made of them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

use crate::imports;
use crate::nested::nested_cargo;
use crate::progress::Progress;
use crate::workshop::Workshop;

/// The package that carries CPython's `Lib` for the interpreter.
const LIBRARY_PACKAGE: &str = "rustpython-pylib";

/// Folders that no program in a tab can use: tests, windows, other interpreters' installers.
const LEFT_OUT: [&str; 8] =
    ["test", "tests", "idlelib", "lib2to3", "ensurepip", "tkinter", "turtledemo", "venv"];

/// A file of the library: its path below the library's folder, and its content.
pub(crate) struct Module {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

/// Returns the library's files in order of their paths: the sources, and the files `made` of
/// them.
pub(crate) fn collect(
    workshop: &Workshop,
    progress: &Progress,
    made: &Path,
) -> anyhow::Result<Vec<Module>> {
    let folder = package_folder(workshop, LIBRARY_PACKAGE)?.join("Lib");
    let mut modules = Vec::new();
    gather(&folder, &folder, ".py", &mut modules)?;
    let sources = modules.len();
    gather(made, made, "", &mut modules)?;
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    progress.say("Collected", &format!("{sources} modules of the standard library"));
    Ok(modules)
}

/// The listing that the kernel worker loads: every path and its size in bytes, and what to
/// fetch along with which.
pub(crate) fn index(modules: &[Module]) -> Vec<u8> {
    let files: Vec<Value> =
        modules.iter().map(|module| json!([module.path, module.bytes.len()])).collect();
    json!({ "files": files, "next": imports::of_compiled(modules) }).to_string().into_bytes()
}

/// Asks cargo where the source of a package is that the interpreter is made of.
pub(crate) fn package_folder(workshop: &Workshop, name: &str) -> anyhow::Result<PathBuf> {
    let mut cargo = nested_cargo(&workshop.root.join("frontend/python"))?;
    let output = cargo.args(["metadata", "--format-version", "1", "--locked"]).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).with_context(|| {
        format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr))
    })?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let package = packages.iter().find(|package| package["name"] == name);
    let manifest = package
        .and_then(|package| package["manifest_path"].as_str())
        .with_context(|| format!("frontend/python does not depend on {name}"))?;
    Ok(Path::new(manifest).with_file_name(""))
}

fn gather(
    library: &Path,
    folder: &Path,
    ending: &str,
    modules: &mut Vec<Module>,
) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder);
    for entry in entries.with_context(|| format!("failed to read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !LEFT_OUT.contains(&name) {
            gather(library, &path, ending, modules)?;
        } else if path.is_file() && name.ends_with(ending) {
            let below = path.strip_prefix(library)?.to_str().context("a path is not UTF-8")?;
            modules.push(Module { path: below.to_owned(), bytes: fs::read(&path)? });
        }
    }
    Ok(())
}
