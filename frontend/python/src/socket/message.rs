//! `sendmsg`, `recvmsg` and `recvmsg_into`: several buffers, and control messages beside them.

use std::sync::atomic::Ordering;

use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::function::{ArgBytesLike, ArgMemoryBuffer, OptionalArg};
use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, TryFromObject, VirtualMachine};
use shared::call::{self, Control, Right, SocketId};
use shared::reply::ReceivedMessage;

use super::buffer::first_part;
use super::descriptor::{is_socket, loosen};
use super::object::class::PySocket;
use super::{address, ask, options};
use crate::argument::Size;

/// Hands descriptors over: `SCM_RIGHTS` of `SOL_SOCKET`.
const SCM_RIGHTS: (i32, i32) = (1, 1);

/// Bytes of ancillary data that Python lets a program ask for: what fits C's `socklen_t`.
const ANCILLARY_BYTES_MAX: i64 = i32::MAX as i64;

pub(super) fn sendmsg(
    socket: &PySocket,
    buffers: &PyObject,
    ancillary: Option<PyObjectRef>,
    flags: OptionalArg<i32>,
    to: Option<PyObjectRef>,
    vm: &VirtualMachine,
) -> PyResult<usize> {
    let mut bytes = Vec::new();
    for buffer in elements(buffers, "sendmsg() argument 1 must be an iterable", vm)? {
        bytes.extend_from_slice(&ArgBytesLike::try_from_object(vm, buffer)?.borrow_buf());
    }
    let (control, mut payload) = match ancillary {
        Some(items) => outgoing(&items, vm)?,
        None => (Vec::new(), Vec::new()),
    };
    let flags = PySocket::flags(flags, vm)?;
    let address = match to.filter(|to| !vm.is_none(to)) {
        Some(to) => Some(socket.address(&to, "sendmsg", vm)?),
        None => None,
    };
    payload.extend_from_slice(first_part(&bytes, socket.kind.load(Ordering::Relaxed), vm)?);
    let wait = socket.wait();
    let call = call::Sendmsg { socket: socket.id(vm)?, address, control, flags, wait };
    Ok(ask("sendmsg", call, &payload, vm)?.0.len as usize)
}

pub(super) fn recvmsg(
    socket: &PySocket,
    len: Size,
    ancillary_len: i64,
    flags: OptionalArg<i32>,
    vm: &VirtualMachine,
) -> PyResult {
    let len = len.to_receive("negative buffer size in recvmsg()", vm)?;
    let (reply, payload) = receive("recvmsg", socket, len, ancillary_len, flags, vm)?;
    let (ancillary, bytes) = incoming(&reply, &payload, vm);
    Ok(answer(vm.ctx.new_bytes(bytes.to_vec()).into(), ancillary, &reply, vm))
}

pub(super) fn recvmsg_into(
    socket: &PySocket,
    buffers: &PyObject,
    ancillary_len: i64,
    flags: OptionalArg<i32>,
    vm: &VirtualMachine,
) -> PyResult {
    let buffers = elements(buffers, "recvmsg_into() argument 1 must be an iterable", vm)?
        .into_iter()
        .map(|buffer| ArgMemoryBuffer::try_from_object(vm, buffer))
        .collect::<PyResult<Vec<_>>>()
        .map_err(|_| {
            vm.new_type_error(
                "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers",
            )
        })?;
    let room: usize = buffers.iter().map(ArgMemoryBuffer::len).sum();
    let room = u32::try_from(room).unwrap_or(u32::MAX);
    let (reply, payload) = receive("recvmsg_into", socket, room, ancillary_len, flags, vm)?;
    let (ancillary, mut rest) = incoming(&reply, &payload, vm);
    for buffer in &buffers {
        let mut room = buffer.borrow_buf_mut();
        let (part, behind) = rest.split_at(rest.len().min(room.len()));
        room[..part.len()].copy_from_slice(part);
        rest = behind;
    }
    Ok(answer(vm.ctx.new_int(reply.len).into(), ancillary, &reply, vm))
}

fn receive(
    method: &'static str,
    socket: &PySocket,
    len: u32,
    ancillary_len: i64,
    flags: OptionalArg<i32>,
    vm: &VirtualMachine,
) -> PyResult<(ReceivedMessage, Vec<u8>)> {
    if !(0..=ANCILLARY_BYTES_MAX).contains(&ancillary_len) {
        return Err(vm.new_value_error("invalid ancillary data buffer length"));
    }
    let call = call::Recvmsg {
        socket: socket.id(vm)?,
        len,
        control_len: u32::try_from(ancillary_len).unwrap_or(u32::MAX),
        flags: PySocket::flags(flags, vm)?,
        wait: socket.wait(),
    };
    ask(method, call, &[], vm)
}

