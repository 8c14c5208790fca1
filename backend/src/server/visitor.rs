//! Whose connection it is: the one at its other end, or the one whom a proxy speaks for.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Returns the address of the visitor behind a request, or nothing for a program of this machine,
/// which is the operator's own.
///
/// A proxy's word counts only if the operator named its network; each proxy appends whom it saw,
/// so the last one that is no proxy is the visitor, and what stands before it is hearsay.
pub(super) fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    if !is_proxy(peer, proxies) {
        return (!peer.is_loopback()).then_some(peer);
    }
    let mut nearest = peer;
    let values = headers.get_all(FORWARDED_FOR).iter();
    let said: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    for hop in said.iter().rev().flat_map(|value| value.rsplit(',')) {
        // Whatever a proxy wrote that is no address, it did not see a visitor.
        let Some(hop) = hop_address(hop.trim()) else { break };
        nearest = hop;
        if !is_proxy(hop, proxies) {
            break;
        }
    }
    Some(nearest)
}

/// Tells whether connections from an address are a proxy's, many visitors' and not one's.
pub(super) fn is_proxy(peer: IpAddr, proxies: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    proxies.iter().any(|proxy| proxy.contains(&peer))
}

/// Reads an address; some proxies write a port behind it, or brackets around it.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let ip = bare.parse().or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()));
    ip.ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(peer: &str, said: &[&str], visitor: Option<&str>) {
        let proxies =
            ["127.0.0.0/8", "10.0.0.0/8", "2001:db8::/32"].map(|net| net.parse().unwrap());
        let mut headers = HeaderMap::new();
        for said in said {
            headers.append(FORWARDED_FOR, said.parse().unwrap());
        }
        let found = address(peer.parse().unwrap(), &headers, &proxies);
        assert_eq!(found, visitor.map(|visitor| visitor.parse().unwrap()), "{peer} {said:?}");
    }

    #[test]
    fn a_proxys_word_counts_and_nobody_elses() {
        check("127.0.0.1", &["192.0.2.7"], Some("192.0.2.7"));
        check("::ffff:10.0.0.1", &["192.0.2.7"], Some("192.0.2.7"));
        check("198.51.100.1", &["192.0.2.7"], Some("198.51.100.1"));
        check("2001:db8::1", &["2001:db9::1"], Some("2001:db9::1"));
    }

    #[test]
    fn the_last_that_is_no_proxy_is_the_visitor() {
        check("10.0.0.1", &["1.1.1.1, 192.0.2.7"], Some("192.0.2.7"));
        check("10.0.0.1", &["1.1.1.1, 192.0.2.7, 10.0.0.9"], Some("192.0.2.7"));
        check("10.0.0.1", &["1.1.1.1", "192.0.2.7,10.0.0.9"], Some("192.0.2.7"));
        check("10.0.0.1", &["192.0.2.7:4711"], Some("192.0.2.7"));
        check("10.0.0.1", &["[2001:db9::1]:4711"], Some("2001:db9::1"));
        check("10.0.0.1", &["[2001:db9::1]"], Some("2001:db9::1"));
    }

    #[test]
    fn a_proxy_that_says_nothing_useful_is_the_visitor_itself() {
        check("10.0.0.1", &[], Some("10.0.0.1"));
        check("10.0.0.1", &["unknown"], Some("10.0.0.1"));
        check("10.0.0.1", &["192.0.2.7, unknown, 10.0.0.9"], Some("10.0.0.9"));
        check("127.0.0.1", &[""], Some("127.0.0.1"));
    }

    #[test]
    fn without_proxies_this_machine_is_nobodys() {
        let headers = HeaderMap::new();
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(address(peer.parse().unwrap(), &headers, &[]), None, "{peer}");
        }
    }
}
