//! The class `socket`: one method per call. Its docstrings are what `help()` shows.

use crossbeam_utils::atomic::AtomicCell;
use rustpython_vm::function::ArgBytesLike;
use rustpython_vm::{AsObject, PyObjectRef, PyResult, VirtualMachine};
use shared::call::{self, SocketId};

use super::buffer::{buffer_len, fill};
use super::calls::sender;
use super::descriptor::{CLOSED, loosen};
use super::timeout::{timeout_from_python, timeout_to_python};
use super::{address, ask, error, message, option_values, sending};
use crate::client::Timeout;

/// Connections that may wait when a program does not say how many, as in CPython.
const BACKLOG_DEFAULT: i32 = 128;

#[rustpython_vm::pymodule(sub, name = "_socket")]
pub(crate) mod class {
    use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};

    use rustpython_vm::builtins::PyStrRef;
    use rustpython_vm::function::{FuncArgs, OptionalArg};
    use rustpython_vm::types::{
        Constructor, DefaultConstructor, Destructor, Initializer, Representable,
    };
    use rustpython_vm::{Py, PyPayload, pyclass};
    use shared::call::{Half, Wait};
    use shared::errno::Errno;
    use shared::reply::Accepted;

    use super::*;
    use crate::argument::{Documented, Size, writable};

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
    /// either side:  recv recv_into recvfrom recvfrom_into recvmsg recvmsg_into
    ///               send sendall sendto sendmsg shutdown close detach fileno
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
        pub(in crate::socket) descriptor: AtomicI64,
        pub(in crate::socket) kind: AtomicI32,
        pub(in crate::socket) family: AtomicI32,
        pub(in crate::socket) proto: AtomicI32,
        pub(in crate::socket) timeout: AtomicCell<Timeout>,
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
        pub(in crate::socket) family: i32,
        #[pyarg(any, default = -1)]
        pub(in crate::socket) r#type: i32,
        #[pyarg(any, default = -1)]
        pub(in crate::socket) proto: i32,
        #[pyarg(any, optional)]
        pub(in crate::socket) fileno: Option<PyObjectRef>,
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
            zelf.bind_to(&address, vm)
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
            option_values::get(zelf, level, option, buffersize.unwrap_or(0), vm)
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
            buffersize: Size,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult<Vec<u8>> {
            let len = buffersize.to_receive("negative buffersize in recv", vm)?;
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
            buffer: PyObjectRef,
            Documented { value: nbytes }: Documented<OptionalArg<Size>>,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult<usize> {
            let buffer = writable(buffer, "recv_into", vm)?;
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
            buffersize: Size,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult<(Vec<u8>, PyObjectRef)> {
            let len = buffersize.to_receive("negative buffersize in recvfrom", vm)?;
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
            buffer: PyObjectRef,
            Documented { value: nbytes }: Documented<OptionalArg<Size>>,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult<(usize, PyObjectRef)> {
            let buffer = writable(buffer, "recvfrom_into", vm)?;
            let len = buffer_len(&buffer, nbytes, "recvfrom_into", vm)?;
            let (received, payload) = zelf.receive_from("recvfrom_into", len, flags, vm)?;
            fill(&buffer, &payload);
            Ok((received.len as usize, sender(&received, vm)))
        }

        /// recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)
        ///
        /// Receive at most bufsize bytes as recvfrom() does, and what the system has to
        /// say beside them.  ancdata is a list of (cmsg_level, cmsg_type, cmsg_data), for
        /// which there is room for ancbufsize bytes (none if not given; CMSG_SPACE() tells
        /// how many a message needs).  What the host adds is asked for with socket options
        /// such as IPV6_RECVHOPLIMIT.  msg_flags has MSG_TRUNC where a datagram was cut
        /// off, and MSG_CTRUNC where ancillary data was.
        #[pymethod]
        fn recvmsg(
            zelf: &Py<Self>,
            bufsize: Size,
            Documented { value: ancbufsize }: Documented<OptionalArg<Size>>,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult {
            message::recvmsg(zelf, bufsize, ancbufsize.unwrap_or(Size(0)).0, flags, vm)
        }

        /// recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)
        ///
        /// Receive as recvmsg() does, but into an iterable of buffers that the program
        /// already has, filling one after the other.  Returns how many bytes there were in
        /// place of the data.
        #[pymethod]
        fn recvmsg_into(
            zelf: &Py<Self>,
            buffers: PyObjectRef,
            Documented { value: ancbufsize }: Documented<OptionalArg<Size>>,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            vm: &VirtualMachine,
        ) -> PyResult {
            message::recvmsg_into(zelf, &buffers, ancbufsize.unwrap_or(Size(0)).0, flags, vm)
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
            sending::send(zelf, &data, flags, vm)
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
            sending::sendall(zelf, &data, flags, vm)
        }

        /// sendmsg(buffers[, ancdata[, flags[, address]]]) -> count
        ///
        /// Send the bytes of several buffers as one message, as if they were joined, and
        /// return how many were sent.  ancdata is an iterable of (cmsg_level, cmsg_type,
        /// cmsg_data) that goes beside them, such as (IPPROTO_IPV6, IPV6_HOPLIMIT,
        /// struct.pack("i", 1)).  The address is for sockets that are not connected.
        ///
        /// With SCM_RIGHTS descriptors are handed over, on Unix sockets.
        #[pymethod]
        fn sendmsg(
            zelf: &Py<Self>,
            buffers: PyObjectRef,
            Documented { value: ancdata }: Documented<OptionalArg<PyObjectRef>>,
            Documented { value: flags }: Documented<OptionalArg<i32>>,
            Documented { value: address }: Documented<OptionalArg<PyObjectRef>>,
            vm: &VirtualMachine,
        ) -> PyResult<usize> {
            let (ancdata, address) = (ancdata.into_option(), address.into_option());
            message::sendmsg(zelf, &buffers, ancdata, flags, address, vm)
        }

        /// sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags=MSG_MORE]]])
        ///
        /// Set the operation of an AF_ALG socket, which programs here cannot have.
        #[pymethod]
        fn sendmsg_afalg(_zelf: &Py<Self>, _args: FuncArgs, vm: &VirtualMachine) -> PyResult<()> {
            Err(error::os_error_text("algset is only supported for AF_ALG", vm))
        }

        /// sendto(data[, flags], address) -> count
        ///
        /// Send the data to an address, for AF_INET a pair (host, port), and return
        /// how many bytes were sent.  Made for datagrams: each call sends one, which
        /// arrives whole or not at all, and nobody says which.
        #[pymethod]
        fn sendto(zelf: &Py<Self>, args: FuncArgs, vm: &VirtualMachine) -> PyResult<usize> {
            sending::sendto(zelf, &args, vm)
        }

        /// setblocking(flag)
        ///
        /// With True, let calls on the socket wait as long as it takes; with False,
        /// let them fail with BlockingIOError where they would have to wait.  The
        /// same as settimeout(None) and settimeout(0.0).
        #[pymethod]
        fn setblocking(zelf: &Py<Self>, flag: bool, vm: &VirtualMachine) -> PyResult<()> {
            zelf.set_timeout(if flag { Timeout::Forever } else { Timeout::Never }, vm)
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
            value: PyObjectRef,
            Documented { value: optlen }: Documented<OptionalArg<PyObjectRef>>,
            vm: &VirtualMachine,
        ) -> PyResult<()> {
            option_values::set(zelf, level, option, value, optlen.into_option(), vm)
        }

        /// settimeout(timeout)
        ///
        /// Let calls on the socket wait at most so many seconds, then raise
        /// TimeoutError.  None lets them wait as long as it takes, 0 not at all.
        #[pymethod]
        fn settimeout(zelf: &Py<Self>, timeout: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
            zelf.set_timeout(timeout_from_python(&timeout, vm)?, vm)
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
}
