//! `select.epoll`: a set of sockets that the host's kernel watches.

use std::sync::atomic::{AtomicI64, Ordering};

use rustpython_vm::{PyResult, VirtualMachine};
use shared::call::{Close, EpollChange, EpollCreate, EpollCtl, EpollWait, SocketId};
use shared::errno::Errno;

use super::{descriptor, is_file, is_waited_for, timeout};
use crate::client::Timeout;
use crate::socket::{ask, error};

/// Events and flags, with Linux's numbers.
pub(super) const EVENTS: &[(&str, u32)] = &[
    ("EPOLLIN", 0x1),
    ("EPOLLPRI", 0x2),
    ("EPOLLOUT", 0x4),
    ("EPOLLERR", 0x8),
    ("EPOLLHUP", 0x10),
    ("EPOLLRDNORM", 0x40),
    ("EPOLLRDBAND", 0x80),
    ("EPOLLWRNORM", 0x100),
    ("EPOLLWRBAND", 0x200),
    ("EPOLLMSG", 0x400),
    ("EPOLLRDHUP", 0x2000),
    ("EPOLLEXCLUSIVE", 1 << 28),
    ("EPOLLWAKEUP", 1 << 29),
    ("EPOLLONESHOT", 1 << 30),
    ("EPOLLET", 1 << 31),
    ("EPOLL_CLOEXEC", EPOLL_CLOEXEC as u32),
];

const EPOLL_CLOEXEC: i32 = 0o2_000_000;

/// `EPOLLIN | EPOLLPRI | EPOLLOUT`.
const EVENTS_DEFAULT: u32 = 0x7;

/// Events that one call returns if the program does not say how many, as in CPython.
const EVENTS_MAX_DEFAULT: u32 = 1023;

/// The descriptor of an object that is closed.
const CLOSED: i64 = -1;

#[rustpython_vm::pymodule(sub, name = "select")]
pub(crate) mod class {
    use rustpython_vm::builtins::PyTypeRef;
    use rustpython_vm::function::{FuncArgs, OptionalArg};
    use rustpython_vm::types::{Constructor, Destructor};
    use rustpython_vm::{Py, PyObjectRef, PyPayload, PyRef, pyclass};

    use super::*;
    use crate::argument::Documented;

    /// select.epoll(sizehint=-1, flags=0)
    ///
    /// Return an epolling object: a set of sockets that is waited for as one, and
    /// that costs the same however many there are.
    ///
    ///   sizehint
    ///     Must be -1 or positive; it has no effect.
    ///   flags
    ///     0 or EPOLL_CLOEXEC; it has no effect.
    #[pyattr]
    #[pyclass(name = "epoll", module = "select")]
    #[derive(Debug, PyPayload)]
    pub(crate) struct PyEpoll {
        /// The descriptor, or [`CLOSED`].
        descriptor: AtomicI64,
    }

    #[derive(rustpython_vm::FromArgs)]
    pub(crate) struct EpollArgs {
        #[pyarg(any, default = -1)]
        sizehint: i32,
        #[pyarg(any, default = 0)]
        flags: i32,
    }

    impl Constructor for PyEpoll {
        type Args = EpollArgs;

        fn py_new(
            _class: &Py<rustpython_vm::builtins::PyType>,
            args: EpollArgs,
            vm: &VirtualMachine,
        ) -> PyResult<Self> {
            if args.sizehint != -1 && args.sizehint <= 0 {
                return Err(vm.new_value_error("negative sizehint"));
            }
            if args.flags & !EPOLL_CLOEXEC != 0 {
                return Err(error::os_error_text("invalid flags", vm));
            }
            let (created, _) = ask("epoll", EpollCreate {}, &[], vm)?;
            Ok(Self { descriptor: AtomicI64::new(created.socket.0.into()) })
        }
    }

    impl Destructor for PyEpoll {
        fn del(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<()> {
            zelf.close_now(vm)
        }
    }

    impl PyEpoll {
        fn id(&self, vm: &VirtualMachine) -> PyResult<SocketId> {
            u32::try_from(self.descriptor.load(Ordering::Acquire))
                .map(SocketId)
                .map_err(|_| vm.new_value_error("I/O operation on closed epoll object"))
        }

        fn close_now(&self, vm: &VirtualMachine) -> PyResult<()> {
            match u32::try_from(self.descriptor.swap(CLOSED, Ordering::AcqRel)) {
                Ok(number) => ask("close", Close { socket: SocketId(number) }, &[], vm).map(drop),
                Err(_) => Ok(()),
            }
        }

