//! Consent: where a call reaches, and whether the visitor has allowed it.
//!
//! This machine is allowed: loopback addresses, `localhost`, and Unix sockets. Anything beyond
//! asks first. To listen on every address is beyond it too, unless nobody else gets there: on an
//! isolated loopback, or where the operator lets no strangers in. In a frame, this machine is not
//! allowed but for what the programs have opened there themselves. What is allowed by name covers
//! public addresses (`public.rs`); an address of the network around this machine is asked about
//! by itself, wherever it came from. The backend's policy is checked after that.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use shared::address::{Address, Family};
use shared::call::Call;

use super::super::ProcessId;
use super::super::limits::{
    ADDRESSES_LEARNED_MAX, OWN_ADDRESSES_MAX, PASSES_MAX, REFUSALS_MAX, RULES_MAX,
};
use super::Caller;
use super::public::is_public;
use crate::messages::{Consent, Destination, Granted, Reach, Rule};

/// `getaddrinfo` is to look nothing up.
const AI_NUMERICHOST: i32 = 0x4;
/// `getnameinfo` is to look no host up.
const NI_NUMERICHOST: i32 = 0x1;
/// Names of one address that are kept: the newest ones.
const NAMES_OF_ADDRESS_MAX: usize = 4;

/// What the visitor allowed and refused, and what names led to.
#[derive(Debug, Default)]
pub struct Grants {
    /// For as long as the page lives, by a script of its own.
    page: Vec<Rule>,
    /// By the visitor, until another session is on the page.
    session: Vec<Rule>,
    /// Lookups that were allowed once and have not been answered.
    lookups: Vec<(ProcessId, Destination)>,
    /// What was allowed once and not used yet.
    passes: Vec<Pass>,
    /// Refusals hold until the program is run again, so that a loop does not ask for ever.
    refused: Vec<(ProcessId, Destination)>,
    /// The names whose lookup answered with an address.
    names: HashMap<IpAddr, Vec<String>>,
    /// What this machine calls itself.
    own_names: BTreeSet<String>,
    /// Nobody from elsewhere reaches a socket that listens on every address: the backend says so.
    pub contained: bool,
    /// The page is in a frame.
    pub framed: bool,
    /// Where the programs' own sockets are, in a frame.
    own: HashSet<(IpAddr, u16)>,
}

/// One connection to an address that a lookup answered with.
#[derive(Debug)]
struct Pass {
    process: ProcessId,
    address: IpAddr,
    port: Option<u16>,
}

impl Grants {
    /// Returns what a call reaches for, if the visitor is to be asked about it.
    /// `resolved` is where its name led, if it has one that was looked up.
    pub fn asks(
        &self,
        caller: &Caller,
        call: &Call,
        resolved: Option<&Address>,
    ) -> Option<Destination> {
        let destination = self.beyond(call, resolved)?;
        let known = self.allows(&destination)
            || self.pass_for(caller.process, &destination).is_some()
            || self.is_refused(caller.process, &destination);
        (!known).then_some(destination)
    }

    /// Returns what a call reaches for, if the visitor has refused that.
    pub fn refuses(
        &self,
        caller: &Caller,
        call: &Call,
        resolved: Option<&Address>,
    ) -> Option<Destination> {
        let destination = self.beyond(call, resolved)?;
        let allowed =
            self.allows(&destination) || self.pass_for(caller.process, &destination).is_some();
        (!allowed && self.is_refused(caller.process, &destination)).then_some(destination)
    }

    /// A call is made: what was allowed once is used up.
    pub fn spend(&mut self, process: ProcessId, call: &Call, resolved: Option<&Address>) {
        if self.passes.is_empty() {
            return;
        }
        let Some(destination) = self.beyond(call, resolved) else { return };
        if !self.allows(&destination)
            && let Some(index) = self.pass_for(process, &destination)
        {
            self.passes.remove(index);
        }
    }

    /// Takes the visitor's answer about a destination.
    pub fn answer(&mut self, process: ProcessId, asked: Destination, consent: Consent) {
        match consent {
            Consent::Session => {
                // What was asked about by its address is not allowed by its name.
                let name = asked.names.last().filter(|_| !asked.inside);
                let host = name.unwrap_or(&asked.host).clone();
                let rule = Rule::Host { host, port: asked.port };
                self.session.retain(|known| *known != rule);
                self.session.push(rule);
                keep_newest(&mut self.session, RULES_MAX);
            }
            Consent::Once if asked.reach == Reach::Lookup => {
                self.lookups.push((process, asked));
                keep_newest(&mut self.lookups, PASSES_MAX);
            }
            Consent::Once => {}
            Consent::No => {
                self.refused.push((process, asked));
                keep_newest(&mut self.refused, REFUSALS_MAX);
            }
        }
    }

