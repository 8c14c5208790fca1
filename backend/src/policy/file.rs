//! The policy as a TOML file.
//!
//! ```toml
//! preset = "internet"            # its rules come after these
//!
//! [[rule]]
//! deny = "*"                     # a use, a list of them, or "*"
//! host = ["*.ads.example"]       # a name pattern, or a list
//! reason = "not in class"        # told to the program
//!
//! [[rule]]
//! allow = ["tcp-connect", "resolve"]
//! address = "10.1.0.0/16"        # a network or an address, or a list
//! port = "80,8000-8999"          # or a number
//! ```

use serde::Deserialize;
use toml::Spanned;

use super::names::Pattern;
use super::presets::Preset;
use super::rule::{Place, Rule, Verdict, network, ports};
use super::usage::Uses;

/// What a file says.
#[derive(Debug)]
pub(crate) struct PolicyFile {
    pub(crate) preset: Option<Preset>,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    preset: Option<Preset>,
    #[serde(default)]
    rule: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    allow: Option<OneOrMore>,
    deny: Option<OneOrMore>,
    address: Option<OneOrMore>,
    host: Option<OneOrMore>,
    port: Option<Port>,
    reason: Option<String>,
}

/// TOML of people: one word or a list of words.
struct OneOrMore(Vec<String>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

/// A port as a number, or ports as text.
struct Port(String);

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words).map(|words| Port(words.0.join(",")))
    }
}

struct Words;

impl<'de> serde::de::Visitor<'de> for Words {
    type Value = OneOrMore;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<OneOrMore, E> {
        Ok(OneOrMore(vec![word.to_owned()]))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<OneOrMore, E> {
        Ok(OneOrMore(vec![number.to_string()]))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMore, A::Error> {
        let mut words = Vec::new();
        while let Some(OneOrMore(more)) = list.next_element()? {
            words.extend(more);
        }
        Ok(OneOrMore(words))
    }
}

impl PolicyFile {
    /// Reads a policy. `path` is only named.
    pub(crate) fn parse(text: &str, path: &str) -> Result<Self, String> {
        let document: Document =
            toml::from_str(text).map_err(|error| format!("{path}: {error}"))?;
        let rules = document.rule.into_iter().map(|entry| {
            let line = text[..entry.span().start].matches('\n').count() + 1;
            let origin = format!("{path}:{line}");
            entry.into_inner().rule(&origin).map_err(|error| format!("{origin}: {error}"))
        });
        Ok(Self { preset: document.preset, rules: rules.collect::<Result<_, _>>()? })
    }
}

impl Entry {
    fn rule(self, origin: &str) -> Result<Rule, String> {
        let (verdict, uses) = match (self.allow, self.deny) {
            (Some(uses), None) => (Verdict::Allow, uses),
            (None, Some(uses)) => (Verdict::Deny, uses),
            _ => return Err("a rule has either allow or deny, with its uses".to_owned()),
        };
        let uses = uses
            .0
            .iter()
            .map(|word| Uses::parse_word(word))
            .try_fold(Uses::of(&[]), |uses, word| word.map(|word| uses.union(word)))?;
        let networks = self.address.map(|list| parse_all(&list, network)).transpose()?;
        let patterns: Option<Vec<Pattern>> =
            self.host.map(|list| parse_all(&list, str::parse)).transpose()?;
        let place = match (networks, patterns) {
            (None, None) => Place::Anywhere,
            (Some(networks), patterns) => Place::Networks(networks, patterns.unwrap_or_default()),
            (None, Some(patterns)) => Place::Names(patterns),
        };
        let ports = self.port.map(|Port(text)| ports(&text)).transpose()?.unwrap_or_default();
        Ok(Rule { verdict, uses, place, ports, origin: origin.to_owned(), reason: self.reason })
    }
}

fn parse_all<T>(
    list: &OneOrMore,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    list.0.iter().map(|text| parse(text)).collect()
}
