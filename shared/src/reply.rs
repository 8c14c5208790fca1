//! What each call returns when it succeeds. Received bytes are the message's payload.

use serde::{Deserialize, Serialize};

use crate::address::{Address, Family, Kind};
use crate::call::{Control, Flag, OptionValue, Readiness, Right, SocketId};

macro_rules! replies {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

            impl From<$name> for Reply {
                fn from(reply: $name) -> Reply { Reply::$name(reply) }
            }
        )*

        /// Any reply. It is written without a tag: the call it answers says which one it is.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Reply { $($name($name),)* }

        impl Serialize for Reply {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Reply::$name(reply) => reply.serialize(serializer),)* }
            }
        }
    };
}

replies! {
    /// It is done; there is nothing to say.
    Done {}

    /// A new socket.
    Created { socket: SocketId, }

    /// Two new sockets.
    Paired { first: SocketId, second: SocketId, }

    /// The local address the socket has now.
    Bound { local: Address, }

    /// A new connection.
    Accepted { socket: SocketId, local: Address, peer: Address, }

    /// Both ends of the connection.
    Connected { local: Address, peer: Address, }

    /// How many bytes the host took.
    Sent {
        /// Bytes.
        len: u32,
        /// Where they begin in what the socket has sent so far; streams only.
        offset: Option<u64>,
    }

    /// How many bytes there are in the payload.
    Received {
        /// Bytes. With `MSG_TRUNC` a datagram's full length, which may exceed the payload's.
        len: u32,
        /// Where they begin in what the socket has received so far; streams only.
        offset: Option<u64>,
    }

    /// How many bytes there are in the payload, and who sent them.
    ReceivedFrom {
        /// Bytes. With `MSG_TRUNC` a datagram's full length, which may exceed the payload's.
        len: u32,
        /// Where they begin in what the socket has received so far; streams only.
        offset: Option<u64>,
        /// The sender; absent on a connected stream, where the host does not say.
        peer: Option<Address>,
    }

    /// A message and what came with it. The payload is the control messages' data, one behind the
    /// other, and then the bytes.
    ReceivedMessage {
        /// Bytes of the message in the payload.
        len: u32,
        /// Where they begin in what the socket has received so far; streams only.
        offset: Option<u64>,
        /// The sender; absent on a connected stream, where the host does not say.
        peer: Option<Address>,
        /// What the host says of the message, such as that it was cut off (`trunc`, `ctrunc`).
        flags: Vec<Flag>,
        control: Vec<Control>,
    }

    /// An address.
    Named { address: Address, }

    /// An option's value.
    OptionRead { value: OptionValue, }

    /// The sockets that are ready; empty when the time was over.
    Polled { ready: Vec<Ready>, }

    /// The sockets of an epoll instance that are ready; empty when the time was over.
    EpollReady { ready: Vec<EpollEvent>, }

    /// Network interfaces.
    Interfaces { entries: Vec<Interface>, }

    /// A network interface.
    Interface { index: u32, name: String, }

    /// The addresses that a name stands for, in the order to try them.
    Resolved { entries: Vec<Resolution>, }

    /// The names of an address.
    NameInfo { host: String, service: String, }

    /// A host's name.
    HostName { name: String, }

    /// A network service.
    Service { name: String, port: u16, }

    /// A protocol's number.
    Protocol { number: i32, }
}

/// A socket that is ready, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    pub socket: SocketId,
    pub events: Vec<Readiness>,
}

/// A socket of an epoll instance that is ready, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpollEvent {
    /// What the program said when it added the socket.
    pub data: u64,
    /// `EPOLL` bits with Linux's numbers.
    pub events: u32,
}

/// One answer of `getaddrinfo(3)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    pub family: Family,
    pub kind: Kind,
    pub proto: i32,
    pub canonical_name: String,
    pub address: Address,
}

impl Reply {
    /// Gives every socket in the reply another id.
    pub fn rename_sockets(&mut self, mut rename: impl FnMut(SocketId) -> SocketId) {
        match self {
            Reply::Created(reply) => reply.socket = rename(reply.socket),
            Reply::Accepted(reply) => reply.socket = rename(reply.socket),
            Reply::Paired(reply) => {
                reply.first = rename(reply.first);
                reply.second = rename(reply.second);
            }
            Reply::Polled(reply) => {
                for ready in &mut reply.ready {
                    ready.socket = rename(ready.socket);
                }
            }
            Reply::ReceivedMessage(reply) => {
                for right in reply.control.iter_mut().flat_map(|control| &mut control.rights) {
                    if let Right::Socket(socket) = right {
                        *socket = rename(*socket);
                    }
                }
            }
            Reply::Done(_)
            | Reply::Bound(_)
            | Reply::Connected(_)
            | Reply::Sent(_)
            | Reply::Received(_)
            | Reply::ReceivedFrom(_)
            | Reply::EpollReady(_)
            | Reply::Interfaces(_)
            | Reply::Interface(_)
            | Reply::Named(_)
            | Reply::OptionRead(_)
            | Reply::Resolved(_)
            | Reply::NameInfo(_)
            | Reply::HostName(_)
            | Reply::Service(_)
            | Reply::Protocol(_) => {}
        }
    }
}