    /// Allows a destination for as long as the page lives.
    pub fn grant(&mut self, rule: Rule) {
        let rule = match rule {
            Rule::Any => Rule::Any,
            Rule::Host { host, port } => Rule::Host { host: plain(&host), port },
        };
        if !self.page.contains(&rule) {
            self.page.push(rule);
            keep_newest(&mut self.page, RULES_MAX);
        }
    }

    /// Forgets what the visitor allowed and refused.
    pub fn forget(&mut self) {
        self.session.clear();
        self.lookups.clear();
        self.passes.clear();
        self.refused.clear();
        self.own.clear();
    }

    /// Returns what is allowed, the oldest first.
    pub fn granted(&self) -> Vec<Granted> {
        let of = |rules: &[Rule], by_script: bool| -> Vec<Granted> {
            rules.iter().map(|rule| Granted { rule: rule.clone(), by_script }).collect()
        };
        let mut all = of(&self.page, true);
        all.extend(of(&self.session, false));
        all
    }

    /// Allows something no longer; nothing in particular is everything.
    pub fn revoke(&mut self, rule: Option<&Rule>) {
        let stays = |known: &Rule| rule.is_some_and(|rule| rule != known);
        self.page.retain(stays);
        self.session.retain(stays);
        // What was allowed once came before; it is not worth telling apart.
        self.lookups.clear();
        self.passes.clear();
    }

    /// Tells whether the name that a call reaches for is to be looked up before it is made: where
    /// everything is allowed it does not matter where it leads.
    pub fn wants_lookup(&self, call: &Call) -> bool {
        let named = |address: &Address| host(address).is_some_and(|host| is_name(&plain(host)));
        address_of(call).is_some_and(named) && !self.page.contains(&Rule::Any)
    }

    /// Forgets what was allowed once and what was refused to a process.
    pub fn end_process(&mut self, process: ProcessId) {
        self.lookups.retain(|(of, _)| *of != process);
        self.passes.retain(|pass| pass.process != process);
        self.refused.retain(|(of, _)| *of != process);
    }

    /// A lookup has answered: its name's consent covers these addresses.
    pub fn learn(&mut self, process: ProcessId, name: &str, addresses: &[Address]) {
        let name = plain(name);
        let addresses: BTreeSet<IpAddr> = addresses
            .iter()
            .filter_map(|address| address.to_socket_addr())
            .map(|address| canonical(address.ip()))
            .collect();
        if number(&name).is_none() {
            for address in &addresses {
                self.learn_name(*address, &name);
            }
        }
        let asked = |(of, asked): &(ProcessId, Destination)| *of == process && asked.host == name;
        if let Some(index) = self.lookups.iter().position(asked) {
            let (_, asked) = self.lookups.remove(index);
            let pass = |address| Pass { process, address, port: asked.port };
            let public = addresses.into_iter().filter(|address| is_public(*address));
            self.passes.extend(public.map(pass));
            keep_newest(&mut self.passes, PASSES_MAX);
        }
    }

    fn learn_name(&mut self, address: IpAddr, name: &str) {
        if self.names.len() >= ADDRESSES_LEARNED_MAX && !self.names.contains_key(&address) {
            // The visitor is asked again about an address whose name was forgotten.
            self.names.clear();
        }
        let names = self.names.entry(address).or_default();
        names.retain(|known| known != name);
        names.push(name.to_owned());
        keep_newest(names, NAMES_OF_ADDRESS_MAX);
    }

    /// Learns what this machine calls itself: looking that up reaches for nobody else.
    pub fn learn_own_name(&mut self, name: &str) {
        self.own_names.insert(plain(name));
    }

    /// Learns from a reply where a socket of the programs' own is, or who sent them a datagram.
    pub fn learn_own_address(&mut self, reply: &str) {
        /// The addresses that replies have, each by its name.
        #[derive(serde::Deserialize)]
        struct Addresses {
            local: Option<Address>,
            address: Option<Address>,
            peer: Option<Address>,
        }
        if !self.framed || self.contained {
            return;
        }
        let Ok(Addresses { local, address, peer }) = shared::json::read(reply) else { return };
        // A peer beside a local address is who was connected to.
        let found = local.or(address).or(peer).and_then(|address| address.to_socket_addr());
        if let Some(found) = found {
            if self.own.len() >= OWN_ADDRESSES_MAX {
                // The visitor is asked about those that were forgotten.
                self.own.clear();
            }
            self.own.insert((canonical(found.ip()), found.port()));
        }
    }

