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
    /// A path; empty for an unnamed socket, starting with NUL for an abstract one. A name is
    /// bytes; [`unix_text`] says how those are written that are not UTF-8.
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

/// The character that stands for byte 0 of a Unix socket's name that is not UTF-8; the others
/// follow it. They are in the last private plane, where no name has a character by accident.
const RAW_BYTE_FIRST: u32 = 0x10_ff00;

/// Writes the name of a Unix socket as text. A byte that is not part of UTF-8 becomes a character
/// of its own; [`unix_bytes`] reads it back to the letter.
pub fn unix_text(name: &[u8]) -> String {
    let raw = |bytes: &[u8]| -> String {
        bytes.iter().filter_map(|byte| char::from_u32(RAW_BYTE_FIRST + u32::from(*byte))).collect()
    };
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for character in chunk.valid().chars() {
            if raw_byte(character).is_some() {
                text += &raw(character.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(character);
            }
        }
        text += &raw(chunk.invalid());
    }
    text
}

/// Reads the name of a Unix socket that [`unix_text`] wrote.
pub fn unix_bytes(text: &str) -> Vec<u8> {
    let mut name = Vec::with_capacity(text.len());
    for character in text.chars() {
        match raw_byte(character) {
            Some(byte) => name.push(byte),
            None => name.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    name
}

fn raw_byte(character: char) -> Option<u8> {
    u32::from(character).checked_sub(RAW_BYTE_FIRST).and_then(|byte| u8::try_from(byte).ok())
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
    fn the_name_of_a_unix_socket_may_be_any_bytes() {
        for name in [&b"/tmp/a"[..], b"\0ab", b"/\xff\xc3", "/ä\u{10ff41}".as_bytes(), b""] {
            assert_eq!(unix_bytes(&unix_text(name)), name);
        }
        assert_eq!(unix_text("/tmp/ä".as_bytes()), "/tmp/ä");
    }

    #[test]
    fn a_name_is_not_a_socket_address() {
        assert_eq!(Address::Inet("localhost".into(), 80).to_socket_addr(), None);
    }
}
