//! The only place that allows or denies an address. It is asked before every system call that
//! names one, implicit binds included, and about every peer that comes by itself.
//!
//! A policy is a list of rules; the first one that matches decides, and what none matches is
//! denied. `docs/policy.md` is the operator's guide.

mod usage;

mod rule;

mod canonical;

mod names;

mod presets;

mod file;

mod explain;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use shared::errno::{Errno, Failure};

pub(crate) use canonical::canonical_name;
pub(crate) use explain::{Question, print};
pub(crate) use names::NameMemory;
pub use presets::Preset;
pub(crate) use usage::Use;

pub(crate) use canonical::Forms;
use canonical::{SPECIAL, is_public};
use file::PolicyFile;
pub(crate) use rule::Verdict;
use rule::{Place, Rule};

/// What a program is about to use.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// An address, and the canonical names that led to it.
    Ip(SocketAddr, &'a [Arc<str>]),
    /// A canonical name to look up.
    Name(&'a str),
    /// Unix sockets, which never leave the session.
    Path,
    /// Two sockets that only know each other.
    Pair,
    /// An IP protocol that is neither TCP nor UDP.
    Protocol(i32),
}

/// The operator's rules.
#[derive(Debug)]
pub(crate) struct Policy {
    preset: Preset,
    rules: Vec<Rule>,
    /// Some rule is about names, so that it matters which name gave an address.
    is_by_name: bool,
    special: Vec<IpNet>,
}

/// What the operator said: on the command line, in a file, and not at all.
#[derive(Debug, Default)]
pub(crate) struct Sources<'a> {
    pub(crate) preset: Option<Preset>,
    pub(crate) allow: &'a [String],
    pub(crate) deny: &'a [String],
    /// A file's name and its text.
    pub(crate) file: Option<(&'a str, &'a str)>,
    /// The preset when nobody names one.
    pub(crate) fallback: Option<Preset>,
    /// This machine's addresses.
    pub(crate) own: &'a [IpAddr],
}

/// A decision and the rule that made it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judgement<'a> {
    pub(crate) verdict: Verdict,
    /// Its place in the list; nothing when no rule matched.
    pub(crate) rule: Option<(usize, &'a Rule)>,
}

impl Policy {
    /// Joins what the operator said: refusals on the command line, then permissions there, then
    /// the file, then the preset.
    pub(crate) fn new(sources: &Sources<'_>) -> Result<Self, String> {
        let flags =
            [(Verdict::Deny, "--deny", sources.deny), (Verdict::Allow, "--allow", sources.allow)];
        let mut rules = Vec::new();
        for (verdict, flag, texts) in flags {
            for text in texts {
                let rule = Rule::parse(verdict, text, flag);
                rules.push(rule.map_err(|error| format!("{flag} {text:?}: {error}"))?);
            }
        }
        let file = sources.file.map(|(path, text)| PolicyFile::parse(text, path)).transpose()?;
        let (named, file_rules) = file.map_or((None, Vec::new()), |file| (file.preset, file.rules));
        rules.extend(file_rules);
        let preset = sources.preset.or(named).or(sources.fallback).unwrap_or(Preset::Open);
        rules.extend(preset.rules(sources.own));
        let is_by_name = rules.iter().any(Rule::is_by_name);
        Ok(Self { preset, rules, is_by_name, special: presets::parse_networks(SPECIAL) })
    }

    pub(crate) fn preset(&self) -> Preset {
        self.preset
    }

    /// Tells whether it matters which name gave an address.
    pub(crate) fn is_by_name(&self) -> bool {
        self.is_by_name
    }

