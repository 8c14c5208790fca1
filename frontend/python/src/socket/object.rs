//! The class `socket`: one method per call. Its docstrings are what `help()` shows.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use crossbeam_utils::atomic::AtomicCell;
use rustpython_vm::function::{ArgBytesLike, ArgMemoryBuffer};
use rustpython_vm::{AsObject, PyObjectRef, PyResult, VirtualMachine};
use shared::call::{self, OptionValue, SocketId};

use super::{ask, error};
use crate::client::Timeout;

pub(super) use class::{DEFAULT_TIMEOUT, timeout_from_python, timeout_to_python};

/// The descriptor of a socket that is closed.
const CLOSED: i64 = -1;

/// Bytes of an option's value at most, as in CPython.
const OPTION_BYTES_MAX: i32 = 1024;

/// Connections that may wait when a program does not say how many, as in CPython.
const BACKLOG_DEFAULT: i32 = 128;

/// Descriptors that calls of ours returned as numbers and that no socket object has taken yet.
///
/// An object made from any other number asks the host first whether there is such a socket.
static LOOSE: LazyLock<Mutex<HashSet<u32>>> = LazyLock::new(Mutex::default);

/// Notes that the program holds this descriptor as a number.
pub(super) fn loosen(socket: SocketId) -> u32 {
    LOOSE.lock().unwrap_or_else(PoisonError::into_inner).insert(socket.0);
    socket.0
}

/// Forgets the descriptor, and tells whether it was noted.
pub(super) fn tie(socket: SocketId) -> bool {
    LOOSE.lock().unwrap_or_else(PoisonError::into_inner).remove(&socket.0)
}

