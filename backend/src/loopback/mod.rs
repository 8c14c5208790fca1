//! The isolated loopback: a loopback of its own for each session or room.
//!
//! What a program calls 127.0.0.1 is an address out of a block of the host's 127.0.0.0/8 that
//! belongs to its session alone, in both directions of every call. The sockets are the host's
//! own, and no privilege is needed:
//!
//! | a program's address | the host's |
//! | --- | --- |
//! | `127.0.0.n`, n from 1 to 255 | `127.a.b.n` |
//! | `0.0.0.0` | `127.a.b.1`, shown as `0.0.0.0` while nothing is connected |
//! | `::1`, and `::` with `IPV6_V6ONLY` | `::ffff:127.a.b.0` |
//! | `::` | `::ffff:127.a.b.1`; who connects to `::1` is led here |
//!
//! IPv6 goes by v4-mapped addresses, because the host has only one `::1`. So `IPV6_V6ONLY`, which
//! forbids them, stays unset on the host, and what programs read and set is kept here.

mod pool;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use shared::address::{Family, Kind};
use shared::errno::{Errno, Failure};

use crate::policy::Forms;
use crate::socket::Socket;
use pool::{Block, Lease};

pub(crate) use pool::Pool;

/// The last byte of the host's address that stands for `::1`.
const SIX: u8 = 0;

/// The last byte of the host's address that stands for 127.0.0.1.
const ONE: u8 = 1;

/// The loopback of one session or room.
#[derive(Debug)]
pub(crate) struct Loopback {
    lease: Lease,
    /// Other programs of the host may connect.
    exposed: bool,
    /// How many sockets are bound to a port of `::` for both families.
    dual: Mutex<HashMap<(Kind, u16), u32>>,
}

/// What a socket is to its loopback.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// The program bound it to every address, and reads that until it is connected.
    any: AtomicBool,
    /// It is at `::1`, and so is everybody whom it can talk to.
    six: AtomicBool,
    /// The host chose its address, for a peer beyond the loopback.
    outside: AtomicBool,
    /// What the program set as `IPV6_V6ONLY`.
    v6only: AtomicBool,
    dual: OnceLock<DualPort>,
}

/// A port of `::` for both families, as long as its socket is there.
#[derive(Debug)]
struct DualPort {
    loopback: Arc<Loopback>,
    port: (Kind, u16),
}

/// Where an address is, seen from a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// No address.
    Any,
    /// No address, in IPv6.
    Any6,
    /// 127.0.0.n
    Here(u8),
    /// ::1
    Here6,
    /// On the host's loopback, but not on this one.
    Nowhere,
    Beyond,
}

impl Place {
    pub(crate) fn v6only(&self) -> bool {
        self.v6only.load(Ordering::Relaxed)
    }

    pub(crate) fn set_v6only(&self, only: bool) {
        self.v6only.store(only, Ordering::Relaxed);
    }

    /// Notes that the socket has a peer, and so an address that is one.
    pub(crate) fn note_connected(&self) {
        self.any.store(false, Ordering::Relaxed);
    }

    fn is_six(&self) -> bool {
        self.six.load(Ordering::Relaxed)
    }
}

impl Loopback {
    /// Takes a block of its own, or nothing when all are in use.
    pub(crate) fn new(pool: &Arc<Pool>, exposed: bool) -> Option<Self> {
        Some(Self { lease: pool.take()?, exposed, dual: Mutex::default() })
    }

    /// Binds a socket to the address that stands for the program's.
    pub(crate) fn bind(
        self: &Arc<Self>,
        socket: &Socket,
        address: SocketAddr,
    ) -> Result<(), Failure> {
        let place = &socket.place;
        let spot = where_is(address.ip());
        let (last, any, dual) = match spot {
            Where::Beyond => {
                place.outside.store(true, Ordering::Relaxed);
                return Ok(socket.bind(&address.into())?);
            }
            Where::Nowhere => return Err(nowhere(Errno::EADDRNOTAVAIL)),
            Where::Any => (ONE, true, false),
            Where::Any6 if place.v6only() => (SIX, true, false),
            Where::Any6 => (ONE, true, true),
            Where::Here6 => (SIX, false, false),
            Where::Here(last) => (last, false, false),
        };
        let port = (socket.kind, address.port());
        if last == SIX && address.port() != 0 && self.dual().contains_key(&port) {
            return Err(Errno::EADDRINUSE.into());
        }
        socket.bind(&self.host(last, address.port(), address.is_ipv6()).into())?;
        place.any.store(any, Ordering::Relaxed);
        place.six.store(last == SIX, Ordering::Relaxed);
        if dual && let Some(bound) = socket.local()?.as_socket() {
            let port = (socket.kind, bound.port());
            *self.dual().entry(port).or_default() += 1;
            // A socket is bound once.
            drop(place.dual.set(DualPort { loopback: Arc::clone(self), port }));
        }
        Ok(())
    }

