//! Blanks the tables of the East Asian encodings in the interpreter that a first visit loads.
//!
//! It has no module that leads to them (`frontend/python/src/tls/absent.rs`), but the linker
//! cannot know that: they hang on functions that are listed with all others. So their bytes are
//! looked for and made zero, which compresses to nothing. What they are is read from the crate's
//! source; a table that is not found is left as it is and costs its size, no more.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::Context;

/// The package that has the tables, and where they are in it.
pub(crate) const PACKAGE: &str = "rustpython-common";
const SOURCES: &str = "src/encodings/cjk";

/// Shorter tables might be found where something else happens to look the same.
const TABLE_BYTES_MIN: usize = 256;

/// Blanks the tables in a WebAssembly file; returns how many bytes that were.
pub(crate) fn tables(image: &Path, package: &Path) -> anyhow::Result<usize> {
    let mut bytes = fs::read(image)?;
    let mut blanked = 0;
    let folder = package.join(SOURCES);
    for entry in fs::read_dir(&folder).with_context(|| format!("no {}", folder.display()))? {
        let source = fs::read_to_string(entry?.path())?;
        for table in tables_of(&source) {
            if table.len() < TABLE_BYTES_MIN {
                continue;
            }
            if let Some(at) = find(&bytes, &table) {
                bytes[at..at + table.len()].fill(0);
                blanked += table.len();
            }
        }
    }
    fs::write(image, bytes)?;
    Ok(blanked)
}

/// Reads the arrays of numbers that a source defines, `static NAME: [u16; 2] = [1, NONE];`, as
/// they lie in memory.
fn tables_of(source: &str) -> Vec<Vec<u8>> {
    let constants: HashMap<&str, u16> = source.lines().filter_map(constant).collect();
    let arrays = source.split(" static ").skip(1);
    arrays.filter_map(|array| table(array, &constants)).collect()
}

/// Reads `pub(super) const NONE: u16 = 0xfffe;`.
fn constant(line: &str) -> Option<(&str, u16)> {
    let (name, value) = line.split_once("const ")?.1.split_once(": u16 = ")?;
    Some((name, number(value.strip_suffix(';')?)?))
}

fn number(text: &str) -> Option<u16> {
    match text.strip_prefix("0x") {
        Some(digits) => u16::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn table(array: &str, constants: &HashMap<&str, u16>) -> Option<Vec<u8>> {
    let (kind, rest) = array.split_once(": [")?.1.split_once("] = [")?;
    let item_bytes = match kind.split_once(';')?.0 {
        "u8" => 1,
        "u16" => 2,
        _ => return None,
    };
    let mut bytes = Vec::new();
    for item in rest.split_once(']')?.0.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let value = number(item).or_else(|| constants.get(item).copied())?;
        bytes.extend_from_slice(&value.to_le_bytes()[..item_bytes]);
    }
    Some(bytes)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
