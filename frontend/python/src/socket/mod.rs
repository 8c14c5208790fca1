//! `_socket`, the C part of CPython's `socket`: its own `Lib/socket.py` runs on top of it.
//!
//! One call here is one system call on the host. Nothing is remembered about a socket but its
//! descriptor, what it was created as, and its timeout.

mod object;

mod calls;

mod sending;

mod message;

mod option_values;

mod buffer;

mod descriptor;

mod timeout;

mod address;

mod paths;

mod name;

mod packed;

mod functions;

pub(crate) mod options;

mod constants;

mod foreign;

pub(crate) mod error;

use std::time::{Duration, Instant};

use rustpython_vm::{PyResult, VirtualMachine};
use shared::call::{Request, Wait};
use shared::errno::{Errno, Failure};

use crate::client::{About, Timeout, client};
use crate::{interrupt, site};

pub(crate) use decl::module_def;
pub(crate) use descriptor::{is_socket, module_def as descriptors_def};
#[cfg(feature = "tls")]
pub(crate) use object::class::PySocket;

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
) -> Result<(C::Reply, Vec<u8>), Failure> {
    let about = About { method, site: site::current(vm) };
    let mut call = call;
    let patience = Patience::of(call.wait());
    loop {
        let (again, about) = (call.clone(), about.clone());
        let result = vm.allow_threads(|| client()?.call::<C>(call, payload, about));
        match result {
            // A call that was interrupted is made again if the handler returned (PEP 475).
            Err(Failure { errno: Errno::EINTR, .. }) if interrupt::goes_on(vm) => {
                call = again;
                if let Some(wait) = patience.left() {
                    call.set_wait(wait);
                }
            }
            result => return result,
        }
    }
}

/// How long a call may wait, interrupts and all.
pub(crate) struct Patience {
    wait: Option<Wait>,
    deadline: Option<Instant>,
}

impl Patience {
    pub(crate) fn of(wait: Option<Wait>) -> Patience {
        let deadline = match wait {
            Some(Wait::Millis(millis)) => Instant::now().checked_add(Duration::from_millis(millis)),
            _ => None,
        };
        Patience { wait, deadline }
    }

    /// Returns the wait that is left of it.
    pub(crate) fn left(&self) -> Option<Wait> {
        let time = self.deadline.map(|at| at.saturating_duration_since(Instant::now()));
        time.map_or(self.wait, |time| Some(Timeout::After(time).wait()))
    }
}

#[rustpython_vm::pymodule(
    name = "_socket",
    with(functions::of_sockets, name::names, packed::of_bytes, object::class)
)]
mod decl {
    //! Implementation module for socket operations.
    //!
    //! See the socket module for documentation.

    use rustpython_vm::builtins::PyModule;
    use rustpython_vm::{Py, PyResult, VirtualMachine};

    pub(crate) fn module_exec(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
        __module_exec(vm, module);
        // From now on there are sockets, and numbers that are theirs.
        vm.import("_sockpit_files", 0)?;
        super::error::install(vm, module)?;
        super::constants::install(vm, module)
    }
}
