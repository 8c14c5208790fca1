//! Runs cargo within cargo: the two WebAssembly halves, each in a target directory of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::blank;
use crate::library::package_folder;
use crate::progress::Progress;
use crate::workshop::{Workshop, variable};

const GUEST_TARGET: &str = "wasm32-wasip1-threads";
const PAGE_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the Rust targets that are missing, through rustup.
pub(crate) fn add_missing_targets(progress: &Progress) -> anyhow::Result<()> {
    let rustc = variable("RUSTC")?;
    let output = Command::new(&rustc).args(["--print", "sysroot"]).output()?;
    let sysroot = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    for target in [PAGE_TARGET, GUEST_TARGET] {
        if sysroot.join("lib/rustlib").join(target).join("lib").exists() {
            continue;
        }
        progress.say("Adding", &format!("the Rust target {target} (rustup target add {target})"));
        let fix = format!(
            "the Rust target {target} is not installed and could not be added.\n\
             Fix: run `rustup target add {target}`, then build again. (Without rustup, install \
             your distribution's package of the Rust standard library for it.)"
        );
        let status = Command::new("rustup").args(["target", "add", target]).status();
        if !status.context(fix.clone())?.success() {
            bail!(fix);
        }
    }
    Ok(())
}

/// What came of building the Python interpreter.
pub(crate) struct Guest {
    /// Its WebAssembly file.
    pub(crate) module: PathBuf,
    /// That of the one with `ssl`, which programs that need it load instead.
    pub(crate) module_tls: PathBuf,
    /// The folder with what its build made for the standard library: compiled modules, tables.
    pub(crate) library: PathBuf,
}

/// Builds the Python interpreter without and with `ssl`, or takes those that `SOCKPIT_GUEST`
/// names.
///
/// Both are made of the same crates in the same folder: the second build compiles what differs.
pub(crate) fn build_guest(workshop: &Workshop, progress: &Progress) -> anyhow::Result<Guest> {
    let given = std::env::var_os("SOCKPIT_GUEST").map(PathBuf::from);
    let page = given.as_ref().unwrap_or(&workshop.page);
    let images = page.join("images");
    let guest = Guest {
        module: images.join("python.wasm"),
        module_tls: images.join("python-tls.wasm"),
        library: page.join("library"),
    };
    if given.is_some() {
        progress.say("Taking", &format!("the Python interpreter from {}", page.display()));
    } else {
        workshop.folder("images")?;
        let what = "the Python interpreter";
        announce(progress, what, "4 to 6 minutes", &guest.module);
        build_image(workshop, progress, &guest.library, &guest.module, what, &[WITHOUT_TLS])?;
        let package = package_folder(workshop, blank::PACKAGE)?;
        let kilobytes = blank::tables(&guest.module, &package)? / 1000;
        progress.say("Blanked", &format!("{kilobytes} KB of tables that nothing leads to"));
        let what = "the Python interpreter with TLS";
        announce(progress, what, "2 to 3 minutes", &guest.module_tls);
        build_image(workshop, progress, &guest.library, &guest.module_tls, what, &[])?;
    }
    for path in [&guest.module, &guest.module_tls, &guest.library] {
        existing(path.clone())?;
    }
    Ok(guest)
}

/// What the interpreter that a first visit loads is built with: TLS is its only feature.
const WITHOUT_TLS: &str = "--no-default-features";

fn build_image(
    workshop: &Workshop,
    progress: &Progress,
    library: &Path,
    image: &Path,
    what: &str,
    features: &[&str],
) -> anyhow::Result<()> {
    let target = workshop.folder("guest")?;
    let mut cargo = nested_cargo(&workshop.root.join("frontend/python"))?;
    // The pinned parser crates declare a newer Rust than they need.
    cargo.args(["build", "--release", "--locked", "--ignore-rust-version"]);
    cargo.args(["--target", GUEST_TARGET]).arg("--target-dir").arg(&target).args(features);
    // `parking_lot_core` can only park a WebAssembly thread with its `nightly` feature, which
    // takes one unstable intrinsic. This allows it to that one crate on the stable compiler.
    cargo.env("RUSTC_BOOTSTRAP", "parking_lot_core");
    cargo.env("SOCKPIT_LIBRARY", library);
    run(cargo, progress, "Python", what)?;
    // The next build puts its own result there.
    let module = target.join(GUEST_TARGET).join("release/python.wasm");
    fs::copy(existing(module)?, image)
        .with_context(|| format!("failed to write {}", image.display()))?;
    Ok(())
}

