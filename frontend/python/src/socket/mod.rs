//! `_socket`, the C part of CPython's `socket`: its own `Lib/socket.py` runs on top of it.
//!
//! One call here is one system call on the host. Nothing is remembered about a socket but its
//! descriptor, what it was created as, and its timeout.

mod address;
mod constants;
pub(crate) mod error;
mod name;
mod object;
pub(crate) mod options;

use rustpython_vm::{PyResult, VirtualMachine};
use shared::call::Request;

use crate::client::{About, client};
use crate::site;

pub(crate) use decl::module_def;

/// Makes a call for the Python function `method`, letting other threads run meanwhile.
pub(crate) fn ask<C: Request>(
    method: &'static str,
    call: C,
    payload: &[u8],
    vm: &VirtualMachine,
) -> PyResult<(C::Reply, Vec<u8>)> {
    let call = call.into();
    let wait = call.wait();
    try_ask::<C>(method, call, payload, vm).map_err(|failure| error::raise(failure, wait, vm))
}

/// As [`ask`], for those who want to see the failure before it becomes an exception.
pub(crate) fn try_ask<C: Request>(
    method: &'static str,
    call: shared::call::Call,
    payload: &[u8],
    vm: &VirtualMachine,
) -> Result<(C::Reply, Vec<u8>), shared::errno::Failure> {
    let about = About { method, site: site::current(vm) };
    vm.allow_threads(|| client()?.call::<C>(call, payload, about))
}

#[rustpython_vm::pymodule(name = "_socket", with(name::functions, object::class))]
mod decl {
    //! Implementation module for socket operations.
    //!
    //! See the socket module for documentation.

    use rustpython_vm::builtins::PyModule;
    use rustpython_vm::{Py, PyResult, VirtualMachine};

    pub(crate) fn module_exec(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
        __module_exec(vm, module);
        super::error::install(vm, module)?;
        super::constants::install(vm, module)
    }
}
