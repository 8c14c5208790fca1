//! Compiles the standard library: the part that every program needs into an image that the
//! interpreter embeds, the rest into files that the tab fetches when a program imports them.
//!
//! Only the WebAssembly build has either. Natively the library's sources are at hand.

#[path = "build/library.rs"]
mod library;

#[path = "build/names.rs"]
mod names;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs};

type Failure = Box<dyn std::error::Error>;

/// The modules of the image, one a line.
const LIST: &str = "library.txt";

/// Names the folder that gets the files to fetch; without it none are made.
const FOLDER: &str = "SOCKPIT_LIBRARY";

/// Bytes of the main thread's stack in the program's memory. Browsers give a worker about a
/// megabyte for their own half of the stack, and to exceed that kills the program; this half
/// has to run out first, because then Python raises `RecursionError`.
const STACK_BYTES: usize = 512 << 10;

fn main() -> Result<(), Failure> {
    for path in ["build.rs", "build", LIST] {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rerun-if-env-changed={FOLDER}");
    if env::var("CARGO_CFG_TARGET_ARCH")? != "wasm32" {
        return Ok(());
    }
    println!("cargo::rustc-link-arg-bins=-zstack-size={STACK_BYTES}");
    let list = fs::read_to_string(LIST)?;
    let names: Vec<&str> =
        list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let image = PathBuf::from(env::var("OUT_DIR")?).join("library.bin");
    fs::write(image, library::image(&names)?)?;
    match env::var_os(FOLDER) {
        Some(folder) => write_files(Path::new(&folder), &names),
        None => Ok(()),
    }
}

fn write_files(folder: &Path, in_image: &[&str]) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    library::write_files(folder, in_image)?;
    let last = folder.join("unicode_names.txt");
    fs::write(&last, names::all())?;
    // Whoever removes the folder gets it made again. To watch the folder itself, or a file with
    // the time of its writing, would make every build link the interpreter anew: cargo takes
    // for changed what is newer than the moment at which this script was started.
    File::options().write(true).open(&last)?.set_modified(SystemTime::UNIX_EPOCH)?;
    println!("cargo::rerun-if-changed={}", last.display());
    Ok(())
}
