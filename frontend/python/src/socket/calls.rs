//! What the methods of the class share: from a socket object to a call.

use std::sync::atomic::Ordering;

use rustpython_vm::builtins::PyBaseExceptionRef;
#[cfg(feature = "tls")]
use rustpython_vm::function::ArgBytesLike;
use rustpython_vm::function::OptionalArg;
use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine};
use shared::address::Address;
use shared::call::{self, OptionValue, SocketId, Wait};
use shared::errno::{Errno, Failure};
use shared::options::SOL_SOCKET;
use shared::reply::{Received, ReceivedFrom};

use super::descriptor::{self, CLOSED, is_socket, tie};
use super::object::class::{PySocket, SocketArgs};
use super::timeout::DEFAULT_TIMEOUT;
use super::{address, ask, error, options, paths, try_ask};
#[cfg(feature = "tls")]
use super::{buffer::first_part, timeout::timeout_from_python};
use crate::client::Timeout;
use crate::interrupt;

/// Linux knows the types and protocols below these numbers.
const SOCK_MAX: i32 = 11;
const IPPROTO_MAX: i32 = 263;

const SO_TYPE: i32 = 3;
const SO_PROTOCOL: i32 = 38;

impl PySocket {
    pub(super) fn open(&self, args: &SocketArgs, vm: &VirtualMachine) -> PyResult<()> {
        let given = |number: i32, default: i32| if number == -1 { default } else { number };
        let family = given(args.family, options::AF_INET);
        let kind = given(args.r#type, options::SOCK_STREAM);
        let proto = given(args.proto, 0);
        let plain = kind & !(options::SOCK_NONBLOCK | options::SOCK_CLOEXEC);
        if !(0..IPPROTO_MAX).contains(&proto) {
            return Err(error::os_error(Errno::EINVAL, vm));
        }
        let call = call::Socket {
            family: options::family(family).map_err(|_| refuse_family(family, vm))?,
            kind: options::kind(plain).map_err(|_| refuse_kind(family, plain, vm))?,
            proto,
        };
        let (created, _) = ask("socket", call, &[], vm)?;
        self.become_socket(created.socket, (family, kind, proto));
        Ok(())
    }

    pub(super) fn adopt(
        &self,
        fileno: &PyObject,
        args: &SocketArgs,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        if fileno.fast_isinstance(vm.ctx.types.float_type) {
            return Err(vm.new_type_error("'float' object cannot be interpreted as an integer"));
        }
        let number = fileno.try_index(vm)?.try_to_primitive::<i64>(vm)?;
        if number < 0 {
            return Err(vm.new_value_error("negative file descriptor"));
        }
        if !is_socket(number) {
            return Err(error::os_error(not_a_socket(number, vm), vm));
        }
        let number = u32::try_from(number).map_err(|_| error::os_error(Errno::EBADF, vm))?;
        let socket = SocketId(number);
        if descriptor::is_pipe(socket) {
            return Err(error::os_error(Errno::ENOTSOCK, vm));
        }
        let mut family = args.family;
        if !tie(socket) || family == -1 {
            let (named, _) = ask("getsockname", call::Getsockname { socket }, &[], vm)?;
            if family == -1 {
                family = options::family_number(named.address.family());
            }
        }
        let option = |given: i32, option: i32| {
            if given != -1 {
                return Ok(given);
            }
            let call = call::Getsockopt { socket, level: SOL_SOCKET, option, len: 0 };
            match ask("getsockopt", call, &[], vm)?.0.value {
                OptionValue::Int(value) => Ok(value),
                OptionValue::Payload => Ok(0),
            }
        };
        let kind = option(args.r#type, SO_TYPE)?;
        let proto = option(args.proto, SO_PROTOCOL)?;
        self.become_socket(socket, (family, kind, proto));
        Ok(())
    }

    pub(super) fn become_socket(&self, socket: SocketId, (family, kind, proto): (i32, i32, i32)) {
        let plain = kind & !(options::SOCK_NONBLOCK | options::SOCK_CLOEXEC);
        let timeout = if kind & options::SOCK_NONBLOCK != 0 {
            Timeout::Never
        } else {
            DEFAULT_TIMEOUT.load()
        };
        self.family.store(family, Ordering::Relaxed);
        self.kind.store(plain, Ordering::Relaxed);
        self.proto.store(proto, Ordering::Relaxed);
        self.timeout.store(timeout);
        descriptor::opened(socket, timeout == Timeout::Forever);
        self.descriptor.store(socket.0.into(), Ordering::Release);
    }

    pub(super) fn id(&self, vm: &VirtualMachine) -> PyResult<SocketId> {
        u32::try_from(self.descriptor.load(Ordering::Acquire))
            .map(SocketId)
            .map_err(|_| error::os_error(Errno::EBADF, vm))
    }

    pub(super) fn wait(&self) -> Wait {
        self.timeout.load().wait()
    }

    pub(super) fn flags(flags: OptionalArg<i32>, vm: &VirtualMachine) -> PyResult<Vec<call::Flag>> {
        options::flags(flags.unwrap_or(0)).map_err(|errno| error::os_error(errno, vm))
    }

    pub(super) fn address(
        &self,
        object: &PyObject,
        caller: &str,
        vm: &VirtualMachine,
    ) -> PyResult<Address> {
        let family = options::family(self.family.load(Ordering::Relaxed))
            .map_err(|errno| error::os_error(errno, vm))?;
        address::parse(family, object, caller, vm)
    }

    /// Sets how long calls wait, on a socket that is open.
    pub(super) fn set_timeout(&self, timeout: Timeout, vm: &VirtualMachine) -> PyResult<()> {
        // As in CPython, what was said stays also where there is nothing to wait for any more.
        self.timeout.store(timeout);
        descriptor::set_blocking(self.id(vm)?, timeout == Timeout::Forever)
            .map_err(|errno| error::os_error(errno, vm))
    }

    pub(super) fn bind_to(&self, object: &PyObject, vm: &VirtualMachine) -> PyResult<()> {
        let address = self.address(object, "bind", vm)?;
        let socket = self.id(vm)?;
        let path = paths::of(&address);
        if let Some(path) = path {
            paths::make(path, vm)?;
        }
        let bound = ask("bind", call::Bind { socket, address: address.clone() }, &[], vm);
        if let (Some(path), Err(_)) = (path, &bound) {
            paths::take_back(path, vm)?;
        }
        bound.map(drop)
    }

    pub(super) fn close_now(&self, vm: &VirtualMachine) -> PyResult<()> {
        let Ok(number) = u32::try_from(self.descriptor.swap(CLOSED, Ordering::AcqRel)) else {
            return Ok(());
        };
        descriptor::forget(SocketId(number));
        let call = call::Close { socket: SocketId(number) };
        match try_ask::<call::Close>("close", call.into(), &[], vm) {
            // The peer's reset is no reason to say that closing went wrong: it is closed.
            Ok(_) | Err(Failure { errno: Errno::ECONNRESET, .. }) => Ok(()),
            Err(failure) => Err(error::raise(failure, None, vm)),
        }
    }

    pub(super) fn connect_to(
        &self,
        object: &PyObject,
        method: &'static str,
        vm: &VirtualMachine,
    ) -> PyResult<Result<(), Failure>> {
        let address = self.address(object, method, vm)?;
        let call = call::Connect { socket: self.id(vm)?, address, wait: self.wait() };
        let connected = try_ask::<call::Connect>(method, call.into(), &[], vm).map(drop);
        interrupt::take_raised().map_or(Ok(connected), Err)
    }

    pub(super) fn receive(
        &self,
        method: &'static str,
        len: u32,
        flags: OptionalArg<i32>,
        vm: &VirtualMachine,
    ) -> PyResult<(Received, Vec<u8>)> {
        let flags = Self::flags(flags, vm)?;
        let call = call::Recv { socket: self.id(vm)?, len, flags, wait: self.wait() };
        ask(method, call, &[], vm)
    }

    /// Receives for `ssl`, which has one deadline for several calls.
    #[cfg(feature = "tls")]
    pub(crate) fn receive_within(
        &self,
        len: u32,
        timeout: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Vec<u8>> {
        let wait = timeout_from_python(timeout, vm)?.wait();
        let call = call::Recv { socket: self.id(vm)?, len, flags: Vec::new(), wait };
        Ok(ask("recv", call, &[], vm)?.1)
    }

    /// Sends for `ssl`, likewise.
    #[cfg(feature = "tls")]
    pub(crate) fn send_within(
        &self,
        data: &ArgBytesLike,
        timeout: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<usize> {
        let wait = timeout_from_python(timeout, vm)?.wait();
        let data = data.borrow_buf_unlocked(vm)?;
        let part = first_part(&data, self.kind.load(Ordering::Relaxed), vm)?;
        let call = call::Send { socket: self.id(vm)?, flags: Vec::new(), wait };
        Ok(ask("send", call, part, vm)?.0.len as usize)
    }

    pub(super) fn receive_from(
        &self,
        method: &'static str,
        len: u32,
        flags: OptionalArg<i32>,
        vm: &VirtualMachine,
    ) -> PyResult<(ReceivedFrom, Vec<u8>)> {
        let flags = Self::flags(flags, vm)?;
        let call = call::Recvfrom { socket: self.id(vm)?, len, flags, wait: self.wait() };
        ask(method, call, &[], vm)
    }
}

/// Writes the sender's address, where there is one.
pub(super) fn sender(received: &ReceivedFrom, vm: &VirtualMachine) -> PyObjectRef {
    received.peer.as_ref().map_or_else(|| vm.ctx.none(), |peer| address::to_python(peer, vm))
}

/// Refuses a family that the host does not open for programs, with what Linux says to a process
/// without privileges.
fn refuse_family(family: i32, vm: &VirtualMachine) -> PyBaseExceptionRef {
    let (errno, what) = match options::foreign_family(family) {
        Some(name @ "AF_PACKET") => (Errno::EPERM, format!("{name} needs a privilege")),
        Some(name) => (Errno::EAFNOSUPPORT, format!("{name} is not for programs here")),
        None => (Errno::EAFNOSUPPORT, format!("there is no family {family}")),
    };
    let message = format!("{what}: Sockpit opens AF_INET, AF_INET6 and AF_UNIX sockets");
    error::raise(Failure::explained(errno, message), None, vm)
}

/// Refuses a type that the host does not open for programs, likewise.
fn refuse_kind(family: i32, kind: i32, vm: &VirtualMachine) -> PyBaseExceptionRef {
    let errno = match kind {
        _ if !(1..SOCK_MAX).contains(&kind) => return error::os_error(Errno::EINVAL, vm),
        options::SOCK_RAW if family != options::AF_UNIX => Errno::EPERM,
        _ => Errno::ESOCKTNOSUPPORT,
    };
    let message = "Sockpit opens SOCK_STREAM and SOCK_DGRAM sockets; others need a privilege or \
                   are for the few";
    error::raise(Failure::explained(errno, message), None, vm)
}

/// Returns what is wrong with a number that no socket can have: it is a file's, or nothing's.
fn not_a_socket(number: i64, vm: &VirtualMachine) -> Errno {
    let file = vm.import("os", 0).and_then(|os| vm.call_method(&os, "fstat", (number,)));
    if file.is_ok() { Errno::ENOTSOCK } else { Errno::EBADF }
}
