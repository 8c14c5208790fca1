//! Compiles the part of the standard library that every program needs into one image.
//!
//! Only the WebAssembly build embeds it. It is stored uncompressed, because what carries it to
//! the browser compresses all of it together, and better.

use std::path::{Path, PathBuf};
use std::{env, fs};

use rustpython_compiler::{CompileOpts, Mode, compile};
use rustpython_compiler_core::frozen::{FrozenCodeObject, FrozenLib, FrozenModule};
use rustpython_compiler_core::marshal;

type Failure = Box<dyn std::error::Error>;

/// The modules to compile, one a line.
const LIST: &str = "library.txt";

/// Where the interpreter in the tab shows the library's files.
const SHOWN_AT: &str = "/lib/python3.14";

/// Bytes of the main thread's stack in the program's memory. Browsers give a worker about a
/// megabyte for their own half of the stack, and to exceed that kills the program; this half
/// has to run out first, because then Python raises `RecursionError`.
const STACK_BYTES: usize = 512 << 10;

fn main() -> Result<(), Failure> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={LIST}");
    if env::var("CARGO_CFG_TARGET_ARCH")? != "wasm32" {
        return Ok(());
    }
    println!("cargo::rustc-link-arg-bins=-zstack-size={STACK_BYTES}");
    let image = PathBuf::from(env::var("OUT_DIR")?).join("library.bin");
    fs::write(image, library(Path::new(rustpython_pylib::LIB_PATH))?)?;
    Ok(())
}

fn library(directory: &Path) -> Result<Vec<u8>, Failure> {
    let list = fs::read_to_string(LIST)?;
    let mut modules = Vec::new();
    for name in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let module = module(directory, name).map_err(|error| format!("{name}: {error}"))?;
        modules.push((name, module));
    }
    Ok(FrozenLib::encode(modules.iter().map(|(name, module)| (*name, view(module)))).bytes)
}

fn view(module: &FrozenModule<Vec<u8>>) -> FrozenModule<&[u8]> {
    let code = FrozenCodeObject { bytes: module.code.bytes.as_slice() };
    FrozenModule { code, package: module.package }
}

fn module(directory: &Path, name: &str) -> Result<FrozenModule<Vec<u8>>, Failure> {
    let path = name.replace('.', "/");
    let package = directory.join(&path).is_dir();
    let file = if package { format!("{path}/__init__.py") } else { format!("{path}.py") };
    let source = fs::read_to_string(directory.join(&file))?;
    let code = compile(&source, Mode::Exec, &format!("{SHOWN_AT}/{file}"), CompileOpts::default())?;
    let mut bytes = Vec::new();
    marshal::serialize_code(&mut bytes, &code);
    Ok(FrozenModule { code: FrozenCodeObject { bytes: stored(&bytes)? }, package })
}

/// Writes bytes the way the interpreter reads a frozen module, as an LZ4 block behind its
/// length, but with nothing compressed: the block is one run of literals.
fn stored(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    const IN_TOKEN_MAX: usize = 15;
    let mut block = u32::try_from(bytes.len())?.to_le_bytes().to_vec();
    block.push((bytes.len().min(IN_TOKEN_MAX) as u8) << 4);
    if let Some(mut rest) = bytes.len().checked_sub(IN_TOKEN_MAX) {
        while rest >= 255 {
            block.push(255);
            rest -= 255;
        }
        block.push(rest as u8);
    }
    block.extend_from_slice(bytes);
    Ok(block)
}
