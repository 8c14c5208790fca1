//! The only place that allows or denies an address. It is asked before every system call that
//! names one, implicit binds included.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use shared::errno::{Errno, Failure};

/// What a program is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    TcpConnect,
    TcpBind,
    UdpBind,
    /// Also the peer of a datagram that arrives.
    UdpSend,
    Resolve,
    Unix,
    Raw,
}

/// What it is about to do it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    Ip(SocketAddr),
    /// A name to look up.
    Name(&'a str),
    /// A path, or an abstract name that starts with NUL.
    Path(&'a str),
    /// Two sockets that only know each other.
    Pair,
    /// An IP protocol that is neither TCP nor UDP.
    Protocol(i32),
}

/// The metadata address that one cloud has outside of the link-local range.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// The operator's rules.
#[derive(Debug, Default)]
pub(crate) struct Policy {}

impl Policy {
    /// Allows or denies: `EACCES` with the reason, where it denies.
    pub(crate) fn check(&self, usage: Use, target: Target<'_>) -> Result<(), Failure> {
        match (usage, target) {
            (_, Target::Ip(address)) => check_ip(address.ip()),
            // Names of Unix sockets are the session's own (`names.rs`).
            (Use::Unix, Target::Path(_)) => Ok(()),
            // The host itself decides who may use these (`ping_group_range`).
            (Use::Raw, Target::Protocol(libc::IPPROTO_ICMP | libc::IPPROTO_ICMPV6)) => Ok(()),
            (Use::Raw, Target::Protocol(_)) => Err(Failure::explained(
                Errno::EPROTONOSUPPORT,
                "programs may use TCP and UDP, and no other protocol",
            )),
            (_, Target::Name(_) | Target::Pair) => Ok(()),
            (_, Target::Path(_) | Target::Protocol(_)) => {
                Err(denied("the operator's policy does not allow this"))
            }
        }
    }

    /// Says what is allowed, for people to read.
    pub(crate) fn summary(&self) -> String {
        "Programs reach whatever this machine reaches, except link-local and cloud metadata \
         addresses."
            .to_owned()
    }
}

fn check_ip(ip: IpAddr) -> Result<(), Failure> {
    let ip = innermost(ip);
    let forbidden = match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6 == METADATA_V6,
    };
    if forbidden {
        return Err(denied(&format!(
            "the policy does not allow {ip}: link-local addresses lead to cloud metadata \
             services, which give out this machine's credentials"
        )));
    }
    Ok(())
}

/// Unwraps an IPv4 address from the forms in which IPv6 carries one: mapped
/// (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`) and translated (`64:ff9b::a.b.c.d`, RFC 6052).
fn innermost(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else { return ip };
    let [a, b, c, d, e, f, high, low] = v6.segments();
    let carries_v4 = match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => true,
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0] => high != 0,
        _ => false,
    };
    if !carries_v4 {
        return ip;
    }
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

fn denied(message: &str) -> Failure {
    Failure::explained(Errno::EACCES, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ip: &str, allowed: bool) {
        let ip: IpAddr = ip.parse().unwrap();
        for usage in [Use::TcpConnect, Use::TcpBind, Use::UdpBind, Use::UdpSend] {
            let verdict = Policy::default().check(usage, Target::Ip(SocketAddr::new(ip, 80)));
            match verdict {
                Ok(()) => assert!(allowed, "{ip} was allowed"),
                Err(failure) => {
                    assert!(!allowed, "{ip} was denied");
                    assert_eq!(failure.errno, Errno::EACCES);
                }
            }
        }
    }

    #[test]
    fn metadata_addresses_are_denied_in_every_form() {
        for ip in [
            "169.254.169.254",
            "169.254.0.1",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::169.254.169.254",
            "fd00:ec2::254",
            "fe80::1",
        ] {
            check(ip, false);
        }
    }

    #[test]
    fn everything_else_is_allowed() {
        for ip in ["127.0.0.1", "0.0.0.0", "10.0.0.1", "93.184.216.34", "::", "::1", "fd00::1"] {
            check(ip, true);
        }
    }
}
