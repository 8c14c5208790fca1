//! Descriptors: the numbers of sockets, with and without an object.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use shared::call::SocketId;
use shared::errno::Errno;

pub(crate) use numbers::module_def;

/// The descriptor of a socket that is closed.
pub(super) const CLOSED: i64 = -1;

/// The numbers that sockets have. No file of the program has one of these: natively the
/// transport sees to it, in the tab the kernel worker.
#[cfg(target_arch = "wasm32")]
const SOCKETS: Range<u32> = 3..1024;
#[cfg(not(target_arch = "wasm32"))]
const SOCKETS: Range<u32> = crate::transport::websocket::SOCKETS;

/// Descriptors that calls of ours returned as numbers and that no socket object has taken yet.
///
/// An object made from any other number asks the host first whether there is such a socket.
static LOOSE: LazyLock<Mutex<HashSet<u32>>> = LazyLock::new(Mutex::default);

/// Every descriptor that is open, as far as the program's own calls tell, with flags that the host
/// does not know.
static FLAGS: LazyLock<Mutex<HashMap<u32, Flags>>> = LazyLock::new(Mutex::default);

/// Flags of a descriptor. A call says itself whether it waits, and nothing inherits a socket
/// here: they are kept for those who ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Flags {
    non_blocking: bool,
    inheritable: bool,
    /// To the program it is no socket, but this end of a pipe.
    pipe: Option<End>,
}

/// An end of a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Reading,
    Writing,
}

/// Tells whether a number is a socket's, open or not.
pub(crate) fn is_socket(number: i64) -> bool {
    u32::try_from(number).is_ok_and(|number| SOCKETS.contains(&number))
}

/// Tells whether a descriptor is a pipe's to the program.
pub(crate) fn is_pipe(socket: SocketId) -> bool {
    end_of(socket.0).is_some()
}

fn end_of(number: u32) -> Option<End> {
    flags().get(&number).and_then(|flags| flags.pipe)
}

/// Notes that the program holds this descriptor as a number.
pub(super) fn loosen(socket: SocketId) -> u32 {
    flags().entry(socket.0).or_default();
    loose().insert(socket.0);
    socket.0
}

/// Forgets the descriptor, and tells whether it was noted.
pub(super) fn tie(socket: SocketId) -> bool {
    loose().remove(&socket.0)
}

/// Notes a descriptor that is open, and whether calls on the socket may wait (`O_NONBLOCK`).
pub(super) fn opened(socket: SocketId, blocking: bool) {
    flags().entry(socket.0).or_default().non_blocking = !blocking;
}

/// Notes whether calls on the socket may wait; fails where the program has closed it.
pub(super) fn set_blocking(socket: SocketId, blocking: bool) -> Result<(), Errno> {
    change(socket, |flags| flags.non_blocking = !blocking)
}

/// Forgets a descriptor that is closed.
pub(super) fn forget(socket: SocketId) {
    flags().remove(&socket.0);
}

fn change(socket: SocketId, change: impl FnOnce(&mut Flags)) -> Result<(), Errno> {
    flags().get_mut(&socket.0).map(change).ok_or(Errno::EBADF)
}

fn loose() -> MutexGuard<'static, HashSet<u32>> {
    LOOSE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn flags() -> MutexGuard<'static, HashMap<u32, Flags>> {
    FLAGS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[rustpython_vm::pymodule(name = "_sockpit_descriptors")]
mod numbers {
    //! What os and fcntl do with the number of a socket.

    use std::sync::OnceLock;

    use rustpython_vm::function::{ArgBytesLike, FuncArgs};
    use rustpython_vm::{AsObject as _, PyObjectRef, PyResult, VirtualMachine};
    use shared::address::{Family, Kind};
    use shared::call::{self, OptionValue, Wait};
    use shared::options::SOL_SOCKET;

    use super::super::{ask, buffer, error};
    use super::*;

    const SO_TYPE: i32 = 3;

    /// What `open` was, and what it is for the number of a socket.
    static OPEN: OnceLock<(PyObjectRef, PyObjectRef)> = OnceLock::new();

    #[pyfunction]
    fn is_socket(fd: i64) -> bool {
        super::is_socket(fd)
    }

    #[pyfunction]
    fn is_pipe(fd: u32) -> bool {
        super::is_pipe(SocketId(fd))
    }

    /// Makes a pipe: the host's kernel has it as two connected sockets, so that it can be waited
    /// for together with others.
    #[pyfunction]
    fn pipe(vm: &VirtualMachine) -> PyResult<(u32, u32)> {
        let call = call::Socketpair { family: Family::Unix, kind: Kind::Stream, proto: 0 };
        let (pair, _) = ask("pipe", call, &[], vm)?;
        let end = |socket: SocketId, end: End| {
            let number = loosen(socket);
            flags().insert(number, Flags { pipe: Some(end), ..Flags::default() });
            number
        };
        Ok((end(pair.first, End::Reading), end(pair.second, End::Writing)))
    }

    /// Sets what [`open`] calls.
    #[pyfunction]
    fn route_open(files: PyObjectRef, sockets: PyObjectRef) {
        OPEN.get_or_init(|| (files, sockets));
    }

