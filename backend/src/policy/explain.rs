//! The policy for people: its rules as a list, and why something is allowed or not.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, ToSocketAddrs};
use std::sync::Arc;

use super::canonical::Host;
use super::rule::Verdict;
use super::usage::Use;
use super::{Judgement, Policy, Target};

/// Stands for the address of a name that cannot be looked up.
const PUBLIC_EXAMPLE: Ipv4Addr = Ipv4Addr::new(1, 1, 1, 1);

/// Prints the rules in force, numbered.
pub(crate) fn print(policy: &Policy) -> String {
    let mut text = format!(
        "# preset {}, {} loopback; the first rule that matches decides\n",
        policy.preset.word(),
        if policy.preset.isolates_loopback() { "isolated" } else { "the machine's own" }
    );
    for (index, rule) in policy.rules.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:>3}  {rule}    # {}", index + 1, rule.origin);
    }
    text.push_str("  -  deny * *    # what no rule matches\n");
    text
}

/// What `--check` asks: `tcp-connect example.org:80`.
#[derive(Debug)]
pub(crate) struct Question {
    usage: Use,
    host: Option<Host>,
    port: u16,
}

impl Question {
    /// Reads `USE [HOST][:PORT]`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (usage, rest) =
            text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        let usage = usage.parse()?;
        let rest = rest.trim();
        let (host, port) = match rest.rsplit_once(':') {
            _ if rest.parse::<std::net::Ipv6Addr>().is_ok() || rest.ends_with(']') => (rest, "0"),
            Some((host, port)) => (host, port),
            None => (rest, "0"),
        };
        let port = port.parse().map_err(|_| format!("{port:?} is no port"))?;
        let host = if host.is_empty() { None } else { Some(Host::parse(host)?) };
        match (usage, &host) {
            (Use::Unix | Use::Raw, _) | (_, Some(_)) => Ok(Self { usage, host, port }),
            (_, None) => Err(format!("{usage} needs a host, as in '{usage} example.org:80'")),
        }
    }

    /// Answers, and tells whether it is allowed. A name is looked up, as for a program.
    pub(crate) fn answer(&self, policy: &Policy) -> (bool, String) {
        match &self.host {
            None => {
                let target =
                    if self.usage == Use::Raw { Target::Protocol(1) } else { Target::Path };
                let judgement = policy.judge(self.usage, target);
                (judgement.verdict == Verdict::Allow, line(self.usage.word(), judgement))
            }
            Some(Host::Ip(ip)) => {
                let address = SocketAddr::new(*ip, self.port);
                let judgement = policy.judge(self.usage, Target::Ip(address, &[]));
                let what = format!("{} {address}", self.usage);
                (judgement.verdict == Verdict::Allow, line(&what, judgement))
            }
            Some(Host::Name(name)) => self.answer_name(policy, name),
        }
    }

    fn answer_name(&self, policy: &Policy, name: &str) -> (bool, String) {
        let judgement = policy.judge(Use::Resolve, Target::Name(name));
        let mut text = line(&format!("resolve {name}"), judgement);
        if judgement.verdict == Verdict::Deny {
            return (false, text);
        }
        let addresses = match (name, self.port).to_socket_addrs() {
            Ok(addresses) => addresses.collect::<Vec<_>>(),
            Err(error) => {
                // What the rules say of the name alone is worth knowing all the same.
                let _ = writeln!(
                    text,
                    "{name} cannot be looked up just now ({error}); as if its address were public:"
                );
                vec![SocketAddrV4::new(PUBLIC_EXAMPLE, self.port).into()]
            }
        };
        let names = [Arc::from(name)];
        let mut any = false;
        for address in addresses {
            let mut judgement = policy.judge(Use::Resolve, Target::Ip(address, &names));
            if judgement.verdict == Verdict::Allow && self.usage != Use::Resolve {
                judgement = policy.judge(self.usage, Target::Ip(address, &names));
            }
            any |= judgement.verdict == Verdict::Allow;
            text.push_str(&line(&format!("{} {address} ({name})", self.usage), judgement));
        }
        (any, text)
    }
}

fn line(what: &str, judgement: Judgement<'_>) -> String {
    let verdict = match judgement.verdict {
        Verdict::Allow => "allowed",
        Verdict::Deny => "refused",
    };
    match judgement.rule {
        Some((index, rule)) => {
            let reason =
                rule.reason.as_deref().map(|text| format!(" ({text})")).unwrap_or_default();
            format!("{what}: {verdict} by rule {}, {rule} [{}]{reason}\n", index + 1, rule.origin)
        }
        None => format!("{what}: {verdict}, no rule matches\n"),
    }
}
