//! Failures become exceptions, with Linux's numbers and texts. Nobody else mentions a number.

use std::sync::OnceLock;

use rustpython_vm::builtins::{PyBaseExceptionRef, PyModule, PyTypeRef};
use rustpython_vm::{AsObject, Py, PyObjectRef, PyResult, VirtualMachine};
use shared::call::Wait;
use shared::errno::{Errno, Failure};

use crate::interrupt;

static GAIERROR: OnceLock<PyTypeRef> = OnceLock::new();
static HERROR: OnceLock<PyTypeRef> = OnceLock::new();

/// Puts the exception classes into `_socket`.
pub(crate) fn install(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
    let exceptions = &vm.ctx.exceptions;
    module.set_attr("error", exceptions.os_error.to_owned(), vm)?;
    module.set_attr("timeout", exceptions.timeout_error.to_owned(), vm)?;
    module.set_attr("gaierror", gaierror(vm), vm)?;
    module.set_attr("herror", herror(vm), vm)
}

/// Returns the exception for a failed call that waited as long as `wait`.
pub(crate) fn raise(
    failure: Failure,
    wait: Option<Wait>,
    vm: &VirtualMachine,
) -> PyBaseExceptionRef {
    if let Some(raised) = interrupt::take_raised() {
        return raised;
    }
    let Failure { errno, message, limit: _ } = failure;
    if errno == Errno::ETIMEDOUT && matches!(wait, Some(Wait::Millis(_))) {
        return timed_out(vm);
    }
    let class = if errno.is_resolver() { gaierror(vm) } else { class(errno, vm) };
    let exception = instance(class, errno.number(), errno.text(), vm);
    if !message.is_empty() && message != errno.text() {
        explain(&exception, &message, vm);
    }
    exception
}

/// Adds what the host or we have to say to what Linux says; tracebacks show it (PEP 678).
fn explain(exception: &PyBaseExceptionRef, message: &str, vm: &VirtualMachine) {
    // Without the note the exception says less, and no less truly.
    let _noted = vm.call_method(exception.as_object(), "add_note", (message,));
}

/// Returns the exception for an error of our own, with its standard text.
pub(crate) fn os_error(errno: Errno, vm: &VirtualMachine) -> PyBaseExceptionRef {
    instance(class(errno, vm), errno.number(), errno.text(), vm)
}

/// Returns what a socket with a timeout raises: it has a text and no number.
pub(crate) fn timed_out(vm: &VirtualMachine) -> PyBaseExceptionRef {
    let class = vm.ctx.exceptions.timeout_error.to_owned();
    construct(class, vec![vm.ctx.new_str("timed out").into()], vm)
}

/// Returns an `OSError` that has a text and no number.
pub(crate) fn os_error_text(text: &str, vm: &VirtualMachine) -> PyBaseExceptionRef {
    construct(vm.ctx.exceptions.os_error.to_owned(), vec![vm.ctx.new_str(text).into()], vm)
}

/// Returns the error of `gethostbyaddr` and the like.
pub(crate) fn host_error(number: i32, text: &str, vm: &VirtualMachine) -> PyBaseExceptionRef {
    instance(herror(vm), number, text, vm)
}

/// Returns the subclass of `OSError` that Python raises for an error (PEP 3151).
pub(crate) fn class(errno: Errno, vm: &VirtualMachine) -> PyTypeRef {
    let exceptions = &vm.ctx.exceptions;
    match errno {
        Errno::EAGAIN | Errno::EALREADY | Errno::EINPROGRESS => exceptions.blocking_io_error,
        Errno::EPIPE | Errno::ESHUTDOWN => exceptions.broken_pipe_error,
        Errno::ECHILD => exceptions.child_process_error,
        Errno::ECONNABORTED => exceptions.connection_aborted_error,
        Errno::ECONNREFUSED => exceptions.connection_refused_error,
        Errno::ECONNRESET => exceptions.connection_reset_error,
        Errno::EEXIST => exceptions.file_exists_error,
        Errno::ENOENT => exceptions.file_not_found_error,
        Errno::EISDIR => exceptions.is_a_directory_error,
        Errno::ENOTDIR => exceptions.not_a_directory_error,
        Errno::EINTR => exceptions.interrupted_error,
        Errno::EACCES | Errno::EPERM => exceptions.permission_error,
        Errno::ESRCH => exceptions.process_lookup_error,
        Errno::ETIMEDOUT => exceptions.timeout_error,
        _ => exceptions.os_error,
    }
    .to_owned()
}

fn gaierror(vm: &VirtualMachine) -> PyTypeRef {
    resolver_class(&GAIERROR, "gaierror", vm)
}

fn herror(vm: &VirtualMachine) -> PyTypeRef {
    resolver_class(&HERROR, "herror", vm)
}

fn resolver_class(cell: &OnceLock<PyTypeRef>, name: &str, vm: &VirtualMachine) -> PyTypeRef {
    let base = vm.ctx.exceptions.os_error.to_owned();
    cell.get_or_init(|| vm.ctx.new_exception_type("socket", name, Some(vec![base]))).clone()
}

fn instance(class: PyTypeRef, number: i32, text: &str, vm: &VirtualMachine) -> PyBaseExceptionRef {
    construct(class, vec![vm.ctx.new_int(number).into(), vm.ctx.new_str(text).into()], vm)
}

fn construct(class: PyTypeRef, args: Vec<PyObjectRef>, vm: &VirtualMachine) -> PyBaseExceptionRef {
    let made = class.as_object().call(args, vm).and_then(|exception| {
        exception.downcast().map_err(|_| vm.new_system_error("an exception class made none"))
    });
    made.unwrap_or_else(|error| error)
}