#[rustpython_vm::pymodule(sub, name = "_socket")]
pub(crate) mod class {
    use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};
    use std::time::Duration;

    use rustpython_vm::builtins::PyStrRef;
    use rustpython_vm::function::{Either, FuncArgs, OptionalArg};
    use rustpython_vm::types::{
        Constructor, DefaultConstructor, Destructor, Initializer, Representable,
    };
    use rustpython_vm::{Py, PyObject, PyPayload, TryFromObject, pyclass};
    use shared::address::Address;
    use shared::call::{Half, Wait};
    use shared::errno::{Errno, Failure};
    use shared::options::SOL_SOCKET;
    use shared::reply::{Accepted, Received, ReceivedFrom};

    use super::super::{Patience, address, options, try_ask};
    use super::*;
    use crate::argument::Documented;
    use crate::client::{About, client};
    use crate::{interrupt, site};

    /// Seconds beyond which a timeout does not fit CPython's clock (2^63 nanoseconds).
    const TIMEOUT_SECONDS_MAX: f64 = 9_223_372_036.0;

    const SO_TYPE: i32 = 3;
    const SO_PROTOCOL: i32 = 38;

    /// What `setdefaulttimeout` sets.
    pub(in super::super) static DEFAULT_TIMEOUT: AtomicCell<Timeout> =
        AtomicCell::new(Timeout::Forever);

    /// socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object
    /// socket(family=-1, type=-1, proto=-1, fileno=None) -> socket object
    ///
    /// Open a socket of the given kind on the host.  The family says what its
    /// addresses look like: (host, port) for AF_INET; (host, port, flowinfo,
    /// scopeid), of which the last two may be left out, for AF_INET6; a path for
    /// AF_UNIX.  SOCK_STREAM makes connections that carry a stream of bytes (TCP),
    /// SOCK_DGRAM sends single messages (UDP).
    ///
    /// With fileno, make an object for a socket that is open already; the family,
    /// type and protocol that are not given are then asked of it.
    ///
    /// A new socket blocks: a call that has to wait does so until it is done.
    /// settimeout() and setblocking() change that.
    ///
    /// Methods, by what they are for:
    ///
    /// either side:  recv recv_into recvfrom recvfrom_into send sendall sendto
    ///               shutdown close detach fileno
    /// server:       bind listen accept
    /// client:       connect connect_ex
    /// waiting:      settimeout gettimeout setblocking getblocking
    /// about it:     getsockname getpeername getsockopt setsockopt
    #[pyattr(name = "socket")]
    #[pyattr(name = "SocketType")]
    #[pyclass(name = "socket", module = "_socket")]
    #[derive(Debug, PyPayload)]
    pub(crate) struct PySocket {
        /// The descriptor, or [`CLOSED`].
        descriptor: AtomicI64,
        kind: AtomicI32,
        family: AtomicI32,
        proto: AtomicI32,
        timeout: AtomicCell<Timeout>,
    }

    impl Default for PySocket {
        fn default() -> Self {
            Self {
                descriptor: AtomicI64::new(CLOSED),
                kind: AtomicI32::new(0),
                family: AtomicI32::new(0),
                proto: AtomicI32::new(0),
                timeout: AtomicCell::new(Timeout::Forever),
            }
        }
    }

    impl DefaultConstructor for PySocket {}

    #[derive(rustpython_vm::FromArgs)]
    pub(crate) struct SocketArgs {
        #[pyarg(any, default = -1)]
        family: i32,
        #[pyarg(any, default = -1)]
        r#type: i32,
        #[pyarg(any, default = -1)]
        proto: i32,
        #[pyarg(any, optional)]
        fileno: Option<PyObjectRef>,
    }

    impl Initializer for PySocket {
        type Args = SocketArgs;

        fn init(zelf: &Py<Self>, args: SocketArgs, vm: &VirtualMachine) -> PyResult<()> {
            match args.fileno.as_ref().filter(|fileno| !vm.is_none(fileno)) {
                None => zelf.open(&args, vm),
                Some(fileno) => zelf.adopt(fileno, &args, vm),
            }
        }
    }

    impl Representable for PySocket {
        fn repr_str(zelf: &Py<Self>, _vm: &VirtualMachine) -> PyResult<String> {
            Ok(format!(
                "<socket object, fd={}, family={}, type={}, proto={}>",
                zelf.descriptor.load(Ordering::Relaxed),
                zelf.family.load(Ordering::Relaxed),
                zelf.kind.load(Ordering::Relaxed),
                zelf.proto.load(Ordering::Relaxed),
            ))
        }
    }

    impl Destructor for PySocket {
        fn del(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<()> {
            if zelf.descriptor.load(Ordering::Relaxed) == CLOSED {
                return Ok(());
            }
            if let Ok(repr) = zelf.as_object().repr(vm) {
                let message: PyStrRef = vm.ctx.new_str(format!("unclosed {}", repr.as_wtf8()));
                let warning = vm.ctx.exceptions.resource_warning.to_owned();
                rustpython_vm::warn::warn(message.into(), Some(warning), 1, None, vm)?;
            }
            zelf.close_now(vm)
        }
    }

    // What the methods share.
    impl PySocket {
        fn open(&self, args: &SocketArgs, vm: &VirtualMachine) -> PyResult<()> {
            let given = |number: i32, default: i32| if number == -1 { default } else { number };
            let family = given(args.family, options::AF_INET);
            let kind = given(args.r#type, options::SOCK_STREAM);
            let proto = given(args.proto, 0);
            let plain = kind & !(options::SOCK_NONBLOCK | options::SOCK_CLOEXEC);
            let call = call::Socket {
                family: options::family(family).map_err(|errno| error::os_error(errno, vm))?,
                kind: options::kind(plain).map_err(|errno| error::os_error(errno, vm))?,
                proto,
            };
            let (created, _) = ask("socket", call, &[], vm)?;
            self.become_socket(created.socket, (family, kind, proto));
            Ok(())
        }

        fn adopt(&self, fileno: &PyObject, args: &SocketArgs, vm: &VirtualMachine) -> PyResult<()> {
            if fileno.fast_isinstance(vm.ctx.types.float_type) {
                return Err(vm.new_type_error("integer argument expected, got float"));
            }
            let number = fileno.try_index(vm)?.try_to_primitive::<i64>(vm)?;
            if number < 0 {
                return Err(vm.new_value_error("negative file descriptor"));
            }
            let number = u32::try_from(number).map_err(|_| error::os_error(Errno::EBADF, vm))?;
            let socket = SocketId(number);
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

        fn become_socket(&self, socket: SocketId, (family, kind, proto): (i32, i32, i32)) {
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
            self.descriptor.store(socket.0.into(), Ordering::Release);
        }

        fn id(&self, vm: &VirtualMachine) -> PyResult<SocketId> {
            u32::try_from(self.descriptor.load(Ordering::Acquire))
                .map(SocketId)
                .map_err(|_| error::os_error(Errno::EBADF, vm))
        }

        fn wait(&self) -> Wait {
            self.timeout.load().wait()
        }

        fn flags(flags: OptionalArg<i32>, vm: &VirtualMachine) -> PyResult<Vec<call::Flag>> {
            options::flags(flags.unwrap_or(0)).map_err(|errno| error::os_error(errno, vm))
        }

        fn address(
            &self,
            object: &PyObject,
            caller: &str,
            vm: &VirtualMachine,
        ) -> PyResult<Address> {
            let family = options::family(self.family.load(Ordering::Relaxed))
                .map_err(|errno| error::os_error(errno, vm))?;
            address::parse(family, object, caller, vm)
        }

        fn close_now(&self, vm: &VirtualMachine) -> PyResult<()> {
            let Ok(number) = u32::try_from(self.descriptor.swap(CLOSED, Ordering::AcqRel)) else {
                return Ok(());
            };
            let call = call::Close { socket: SocketId(number) };
            match try_ask::<call::Close>("close", call.into(), &[], vm) {
                // The peer's reset is no reason to say that closing went wrong: it is closed.
                Ok(_) | Err(Failure { errno: Errno::ECONNRESET, .. }) => Ok(()),
                Err(failure) => Err(error::raise(failure, None, vm)),
            }
        }

        fn connect_to(
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

        fn receive(
            &self,
            method: &'static str,
            len: usize,
            flags: OptionalArg<i32>,
            vm: &VirtualMachine,
        ) -> PyResult<(Received, Vec<u8>)> {
            let flags = Self::flags(flags, vm)?;
            let len = u32::try_from(len).unwrap_or(u32::MAX);
            let call = call::Recv { socket: self.id(vm)?, len, flags, wait: self.wait() };
            ask(method, call, &[], vm)
        }

        fn receive_from(
            &self,
            method: &'static str,
            len: usize,
            flags: OptionalArg<i32>,
            vm: &VirtualMachine,
        ) -> PyResult<(ReceivedFrom, Vec<u8>)> {
            let flags = Self::flags(flags, vm)?;
            let len = u32::try_from(len).unwrap_or(u32::MAX);
            let call = call::Recvfrom { socket: self.id(vm)?, len, flags, wait: self.wait() };
            ask(method, call, &[], vm)
        }
    }

    #[pyclass(with(Constructor, Initializer, Representable, Destructor), flags(BASETYPE, HEAPTYPE))]
    impl PySocket {
        /// _accept() -> (integer, address info)
        ///
        /// Take the next connection from a listening socket, and return the
        /// descriptor of a new socket for it and the address of the client.
        /// Waits until there is a connection.  accept() makes a socket object of it.
        #[pymethod]
        fn _accept(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<(u32, PyObjectRef)> {
            let call = call::Accept { socket: zelf.id(vm)?, wait: zelf.wait() };
            let (Accepted { socket, peer, .. }, _) = ask("accept", call, &[], vm)?;
            Ok((loosen(socket), address::to_python(&peer, vm)))
        }

        /// bind(address)
        ///
        /// Give the socket a local address: where a server is reached, or where
        /// datagrams arrive.  For AF_INET it is a pair (host, port).  The host '' is
        /// every address of the machine; port 0 lets the system choose a free one,
        /// which getsockname() then tells.  Does not wait.
        ///
        /// Errors: EADDRINUSE, another socket has the address; EADDRNOTAVAIL, it is
        /// none of this machine's; EACCES, a port below 1024 without the privilege.
        #[pymethod]
        fn bind(zelf: &Py<Self>, address: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
            let address = zelf.address(&address, "bind", vm)?;
            ask("bind", call::Bind { socket: zelf.id(vm)?, address }, &[], vm).map(drop)
        }

        /// close()
        ///
        /// Give the socket up.  It cannot be used after that, and its descriptor may
        /// be given to another.  Bytes already accepted by send() are still delivered;
        /// the peer then reads the end of the stream.  Closing twice does nothing.
        /// To end only one direction, or to be sure that the peer notices at once
        /// while another reference to the socket exists, call shutdown() first.
        #[pymethod]
        fn close(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<()> {
            zelf.close_now(vm)
        }

        /// connect(address)
        ///
        /// Connect to the peer at the address; for AF_INET a pair (host, port), where
        /// the host may be a name.  Waits until the connection stands or has failed,
        /// at most as long as the socket's timeout.  On a datagram socket it only
        /// sets where send() sends and whom recv() hears.
        ///
        /// Errors: ConnectionRefusedError, nobody listens there; TimeoutError, nobody
        /// answered; gaierror, the name is not known; BlockingIOError, the socket does
        /// not block and the connection has only begun.
        #[pymethod]
        fn connect(zelf: &Py<Self>, address: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
            let wait = zelf.wait();
            zelf.connect_to(&address, "connect", vm)?
                .map_err(|failure| error::raise(failure, Some(wait), vm))
        }

        /// connect_ex(address) -> errno
        ///
        /// Connect as connect() does, but return the number of the error (of the errno
        /// module) instead of raising it; 0 means connected.  Errors of another kind,
        /// such as an unknown host name, are still raised.
        #[pymethod]
        fn connect_ex(zelf: &Py<Self>, address: PyObjectRef, vm: &VirtualMachine) -> PyResult<i32> {
            let wait = zelf.wait();
            match zelf.connect_to(&address, "connect_ex", vm)? {
                Ok(()) => Ok(0),
                Err(failure) if failure.errno.is_resolver() => {
                    Err(error::raise(failure, Some(wait), vm))
                }
                // CPython reports its own timeout so.
                Err(failure)
                    if failure.errno == Errno::ETIMEDOUT && matches!(wait, Wait::Millis(_)) =>
                {
                    Ok(Errno::EAGAIN.number())
                }
                Err(failure) => Ok(failure.errno.number()),
            }
        }

        /// detach()
        ///
        /// Close the object but leave the socket open, and return its descriptor,
        /// which the caller has to look after from now on.
        #[pymethod]
        fn detach(zelf: &Py<Self>) -> i64 {
            let descriptor = zelf.descriptor.swap(CLOSED, Ordering::AcqRel);
            if let Ok(number) = u32::try_from(descriptor) {
                loosen(SocketId(number));
            }
            descriptor
        }

        /// fileno() -> integer
        ///
        /// Return the socket's descriptor, a small number that select() and the like
        /// know it by; -1 after close().
        #[pymethod]
        fn fileno(zelf: &Py<Self>) -> i64 {
            zelf.descriptor.load(Ordering::Acquire)
        }

        /// getblocking()
        ///
        /// Return True if calls on the socket may wait, False if it is non-blocking.
        #[pymethod]
        fn getblocking(zelf: &Py<Self>) -> bool {
            zelf.timeout.load() != Timeout::Never
        }

        /// getpeername() -> address info
        ///
        /// Return the address of the other end.  Without one: ENOTCONN.
        #[pymethod]
        fn getpeername(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
            let call = call::Getpeername { socket: zelf.id(vm)? };
            let (named, _) = ask("getpeername", call, &[], vm)?;
            Ok(address::to_python(&named.address, vm))
        }

        /// getsockname() -> address info
        ///
        /// Return the socket's own address, as bind(), connect() or the system set it.
        #[pymethod]
        fn getsockname(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
            let call = call::Getsockname { socket: zelf.id(vm)? };
            let (named, _) = ask("getsockname", call, &[], vm)?;
            Ok(address::to_python(&named.address, vm))
        }

        /// getsockopt(level, option[, buffersize]) -> value
        ///
        /// Return the value of a socket option, such as SO_REUSEADDR of the level
        /// SOL_SOCKET: an integer, or with a buffersize the option's bytes, at most so
        /// many.
        #[pymethod]
        fn getsockopt(
            zelf: &Py<Self>,
            level: i32,
            option: i32,
            Documented { value: buffersize }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult {
            let len = buffersize.unwrap_or(0);
            if !(0..=OPTION_BYTES_MAX).contains(&len) {
                return Err(error::os_error_text("getsockopt buflen out of range", vm));
            }
            // It has just been checked not to be negative.
            let len = len as u32;
            let call = call::Getsockopt { socket: zelf.id(vm)?, level, option, len };
            let (reply, payload) = ask("getsockopt", call, &[], vm)?;
            match reply.value {
                OptionValue::Int(value) => Ok(vm.ctx.new_int(value).into()),
                OptionValue::Payload => Ok(vm.ctx.new_bytes(payload).into()),
            }
        }

        /// gettimeout() -> timeout
        ///
        /// Return how many seconds a call on the socket may wait: None for as long as
        /// it takes, 0.0 for not at all.
        #[pymethod]
        fn gettimeout(zelf: &Py<Self>) -> Option<f64> {
            timeout_to_python(zelf.timeout.load())
        }

        /// listen([backlog])
        ///
        /// Let clients connect to the address that bind() gave the socket.  The system
        /// finishes up to backlog connections (128 if not given) that accept() has not
        /// taken yet.  Does not wait.
        #[pymethod]
        fn listen(
            zelf: &Py<Self>,
            Documented { value: backlog }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult<()> {
            let backlog = backlog.unwrap_or(BACKLOG_DEFAULT).max(0);
            ask("listen", call::Listen { socket: zelf.id(vm)?, backlog }, &[], vm).map(drop)
        }

        /// recv(buffersize[, flags]) -> data
        ///
        /// Receive at most buffersize bytes.  Waits until at least one byte is there;
        /// then returns what there is, which may be less than asked for: a stream has
        /// no message boundaries, and one send() may arrive in several pieces or
        /// together with the next.  b'' means that the peer has finished sending and
        /// nothing more will come.  From a datagram socket it takes one datagram; what
        /// does not fit is lost.
        ///
        /// Errors: ConnectionResetError, the peer is gone with data still under way;
        /// TimeoutError, nothing came in time; BlockingIOError, nothing is there and
        /// the socket does not block.
        #[pymethod]
        fn recv(
            zelf: &Py<Self>,
            buffersize: isize,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult<Vec<u8>> {
            let len = usize::try_from(buffersize)
                .map_err(|_| vm.new_value_error("negative buffersize in recv"))?;
            Ok(zelf.receive("recv", len, flags, vm)?.1)
        }

        /// recv_into(buffer, [nbytes[, flags]]) -> nbytes_read
        ///
        /// Receive as recv() does, but into a buffer that the program already has (a
        /// bytearray, a memoryview, an array), so that a loop needs no new one each
        /// time.  At most nbytes bytes, or as many as the buffer holds if nbytes is 0
        /// or not given.  Returns how many were received; 0 is the end of the stream.
        #[pymethod]
        fn recv_into(
            zelf: &Py<Self>,
            buffer: ArgMemoryBuffer,
            Documented { value: nbytes }: Documented<OptionalArg<isize>>,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult<usize> {
            let len = buffer_len(&buffer, nbytes, "recv_into", vm)?;
            let (received, payload) = zelf.receive("recv_into", len, flags, vm)?;
            fill(&buffer, &payload);
            Ok(received.len as usize)
        }

        /// recvfrom(buffersize[, flags]) -> (data, address info)
        ///
        /// Receive as recv() does and return a pair of the data and the sender's
        /// address.  Made for datagrams: each call takes one of them.  On a connected
        /// stream the address is None.
        #[pymethod]
        fn recvfrom(
            zelf: &Py<Self>,
            buffersize: isize,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult<(Vec<u8>, PyObjectRef)> {
            let len = usize::try_from(buffersize)
                .map_err(|_| vm.new_value_error("negative buffersize in recvfrom"))?;
            let (received, payload) = zelf.receive_from("recvfrom", len, flags, vm)?;
            Ok((payload, sender(&received, vm)))
        }

        /// recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)
        ///
        /// Receive as recv_into() does and return a pair of the number of bytes and
        /// the sender's address.
        #[pymethod]
        fn recvfrom_into(
            zelf: &Py<Self>,
            buffer: ArgMemoryBuffer,
            Documented { value: nbytes }: Documented<OptionalArg<isize>>,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult<(usize, PyObjectRef)> {
            let len = buffer_len(&buffer, nbytes, "recvfrom_into", vm)?;
            let (received, payload) = zelf.receive_from("recvfrom_into", len, flags, vm)?;
            fill(&buffer, &payload);
            Ok((received.len as usize, sender(&received, vm)))
        }

        /// send(data[, flags]) -> count
        ///
        /// Hand bytes to the system to be sent to the peer, and return how many it
        /// took.  That may be fewer than given, and the rest is the program's to send;
        /// sendall() does it by itself.  Waits while the system has no room.  That
        /// bytes were taken does not mean that the peer has read them.
        ///
        /// Errors: BrokenPipeError or ConnectionResetError, the peer is gone;
        /// BlockingIOError, there is no room and the socket does not block.
        #[pymethod]
        fn send(
            zelf: &Py<Self>,
            data: ArgBytesLike,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult<usize> {
            let flags = PySocket::flags(flags, vm)?;
            let socket = zelf.id(vm)?;
            let data = data.borrow_buf_unlocked(vm)?;
            let part = first_part(&data, zelf.kind.load(Ordering::Relaxed), vm)?;
            let call = call::Send { socket, flags, wait: zelf.wait() };
            Ok(ask("send", call, part, vm)?.0.len as usize)
        }

        /// sendall(data[, flags])
        ///
        /// Send all of the data, waiting for room as often as it takes, at most as
        /// long as the socket's timeout in all.  Returns None.  After an error there
        /// is no telling how much of the data was sent.
        #[pymethod]
        fn sendall(
            zelf: &Py<Self>,
            data: ArgBytesLike,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
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

        /// sendto(data[, flags], address) -> count
        ///
        /// Send the data to an address, for AF_INET a pair (host, port), and return
        /// how many bytes were sent.  Made for datagrams: each call sends one, which
        /// arrives whole or not at all, and nobody says which.
        #[pymethod]
        fn sendto(zelf: &Py<Self>, args: FuncArgs, vm: &VirtualMachine) -> PyResult<usize> {
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
                    let message =
                        format!("sendto() takes 2 or 3 arguments ({} given)", other.len());
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

        /// setblocking(flag)
        ///
        /// With True, let calls on the socket wait as long as it takes; with False,
        /// let them fail with BlockingIOError where they would have to wait.  The
        /// same as settimeout(None) and settimeout(0.0).
        #[pymethod]
        fn setblocking(zelf: &Py<Self>, flag: bool, vm: &VirtualMachine) -> PyResult<()> {
            zelf.id(vm)?;
            zelf.timeout.store(if flag { Timeout::Forever } else { Timeout::Never });
            Ok(())
        }

        /// setsockopt(level, option, value: int)
        /// setsockopt(level, option, value: buffer)
        /// setsockopt(level, option, None, optlen: int)
        ///
        /// Set a socket option, such as SO_REUSEADDR of the level SOL_SOCKET: to an
        /// integer, or to the bytes of a buffer for an option that is a structure
        /// (see struct).
        #[pymethod]
        fn setsockopt(
            zelf: &Py<Self>,
            level: i32,
            option: i32,
            value: Option<Either<ArgBytesLike, i32>>,
            Documented { value: optlen }: Documented<OptionalArg<u32>>,
            vm: &VirtualMachine,
        ) -> PyResult<()> {
            let socket = zelf.id(vm)?;
            let (value, payload) = match (value, optlen) {
                (Some(Either::A(bytes)), OptionalArg::Missing) => {
                    (OptionValue::Payload, bytes.borrow_buf().to_vec())
                }
                (Some(Either::B(number)), OptionalArg::Missing) => {
                    (OptionValue::Int(number), Vec::new())
                }
                // An option without a value: no option that programs may set takes one.
                (None, OptionalArg::Present(_)) => {
                    return Err(error::os_error(Errno::ENOPROTOOPT, vm));
                }
                _ => {
                    return Err(vm.new_type_error("expected the value arg xor the optlen arg"));
                }
            };
            let call = call::Setsockopt { socket, level, option, value };
            ask("setsockopt", call, &payload, vm).map(drop)
        }

        /// settimeout(timeout)
        ///
        /// Let calls on the socket wait at most so many seconds, then raise
        /// TimeoutError.  None lets them wait as long as it takes, 0 not at all.
        #[pymethod]
        fn settimeout(zelf: &Py<Self>, timeout: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
            let timeout = timeout_from_python(&timeout, vm)?;
            zelf.id(vm)?;
            zelf.timeout.store(timeout);
            Ok(())
        }

        /// shutdown(flag)
        ///
        /// End one direction of a connection or both: SHUT_WR, no more is sent, and
        /// the peer reads the end of the stream while it can still answer; SHUT_RD,
        /// no more is received; SHUT_RDWR.  The socket still has to be closed.
        #[pymethod]
        fn shutdown(zelf: &Py<Self>, flag: i32, vm: &VirtualMachine) -> PyResult<()> {
            let how = match flag {
                0 => Half::Read,
                1 => Half::Write,
                2 => Half::Both,
                _ => return Err(error::os_error(Errno::EINVAL, vm)),
            };
            ask("shutdown", call::Shutdown { socket: zelf.id(vm)?, how }, &[], vm).map(drop)
        }

        /// the socket timeout
        #[pygetset]
        fn timeout(zelf: &Py<Self>) -> Option<f64> {
            timeout_to_python(zelf.timeout.load())
        }

        /// the socket family
        #[pygetset]
        fn family(zelf: &Py<Self>) -> i32 {
            zelf.family.load(Ordering::Relaxed)
        }

        /// the socket type
        #[pygetset(name = "type")]
        fn kind(zelf: &Py<Self>) -> i32 {
            zelf.kind.load(Ordering::Relaxed)
        }

        /// the socket protocol
        #[pygetset]
        fn proto(zelf: &Py<Self>) -> i32 {
            zelf.proto.load(Ordering::Relaxed)
        }
    }

    fn sender(received: &ReceivedFrom, vm: &VirtualMachine) -> PyObjectRef {
        received.peer.as_ref().map_or_else(|| vm.ctx.none(), |peer| address::to_python(peer, vm))
    }

    /// Reads a timeout in seconds.
    pub(in super::super) fn timeout_from_python(
        timeout: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Timeout> {
        if vm.is_none(timeout) {
            return Ok(Timeout::Forever);
        }
        let seconds = timeout.try_float(vm)?.to_f64();
        if seconds.is_nan() {
            return Err(vm.new_value_error("Invalid value NaN (not a number)"));
        }
        if seconds < 0.0 {
            return Err(vm.new_value_error("Timeout value out of range"));
        }
        if seconds > TIMEOUT_SECONDS_MAX {
            return Err(vm.new_overflow_error("timestamp too large to convert to C PyTime_t"));
        }
        let time = Duration::try_from_secs_f64(seconds)
            .map_err(|_| vm.new_value_error("Timeout value out of range"))?;
        Ok(if time.is_zero() { Timeout::Never } else { Timeout::After(time) })
    }

    /// Writes a timeout in seconds.
    pub(in super::super) fn timeout_to_python(timeout: Timeout) -> Option<f64> {
        match timeout {
            Timeout::Forever => None,
            Timeout::Never => Some(0.0),
            Timeout::After(time) => Some(time.as_secs_f64()),
        }
    }
}

/// Returns how many bytes to receive into a buffer.
fn buffer_len(
    buffer: &ArgMemoryBuffer,
    nbytes: rustpython_vm::function::OptionalArg<isize>,
    method: &str,
    vm: &VirtualMachine,
) -> PyResult<usize> {
    let room = buffer.len();
    let asked = usize::try_from(nbytes.unwrap_or(0))
        .map_err(|_| vm.new_value_error(format!("negative buffersize in {method}")))?;
    if asked > room {
        let message = match method {
            "recv_into" => "buffer too small for requested bytes",
            _ => "nbytes is greater than the length of the buffer",
        };
        return Err(vm.new_value_error(message));
    }
    Ok(if asked == 0 { room } else { asked })
}

fn fill(buffer: &ArgMemoryBuffer, payload: &[u8]) {
    let mut room = buffer.borrow_buf_mut();
    let len = payload.len().min(room.len());
    room[..len].copy_from_slice(&payload[..len]);
}

/// Returns the part of the data that one call carries: of a stream its beginning, of a
/// datagram all or nothing.
fn first_part<'a>(data: &'a [u8], kind: i32, vm: &VirtualMachine) -> PyResult<&'a [u8]> {
    let max = crate::client::client().map_or(usize::MAX, |client| client.transfer_bytes_max());
    if data.len() <= max {
        return Ok(data);
    }
    if kind == super::options::SOCK_DGRAM {
        return Err(error::os_error(shared::errno::Errno::EMSGSIZE, vm));
    }
    Ok(&data[..max])
}
