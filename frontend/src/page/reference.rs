//! The reference: a card for every function, method and group of constants of the socket API.
//!
//! The cards are files of `web/reference`; the page loads them when they are first asked for.

use serde::Deserialize;

use shared::session::{Program, SESSION_VERSION, Session, View};

/// The reference, as the build makes it of `web/reference`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Reference {
    pub chapters: Vec<Chapter>,
}

/// Cards about one subject.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Chapter {
    pub title: String,
    #[serde(rename = "card")]
    pub cards: Vec<Card>,
}

/// What is said of one function, method or group of constants.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// What it is called in a program, and what `#reference=` asks for.
    pub name: String,
    /// How it is called; for constants, one of them.
    pub signature: String,
    /// A sentence.
    pub summary: String,
    /// More, where there is more to say.
    #[serde(default)]
    pub text: String,
    /// When it waits.
    #[serde(default)]
    pub waits: String,
    /// What it raises, and what that means.
    #[serde(default)]
    pub errors: Vec<(String, String)>,
    /// Of a group of constants: each and what it is for.
    #[serde(default)]
    pub values: Vec<(String, String)>,
    /// Cards about its neighbours.
    #[serde(default)]
    pub see: Vec<String>,
    /// A program that shows it, and ends by itself.
    pub code: String,
    /// A program to run before that one, where it takes two.
    #[serde(default)]
    pub server: String,
    /// What `code` prints.
    #[serde(default)]
    pub prints: String,
}

/// What an editor shows of a name: in a list to choose from, or beside the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brief<'a> {
    pub name: &'a str,
    pub signature: &'a str,
    pub summary: &'a str,
}

impl Reference {
    /// Returns every card, in order.
    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        self.chapters.iter().flat_map(|chapter| &chapter.cards)
    }

    /// Returns the card of a name: its own, or that of the group in which the constant is.
    pub fn find(&self, name: &str) -> Option<&Card> {
        let named = |card: &&Card| card.name == name;
        let holds = |card: &&Card| card.values.iter().any(|(value, _)| value == name);
        self.cards().find(named).or_else(|| self.cards().find(holds))
    }

    /// Returns signature and summary of a name as it stands in a program: `recv`, `AF_INET`.
    pub fn brief(&self, name: &str) -> Option<Brief<'_>> {
        let card = self.find(name)?;
        Some(match card.values.iter().find(|(value, _)| value == name) {
            Some((value, about)) => Brief { name: value, signature: value, summary: about },
            None => card.brief(),
        })
    }

    /// Returns signature and summary of every name, constants one by one.
    pub fn briefs(&self) -> impl Iterator<Item = Brief<'_>> {
        self.cards().flat_map(|card| {
            let values = card.values.iter();
            let own = card.values.is_empty().then(|| card.brief());
            own.into_iter().chain(values.map(|(name, about)| Brief {
                name,
                signature: name,
                summary: about,
            }))
        })
    }

    /// Returns the chapters, each with those of its cards in which every word is found. Cards
    /// whose name begins with the words come alone, if there are any.
    pub fn search(&self, words: &str) -> Vec<(&Chapter, Vec<&Card>)> {
        let wanted = words.trim().to_lowercase();
        let by_name = |card: &&Card| {
            let begins = |name: &str| name.to_lowercase().starts_with(&wanted);
            begins(&card.name) || card.values.iter().any(|(name, _)| begins(name))
        };
        let named = self.pick(by_name);
        if named.is_empty() { self.pick(|card| card.holds(words)) } else { named }
    }

    fn pick(&self, wanted: impl Fn(&&Card) -> bool) -> Vec<(&Chapter, Vec<&Card>)> {
        let chapters = self.chapters.iter().map(|chapter| {
            let cards: Vec<&Card> = chapter.cards.iter().filter(&wanted).collect();
            (chapter, cards)
        });
        chapters.filter(|(_, cards)| !cards.is_empty()).collect()
    }
}

