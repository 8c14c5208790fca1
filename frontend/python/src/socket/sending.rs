//! Sending: one call for what the system takes, as many as it takes for all of it.

use std::sync::atomic::Ordering;

use rustpython_vm::function::{ArgBytesLike, FuncArgs, OptionalArg};
use rustpython_vm::{PyResult, TryFromObject as _, VirtualMachine};
use shared::call::{self, Wait};
use shared::errno::{Errno, Failure};

use super::buffer::first_part;
use super::object::class::PySocket;
use super::{Patience, ask, error};
use crate::client::{About, client};
use crate::{interrupt, site};

/// Sends what the system takes of the data, and returns how much that was.
pub(super) fn send(
    zelf: &PySocket,
    data: &ArgBytesLike,
    flags: OptionalArg<i32>,
    vm: &VirtualMachine,
) -> PyResult<usize> {
    let flags = PySocket::flags(flags, vm)?;
    let socket = zelf.id(vm)?;
    let data = data.borrow_buf_unlocked(vm)?;
    let part = first_part(&data, zelf.kind.load(Ordering::Relaxed), vm)?;
    let call = call::Send { socket, flags, wait: zelf.wait() };
    Ok(ask("send", call, part, vm)?.0.len as usize)
}

/// Sends all of the data within the socket's timeout.
pub(super) fn sendall(
    zelf: &PySocket,
    data: &ArgBytesLike,
    flags: OptionalArg<i32>,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let flags = PySocket::flags(flags, vm)?;
    let socket = zelf.id(vm)?;
    let timeout = zelf.timeout.load();
    let data = data.borrow_buf_unlocked(vm)?;
    let about = About { method: "sendall", site: site::current(vm) };
    let patience = Patience::of(Some(timeout.wait()));
    let mut rest = &data[..];
    loop {
        let wait = patience.left().unwrap_or(Wait::Forever);
        let sent = vm.allow_threads(|| {
            let client = client().map_err(|failure| (0, failure))?;
            client.sendall(socket, rest, &flags, wait, &about)
        });
        match sent {
            Ok(()) => return Ok(()),
            // Interrupted, and the handler returned: the rest is still to be sent.
            Err((sent, Failure { errno: Errno::EINTR, .. })) if interrupt::goes_on(vm) => {
                rest = &rest[sent.min(rest.len())..];
            }
            Err((_, failure)) => {
                return Err(error::raise(failure, Some(timeout.wait()), vm));
            }
        }
    }
}

/// Sends a datagram; the flags stand before the address, and may be left out.
pub(super) fn sendto(zelf: &PySocket, args: &FuncArgs, vm: &VirtualMachine) -> PyResult<usize> {
    let (data, flags, address) = match args.args.as_slice() {
        _ if !args.kwargs.is_empty() => {
            return Err(vm.new_type_error("sendto() takes no keyword arguments"));
        }
        [data, address] => (data, OptionalArg::Missing, address),
        [data, flags, address] => {
            let flags = flags.try_index(vm)?.try_to_primitive::<i32>(vm)?;
            (data, OptionalArg::Present(flags), address)
        }
        other => {
            let message = format!("sendto() takes 2 or 3 arguments ({} given)", other.len());
            return Err(vm.new_type_error(message));
        }
    };
    let data = ArgBytesLike::try_from_object(vm, data.clone())?;
    let flags = PySocket::flags(flags, vm)?;
    let address = zelf.address(address, "sendto", vm)?;
    let socket = zelf.id(vm)?;
    let data = data.borrow_buf_unlocked(vm)?;
    let part = first_part(&data, zelf.kind.load(Ordering::Relaxed), vm)?;
    let call = call::Sendto { socket, address, flags, wait: zelf.wait() };
    Ok(ask("sendto", call, part, vm)?.0.len as usize)
}
