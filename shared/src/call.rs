//! The socket calls, one struct each: what a program asks the host to do.
//!
//! One Python call is one of these and one system call on the host. (`sendall` is one Python
//! call that may take several [`Sendall`] messages, because a message is bounded.)
//!
//! Bytes a call sends are the payload of its message, never part of the JSON.

mod arguments;

pub use arguments::{
    Control, EpollChange, Flag, Half, OptionValue, PollEntry, Readiness, Right, ServiceKey,
    SocketId, Wait,
};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::address::{Address, Family, Kind};
use crate::reply;

/// What ties a call to its reply, so that nobody handles a reply they did not ask for.
pub trait Request: Into<Call> {
    type Reply: DeserializeOwned + Into<reply::Reply>;
}

/// Picks a field of a call for those calls that list it among what they have.
macro_rules! pick {
    ($field:ident, $found:expr, []) => {
        None
    };
    (socket, $found:expr, [socket $($rest:ident)*]) => {
        Some($found)
    };
    (wait, $found:expr, [wait $($rest:ident)*]) => {
        Some($found)
    };
    ($field:ident, $found:expr, [$other:ident $($rest:ident)*]) => {
        pick!($field, $found, [$($rest)*])
    };
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident = $op:literal [$($has:ident)*] -> $reply:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

            impl From<$name> for Call {
                fn from(call: $name) -> Call { Call::$name(call) }
            }

            impl Request for $name { type Reply = reply::$reply; }
        )*

        /// Any call. In JSON the field `op` names it: `{"op":"listen","socket":3,"backlog":128}`.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "op")]
        pub enum Call { $(#[serde(rename = $op)] $name($name),)* }

        impl Call {
            /// Every call's name.
            pub const OPS: &'static [&'static str] = &[$($op,)*];

            /// Returns the name of the call as the wire spells it.
            pub fn op(&self) -> &'static str {
                match self { $(Call::$name(_) => $op,)* }
            }

            /// Returns the call's place in [`Self::OPS`].
            pub fn place(&self) -> usize {
                enum Place { $($name,)* }
                match self { $(Call::$name(_) => Place::$name as usize,)* }
            }

            /// Returns the one socket that the call works on, where there is one.
            pub fn socket(&self) -> Option<SocketId> {
                match self { $(Call::$name(_call) => pick!(socket, _call.socket, [$($has)*]),)* }
            }

            fn socket_mut(&mut self) -> Option<&mut SocketId> {
                match self { $(Call::$name(_call) => pick!(socket, &mut _call.socket, [$($has)*]),)* }
            }

            /// Returns how long the call may wait, for the calls that wait for somebody else.
            pub fn wait(&self) -> Option<Wait> {
                match self { $(Call::$name(_call) => pick!(wait, _call.wait, [$($has)*]),)* }
            }

            /// Sets how long the call may wait, where it may.
            pub fn set_wait(&mut self, wait: Wait) {
                let place: Option<&mut Wait> = match self {
                    $(Call::$name(_call) => pick!(wait, &mut _call.wait, [$($has)*]),)*
                };
                if let Some(place) = place {
                    *place = wait;
                }
            }

            /// Reads the `ok` part of the answer to this call.
            pub fn decode_reply(&self, json: &str) -> serde_json::Result<reply::Reply> {
                match self {
                    $(Call::$name(_) => crate::json::read::<reply::$reply>(json).map(Into::into),)*
                }
            }
        }
    };
}

