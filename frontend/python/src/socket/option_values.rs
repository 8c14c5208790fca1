//! The values of socket options: numbers, and bytes for those that are structures.

use rustpython_vm::function::ArgBytesLike;
use rustpython_vm::{PyObjectRef, PyResult, TryFromObject as _, VirtualMachine};
use shared::call::{self, OptionValue};
use shared::errno::Errno;

use super::object::class::PySocket;
use super::{ask, error};

/// Bytes of an option's value at most, as in CPython.
const BYTES_MAX: i32 = 1024;

/// Reads an option: a number, or with a length that many bytes at most.
pub(super) fn get(
    socket: &PySocket,
    level: i32,
    option: i32,
    len: i32,
    vm: &VirtualMachine,
) -> PyResult {
    if !(0..=BYTES_MAX).contains(&len) {
        return Err(error::os_error_text("getsockopt buflen out of range", vm));
    }
    // It has just been checked not to be negative.
    let len = len as u32;
    let call = call::Getsockopt { socket: socket.id(vm)?, level, option, len };
    let (reply, payload) = ask("getsockopt", call, &[], vm)?;
    match reply.value {
        OptionValue::Int(value) => Ok(vm.ctx.new_int(value).into()),
        OptionValue::Payload => Ok(vm.ctx.new_bytes(payload).into()),
    }
}

/// Sets an option to a number or to bytes.
pub(super) fn set(
    socket: &PySocket,
    level: i32,
    option: i32,
    value: PyObjectRef,
    optlen: Option<PyObjectRef>,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let socket = socket.id(vm)?;
    if let Some(optlen) = optlen {
        if !vm.is_none(&value) {
            let text = "setsockopt() takes exactly 3 arguments (4 given)";
            return Err(vm.new_type_error(text));
        }
        optlen.try_index(vm)?.try_to_primitive::<u32>(vm)?;
        // An option without a value: no option that programs may set takes one.
        return Err(error::os_error(Errno::ENOPROTOOPT, vm));
    }
    let number = value.try_index_opt(vm).and_then(Result::ok);
    let number = number.and_then(|number| number.try_to_primitive::<i32>(vm).ok());
    let (value, payload) = match number {
        Some(number) => (OptionValue::Int(number), Vec::new()),
        None => {
            let bytes = ArgBytesLike::try_from_object(vm, value)?;
            (OptionValue::Payload, bytes.borrow_buf().to_vec())
        }
    };
    let call = call::Setsockopt { socket, level, option, value };
    ask("setsockopt", call, &payload, vm).map(drop)
}
