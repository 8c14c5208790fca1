//! The sets of rules that have a name.

use std::net::IpAddr;

use clap::ValueEnum;
use ipnet::IpNet;

use super::canonical::SPECIAL;
use super::rule::{Place, Rule, Verdict, network};
use super::usage::{Use, Uses};

/// A set of rules with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// This machine's own loopback, and nothing else
    Loopback,
    /// A loopback of its own for each session or room, and nothing else
    Isolated,
    /// The public internet, and a loopback of its own for each session or room
    Internet,
    /// Whatever this machine reaches, except link-local and cloud metadata addresses
    Open,
}

/// Addresses at which clouds give out a machine's credentials, outside of the link-local
/// ranges: Amazon's and Google's over IPv6, Alibaba's, Oracle's and Azure's.
const METADATA: &[&str] = &[
    "169.254.0.0/16",
    "fe80::/10",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
];

const LOOPBACK: &[&str] = &["127.0.0.0/8", "::1"];
const ANY_LOCAL: &[&str] = &["0.0.0.0", "::"];
const EVERY_ADDRESS: &[&str] = &["0.0.0.0/0", "::/0"];

const PEERS: &[Use] = &[Use::TcpConnect, Use::TcpAccept, Use::UdpSend, Use::UdpReceive];
const ADDRESSES: &[Use] = &[
    Use::TcpConnect,
    Use::TcpBind,
    Use::TcpAccept,
    Use::UdpBind,
    Use::UdpSend,
    Use::UdpReceive,
    Use::Resolve,
];
const BINDS: &[Use] = &[Use::TcpBind, Use::UdpBind];

impl Preset {
    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Preset::Loopback => "loopback",
            Preset::Isolated => "isolated",
            Preset::Internet => "internet",
            Preset::Open => "open",
        }
    }

    /// Tells whether sessions get a loopback of their own.
    pub fn isolates_loopback(self) -> bool {
        match self {
            Preset::Loopback | Preset::Open => false,
            Preset::Isolated | Preset::Internet => true,
        }
    }

    /// Says what it allows, for people to read.
    pub(crate) fn summary(self) -> &'static str {
        match self {
            Preset::Loopback => "Programs reach the loopback of the machine that runs the backend.",
            Preset::Isolated => {
                "Programs reach each other on a loopback of their own, and nothing else."
            }
            Preset::Internet => {
                "Programs reach the public internet, and each other on a loopback of their own."
            }
            Preset::Open => {
                "Programs reach whatever this machine reaches, except link-local and cloud \
                 metadata addresses."
            }
        }
    }

    /// Returns its rules. `own` are this machine's addresses.
    pub(super) fn rules(self, own: &[IpAddr]) -> Vec<Rule> {
        let mut list = List { origin: format!("preset {}", self.word()), rules: Vec::new() };
        list.deny(
            Uses::of(ADDRESSES),
            METADATA,
            "link-local addresses and their like lead to cloud metadata services, which give \
             out this machine's credentials",
        );
        match self {
            Preset::Open => list.allow(Uses::ALL, Place::Anywhere),
            Preset::Loopback | Preset::Isolated => {
                list.allow_loopback();
                let only = "this backend lets programs reach only its loopback";
                list.deny_rest(only);
            }
            Preset::Internet => {
                list.allow_loopback();
                if !own.is_empty() {
                    let networks = own.iter().map(|ip| IpNet::from(*ip)).collect();
                    list.push(
                        Verdict::Deny,
                        Uses::of(ADDRESSES),
                        Place::Networks(networks, Vec::new()),
                        Some("it is an address of the machine that runs the backend"),
                    );
                }
                list.deny(
                    Uses::of(ADDRESSES),
                    SPECIAL,
                    "it is a private or special address; this backend lets programs reach the \
                     public internet only",
                );
                list.allow(Uses::of(PEERS), networks(EVERY_ADDRESS));
                list.allow(Uses::of(&[Use::Resolve]), Place::Anywhere);
                list.deny_rest("this backend lets programs reach the public internet only");
            }
        }
        list.rules
    }
}

/// Rules as they are listed.
struct List {
    origin: String,
    rules: Vec<Rule>,
}

impl List {
    /// The loopback, local sockets without an address, and the loopback's name. Who may talk to
    /// a socket that listens on every address is settled when it does.
    fn allow_loopback(&mut self) {
        self.allow(Uses::of(ADDRESSES), networks(LOOPBACK));
        self.allow(Uses::of(BINDS), networks(ANY_LOCAL));
        let localhost = ["localhost", "*.localhost"].iter().filter_map(|name| name.parse().ok());
        self.allow(Uses::of(&[Use::Resolve]), Place::Names(localhost.collect()));
        self.allow(Uses::of(&[Use::Unix]), Place::Anywhere);
    }

    fn allow(&mut self, uses: Uses, place: Place) {
        self.push(Verdict::Allow, uses, place, None);
    }

    fn deny(&mut self, uses: Uses, addresses: &[&str], reason: &str) {
        self.push(Verdict::Deny, uses, networks(addresses), Some(reason));
    }

    fn deny_rest(&mut self, reason: &str) {
        self.push(Verdict::Deny, Uses::ALL, Place::Anywhere, Some(reason));
    }

    fn push(&mut self, verdict: Verdict, uses: Uses, place: Place, reason: Option<&str>) {
        self.rules.push(Rule {
            verdict,
            uses,
            place,
            ports: Vec::new(),
            origin: self.origin.clone(),
            reason: reason.map(str::to_owned),
        });
    }
}

/// Reads the networks of the lists above, which a test reads too.
pub(super) fn parse_networks(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().filter_map(|text| network(text).ok()).collect()
}

fn networks(texts: &[&str]) -> Place {
    Place::Networks(parse_networks(texts), Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_can_be_read() {
        for list in [METADATA, LOOPBACK, ANY_LOCAL, EVERY_ADDRESS, SPECIAL] {
            assert_eq!(parse_networks(list).len(), list.len(), "{list:?}");
        }
    }
}
