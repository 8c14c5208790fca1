//! Which addresses mean the same place, and what hosts are called.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use shared::address::Address;
use shared::reply::Resolved;

use super::arrow::HostId;

/// Hosts that have a lane of their own; more would be no picture any more.
const HOSTS_MAX: usize = 24;
/// Names that are remembered for addresses; a crawler asks for many.
const NAMES_MAX: usize = 1_000;

/// Tells whether what is sent to `wanted` arrives at a socket bound to `bound`.
pub(super) fn meets(bound: &Address, wanted: &Address) -> bool {
    if let (Address::Unix(bound), Address::Unix(wanted)) = (bound, wanted) {
        return !bound.is_empty() && bound == wanted;
    }
    if bound.port() != wanted.port() || bound.port().is_none() {
        return false;
    }
    match (ip(bound), ip(wanted)) {
        (Some(bound), Some(wanted)) => {
            bound == wanted
                || bound.is_unspecified()
                || wanted.is_unspecified()
                || (bound.is_loopback() && wanted.is_loopback())
        }
        // A name that was not looked up; the port has to do.
        _ => true,
    }
}

/// Returns an address's IP, a v4-mapped one as what it maps.
fn ip(address: &Address) -> Option<IpAddr> {
    match address {
        Address::Inet(host, _) | Address::Inet6(host, ..) => match host.as_str() {
            "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
            "" => Some(Ipv4Addr::UNSPECIFIED.into()),
            host => host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical()),
        },
        Address::Unix(_) => None,
    }
}

/// Tells whether an address is that of another machine.
pub(super) fn is_outside(address: &Address) -> bool {
    match ip(address) {
        Some(ip) => !ip.is_loopback() && !ip.is_unspecified(),
        None => address.port().is_some(),
    }
}

/// The hosts outside of the session, by the names that programs used for them.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    names: Vec<String>,
    asked: HashMap<String, String>,
}

impl Hosts {
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Remembers that a program asked for a name and got these addresses.
    pub(super) fn learn(&mut self, name: Option<&str>, found: &Resolved) {
        let Some(name) = name.filter(|name| name.parse::<IpAddr>().is_err()) else { return };
        for entry in &found.entries {
            let loops = ip(&entry.address).is_some_and(|ip| ip.is_loopback());
            if !loops && self.asked.len() < NAMES_MAX {
                self.asked.insert(host(&entry.address), name.to_owned());
            }
        }
    }

    /// Returns the host at an address.
    pub(super) fn of(&mut self, address: &Address) -> HostId {
        let host = host(address);
        let name = self.asked.get(&host).cloned().unwrap_or(host);
        if let Some(there) = self.names.iter().position(|known| *known == name) {
            return there;
        }
        if self.names.len() + 1 >= HOSTS_MAX {
            let last = "other hosts".to_owned();
            if self.names.last() != Some(&last) {
                self.names.push(last);
            }
            return self.names.len() - 1;
        }
        self.names.push(name);
        self.names.len() - 1
    }
}

fn host(address: &Address) -> String {
    match address {
        Address::Inet(host, _) | Address::Inet6(host, ..) => {
            ip(address).map_or_else(|| host.clone(), |ip| ip.to_string())
        }
        Address::Unix(_) => "this machine".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(host: &str, port: u16) -> Address {
        Address::Inet(host.into(), port)
    }

    #[test]
    fn a_wildcard_and_a_mapped_address_meet_the_plain_one() {
        let client = v4("127.0.0.1", 9000);
        assert!(meets(&v4("0.0.0.0", 9000), &client));
        assert!(meets(&Address::Inet6("::ffff:127.0.0.1".into(), 9000, 0, 0), &client));
        assert!(meets(&v4("localhost", 9000), &client));
        assert!(!meets(&v4("127.0.0.1", 9001), &client));
        assert!(!meets(&v4("192.0.2.1", 9000), &client));
        assert!(!meets(&Address::Unix(String::new()), &Address::Unix(String::new())));
    }

    #[test]
    fn a_host_is_called_as_it_was_asked_for_and_there_is_an_end_of_hosts() {
        let mut hosts = Hosts::default();
        let first = hosts.of(&v4("192.0.2.1", 80));
        assert_eq!(hosts.of(&v4("192.0.2.1", 443)), first);
        for n in 0..100 {
            hosts.of(&v4(&format!("198.51.100.{n}"), 80));
        }
        assert_eq!(hosts.names().len(), HOSTS_MAX);
        assert_eq!(hosts.names().last().unwrap(), "other hosts");
    }
}