    /// Binds a socket that has no address to every address, as the host would by itself.
    pub(crate) fn bind_any(self: &Arc<Self>, socket: &Socket) -> Result<(), Failure> {
        let any = match socket.family {
            Family::Inet => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            Family::Inet6 => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
            Family::Unix => return Ok(()),
        };
        self.bind(socket, any)
    }

    /// Returns the host's address for a peer, and sees to it that what is sent there comes from
    /// this loopback.
    pub(crate) fn peer(
        self: &Arc<Self>,
        socket: &Socket,
        address: SocketAddr,
    ) -> Result<SocketAddr, Failure> {
        let place = &socket.place;
        let spot = where_is(address.ip());
        let last = match spot {
            Where::Nowhere => return Err(nowhere(Errno::ENETUNREACH)),
            Where::Beyond => {
                if socket.is_bound() && !place.outside.load(Ordering::Relaxed) {
                    return Err(elsewhere("its loopback", "beyond"));
                }
                place.outside.store(true, Ordering::Relaxed);
                return Ok(address);
            }
            Where::Any | Where::Here(_) if socket.is_bound() && place.is_six() => {
                return Err(elsewhere("::1", "127.0.0.1"));
            }
            Where::Any => ONE,
            Where::Here(last) => last,
            Where::Any6 | Where::Here6
                if self.dual().contains_key(&(socket.kind, address.port())) =>
            {
                ONE
            }
            Where::Any6 | Where::Here6 => SIX,
        };
        if place.outside.load(Ordering::Relaxed) {
            return Err(elsewhere("an address of this machine", "its loopback"));
        }
        let is_six = matches!(spot, Where::Any6 | Where::Here6);
        if !socket.is_bound() && address.is_ipv6() == (socket.family == Family::Inet6) {
            if socket.is_stream() {
                // The port is chosen with the peer, of which there are many.
                socket.choose_port_late();
            }
            let from = if is_six { SIX } else { ONE };
            socket.bind(&self.host(from, 0, address.is_ipv6()).into())?;
            place.any.store(true, Ordering::Relaxed);
        }
        if is_six {
            place.six.store(true, Ordering::Relaxed);
        }
        Ok(self.host(last, address.port(), address.is_ipv6()))
    }

    /// Returns the program's address for a peer that came by itself, or nothing for one that is
    /// not of this loopback.
    pub(crate) fn visitor(&self, socket: &Socket, peer: SocketAddr) -> Option<SocketAddr> {
        match host_loopback(peer.ip()) {
            None => Some(peer),
            Some([_, a, b, _]) if Block(a, b) == self.lease.block => {
                Some(self.shown(socket.place.is_six(), peer))
            }
            // The host's own 127.0.0.1 is nobody's block.
            Some([_, 0, _, _]) if self.exposed && socket.is_stream() => Some(peer),
            Some(_) => None,
        }
    }

    /// Notes what an accepted connection is, after the listener and the peer.
    pub(crate) fn note_accepted(&self, socket: &Socket, listener: &Socket, peer: SocketAddr) {
        let from_six = host_loopback(peer.ip()).is_some_and(|[.., last]| last == SIX);
        socket.place.six.store(from_six || listener.place.is_six(), Ordering::Relaxed);
        socket.place.set_v6only(listener.place.v6only());
    }

    /// Returns the program's address for the host's own of a socket.
    pub(crate) fn local(&self, socket: &Socket, address: SocketAddr) -> SocketAddr {
        if socket.place.any.load(Ordering::Relaxed) {
            let ip: IpAddr = match address {
                SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            };
            return SocketAddr::new(ip, address.port());
        }
        self.shown(socket.place.is_six(), address)
    }

    /// Returns the program's address for that of a socket's peer.
    pub(crate) fn remote(&self, socket: &Socket, address: SocketAddr) -> SocketAddr {
        self.shown(socket.place.is_six(), address)
    }

    /// Says where the loopback is, seen from the host, if others may use it.
    pub(crate) fn exposure(&self) -> Option<Ipv4Addr> {
        let Block(a, b) = self.lease.block;
        self.exposed.then(|| Ipv4Addr::new(127, a, b, ONE))
    }

    fn shown(&self, six: bool, address: SocketAddr) -> SocketAddr {
        let last = match host_loopback(address.ip()) {
            Some([_, a, b, last]) if Block(a, b) == self.lease.block => last,
            Some(_) | None => return address,
        };
        let ip: IpAddr = match address {
            SocketAddr::V4(_) => Ipv4Addr::new(127, 0, 0, last).into(),
            SocketAddr::V6(_) if six || last == SIX => Ipv6Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv4Addr::new(127, 0, 0, last).to_ipv6_mapped().into(),
        };
        SocketAddr::new(ip, address.port())
    }

