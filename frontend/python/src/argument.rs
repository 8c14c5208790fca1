//! Arguments of the functions that programs call.

use std::ops::RangeInclusive;

use rustpython_vm::builtins::PyStr;
use rustpython_vm::function::{ArgMemoryBuffer, ArgumentError, FromArgs, FuncArgs};
use rustpython_vm::{PyObject, PyObjectRef, PyResult, TryFromObject, VirtualMachine};

/// Bytes that a process has addresses for. To ask for more is CPython's `MemoryError`.
const ADDRESSES: i64 = 1 << 47;

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

/// A number of bytes, as C's `ssize_t` on 64-bit Linux has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size(pub(crate) i64);

impl TryFromObject for Size {
    fn try_from_object(vm: &VirtualMachine, object: PyObjectRef) -> PyResult<Self> {
        let number = object.try_index(vm)?;
        number
            .try_to_primitive::<i64>(vm)
            .map(Size)
            .map_err(|_| vm.new_overflow_error("Python int too large to convert to C ssize_t"))
    }
}

impl Size {
    /// Returns how many bytes to receive for the method, which is what one call carries at most.
    pub(crate) fn to_receive(self, negative: &str, vm: &VirtualMachine) -> PyResult<u32> {
        match self.0 {
            size if size < 0 => Err(vm.new_value_error(negative.to_owned())),
            size if size >= ADDRESSES => Err(vm.new_memory_error(String::new())),
            size => Ok(u32::try_from(size).unwrap_or(u32::MAX)),
        }
    }
}

/// What a function says that was passed something else.
fn instead(object: &PyObject, vm: &VirtualMachine) -> String {
    if vm.is_none(object) { "None".to_owned() } else { object.class().name().to_string() }
}

/// Takes a buffer that can be written to, the first argument of `function`.
pub(crate) fn writable(
    object: PyObjectRef,
    function: &str,
    vm: &VirtualMachine,
) -> PyResult<ArgMemoryBuffer> {
    let instead = instead(&object, vm);
    ArgMemoryBuffer::try_from_object(vm, object).map_err(|_| {
        vm.new_type_error(format!(
            "{function}() argument 1 must be read-write bytes-like object, not {instead}"
        ))
    })
}

/// Takes a text without NULs, an argument of `function`.
pub(crate) fn text(
    object: &PyObject,
    function: &str,
    position: usize,
    vm: &VirtualMachine,
) -> PyResult<String> {
    let Some(text) = object.downcast_ref::<PyStr>() else {
        let instead = instead(object, vm);
        return Err(vm.new_type_error(format!(
            "{function}() argument {position} must be str, not {instead}"
        )));
    };
    let text = text.to_string_lossy().into_owned();
    if text.contains('\0') {
        return Err(vm.new_value_error("embedded null character"));
    }
    Ok(text)
}