    /// open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None,
    ///      closefd=True, opener=None)
    ///
    /// Open file and return a stream.  Raise OSError upon failure.  file is a path, or
    /// the descriptor of a file, a socket or a pipe that is open already.
    #[pyfunction]
    fn open(args: FuncArgs, vm: &VirtualMachine) -> PyResult {
        // A function of the interpreter's, so that it is no method where a class has it.
        let (files, sockets) =
            OPEN.get().ok_or_else(|| vm.new_runtime_error("open() is not there yet"))?;
        let file = args.args.first().or_else(|| args.kwargs.get("file"));
        let number = file.filter(|file| file.class().is(vm.ctx.types.int_type));
        let number = number.and_then(|file| file.try_to_value::<i64>(vm).ok());
        let function = if number.is_some_and(super::is_socket) { sockets } else { files };
        function.call(args, vm)
    }

    /// Fails where no socket has the number.
    #[pyfunction]
    fn check(fd: u32, vm: &VirtualMachine) -> PyResult<()> {
        kind(fd, vm).map(drop)
    }

    #[pyfunction]
    fn read(fd: u32, length: isize, vm: &VirtualMachine) -> PyResult<Vec<u8>> {
        refuse_end(fd, End::Writing, vm)?;
        let len = usize::try_from(length).map_err(|_| error::os_error(Errno::EINVAL, vm))?;
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        let call = call::Recv { socket: SocketId(fd), len, flags: vec![], wait: wait(fd) };
        Ok(asked_by_number("read", call, &[], vm)?.1)
    }

    #[pyfunction]
    fn write(fd: u32, data: ArgBytesLike, vm: &VirtualMachine) -> PyResult<usize> {
        refuse_end(fd, End::Reading, vm)?;
        let data = data.borrow_buf_unlocked(vm)?;
        let part = buffer::first_part(&data, kind(fd, vm)?, vm)?;
        let call = call::Send { socket: SocketId(fd), flags: vec![], wait: wait(fd) };
        Ok(asked_by_number("write", call, part, vm)?.0.len as usize)
    }

    #[pyfunction]
    fn close(fd: u32, vm: &VirtualMachine) -> PyResult<()> {
        tie(SocketId(fd));
        forget(SocketId(fd));
        ask("close", call::Close { socket: SocketId(fd) }, &[], vm).map(drop)
    }

    #[pyfunction]
    fn dup(fd: u32, vm: &VirtualMachine) -> PyResult<u32> {
        let (created, _) = ask("dup", call::Dup { socket: SocketId(fd) }, &[], vm)?;
        let number = loosen(created.socket);
        // Whether it waits belongs to what is open, so both names share it; who inherits does not.
        let original = flags().get(&fd).copied().unwrap_or_default();
        flags().insert(number, Flags { inheritable: false, ..original });
        Ok(number)
    }

    #[pyfunction]
    fn get_blocking(fd: u32, vm: &VirtualMachine) -> PyResult<bool> {
        check(fd, vm)?;
        Ok(!flags().get(&fd).copied().unwrap_or_default().non_blocking)
    }

    #[pyfunction]
    fn set_blocking(fd: u32, blocking: bool, vm: &VirtualMachine) -> PyResult<()> {
        super::set_blocking(SocketId(fd), blocking).map_err(|errno| error::os_error(errno, vm))
    }

    #[pyfunction]
    fn get_inheritable(fd: u32, vm: &VirtualMachine) -> PyResult<bool> {
        check(fd, vm)?;
        Ok(flags().get(&fd).copied().unwrap_or_default().inheritable)
    }

    #[pyfunction]
    fn set_inheritable(fd: u32, inheritable: bool, vm: &VirtualMachine) -> PyResult<()> {
        change(SocketId(fd), |flags| flags.inheritable = inheritable)
            .map_err(|errno| error::os_error(errno, vm))
    }

    /// As [`ask`], for what Linux would let one ask of any descriptor: an epoll instance can
    /// neither be read nor written.
    fn asked_by_number<C: call::Request>(
        method: &'static str,
        call: C,
        payload: &[u8],
        vm: &VirtualMachine,
    ) -> PyResult<(C::Reply, Vec<u8>)> {
        let call = call.into();
        let wait = call.wait();
        super::super::try_ask::<C>(method, call, payload, vm).map_err(|failure| {
            if failure.errno == Errno::ENOTSOCK {
                return error::os_error(Errno::EINVAL, vm);
            }
            error::raise(failure, wait, vm)
        })
    }

    /// Refuses to read where a pipe is written, and the other way round.
    fn refuse_end(fd: u32, end: End, vm: &VirtualMachine) -> PyResult<()> {
        if end_of(fd) == Some(end) { Err(error::os_error(Errno::EBADF, vm)) } else { Ok(()) }
    }

    fn wait(fd: u32) -> Wait {
        let flags = flags().get(&fd).copied().unwrap_or_default();
        if flags.non_blocking { Wait::Never } else { Wait::Forever }
    }

    fn kind(fd: u32, vm: &VirtualMachine) -> PyResult<i32> {
        let call =
            call::Getsockopt { socket: SocketId(fd), level: SOL_SOCKET, option: SO_TYPE, len: 0 };
        match super::super::try_ask::<call::Getsockopt>("fstat", call.into(), &[], vm) {
            Ok((reply, _)) => match reply.value {
                OptionValue::Int(kind) => Ok(kind),
                OptionValue::Payload => Ok(0),
            },
            // An epoll instance is open as well.
            Err(failure) if failure.errno == Errno::ENOTSOCK => Ok(0),
            Err(failure) => Err(error::raise(failure, None, vm)),
        }
    }
}