impl Card {
    fn brief(&self) -> Brief<'_> {
        Brief { name: &self.name, signature: &self.signature, summary: &self.summary }
    }

    /// Tells whether every word is somewhere on the card.
    fn holds(&self, words: &str) -> bool {
        let mut text = [&self.name, &self.signature, &self.summary, &self.text, &self.waits]
            .map(String::as_str)
            .join("\n");
        for (name, about) in self.errors.iter().chain(&self.values) {
            text.extend(["\n", name, " ", about]);
        }
        holds_all(&text, words)
    }

    /// Returns its programs as a session.
    pub fn session(&self) -> Session {
        let program = |(name, code): (&str, &String)| Program {
            name: name.to_owned(),
            code: code.clone(),
            args: Vec::new(),
            autostart: true,
        };
        let programs = if self.server.is_empty() {
            vec![("main.py", &self.code)]
        } else {
            vec![("server.py", &self.server), ("client.py", &self.code)]
        };
        Session {
            v: SESSION_VERSION,
            title: self.name.clone(),
            notes: String::new(),
            programs: programs.into_iter().map(program).collect(),
            view: View::default(),
        }
    }
}

/// Tells whether every one of the words is in a text, in capitals or not.
pub(super) fn holds_all(text: &str, words: &str) -> bool {
    let text = text.to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::page::lessons;
    use std::path::Path;

    pub(in crate::page) fn reference() -> Reference {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/reference");
        serde_json::from_value(lessons::reference(&folder).unwrap()).unwrap()
    }

    #[test]
    fn every_card_is_whole() {
        let reference = reference();
        for card in reference.cards() {
            let name = &card.name;
            assert!(card.signature.contains(name.as_str()) || !card.values.is_empty(), "{name}");
            assert!(card.summary.ends_with('.'), "{name}: the summary is a sentence");
            assert!(card.summary.len() < 120, "{name}: the summary fits a line or two");
            assert!(card.code.contains("import"), "{name} has a program that shows it");
            assert!(!card.prints.is_empty(), "{name}: what the program prints is recorded");
            assert!(!(card.waits.is_empty() && card.values.is_empty()), "{name}: when it waits");
            for other in &card.see {
                assert!(reference.find(other).is_some(), "{name} names {other}");
            }
            card.session().check().unwrap();
        }
    }

    #[test]
    fn every_name_has_one_card() {
        let reference = reference();
        let mut names: Vec<&str> = reference.briefs().map(|brief| brief.name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn the_methods_everybody_looks_for_are_there() {
        let reference = reference();
        let general = "recv recvfrom recv_into recvfrom_into send sendto sendall close";
        let server = "bind listen accept";
        let client = "connect connect_ex";
        let more = "shutdown settimeout setblocking makefile getsockname getpeername setsockopt \
                    getsockopt sendmsg recvmsg recvmsg_into sendfile detach dup fileno socketpair \
                    create_connection create_server getaddrinfo gethostbyname select poll epoll \
                    selectors inet_aton inet_ntoa inet_pton inet_ntop htons ntohs htonl ntohl";
        let constants = "AF_INET SOCK_STREAM SOL_SOCKET SO_REUSEADDR IPPROTO_TCP TCP_NODELAY \
                         MSG_PEEK AI_PASSIVE NI_NUMERICHOST SHUT_WR EAI_NONAME";
        for names in [general, server, client, more, constants] {
            for name in names.split_whitespace() {
                assert!(reference.brief(name).is_some(), "{name} has no card");
            }
        }
    }

    #[test]
    fn a_name_is_found_before_a_mention() {
        let reference = reference();
        let found = |words| -> Vec<String> {
            let chapters = reference.search(words);
            chapters.iter().flat_map(|(_, cards)| cards.iter().map(|c| c.name.clone())).collect()
        };
        assert!(found("recv_").iter().all(|name| name.starts_with("recv_")));
        assert!(found("ConnectionRefusedError").contains(&"connect".to_owned()));
        assert_eq!(reference.brief("AF_INET6").map(|brief| brief.signature), Some("AF_INET6"));
        assert!(reference.brief("no_such_name").is_none());
    }
}
