//! Rules about host names: patterns, and which address a session learned from which name.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use super::canonical::canonical_name;
use crate::limits::{NAMED_ADDRESSES_MAX, NAMES_PER_ADDRESS_MAX};

/// A host name, or all names below one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// Canonical; without the `*.` of a pattern for what is below it.
    name: String,
    below: bool,
}

impl Pattern {
    /// Tells whether a canonical name is meant.
    pub(crate) fn matches(&self, name: &str) -> bool {
        if !self.below {
            return name == self.name;
        }
        name.strip_suffix(self.name.as_str())
            .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (below, name) = match text.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, text),
        };
        match canonical_name(name) {
            Some(name) if !name.contains('*') => Ok(Self { name, below }),
            _ => Err(format!(
                "{text:?} is no host name pattern; write example.org, or *.example.org for \
                 every name below it"
            )),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.name)
    }
}

/// Which names a session's lookups gave for an address. Programs look a name up and connect
/// to what they got, so without it a rule about a name would not know whom it is about.
#[derive(Debug, Default)]
pub(crate) struct NameMemory(Mutex<Learned>);

#[derive(Debug, Default)]
struct Learned {
    names: HashMap<IpAddr, Vec<Arc<str>>>,
    /// The addresses in the order in which they came, so that the oldest are forgotten.
    order: VecDeque<IpAddr>,
}

impl NameMemory {
    /// Notes that a lookup of a canonical name gave these addresses.
    pub(crate) fn learn(&self, name: &str, addresses: impl Iterator<Item = IpAddr>) {
        let name: Arc<str> = name.into();
        let mut learned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for address in addresses {
            learned.note(address, &name);
        }
    }

    /// Returns the names that gave this address.
    pub(crate) fn of(&self, address: IpAddr) -> Vec<Arc<str>> {
        let learned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        learned.names.get(&address).cloned().unwrap_or_default()
    }
}

impl Learned {
    fn note(&mut self, address: IpAddr, name: &Arc<str>) {
        if !self.names.contains_key(&address) {
            if self.order.len() >= NAMED_ADDRESSES_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.names.remove(&oldest);
            }
            self.order.push_back(address);
        }
        let names = self.names.entry(address).or_default();
        if !names.contains(name) {
            if names.len() >= NAMES_PER_ADDRESS_MAX {
                names.remove(0);
            }
            names.push(Arc::clone(name));
        }
    }
}
