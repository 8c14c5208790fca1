//! One rule: who may do what to whom.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use ipnet::IpNet;

use super::canonical::Host;
use super::names::Pattern;
use super::usage::Uses;

/// What a rule says about what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    Allow,
    Deny,
}

impl Verdict {
    /// Returns the word for it in rules.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Deny => "deny",
        }
    }
}

/// A rule. The first one that matches decides.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) verdict: Verdict,
    pub(crate) uses: Uses,
    pub(crate) place: Place,
    /// No ranges mean every port.
    pub(crate) ports: Vec<RangeInclusive<u16>>,
    /// Where the rule comes from, for people to find it.
    pub(crate) origin: String,
    /// Why it is there, told to the program that it stops.
    pub(crate) reason: Option<String>,
}

/// Whom a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    /// Addresses, and where there are patterns too, only those that came from such a name.
    Networks(Vec<IpNet>, Vec<Pattern>),
    /// Names, and the addresses that came from them.
    Names(Vec<Pattern>),
}

impl Rule {
    /// Makes a rule out of `USES [PLACE][:PORTS]`, such as `tcp-connect *.example.org:80,443`
    /// or `* 10.0.0.0/8`.
    pub(crate) fn parse(verdict: Verdict, text: &str, origin: &str) -> Result<Self, String> {
        let (uses, place) =
            text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), "*"));
        let (place, ports) = split_ports(place.trim())?;
        Ok(Self {
            verdict,
            uses: uses.parse()?,
            place: place.parse()?,
            ports,
            origin: origin.to_owned(),
            reason: None,
        })
    }

    /// Tells whether it is about a port. A lookup's addresses have none: who may use one port of
    /// a place may look it up.
    pub(crate) fn takes_port(&self, port: Option<u16>) -> bool {
        self.ports.is_empty()
            || port.map_or(self.verdict == Verdict::Allow, |port| {
                self.ports.iter().any(|range| range.contains(&port))
            })
    }

    pub(crate) fn is_by_name(&self) -> bool {
        match &self.place {
            Place::Anywhere => false,
            Place::Networks(_, patterns) | Place::Names(patterns) => !patterns.is_empty(),
        }
    }
}

impl Place {
    /// Tells whether it is nothing beyond this machine's loopback.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Place::Anywhere | Place::Names(_) => false,
            // As much of it is loopback as its first address, where it is no larger than that.
            Place::Networks(networks, _) => networks.iter().all(|network| {
                let whole = if network.addr().is_ipv4() { 8 } else { 128 };
                network.prefix_len() >= whole && network.network().is_loopback()
            }),
        }
    }

    pub(crate) fn has_address(networks: &[IpNet], ip: IpAddr) -> bool {
        networks.iter().any(|network| network.contains(&ip))
    }
}

/// Reads one network; an address alone is a network of one.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    let bad = || format!("{text:?} is no network; write 10.0.0.0/8, fd00::/8 or one address");
    let network = match text.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => match Host::parse(text) {
            Ok(Host::Ip(ip)) => IpNet::from(ip),
            Ok(Host::Name(_)) | Err(_) => return Err(bad()),
        },
    };
    if network.trunc() != network {
        return Err(format!("{text:?} has bits beyond its prefix; is {} meant?", network.trunc()));
    }
    Ok(network)
}

/// Reads `80`, `8000-8999`, or several with commas between them.
pub(crate) fn ports(text: &str) -> Result<Vec<RangeInclusive<u16>>, String> {
    text.split(',').map(|part| port_range(part.trim())).collect()
}

fn port_range(text: &str) -> Result<RangeInclusive<u16>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok(first..=last),
        _ => Err(format!("{text:?} is no port; write 80, or 8000-8999 for a range")),
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        if text == "*" {
            return Ok(Place::Anywhere);
        }
        if bare.is_some() || text.contains('/') {
            return Ok(Place::Networks(vec![network(bare.unwrap_or(text))?], Vec::new()));
        }
        Ok(match network(text) {
            Ok(network) => Place::Networks(vec![network], Vec::new()),
            Err(_) => Place::Names(vec![text.parse()?]),
        })
    }
}

/// Parts `PLACE:PORTS`. An IPv6 place with ports needs its brackets.
fn split_ports(text: &str) -> Result<(&str, Vec<RangeInclusive<u16>>), String> {
    let colons = text.matches(':').count();
    let (place, after) = match text.rfind(']') {
        Some(end) => (&text[..=end], &text[end + 1..]),
        None if colons == 1 => text.split_at(text.find(':').unwrap_or(text.len())),
        None => (text, ""),
    };
    match after.strip_prefix(':') {
        Some("*") => Ok((place, Vec::new())),
        Some(list) => Ok((if place.is_empty() { "*" } else { place }, ports(list)?)),
        None if after.is_empty() => Ok((place, Vec::new())),
        None => Err(format!("{text:?}: after the brackets comes a colon and a port")),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.verdict.word(), self.uses, self.place)?;
        if !self.ports.is_empty() {
            let ports: Vec<_> = self.ports.iter().map(port_text).collect();
            write!(f, ":{}", ports.join(","))?;
        }
        Ok(())
    }
}

fn port_text(range: &RangeInclusive<u16>) -> String {
    match (range.start(), range.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}-{last}"),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |patterns: &[Pattern]| {
            patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        match self {
            Place::Anywhere => f.write_str("*"),
            Place::Names(patterns) => f.write_str(&names(patterns)),
            Place::Networks(networks, patterns) => {
                let networks: Vec<_> = networks.iter().map(network_text).collect();
                f.write_str(&networks.join(" "))?;
                if patterns.is_empty() { Ok(()) } else { write!(f, " from {}", names(patterns)) }
            }
        }
    }
}

fn network_text(network: &IpNet) -> String {
    let text = match network {
        whole if whole.prefix_len() == whole.max_prefix_len() => whole.addr().to_string(),
        part => part.to_string(),
    };
    if network.addr().is_ipv6() { format!("[{text}]") } else { text }
}
