//! Arguments of the functions that programs call.

use std::ops::RangeInclusive;

use rustpython_vm::VirtualMachine;
use rustpython_vm::function::{ArgumentError, FromArgs, FuncArgs};

/// An argument that only the docstring describes.
///
/// The interpreter derives a signature from a function's arguments, and an optional one comes
/// out as `flags=<unrepresentable>`. A pattern with a named field has no name for it, and so
/// the function no signature: `help()` shows `recv(...)` and the docstring's own first line,
/// `recv(buffersize[, flags]) -> data`, as CPython does.
pub(crate) struct Documented<T> {
    pub(crate) value: T,
}

impl<T: FromArgs> FromArgs for Documented<T> {
    fn arity() -> RangeInclusive<usize> {
        T::arity()
    }

    fn from_args(vm: &VirtualMachine, args: &mut FuncArgs) -> Result<Self, ArgumentError> {
        T::from_args(vm, args).map(|value| Documented { value })
    }
}
