//! What programs do with addresses: one closed vocabulary.

use std::fmt;
use std::str::FromStr;

macro_rules! uses {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal,)*) => {
        /// What a program is about to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Use { $($(#[doc = $doc])* $name,)* }

        impl Use {
            /// Every use there is, in the order in which rules are printed.
            pub(crate) const ALL: &'static [Use] = &[$(Use::$name,)*];

            /// Returns the word for it in rules.
            pub(crate) fn word(self) -> &'static str {
                match self { $(Use::$name => $word,)* }
            }
        }
    };
}

uses! {
    /// To connect a stream to a peer.
    TcpConnect = "tcp-connect",
    /// To give a stream socket a local address, or to let the host choose one.
    TcpBind = "tcp-bind",
    /// To take a connection from a peer.
    TcpAccept = "tcp-accept",
    /// To give a datagram socket a local address, or to let the host choose one.
    UdpBind = "udp-bind",
    /// To send datagrams to a peer, or to make it the default peer.
    UdpSend = "udp-send",
    /// To take a datagram from a peer.
    UdpReceive = "udp-receive",
    /// To look a name up, and to learn an address from it.
    Resolve = "resolve",
    /// To use Unix sockets, within the session.
    Unix = "unix",
    /// To use an IP protocol that is neither TCP nor UDP.
    Raw = "raw",
}

impl Use {
    /// Tells whether the address is that of somebody else. A peer without an address
    /// (`0.0.0.0`) is the host itself.
    pub(crate) fn is_of_peer(self) -> bool {
        match self {
            Use::TcpConnect | Use::TcpAccept | Use::UdpSend | Use::UdpReceive => true,
            Use::TcpBind | Use::UdpBind | Use::Resolve | Use::Unix | Use::Raw => false,
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Use {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Use::ALL.iter().copied().find(|usage| usage.word() == word).ok_or_else(|| {
            let words: Vec<_> = Use::ALL.iter().map(|usage| usage.word()).collect();
            format!("{word:?} is no use; the uses are {} and * for all of them", words.join(", "))
        })
    }
}

/// A set of uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uses(u16);

impl Uses {
    pub(crate) const ALL: Uses = Uses((1 << Use::ALL.len()) - 1);

    pub(crate) fn of(uses: &[Use]) -> Self {
        Self(uses.iter().fold(0, |bits, usage| bits | usage.bit()))
    }

    pub(crate) fn contains(self, usage: Use) -> bool {
        self.0 & usage.bit() != 0
    }

    /// Reads one word, `*` included.
    pub(crate) fn parse_word(word: &str) -> Result<Self, String> {
        if word == "*" { Ok(Self::ALL) } else { word.parse().map(|usage| Self::of(&[usage])) }
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Uses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("*");
        }
        let words: Vec<_> = Use::ALL
            .iter()
            .filter(|usage| self.contains(**usage))
            .map(|usage| usage.word())
            .collect();
        f.write_str(&words.join(","))
    }
}

impl FromStr for Uses {
    type Err = String;

    fn from_str(words: &str) -> Result<Self, String> {
        words
            .split(',')
            .map(|word| Self::parse_word(word.trim()))
            .try_fold(Self(0), |uses, word| Ok(uses.union(word?)))
    }
}
