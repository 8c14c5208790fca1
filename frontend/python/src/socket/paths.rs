//! The paths of Unix sockets in the program's own files.
//!
//! On Linux a bound socket is a file as well: it exists, it can be unlinked, and nothing else can
//! be bound there. The host knows nothing of the program's files, so `bind` makes a file here
//! too, and unlinking it gives the path up on the host. Beneath it is `paths.py`.

use rustpython_vm::builtins::PyBytesRef;
use rustpython_vm::{PyResult, VirtualMachine};
use shared::address::{Address, unix_bytes, unix_text};
use shared::call::Unlink;
use shared::errno::Errno;

use super::{error, try_ask};

/// Returns the path in an address, where it is one.
pub(super) fn of(address: &Address) -> Option<&str> {
    match address {
        Address::Unix(name) if !name.is_empty() && !name.starts_with('\0') => Some(name),
        Address::Inet(..) | Address::Inet6(..) | Address::Unix(_) => None,
    }
}

/// Makes the file, or fails as `bind(2)` does where it cannot be made.
pub(super) fn make(path: &str, vm: &VirtualMachine) -> PyResult<()> {
    let forget =
        vm.new_function("forget", |path: PyBytesRef, vm: &VirtualMachine| forget(&path, vm));
    let path = vm.ctx.new_bytes(unix_bytes(path));
    let files = vm.import("_sockpit_paths", 0)?;
    vm.call_method(&files, "make", (path, forget)).map(drop)
}

/// Removes the file again: the socket was not bound.
pub(super) fn take_back(path: &str, vm: &VirtualMachine) -> PyResult<()> {
    let path = vm.ctx.new_bytes(unix_bytes(path));
    let files = vm.import("_sockpit_paths", 0)?;
    vm.call_method(&files, "take_back", (path,)).map(drop)
}

/// Gives a path up on the host. One that the host has forgotten already is given up, too.
fn forget(path: &[u8], vm: &VirtualMachine) -> PyResult<()> {
    let call = Unlink { path: unix_text(path) };
    match try_ask::<Unlink>("unlink", call.into(), &[], vm) {
        Ok(_) => Ok(()),
        Err(failure) if failure.errno == Errno::ENOENT => Ok(()),
        Err(failure) => Err(error::raise(failure, None, vm)),
    }
}
