//! Builds everything the browser loads and embeds it in the backend.
//!
//! The steps, in order: the Rust targets, the interpreter (`frontend/python`), the page and its
//! kernel worker (`frontend`), the editor (npm), the standard library, compression, the table
//! that `src/assets.rs` includes. Each step keeps its work under `target/page`, so that a build
//! repeats only what changed.
//!
//! `SOCKPIT_SKIP_PAGE=1` leaves all of it out, for quick tests of the backend alone.
//! `SOCKPIT_GUEST=…/target/page` takes the interpreters that another checkout has built.

#[path = "build/progress.rs"]
mod progress;

#[path = "build/workshop.rs"]
mod workshop;

#[path = "build/nested.rs"]
mod nested;

#[path = "build/blank.rs"]
mod blank;

#[path = "build/bindgen.rs"]
mod bindgen;

#[path = "build/editor.rs"]
mod editor;

#[path = "build/library.rs"]
mod library;

#[path = "build/imports.rs"]
mod imports;

#[path = "../frontend/build/lessons.rs"]
mod lessons;

#[path = "build/site.rs"]
mod site;

#[path = "build/compress.rs"]
mod compress;

#[path = "build/table.rs"]
mod table;

use std::process::ExitCode;

use progress::Progress;
use workshop::Workshop;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}\n");
            ExitCode::FAILURE
        }
    }
}

fn build() -> anyhow::Result<()> {
    println!("cargo::rerun-if-env-changed=SOCKPIT_SKIP_PAGE");
    println!("cargo::rerun-if-env-changed=SOCKPIT_GUEST");
    let workshop = Workshop::open()?;
    if std::env::var("SOCKPIT_SKIP_PAGE").is_ok_and(|value| value == "1") {
        println!("cargo::rerun-if-changed=build.rs");
        return table::write(&workshop, &site::without_page());
    }
    workshop.watch_sources()?;
    let _alone = workshop.lock()?;
    let progress = Progress::open(&workshop.log_path())?;

    nested::add_missing_targets(&progress)?;
    let guest = nested::build_guest(&workshop, &progress)?;
    let page = nested::build_frontend(&workshop, &progress)?;
    let bindings = bindgen::run(&workshop, &progress, &page)?;
    let editor = editor::bundle(&workshop, &progress)?;
    let library = library::collect(&workshop, &progress, &guest.library)?;

    let files = site::lay_out(&workshop, &guest, &bindings, editor.as_deref(), library)?;
    let assets = compress::all(&workshop, &progress, files)?;
    table::write_sizes(&workshop, &progress, &assets)?;
    table::write(&workshop, &assets)
}