    /// Decides. Of the addresses that one address stands for, the first denied one counts.
    pub(crate) fn judge(&self, usage: Use, target: Target<'_>) -> Judgement<'_> {
        let (address, names) = match target {
            Target::Ip(address, names) => (address, names),
            Target::Name(name) => {
                return self.first(usage, |rule| match &rule.place {
                    Place::Anywhere => true,
                    Place::Networks(..) => false,
                    Place::Names(patterns) => patterns.iter().any(|pattern| pattern.matches(name)),
                });
            }
            Target::Path | Target::Pair | Target::Protocol(_) => {
                return self.first(usage, |rule| rule.place == Place::Anywhere);
            }
        };
        let forms =
            if usage.is_of_peer() { Forms::of_peer(address.ip()) } else { Forms::of(address.ip()) };
        let mut allowed = None;
        for ip in forms.as_slice() {
            let judgement = self.first(usage, |rule| {
                let port = (usage != Use::Resolve).then_some(address.port());
                rule.takes_port(port) && self.is_place(rule, *ip, address.ip(), names)
            });
            if judgement.verdict == Verdict::Deny {
                return judgement;
            }
            allowed = Some(judgement);
        }
        allowed.unwrap_or(Judgement { verdict: Verdict::Deny, rule: None })
    }

    /// Tells whether peers from beyond this machine may come by themselves. In doubt they may:
    /// the page asks its visitor the more.
    pub(crate) fn admits_strangers(&self) -> bool {
        self.rules.iter().any(|rule| {
            rule.verdict == Verdict::Allow
                && [Use::TcpAccept, Use::UdpReceive].iter().any(|usage| rule.uses.contains(*usage))
                && !rule.place.is_loopback()
        })
    }

    /// Says what is allowed, for people to read.
    pub(crate) fn summary(&self) -> String {
        let own_rules = self.rules.iter().any(|rule| !rule.origin.starts_with("preset"));
        let more = if own_rules { " The operator has rules of their own beside." } else { "" };
        format!("{}{more}", self.preset.summary())
    }

    fn first(&self, usage: Use, matches: impl Fn(&Rule) -> bool) -> Judgement<'_> {
        let found = self
            .rules
            .iter()
            .enumerate()
            .find(|(_, rule)| rule.uses.contains(usage) && matches(rule));
        let verdict = found.map_or(Verdict::Deny, |(_, rule)| rule.verdict);
        Judgement { verdict, rule: found }
    }

    /// Whoever owns a name chooses its addresses. So a rule that allows a name and no network
    /// allows public addresses only.
    fn is_place(&self, rule: &Rule, ip: IpAddr, outer: IpAddr, names: &[Arc<str>]) -> bool {
        let named = |patterns: &[names::Pattern]| {
            names.iter().any(|name| patterns.iter().any(|pattern| pattern.matches(name)))
        };
        match &rule.place {
            Place::Anywhere => true,
            Place::Networks(networks, patterns) => {
                Place::has_address(networks, ip) && (patterns.is_empty() || named(patterns))
            }
            Place::Names(patterns) => {
                named(patterns)
                    && (rule.verdict == Verdict::Deny || is_public(outer, &self.special))
            }
        }
    }
}

impl Judgement<'_> {
    /// Allows or denies: `EACCES` with the reason, where it denies.
    pub(crate) fn allow(&self, usage: Use, target: Target<'_>) -> Result<(), Failure> {
        match self.verdict {
            Verdict::Allow => Ok(()),
            Verdict::Deny => Err(self.refusal(usage, target)),
        }
    }

    fn refusal(&self, usage: Use, target: Target<'_>) -> Failure {
        let what = match target {
            Target::Ip(address, _) if usage == Use::Resolve => format!("{usage} {}", address.ip()),
            Target::Ip(address, _) => format!("{usage} {address}"),
            Target::Name(name) => format!("{usage} {name}"),
            Target::Protocol(number) => {
                let message = format!("the policy does not allow IP protocol {number}");
                return Failure::explained(Errno::EPROTONOSUPPORT, message);
            }
            Target::Path | Target::Pair => usage.to_string(),
        };
        let reason = self.rule.and_then(|(_, rule)| rule.reason.as_deref());
        let reason = reason.unwrap_or("the operator has a rule against it");
        Failure::explained(Errno::EACCES, format!("the policy does not allow {what}: {reason}"))
    }
}