    fn host(&self, last: u8, port: u16, as_v6: bool) -> SocketAddr {
        let Block(a, b) = self.lease.block;
        let v4 = Ipv4Addr::new(127, a, b, last);
        if as_v6 {
            return SocketAddrV6::new(v4.to_ipv6_mapped(), port, 0, 0).into();
        }
        SocketAddr::from((v4, port))
    }

    fn dual(&self) -> MutexGuard<'_, HashMap<(Kind, u16), u32>> {
        // No panic can leave the map half changed.
        self.dual.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DualPort {
    fn drop(&mut self) {
        let mut dual = self.loopback.dual();
        if let Some(count) = dual.get_mut(&self.port) {
            *count -= 1;
            if *count == 0 {
                dual.remove(&self.port);
            }
        }
    }
}

fn where_is(ip: IpAddr) -> Where {
    let v4 = match ip {
        IpAddr::V4(v4) => v4,
        IpAddr::V6(v6) if v6.is_unspecified() => return Where::Any6,
        IpAddr::V6(v6) if v6.is_loopback() => return Where::Here6,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4,
            // An address that leads to a loopback in a roundabout way does not lead to this one.
            None if Forms::of_peer(ip).as_slice().iter().any(IpAddr::is_loopback) => {
                return Where::Nowhere;
            }
            None => return Where::Beyond,
        },
    };
    match v4.octets() {
        [0, 0, 0, 0] => Where::Any,
        [127, 0, 0, last] if last != SIX => Where::Here(last),
        [127, ..] => Where::Nowhere,
        _ => Where::Beyond,
    }
}

/// Returns the bytes of an address of the host's loopback, mapped or not.
fn host_loopback(ip: IpAddr) -> Option<[u8; 4]> {
    let v4 = match ip {
        IpAddr::V4(v4) => v4,
        IpAddr::V6(v6) if v6.is_loopback() => Ipv4Addr::LOCALHOST,
        IpAddr::V6(v6) => v6.to_ipv4_mapped()?,
    };
    v4.is_loopback().then(|| v4.octets())
}

fn nowhere(errno: Errno) -> Failure {
    Failure::explained(errno, "this loopback is isolated; it has 127.0.0.1 to 127.0.0.255 and ::1")
}

fn elsewhere(is: &str, wants: &str) -> Failure {
    let message = format!("the socket is bound to {is} and cannot reach {wants} from there");
    Failure::explained(Errno::ENETUNREACH, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_where_they_lead() {
        for (ip, spot) in [
            ("127.0.0.1", Where::Here(1)),
            ("127.0.0.255", Where::Here(255)),
            ("127.0.0.0", Where::Nowhere),
            ("127.0.1.1", Where::Nowhere),
            ("127.16.0.1", Where::Nowhere),
            ("0.0.0.0", Where::Any),
            ("::", Where::Any6),
            ("::1", Where::Here6),
            ("::ffff:127.0.0.2", Where::Here(2)),
            ("::ffff:127.16.0.1", Where::Nowhere),
            ("::ffff:0.0.0.0", Where::Any),
            ("::127.0.0.1", Where::Nowhere),
            ("64:ff9b::127.0.0.1", Where::Nowhere),
            ("2002:7f00:1::", Where::Nowhere),
            ("93.184.216.34", Where::Beyond),
            ("2606:2800:220:1::", Where::Beyond),
        ] {
            assert_eq!(where_is(ip.parse().unwrap()), spot, "{ip}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_address_of_another_loopback_is_reached_or_shown(bits: u32, v6: bool, six: bool) {
            let pool = Arc::new(Pool::default());
            let (ours, theirs) =
                (Loopback::new(&pool, false).unwrap(), Loopback::new(&pool, false).unwrap());
            let v4 = Ipv4Addr::from(0x7f00_0000 | bits);
            let ip: IpAddr = if v6 { v4.to_ipv6_mapped().into() } else { v4.into() };
            // What a program can name on the loopback is on its own.
            if let Where::Here(last) = where_is(ip) {
                let host = ours.host(last, 1, v6);
                proptest::prop_assert!(host_loopback(host.ip()).is_some());
                let shown = ours.shown(six, host);
                proptest::prop_assert!(shown.ip().to_canonical().is_loopback());
                proptest::prop_assert_eq!(theirs.shown(six, host), host);
                proptest::prop_assert!(six && v6 || shown.ip() == ip);
            } else {
                proptest::prop_assert!(matches!(where_is(ip), Where::Nowhere | Where::Beyond));
            }
        }
    }
}
