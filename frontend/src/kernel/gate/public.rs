//! Which addresses are those of the public internet.
//!
//! A name that the visitor allowed may lead anywhere: whoever runs its name server decides that,
//! and may decide otherwise the next moment. So what is allowed by name covers public addresses
//! alone; where a name leads into the network around this machine, the visitor is asked about
//! the address itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not public, by their first address and the length of their prefix:
/// IANA's registry of special-purpose addresses, and multicast. Those for documents lead nowhere,
/// so nothing is around them.
const SPECIAL_V4: [(Ipv4Addr, u32); 10] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Returns whether an address is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    SPECIAL_V4.iter().all(|(network, bits)| {
        let shift = 32 - bits;
        address.to_bits() >> shift != network.to_bits() >> shift
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let global = a & 0xe000 == 0x2000;
    // Tunnels to IPv4 lead who knows where; the rest is set aside for protocols.
    let tunnel = a == 0x2002 || (a == 0x2001 && b < 0x0200);
    global && !tunnel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_around_a_machine_is_not_public() {
        for address in [
            "10.1.2.3",
            "172.31.255.255",
            "192.168.0.1",
            "100.127.0.1",
            "169.254.169.254",
            "127.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "239.1.2.3",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b::10.0.0.1",
            "2002:a00:1::",
            "2001::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["93.184.215.14", "172.32.0.1", "100.128.0.1", "192.0.3.1", "2606:2800::1"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
