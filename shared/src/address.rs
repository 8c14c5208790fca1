//! Where a socket is: address families, socket kinds and addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use serde::{Deserialize, Serialize};

/// An address family (`AF_INET`, `AF_INET6`, `AF_UNIX`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    Inet,
    Inet6,
    Unix,
}

/// A socket type (`SOCK_STREAM`, `SOCK_DGRAM`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Stream,
    Datagram,
}

/// An address as a program gives it or the host reports it.
///
/// In a request the host part may be a name, which the backend resolves.
/// In a reply it is always numeric.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// Host and port.
    Inet(String, u16),
    /// Host, port, flow information, scope id.
    Inet6(String, u16, u32, u32),
    /// A path; empty for an unnamed socket, starting with NUL for an abstract one.
    Unix(String),
}

impl Address {
    /// Returns the family this address belongs to.
    pub fn family(&self) -> Family {
        match self {
            Address::Inet(..) => Family::Inet,
            Address::Inet6(..) => Family::Inet6,
            Address::Unix(_) => Family::Unix,
        }
    }

    /// Returns the port, where the family has ports.
    pub fn port(&self) -> Option<u16> {
        match self {
            Address::Inet(_, port) | Address::Inet6(_, port, ..) => Some(*port),
            Address::Unix(_) => None,
        }
    }

    /// Returns the numeric socket address, or nothing where the host is a name or a path.
    pub fn to_socket_addr(&self) -> Option<SocketAddr> {
        match self {
            Address::Inet(host, port) => {
                let ip: Ipv4Addr = host.parse().ok()?;
                Some(SocketAddrV4::new(ip, *port).into())
            }
            Address::Inet6(host, port, flowinfo, scope_id) => {
                let ip: Ipv6Addr = host.parse().ok()?;
                Some(SocketAddrV6::new(ip, *port, *flowinfo, *scope_id).into())
            }
            Address::Unix(_) => None,
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(v4) => Address::Inet(v4.ip().to_string(), v4.port()),
            SocketAddr::V6(v6) => {
                Address::Inet6(v6.ip().to_string(), v6.port(), v6.flowinfo(), v6.scope_id())
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Inet(host, port) => write!(f, "{host}:{port}"),
            Address::Inet6(host, port, ..) => write!(f, "[{host}]:{port}"),
            Address::Unix(path) if path.is_empty() => f.write_str("unnamed"),
            Address::Unix(path) => match path.strip_prefix('\0') {
                Some(name) => write!(f, "@{name}"),
                None => f.write_str(path),
            },
        }
    }
}

/// A numeric IP address without a port, as the name services return it.
pub type Ip = IpAddr;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numeric_address_survives_the_round_trip() {
        for text in ["127.0.0.1:80", "[::1]:9000", "[fe80::1%3]:1"] {
            let address: SocketAddr = text.parse().unwrap();
            assert_eq!(Address::from(address).to_socket_addr(), Some(address));
        }
    }

    #[test]
    fn a_name_is_not_a_socket_address() {
        assert_eq!(Address::Inet("localhost".into(), 80).to_socket_addr(), None);
    }
}
