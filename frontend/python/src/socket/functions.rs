//! The module's functions that make, copy and close sockets without an object, and their first
//! timeout.

use rustpython_vm::function::OptionalArg;
use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine};
use shared::call::{self, SocketId};
use shared::errno::Errno;

use crate::argument::Documented;

use super::descriptor::{forget, loosen, tie};
use super::timeout::{DEFAULT_TIMEOUT, timeout_from_python, timeout_to_python};
use super::{ask, error, options};

#[rustpython_vm::pymodule(sub, name = "_socket")]
pub(crate) mod of_sockets {
    use super::*;

    /// socketpair([family[, type[, proto]]]) -> (socket object, socket object)
    ///
    /// Create two sockets that are connected to each other.  The family is AF_UNIX
    /// and the type SOCK_STREAM if not given.
    #[pyfunction]
    fn socketpair(
        Documented { value: family }: Documented<OptionalArg<i32>>,
        Documented { value: kind }: Documented<OptionalArg<i32>>,
        Documented { value: proto }: Documented<OptionalArg<i32>>,
        vm: &VirtualMachine,
    ) -> PyResult<(PyObjectRef, PyObjectRef)> {
        let family = family.unwrap_or(options::AF_UNIX);
        let kind = kind.unwrap_or(options::SOCK_STREAM);
        let proto = proto.unwrap_or(0);
        let plain = kind & !(options::SOCK_NONBLOCK | options::SOCK_CLOEXEC);
        let call = call::Socketpair {
            family: options::family(family).map_err(|errno| error::os_error(errno, vm))?,
            kind: options::kind(plain).map_err(|errno| error::os_error(errno, vm))?,
            proto,
        };
        let (paired, _) = ask("socketpair", call, &[], vm)?;
        let class = vm.import("_socket", 0)?.get_attr("socket", vm)?;
        let make = |socket: SocketId| class.call((family, kind, proto, loosen(socket)), vm);
        Ok((make(paired.first)?, make(paired.second)?))
    }

    /// close(integer) -> None
    ///
    /// Close a socket by its descriptor, as detach() or fileno() return it.
    #[pyfunction]
    fn close(fd: i64, vm: &VirtualMachine) -> PyResult<()> {
        let fd = u32::try_from(fd).map_err(|_| error::os_error(Errno::EBADF, vm))?;
        tie(SocketId(fd));
        forget(SocketId(fd));
        ask("close", call::Close { socket: SocketId(fd) }, &[], vm).map(drop)
    }

    /// dup(integer) -> integer
    ///
    /// Give the socket with this descriptor a second one.  The socket closes when
    /// both are closed.
    #[pyfunction]
    fn dup(fd: i64, vm: &VirtualMachine) -> PyResult<u32> {
        let fd = u32::try_from(fd).map_err(|_| error::os_error(Errno::EBADF, vm))?;
        let (created, _) = ask("dup", call::Dup { socket: SocketId(fd) }, &[], vm)?;
        Ok(loosen(created.socket))
    }

    /// getdefaulttimeout() -> timeout
    ///
    /// Return the timeout in seconds that new sockets begin with; None is no timeout.
    #[pyfunction]
    fn getdefaulttimeout() -> Option<f64> {
        timeout_to_python(DEFAULT_TIMEOUT.load())
    }

    /// setdefaulttimeout(timeout)
    ///
    /// Set the timeout in seconds that new sockets begin with; None is no timeout.
    #[pyfunction]
    fn setdefaulttimeout(timeout: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        DEFAULT_TIMEOUT.store(timeout_from_python(&timeout, vm)?);
        Ok(())
    }
}