/// Builds the page and its kernel worker; returns their WebAssembly file.
pub(crate) fn build_frontend(workshop: &Workshop, progress: &Progress) -> anyhow::Result<PathBuf> {
    let target = workshop.folder("frontend")?;
    let mut cargo = nested_cargo(&workshop.root)?;
    cargo.args(["build", "--profile", "page", "--locked", "-p", "frontend", "--lib"]);
    cargo.args(["--target", PAGE_TARGET]).arg("--target-dir").arg(&target);
    let module = target.join(PAGE_TARGET).join("page/frontend.wasm");
    announce(progress, "the page", "1 to 2 minutes", &module);
    run(cargo, progress, "Page", "the page")?;
    existing(module)
}

/// Says how long the first build takes, and nothing before a later one that may find all done.
fn announce(progress: &Progress, what: &str, how_long: &str, module: &Path) {
    if !module.exists() {
        progress.say("Building", &format!("{what} ({how_long} the first time)"));
    }
}

/// A cargo that knows nothing of the build it runs in, but for its share of the processors.
pub(crate) fn nested_cargo(folder: &Path) -> anyhow::Result<Command> {
    let mut cargo = Command::new(variable("CARGO")?);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(belongs_to_the_outer_build) {
            cargo.env_remove(name);
        }
    }
    // The configuration files that cargo reads are those of the folder it runs in.
    cargo.current_dir(folder);
    Ok(cargo)
}

fn belongs_to_the_outer_build(name: &str) -> bool {
    let kept = ["CARGO_HOME", "CARGO_MAKEFLAGS"];
    // How to reach the registry is the machine's affair and the same for every build.
    let kept_groups = ["CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTR", "CARGO_SOURCE_"];
    let outer = ["OUT_DIR", "TARGET", "HOST", "OPT_LEVEL", "PROFILE", "DEBUG", "NUM_JOBS"];
    let outer_groups = ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "DEP_"];
    let starts = |groups: &[&str]| groups.iter().any(|group| name.starts_with(group));
    if kept.contains(&name) || starts(&kept_groups) {
        return false;
    }
    outer.contains(&name) || starts(&outer_groups)
}

/// Runs a nested build, showing its progress line by line.
fn run(mut cargo: Command, progress: &Progress, verb: &str, what: &str) -> anyhow::Result<()> {
    progress.note(&format!("{cargo:?}"));
    let mut child = cargo
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("failed to start cargo")?;
    let stderr = child.stderr.take().context("cargo has no standard error")?;
    let mut said = Vec::new();
    for line in BufReader::new(stderr).lines() {
        let line = line?;
        match line.trim_start().split_once(' ') {
            Some(("Compiling" | "Downloading" | "Downloaded", rest)) => {
                progress.say(verb, rest.trim_start());
            }
            _ => {
                progress.note(&line);
                said.push(line);
            }
        }
    }
    let status = child.wait()?;
    if status.success() {
        return Ok(());
    }
    let arguments: Vec<_> = cargo.get_args().map(|argument| argument.to_string_lossy()).collect();
    let folder = cargo.get_current_dir().unwrap_or(Path::new("."));
    bail!(
        "failed to build {what} ({status}).\n{}\nThe command was, in {}: cargo {}",
        said.join("\n"),
        folder.display(),
        arguments.join(" ")
    )
}

fn existing(path: PathBuf) -> anyhow::Result<PathBuf> {
    if !path.exists() {
        bail!("{} is missing", path.display());
    }
    Ok(path)
}