calls! {
    /// Creates a socket.
    ///
    /// # Typical errors
    /// - `EAFNOSUPPORT`, `EPROTONOSUPPORT`: the host has no such family or protocol.
    /// - `EMFILE`: the session has as many sockets as it may have.
    ///
    /// # References
    /// POSIX `socket()`, `socket(2)`.
    Socket = "socket" [] -> Created { family: Family, kind: Kind, proto: i32, }

    /// Creates two sockets connected to each other.
    ///
    /// # Typical errors
    /// - `EOPNOTSUPP`: the family is not `AF_UNIX`.
    /// - `EMFILE`: the session has as many sockets as it may have.
    ///
    /// # References
    /// POSIX `socketpair()`, `socketpair(2)`.
    Socketpair = "socketpair" [] -> Paired { family: Family, kind: Kind, proto: i32, }

    /// Gives the socket a second name; it closes when the last one does.
    ///
    /// # Typical errors
    /// - `EBADF`: there is no such socket.
    /// - `EMFILE`: the session has as many sockets as it may have.
    ///
    /// # References
    /// POSIX `dup()`, `dup(2)`.
    Dup = "dup" [socket] -> Created { socket: SocketId, }

    /// Gives the socket a local address. Port 0 lets the host choose one.
    ///
    /// # Typical errors
    /// - `EADDRINUSE`: another socket has the address.
    /// - `EADDRNOTAVAIL`: the address is not one of the host's.
    /// - `EACCES`: the port is below 1024 and the backend may not use it, or the policy says no.
    /// - `EINVAL`: the socket is bound already.
    ///
    /// # References
    /// POSIX `bind()`, `bind(2)`, `ip(7)`.
    Bind = "bind" [socket] -> Bound { socket: SocketId, address: Address, }

    /// Makes the socket a listener.
    ///
    /// # Typical errors
    /// - `EADDRINUSE`: another socket listens on the port.
    /// - `EOPNOTSUPP`: datagram sockets do not listen.
    ///
    /// # References
    /// POSIX `listen()`, `listen(2)`.
    Listen = "listen" [socket] -> Bound {
        socket: SocketId,
        /// How many finished connections may wait for `accept`; the host caps it at `somaxconn`.
        backlog: i32,
    }

    /// Takes the next connection from a listener; waits until there is one.
    ///
    /// # Typical errors
    /// - `EAGAIN`: none is there, and the call does not wait.
    /// - `ETIMEDOUT`: none came in time.
    /// - `EINVAL`: the socket does not listen.
    /// - `EMFILE`: the session has as many sockets as it may have.
    ///
    /// # References
    /// POSIX `accept()`, `accept(2)`.
    Accept = "accept" [socket wait] -> Accepted { socket: SocketId, wait: Wait, }

    /// Connects to a peer; waits until the connection stands or fails.
    /// On a datagram socket it only sets the default peer.
    ///
    /// # Typical errors
    /// - `ECONNREFUSED`: nobody listens there.
    /// - `EINPROGRESS`: begun and not finished, and the call does not wait.
    /// - `ETIMEDOUT`: no answer in time.
    /// - `EISCONN`: it is connected already.
    /// - `ENETUNREACH`, `EHOSTUNREACH`: no way there.
    /// - `EAI_NONAME`: no address is known for the name.
    /// - `EACCES`: the policy does not allow the destination.
    ///
    /// # References
    /// POSIX `connect()`, `connect(2)`, `tcp(7)`.
    Connect = "connect" [socket wait] -> Connected { socket: SocketId, address: Address, wait: Wait, }

    /// Sends the payload, or the first part of it that the host takes now.
    ///
    /// # Typical errors
    /// - `EAGAIN`: the send buffer is full, and the call does not wait.
    /// - `EPIPE`: the sending half is shut down, or the peer is gone.
    /// - `ECONNRESET`: the peer dropped the connection.
    /// - `ENOTCONN`: there is no peer.
    /// - `EMSGSIZE`: the datagram is too large.
    ///
    /// # References
    /// POSIX `send()`, `send(2)`.
    Send = "send" [socket wait] -> Sent { socket: SocketId, flags: Vec<Flag>, wait: Wait, }

    /// Sends the whole payload, waiting for room as often as it must.
    /// An error says nothing about how much was sent before it.
    ///
    /// # Typical errors
    /// As [`Send`].
    ///
    /// # References
    /// CPython `socket.sendall`, `send(2)`.
    Sendall = "sendall" [socket wait] -> Sent { socket: SocketId, flags: Vec<Flag>, wait: Wait, }

    /// Sends the payload as one datagram to an address.
    ///
    /// # Typical errors
    /// - `EMSGSIZE`: larger than a datagram can be (65,507 bytes over IPv4).
    /// - `ENETUNREACH`: no way there.
    /// - `EISCONN`: a connected stream takes no address.
    /// - `EAI_NONAME`: no address is known for the name.
    /// - `EACCES`: the policy does not allow the destination.
    ///
    /// # References
    /// POSIX `sendto()`, `sendto(2)`, `udp(7)`.
    Sendto = "sendto" [socket wait] -> Sent { socket: SocketId, address: Address, flags: Vec<Flag>, wait: Wait, }

    /// Receives at most `len` bytes as the reply's payload; waits until there are some.
    /// No bytes from a stream mean that the peer has finished sending.
    ///
    /// # Typical errors
    /// - `EAGAIN`: nothing is there, and the call does not wait.
    /// - `ETIMEDOUT`: nothing came in time.
    /// - `ECONNRESET`: the peer dropped the connection.
    /// - `ENOTCONN`: there is no peer.
    /// - `ECONNREFUSED`: an earlier datagram found nobody listening.
    ///
    /// # References
    /// POSIX `recv()`, `recv(2)`.
    Recv = "recv" [socket wait] -> Received {
        socket: SocketId,
        /// Bytes, at most; clamped to the session's `transfer_bytes_max`.
        len: u32,
        flags: Vec<Flag>,
        wait: Wait,
    }

    /// Receives as [`Recv`] does and says who sent it.
    ///
    /// # Typical errors
    /// As [`Recv`].
    ///
    /// # References
    /// POSIX `recvfrom()`, `recvfrom(2)`.
    Recvfrom = "recvfrom" [socket wait] -> ReceivedFrom {
        socket: SocketId,
        /// Bytes, at most; clamped to the session's `transfer_bytes_max`.
        len: u32,
        flags: Vec<Flag>,
        wait: Wait,
    }

    /// Sends as [`Send`] or [`Sendto`] do, with control messages beside the bytes. The payload is
    /// the control messages' data, one behind the other, and then the bytes.
    ///
    /// # Typical errors
    /// As [`Send`] and [`Sendto`], and
    /// - `EPERM`: programs may not send this kind of control message.
    /// - `EINVAL`: a control message's data does not fit its kind.
    /// - `EBADF`: a descriptor that is handed over is not open.
    ///
    /// # References
    /// POSIX `sendmsg()`, `sendmsg(2)`, `cmsg(3)`.
    Sendmsg = "sendmsg" [socket wait] -> Sent {
        socket: SocketId,
        /// Where to, unless the socket is connected.
        address: Option<Address>,
        control: Vec<Control>,
        flags: Vec<Flag>,
        wait: Wait,
    }

    /// Receives as [`Recvfrom`] does, with the control messages that came along. The payload is
    /// the control messages' data, one behind the other, and then the bytes.
    ///
    /// # Typical errors
    /// As [`Recv`].
    ///
    /// # References
    /// POSIX `recvmsg()`, `recvmsg(2)`, `cmsg(3)`.
    Recvmsg = "recvmsg" [socket wait] -> ReceivedMessage {
        socket: SocketId,
        /// Bytes, at most; clamped to the session's `transfer_bytes_max`.
        len: u32,
        /// Bytes of room for control messages, their headers and padding included.
        control_len: u32,
        flags: Vec<Flag>,
        wait: Wait,
    }

    /// Ends one half of a connection, or both; the peer reads the end of the stream.
    ///
    /// # Typical errors
    /// - `ENOTCONN`: there is no connection.
    ///
    /// # References
    /// POSIX `shutdown()`, `shutdown(2)`.
    Shutdown = "shutdown" [socket] -> Done { socket: SocketId, how: Half, }

    /// Gives the socket up. Bytes not yet sent are still sent, unless `SO_LINGER` says otherwise.
    ///
    /// # Typical errors
    /// - `EBADF`: there is no such socket.
    ///
    /// # References
    /// POSIX `close()`, `close(2)`.
    Close = "close" [socket] -> Done { socket: SocketId, }

    /// Returns the local address.
    ///
    /// # Typical errors
    /// - `EBADF`: there is no such socket.
    ///
    /// # References
    /// POSIX `getsockname()`, `getsockname(2)`.
    Getsockname = "getsockname" [socket] -> Named { socket: SocketId, }

    /// Returns the peer's address.
    ///
    /// # Typical errors
    /// - `ENOTCONN`: there is no peer.
    ///
    /// # References
    /// POSIX `getpeername()`, `getpeername(2)`.
    Getpeername = "getpeername" [socket] -> Named { socket: SocketId, }

    /// Reads an option of [`crate::options`].
    ///
    /// # Typical errors
    /// - `ENOPROTOOPT`: there is no such option, or programs may not use it.
    ///
    /// # References
    /// POSIX `getsockopt()`, `getsockopt(2)`, `socket(7)`, `tcp(7)`, `ip(7)`.
    Getsockopt = "getsockopt" [socket] -> OptionRead {
        socket: SocketId,
        level: i32,
        option: i32,
        /// Bytes to read as the reply's payload; 0 reads an integer.
        len: u32,
    }

    /// Sets an option of [`crate::options`].
    ///
    /// # Typical errors
    /// - `ENOPROTOOPT`: there is no such option, or programs may not use it.
    /// - `EINVAL`: the value does not fit the option.
    /// - `EPERM`: the option needs a privilege.
    ///
    /// # References
    /// POSIX `setsockopt()`, `setsockopt(2)`, `socket(7)`, `tcp(7)`, `ip(7)`.
    Setsockopt = "setsockopt" [socket] -> Done { socket: SocketId, level: i32, option: i32, value: OptionValue, }

    /// Waits until a socket is ready for what is asked, or the time is over.
    ///
    /// # Typical errors
    /// - `EINVAL`: more entries than the session may have sockets.
    ///
    /// # References
    /// POSIX `poll()`, `poll(2)`. `select` is made of it.
    Poll = "poll" [wait] -> Polled { entries: Vec<PollEntry>, wait: Wait, }

    /// Creates an epoll instance: a set of sockets that is waited for as one.
    ///
    /// # Typical errors
    /// - `EMFILE`: the session has as many sockets as it may have, epoll instances among them.
    ///
    /// # References
    /// `epoll_create(2)`, `epoll(7)`.
    EpollCreate = "epoll_create" [] -> Created {}

    /// Adds a socket to an epoll instance, changes what it is watched for, or removes it.
    ///
    /// # Typical errors
    /// - `EEXIST`: it is in the set already.
    /// - `ENOENT`: it is not in the set.
    /// - `EBADF`: there is no such socket or no such epoll instance.
    ///
    /// # References
    /// `epoll_ctl(2)`.
    EpollCtl = "epoll_ctl" [socket] -> Done {
        epoll: SocketId,
        socket: SocketId,
        change: EpollChange,
        /// `EPOLL` bits with Linux's numbers.
        events: u32,
        /// What [`EpollWait`] answers with when the socket is ready.
        data: u64,
    }

    /// Waits until a socket of an epoll instance is ready, or the time is over.
    ///
    /// # Typical errors
    /// - `EBADF`: there is no such epoll instance.
    /// - `EINVAL`: `max` is zero.
    ///
    /// # References
    /// `epoll_wait(2)`.
    EpollWait = "epoll_wait" [wait] -> EpollReady {
        epoll: SocketId,
        /// Events to return, at most.
        max: u32,
        wait: Wait,
    }

    /// Gives up the path of a Unix socket. The socket stays; nobody finds it there any more.
    ///
    /// # Typical errors
    /// - `ENOENT`: no socket of the session has that path.
    ///
    /// # References
    /// POSIX `unlink()`, `unlink(2)`, `unix(7)`.
    Unlink = "unlink" [] -> Done {
        /// As in [`Address::Unix`].
        path: String,
    }

    /// Returns the host's network interfaces.
    ///
    /// # Typical errors
    /// None.
    ///
    /// # References
    /// POSIX `if_nameindex()`, `if_nameindex(3)`.
    IfNameindex = "if_nameindex" [] -> Interfaces {}

    /// Finds a network interface by its name.
    ///
    /// # Typical errors
    /// - `ENODEV`: there is no such interface.
    ///
    /// # References
    /// POSIX `if_nametoindex()`, `if_nametoindex(3)`.
    IfNametoindex = "if_nametoindex" [] -> Interface { name: String, }

    /// Finds a network interface by its number.
    ///
    /// # Typical errors
    /// - `ENXIO`: there is no such interface.
    ///
    /// # References
    /// POSIX `if_indextoname()`, `if_nametoindex(3)`.
    IfIndextoname = "if_indextoname" [] -> Interface { index: u32, }

    /// Translates a host and a service name into addresses.
    ///
    /// # Typical errors
    /// - `EAI_NONAME`: the name or the service is not known.
    /// - `EAI_AGAIN`: the name server does not answer just now.
    /// - `EAI_FAMILY`, `EAI_SERVICE`, `EAI_BADFLAGS`: the hints do not fit.
    ///
    /// # References
    /// POSIX `getaddrinfo()`, `getaddrinfo(3)`.
    Getaddrinfo = "getaddrinfo" [] -> Resolved {
        host: Option<String>,
        service: Option<String>,
        /// No family asks for all of them (`AF_UNSPEC`).
        family: Option<Family>,
        kind: Option<Kind>,
        proto: i32,
        /// `AI_` flags with Linux's numbers.
        flags: i32,
    }

    /// Translates an address into a host and a service name.
    ///
    /// # Typical errors
    /// - `EAI_NONAME`: there is no name and `NI_NAMEREQD` was set.
    ///
    /// # References
    /// POSIX `getnameinfo()`, `getnameinfo(3)`.
    Getnameinfo = "getnameinfo" [] -> NameInfo {
        address: Address,
        /// `NI_` flags with Linux's numbers.
        flags: i32,
    }

    /// Returns the host's own name.
    ///
    /// # Typical errors
    /// None.
    ///
    /// # References
    /// POSIX `gethostname()`, `gethostname(2)`.
    Gethostname = "gethostname" [] -> HostName {}

    /// Finds a service's port by its name, or its name by its port.
    ///
    /// # Typical errors
    /// - `ENOENT`: the host's database has no such service.
    ///
    /// # References
    /// POSIX `getservbyname()`, `getservbyport()`, `services(5)`.
    Getserv = "getserv" [] -> Service { key: ServiceKey, protocol: Option<String>, }

    /// Finds a protocol's number by its name.
    ///
    /// # Typical errors
    /// - `ENOENT`: the host's database has no such protocol.
    ///
    /// # References
    /// POSIX `getprotobyname()`, `protocols(5)`.
    Getprotobyname = "getprotobyname" [] -> Protocol { name: String, }
}

impl Call {
    /// Gives every socket in the call another id, as a kernel worker does between a program's
    /// fds and the session's ids. Stops at the first one that `rename` does not know.
    pub fn rename_sockets<E>(
        &mut self,
        mut rename: impl FnMut(SocketId) -> Result<SocketId, E>,
    ) -> Result<(), E> {
        if let Call::Poll(poll) = self {
            for entry in &mut poll.entries {
                entry.socket = rename(entry.socket)?;
            }
            return Ok(());
        }
        if let Call::EpollCtl(EpollCtl { epoll, .. }) | Call::EpollWait(EpollWait { epoll, .. }) =
            self
        {
            *epoll = rename(*epoll)?;
        }
        if let Call::Sendmsg(Sendmsg { control, .. }) = self {
            for right in control.iter_mut().flat_map(|control| &mut control.rights) {
                if let Right::Socket(socket) = right {
                    *socket = rename(*socket)?;
                }
            }
        }
        if let Some(socket) = self.socket_mut() {
            *socket = rename(*socket)?;
        }
        Ok(())
    }
}
