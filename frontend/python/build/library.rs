//! The standard library as the interpreter's bytecode.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustpython_compiler::{CompileOpts, Mode, compile};
use rustpython_compiler_core::frozen::{FrozenCodeObject, FrozenLib, FrozenModule};
use rustpython_compiler_core::marshal;

use crate::Failure;

/// Where the interpreter in the tab shows the library's files.
const SHOWN_AT: &str = "/lib/python3.14";

/// What the interpreter looks for in a compiled module's name, `sys.implementation.cache_tag`.
const CACHE_TAG: &str = "cpython-314";

/// The first bytes of a compiled module: the interpreter's magic number, and flags that say
/// that it goes with the source whose hash follows, and that nobody checks that it does.
const PYC_HEAD: [u8; 8] = [0x2b, 0x0e, b'\r', b'\n', 1, 0, 0, 0];

/// What stands for the hash.
const PYC_HASH: [u8; 8] = [0; 8];

/// What a code object begins with in a stream of values.
const CODE: u8 = b'c';

/// Folders that no program in a tab can use.
const LEFT_OUT: [&str; 4] = ["idlelib", "tkinter", "turtledemo", "__pycache__"];

/// Modules that the interpreter brings along.
const BUILT_IN: [&str; 4] =
    ["codecs.py", "copyreg.py", "importlib/_bootstrap.py", "importlib/_bootstrap_external.py"];

/// Returns the modules with these names as the interpreter embeds them.
///
/// They are stored uncompressed, because what carries them to the browser compresses all of
/// the interpreter together, and better.
pub(crate) fn image(names: &[&str]) -> Result<Vec<u8>, Failure> {
    let mut modules = Vec::new();
    for name in names {
        let module = frozen(name).map_err(|error| format!("{name}: {error}"))?;
        modules.push((*name, module));
    }
    let views = modules.iter().map(|(name, module)| {
        let code = FrozenCodeObject { bytes: module.code.bytes.as_slice() };
        (*name, FrozenModule { code, package: module.package })
    });
    Ok(FrozenLib::encode(views).bytes)
}

/// Compiles every module that the interpreter does not have, each into `__pycache__` beside its source.
pub(crate) fn write_files(folder: &Path, in_image: &[&str]) -> Result<(), Failure> {
    let mut files = Vec::new();
    gather(library(), "", &mut files)?;
    let embedded: Vec<String> = in_image.iter().map(|name| file_of(name).0).collect();
    files.retain(|file| !embedded.contains(file) && !BUILT_IN.contains(&file.as_str()));
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), String> {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            write_file(folder, file).map_err(|error| format!("{file}: {error}"))?;
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        // The compiler goes as deep as the source nests.
        let workers: Result<Vec<_>, _> = (0..threads)
            .map(|_| thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work))
            .collect();
        for worker in workers? {
            worker.join().map_err(|_| "a compiling thread died")??;
        }
        Ok(())
    })
}

fn write_file(folder: &Path, file: &str) -> Result<(), Failure> {
    // What cannot be compiled here is compiled in the tab, which reports the error.
    let Ok(code) = bytecode(file) else { return Ok(()) };
    let (package, name) = file.rsplit_once('/').unwrap_or(("", file));
    let folder = folder.join(package).join("__pycache__");
    fs::create_dir_all(&folder)?;
    let name = name.trim_end_matches(".py");
    let bytes = [&PYC_HEAD[..], &PYC_HASH, &[CODE], &code].concat();
    Ok(fs::write(folder.join(format!("{name}.{CACHE_TAG}.pyc")), bytes)?)
}

fn frozen(name: &str) -> Result<FrozenModule<Vec<u8>>, Failure> {
    let (file, package) = file_of(name);
    let code = FrozenCodeObject { bytes: stored(&bytecode(&file)?)? };
    Ok(FrozenModule { code, package })
}

/// Returns the file of a module, and whether it is a package.
fn file_of(name: &str) -> (String, bool) {
    let path = name.replace('.', "/");
    let package = library().join(&path).is_dir();
    (if package { format!("{path}/__init__.py") } else { format!("{path}.py") }, package)
}

fn bytecode(file: &str) -> Result<Vec<u8>, Failure> {
    let source = fs::read_to_string(library().join(file))?;
    let code = compile(&source, Mode::Exec, &format!("{SHOWN_AT}/{file}"), CompileOpts::default())?;
    let mut bytes = Vec::new();
    marshal::serialize_code(&mut bytes, &code);
    Ok(bytes)
}

fn library() -> &'static Path {
    Path::new(rustpython_pylib::LIB_PATH)
}

fn gather(folder: &Path, below: &str, files: &mut Vec<String>) -> Result<(), Failure> {
    let mut entries = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<PathBuf>, std::io::Error>>()?;
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !LEFT_OUT.contains(&name) {
            gather(&path, &format!("{below}{name}/"), files)?;
        } else if path.is_file() && name.ends_with(".py") {
            files.push(format!("{below}{name}"));
        }
    }
    Ok(())
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
