//! Where things are: the sources, and the folder the build works in.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The places a build reads from and writes to.
pub(crate) struct Workshop {
    /// The repository.
    pub(crate) root: PathBuf,
    /// What the build makes and keeps: `target/page`.
    pub(crate) page: PathBuf,
    /// What this build of the backend includes.
    pub(crate) out: PathBuf,
}

impl Workshop {
    pub(crate) fn open() -> anyhow::Result<Workshop> {
        let manifest = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
        let root = manifest.parent().context("the backend has no workspace around it")?.to_owned();
        let out = PathBuf::from(variable("OUT_DIR")?);
        let target = target_directory(&out).unwrap_or_else(|| root.join("target"));
        let page = target.join("page");
        fs::create_dir_all(&page)
            .with_context(|| format!("failed to create {}", page.display()))?;
        Ok(Workshop { root, page, out })
    }

    /// A folder under `target/page`, made if it is missing.
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.page.join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("failed to create {}", folder.display()))?;
        Ok(folder)
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.page.join("build.log")
    }

    /// Keeps a debug and a release build from working in the folder at once.
    pub(crate) fn lock(&self) -> anyhow::Result<File> {
        let lock = File::create(self.page.join("lock"))?;
        lock.lock().context("failed to lock target/page")?;
        Ok(lock)
    }

    /// Names what the page is made of, so that cargo runs this script for a change to one of
    /// those and for nothing else: a change to the backend's own sources is not among them.
    pub(crate) fn watch_sources(&self) -> anyhow::Result<()> {
        let whole = ["Cargo.toml", "Cargo.lock", "shared/src", "shared/Cargo.toml", "web"];
        let here = [
            "backend/build.rs",
            "backend/build",
            "frontend/build",
            "frontend/src",
            "frontend/Cargo.toml",
        ];
        for path in whole.iter().chain(&here) {
            watch(&self.root.join(path));
        }
        // Native builds of the interpreter leave their own target directory in its folder.
        for entry in fs::read_dir(self.root.join("frontend/python"))? {
            let entry = entry?;
            if !["target", "tests"].iter().any(|name| entry.file_name() == *name) {
                watch(&entry.path());
            }
        }
        Ok(())
    }
}

/// Reads a variable that cargo sets for build scripts.
pub(crate) fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set; run this through cargo"))
}

fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

/// Cargo marks its target directory with a file; the output directory lies somewhere in it.
fn target_directory(out: &Path) -> Option<PathBuf> {
    out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists()).map(Path::to_owned)
}