/// Returns what both receiving methods return, the data first.
fn answer(
    data: PyObjectRef,
    ancillary: PyObjectRef,
    reply: &ReceivedMessage,
    vm: &VirtualMachine,
) -> PyObjectRef {
    let peer = reply.peer.as_ref();
    let peer = peer.map_or_else(|| vm.ctx.none(), |peer| address::to_python(peer, vm));
    vm.new_tuple((data, ancillary, options::flag_bits(&reply.flags), peer)).into()
}

/// Splits a payload into Python's list of control messages and the bytes.
fn incoming<'a>(
    reply: &ReceivedMessage,
    payload: &'a [u8],
    vm: &VirtualMachine,
) -> (PyObjectRef, &'a [u8]) {
    let mut rest = payload;
    let mut items = Vec::new();
    for Control { level, kind, len, rights } in &reply.control {
        let (data, behind) = rest.split_at(rest.len().min(*len as usize));
        let data = if rights.is_empty() { data.to_vec() } else { numbers(rights) };
        items.push(vm.new_tuple((*level, *kind, vm.ctx.new_bytes(data))).into());
        rest = behind;
    }
    (vm.ctx.new_list(items).into(), rest)
}

/// Reads Python's control messages: what the wire says of them, and their data.
fn outgoing(items: &PyObject, vm: &VirtualMachine) -> PyResult<(Vec<Control>, Vec<u8>)> {
    let wrong = || vm.new_type_error("[sendmsg() ancillary data items]");
    let mut control = Vec::new();
    let mut payload = Vec::new();
    for item in elements(items, "sendmsg() argument 2 must be an iterable", vm)? {
        let parts: Vec<PyObjectRef> = item.try_into_value(vm).map_err(|_| wrong())?;
        let [level, kind, data]: [PyObjectRef; 3] =
            parts.try_into().map_err(|parts: Vec<PyObjectRef>| {
                vm.new_type_error(format!(
                    "[sendmsg() ancillary data items]() argument must be sequence of length 3, not {}",
                    parts.len()
                ))
            })?;
        let number = |number: &PyObject| number.try_index(vm)?.try_to_primitive::<i32>(vm);
        let data = ArgBytesLike::try_from_object(vm, data)?;
        let data = data.borrow_buf();
        let (level, kind) = (number(&level)?, number(&kind)?);
        if (level, kind) == SCM_RIGHTS {
            let rights = rights(&data);
            if !rights.is_empty() {
                control.push(Control { level, kind, len: 0, rights });
            }
            continue;
        }
        let len = u32::try_from(data.len()).map_err(|_| too_much(vm))?;
        control.push(Control { level, kind, len, rights: Vec::new() });
        payload.extend_from_slice(&data);
    }
    Ok((control, payload))
}

/// Reads the descriptors that are handed over. A rest that is no whole number counts for nothing.
fn rights(data: &[u8]) -> Vec<Right> {
    let numbers = data.as_chunks().0.iter().map(|bytes| i32::from_ne_bytes(*bytes));
    numbers
        .map(|number| match u32::try_from(number) {
            Ok(fd) if is_socket(fd.into()) => Right::Socket(SocketId(fd)),
            Ok(fd) => Right::File(fd),
            // No file has this number.
            Err(_) => Right::File(u32::MAX),
        })
        .collect()
}

/// Writes the descriptors that were handed over, which the program now has as numbers.
fn numbers(rights: &[Right]) -> Vec<u8> {
    let fds = rights.iter().map(|right| match right {
        Right::Socket(socket) => loosen(*socket),
        Right::File(fd) => *fd,
    });
    fds.flat_map(u32::to_ne_bytes).collect()
}

fn too_much(vm: &VirtualMachine) -> PyBaseExceptionRef {
    super::error::os_error_text("too much ancillary data", vm)
}

fn elements(
    iterable: &PyObject,
    otherwise: &'static str,
    vm: &VirtualMachine,
) -> PyResult<Vec<PyObjectRef>> {
    vm.extract_elements_with(iterable, Ok).map_err(|error| {
        if error.fast_isinstance(vm.ctx.exceptions.type_error) {
            vm.new_type_error(otherwise)
        } else {
            error
        }
    })
}