        fn change(
            &self,
            method: &'static str,
            change: EpollChange,
            fd: &PyObjectRef,
            events: u32,
            vm: &VirtualMachine,
        ) -> PyResult<()> {
            let epoll = self.id(vm)?;
            let fd = descriptor(fd, vm)?;
            if !is_waited_for(fd) {
                // As Linux says of a file, which is always ready.
                let errno = if is_file(fd, vm) { Errno::EPERM } else { Errno::EBADF };
                return Err(error::os_error(errno, vm));
            }
            let call = EpollCtl { epoll, socket: SocketId(fd), change, events, data: fd.into() };
            ask(method, call, &[], vm).map(drop)
        }
    }

    #[pyclass(with(Constructor, Destructor))]
    impl PyEpoll {
        /// fromfd(fd) -> epoll object
        ///
        /// Make an epoll object of the descriptor of one.
        #[pyclassmethod]
        fn fromfd(class: PyTypeRef, fd: u32, vm: &VirtualMachine) -> PyResult<PyRef<Self>> {
            PyEpoll { descriptor: AtomicI64::new(fd.into()) }.into_ref_with_type(vm, class)
        }

        /// close() -> None
        ///
        /// Close the epoll object.  Nothing can be done with it after that.
        #[pymethod]
        fn close(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<()> {
            zelf.close_now(vm)
        }

        /// True if the epoll handler is closed
        #[pygetset]
        fn closed(zelf: &Py<Self>) -> bool {
            zelf.descriptor.load(Ordering::Acquire) == CLOSED
        }

        /// fileno() -> int
        ///
        /// Return the epoll object's own descriptor.
        #[pymethod]
        fn fileno(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<u32> {
            zelf.id(vm).map(|id| id.0)
        }

        /// register(fd[, eventmask]) -> None
        ///
        /// Watch a socket, or its descriptor, for events: EPOLLIN, EPOLLPRI and EPOLLOUT
        /// if not given.  Errors and hang-ups are always reported.  With EPOLLET it is
        /// reported once each time that something new happens, with EPOLLONESHOT only
        /// once until modify().
        ///
        /// Errors: FileExistsError, it is in the set already.
        #[pymethod]
        fn register(
            zelf: &Py<Self>,
            fd: PyObjectRef,
            Documented { value: eventmask }: Documented<OptionalArg<u32>>,
            vm: &VirtualMachine,
        ) -> PyResult<()> {
            let events = eventmask.unwrap_or(EVENTS_DEFAULT);
            zelf.change("register", EpollChange::Add, &fd, events, vm)
        }

        /// modify(fd, eventmask) -> None
        ///
        /// Change the events that a registered socket is watched for.
        #[pymethod]
        fn modify(
            zelf: &Py<Self>,
            fd: PyObjectRef,
            eventmask: u32,
            vm: &VirtualMachine,
        ) -> PyResult<()> {
            zelf.change("modify", EpollChange::Modify, &fd, eventmask, vm)
        }

        /// unregister(fd) -> None
        ///
        /// Stop watching a socket.  One that is closed leaves the set by itself.
        #[pymethod]
        fn unregister(zelf: &Py<Self>, fd: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
            zelf.change("unregister", EpollChange::Delete, &fd, 0, vm)
        }

        /// poll([timeout[, maxevents]]) -> list of (fd, event) pairs
        ///
        /// Wait until a registered socket is ready, at most timeout seconds, and return
        /// those that are, each with its events, maxevents of them at most.  Without a
        /// timeout, or with a negative one, it waits as long as it takes.
        #[pymethod]
        fn poll(zelf: &Py<Self>, args: PollArgs, vm: &VirtualMachine) -> PyResult {
            let epoll = zelf.id(vm)?;
            let wait = match args.timeout {
                Some(seconds) => timeout(&seconds, 1.0, true, vm)?,
                None => Timeout::Forever,
            };
            let max = match args.maxevents {
                -1 => EVENTS_MAX_DEFAULT,
                max => u32::try_from(max).ok().filter(|max| *max > 0).ok_or_else(|| {
                    let message = format!("maxevents must be greater than 0, got {max}");
                    vm.new_value_error(message)
                })?,
            };
            let call = EpollWait { epoll, max, wait: wait.wait() };
            let (reply, _) = ask("poll", call, &[], vm)?;
            let pairs = reply.ready.into_iter();
            let pairs = pairs.map(|event| vm.new_tuple((event.data, event.events)).into());
            Ok(vm.ctx.new_list(pairs.collect()).into())
        }

        #[pymethod]
        fn __enter__(zelf: PyRef<Self>, vm: &VirtualMachine) -> PyResult<PyRef<Self>> {
            zelf.id(vm)?;
            Ok(zelf)
        }

        #[pymethod]
        fn __exit__(zelf: &Py<Self>, _args: FuncArgs, vm: &VirtualMachine) -> PyResult<()> {
            zelf.close_now(vm)
        }
    }

    #[derive(rustpython_vm::FromArgs)]
    pub(crate) struct PollArgs {
        #[pyarg(any, optional)]
        timeout: Option<PyObjectRef>,
        #[pyarg(any, default = -1)]
        maxevents: i32,
    }
}
