//! The interpreter without TLS, which a first visit loads: `import ssl` says how to get the other.
//! So do the East Asian encodings. Without their modules nothing leads to their tables, and the
//! build blanks those (`backend/build/blank.rs`), because compressed they are 0.3 MB.

use rustpython_vm::Context;
use rustpython_vm::builtins::PyModuleDef;
use rustpython_vm::frozen::FrozenModule;

/// The only ways to the tables of the East Asian encodings.
const ENCODINGS: [&str; 6] =
    ["_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw"];

/// Leaves out the native modules that are in the other interpreter alone.
pub(crate) fn arrange(
    native: Vec<&'static PyModuleDef>,
    _ctx: &Context,
) -> Vec<&'static PyModuleDef> {
    native.into_iter().filter(|def| !ENCODINGS.contains(&def.name.as_str())).collect()
}

/// Returns the `ssl` that cannot be imported, and the encodings that cannot be had.
pub(crate) fn frozen() -> impl Iterator<Item = (&'static str, FrozenModule)> {
    let encoding = rustpython_vm::py_freeze!(file = "encodings.py", module_name = "_codecs_cn");
    let encodings = encoding
        .into_iter()
        .flat_map(|(_, module)| ENCODINGS.into_iter().map(move |name| (name, module)));
    rustpython_vm::py_freeze!(file = "absent.py", module_name = "ssl").into_iter().chain(encodings)
}
