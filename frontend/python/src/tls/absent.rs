//! The interpreter without TLS, which a first visit loads: `import ssl` says how to get the other.

use rustpython_vm::Context;
use rustpython_vm::builtins::PyModuleDef;
use rustpython_vm::frozen::FrozenModule;

/// Leaves the native modules as they are.
pub(crate) fn arrange(
    native: Vec<&'static PyModuleDef>,
    _ctx: &Context,
) -> Vec<&'static PyModuleDef> {
    native
}

/// Returns the `ssl` that cannot be imported.
pub(crate) fn frozen() -> impl Iterator<Item = (&'static str, FrozenModule)> {
    rustpython_vm::py_freeze!(file = "absent.py", module_name = "ssl").into_iter()
}