    /// Tells whether an address of this machine is that of a socket that the programs opened.
    fn is_own(&self, call: &Call, host: &str, port: Option<u16>) -> bool {
        let four = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let six = IpAddr::V6(Ipv6Addr::LOCALHOST);
        let ip = match number(host) {
            Some(IpAddr::V4(ip)) if ip.is_unspecified() => four,
            Some(IpAddr::V6(ip)) if ip.is_unspecified() => six,
            Some(ip) => ip,
            None if address_of(call).is_some_and(|to| to.family() == Family::Inet6) => six,
            None => four,
        };
        port.is_some_and(|port| self.own.contains(&(ip, port)))
    }

    fn allows(&self, destination: &Destination) -> bool {
        self.page.iter().chain(&self.session).any(|rule| covers(rule, destination))
    }

    fn pass_for(&self, process: ProcessId, destination: &Destination) -> Option<usize> {
        if !matches!(destination.reach, Reach::Connect | Reach::Send) {
            return None;
        }
        let address = number(&destination.host)?;
        self.passes.iter().position(|pass| {
            pass.process == process
                && pass.address == address
                && pass.port.is_none_or(|port| destination.port == Some(port))
        })
    }

    fn is_refused(&self, process: ProcessId, destination: &Destination) -> bool {
        let known = |name: &String, by: &Destination| by.host == *name || by.names.contains(name);
        self.refused.iter().any(|(of, refused)| {
            let same = known(&destination.host, refused)
                || destination.names.iter().any(|name| known(name, refused));
            *of == process && same && refused.port == destination.port
        })
    }

    /// Returns where a call reaches beyond this machine.
    fn beyond(&self, call: &Call, resolved: Option<&Address>) -> Option<Destination> {
        let at = |address: &'_ Address| {
            Some((host(resolved.unwrap_or(address))?.to_owned(), address.port()))
        };
        let (reach, (host, port)) = match call {
            Call::Connect(call) => (Reach::Connect, at(&call.address)?),
            Call::Sendto(call) => (Reach::Send, at(&call.address)?),
            Call::Sendmsg(call) => (Reach::Send, at(call.address.as_ref()?)?),
            Call::Bind(call) => (Reach::Bind, at(&call.address)?),
            // A socket without an address listens on the one that the host gives it.
            Call::Listen(_) => (Reach::Bind, at(resolved?)?),
            Call::Getaddrinfo(call) => {
                let name = call.host.as_deref()?;
                // A number needs no name server.
                if call.flags & AI_NUMERICHOST != 0 || number(name).is_some() {
                    return None;
                }
                (Reach::Lookup, (name.to_owned(), call.service.as_deref().and_then(service_port)))
            }
            Call::Getnameinfo(call) if call.flags & NI_NUMERICHOST == 0 => {
                // Who may look up an address's name may not connect to it yet.
                (Reach::Lookup, (host(&call.address)?.to_owned(), Some(0)))
            }
            _ => return None,
        };
        let host = match plain(&host) {
            host if reach == Reach::Bind && host.is_empty() => "0.0.0.0".to_owned(),
            host => host,
        };
        let opens = reach == Reach::Bind && !self.contained && is_every_address(&host);
        let strange = matches!(reach, Reach::Connect | Reach::Send)
            && self.framed
            && !self.contained
            && !self.is_own(call, &host, port);
        let harmless = is_this_machine(&host) && !opens && !strange;
        if harmless || (reach == Reach::Lookup && self.own_names.contains(&host)) {
            return None;
        }
        let names = number(&host).and_then(|address| self.names.get(&address));
        let (names, inside) = (names.cloned().unwrap_or_default(), !may_be_named(&host));
        Some(Destination { reach, names, host, port, inside })
    }
}

fn covers(rule: &Rule, destination: &Destination) -> bool {
    match rule {
        Rule::Any => true,
        Rule::Host { host, port } => {
            // A lookup reaches no port.
            let port = port.is_none_or(|port| {
                destination.reach == Reach::Lookup || destination.port == Some(port)
            });
            let named = destination.names.contains(host) && !destination.inside;
            port && (*host == destination.host || named)
        }
    }
}

/// Tells whether the name that led to an address stands for it in what the visitor allows.
fn may_be_named(host: &str) -> bool {
    number(host).is_none_or(is_public)
}

/// Returns the address that a call reaches for.
pub fn address_of(call: &Call) -> Option<&Address> {
    match call {
        Call::Connect(call) => Some(&call.address),
        Call::Sendto(call) => Some(&call.address),
        Call::Sendmsg(call) => call.address.as_ref(),
        Call::Bind(call) => Some(&call.address),
        _ => None,
    }
}

/// Tells whether a host is a name that a name server is asked about.
fn is_name(host: &str) -> bool {
    number(host).is_none() && !is_this_machine(host) && host != "<broadcast>"
}

fn host(address: &Address) -> Option<&str> {
    match address {
        Address::Inet(host, _) | Address::Inet6(host, ..) => Some(host),
        Address::Unix(_) => None,
    }
}

/// Writes a host the one way that it is compared in.
fn plain(host: &str) -> String {
    let host = host.trim().trim_start_matches('[').trim_end_matches([']', '.']);
    match number(host) {
        Some(address) => address.to_string(),
        None => host.to_ascii_lowercase(),
    }
}

fn is_this_machine(host: &str) -> bool {
    match number(host) {
        Some(address) => address.is_loopback() || address.is_unspecified(),
        None => host.is_empty() || host == "localhost",
    }
}

/// Tells whether a host stands for every address that a machine has.
fn is_every_address(host: &str) -> bool {
    number(host).is_some_and(|address| address.is_unspecified())
}

/// Reads a numeric address, in all the forms that `getaddrinfo(3)` takes for one.
fn number(host: &str) -> Option<IpAddr> {
    let (host, _zone) = host.split_once('%').unwrap_or((host, ""));
    let v6 = || host.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    old_v4(host).map(IpAddr::V4).or_else(v6).map(canonical)
}

/// Unwraps an IPv4 address that is mapped into IPv6.
fn canonical(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// Reads an IPv4 address as `inet_aton(3)` does: `127.1`, `0x7f.1`, `2130706433`.
fn old_v4(host: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = host.split('.').map(old_number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|part| *part > 0xff) {
        return None;
    }
    let room = 32 - 8 * first.len() as u32;
    if room < 32 && *last >> room != 0 {
        return None;
    }
    let high = first.iter().zip([24, 16, 8]).fold(0, |sum, (part, shift)| sum | part << shift);
    Some(Ipv4Addr::from(high | last))
}

fn old_number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    // `from_str_radix` would take a sign.
    let plain = digits.chars().all(|digit| digit.is_digit(radix));
    plain.then(|| u32::from_str_radix(digits, radix).ok()).flatten()
}

/// Returns the port of a service that is looked up together with a host.
fn service_port(service: &str) -> Option<u16> {
    let known = match service {
        "http" => 80,
        "https" => 443,
        "domain" => 53,
        "ntp" => 123,
        "smtp" => 25,
        "ssh" => 22,
        number => number.parse().ok()?,
    };
    // Port 0 stands for none in particular.
    (known != 0).then_some(known)
}

fn keep_newest<T>(kept: &mut Vec<T>, max: usize) {
    let excess = kept.len().saturating_sub(max);
    kept.drain(..excess);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_this_machine_is_not_asked_about() {
        for host in [
            "127.0.0.1",
            "127.9.9.9",
            "localhost",
            "LocalHost.",
            "::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "::",
            "",
            "127.1",
            "0x7f.1",
            "2130706433",
            "017700000001",
        ] {
            assert!(is_this_machine(&plain(host)), "{host}");
        }
        for host in [
            "example.org",
            "localhost.example.org",
            "10.0.0.1",
            "128.0.0.1",
            "::2",
            "0.0.0.1",
            "127.0.0.1.nip.io",
            "::127.0.0.1",
            "0x7f.0.0.0.1",
            "127.0.0.256",
            "+127.1",
            "255.255.255.255",
            "fe80::1%lo",
        ] {
            assert!(!is_this_machine(&plain(host)), "{host}");
        }
    }

    #[test]
    fn a_rule_covers_its_host_and_port_and_the_names_of_an_address() {
        let rule = |host: &str, port| Rule::Host { host: plain(host), port };
        let to = |reach, host: &str, port| Destination {
            reach,
            host: plain(host),
            names: vec!["example.org".into()],
            port,
            inside: !may_be_named(host),
        };
        let inside = to(Reach::Connect, "10.0.0.1", Some(80));
        assert!(!covers(&rule("example.org", Some(80)), &inside));
        assert!(covers(&rule("10.0.0.1", Some(80)), &inside));
        let connect = to(Reach::Connect, "192.0.3.1", Some(80));
        assert!(covers(&Rule::Any, &connect));
        assert!(covers(&rule("Example.ORG.", Some(80)), &connect));
        assert!(covers(&rule("192.0.3.1", None), &connect));
        assert!(!covers(&rule("example.org", Some(81)), &connect));
        assert!(!covers(&rule("example.com", None), &connect));
        assert!(covers(&rule("example.org", Some(81)), &to(Reach::Lookup, "example.org", None)));
    }
}
