//! Who may use the backend: the operator alone, those who have the token, or everybody.

use std::net::IpAddr;

use clap::Args;
use ipnet::IpNet;
use subtle::ConstantTimeEq as _;

/// Bytes of a token that the backend makes: 128 bits, which nobody guesses.
const TOKEN_BYTES: usize = 16;

/// Who may open sessions.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Who may use it")]
pub struct Access {
    /// The secret that a page has to show; by default one is made when the backend listens on
    /// other addresses than loopback, and printed as part of the URL
    #[arg(long, env = "SOCKPIT_TOKEN", value_name = "SECRET", hide_env_values = true)]
    pub token: Option<String>,

    /// Let everybody in who reaches the page, without a token
    ///
    /// Programs then reach each other on a loopback of their own, and nothing else: the preset
    /// is `isolated`.
    #[arg(long, env = "SOCKPIT_PUBLIC", conflicts_with_all = ["token", "trust_network"])]
    pub public: bool,

    /// Let everybody in who reaches the page, and let programs use the network as this machine
    ///
    /// The preset is `open`: whoever reaches the page can make this machine open connections,
    /// to itself and to everything it reaches. For a network where that is no harm.
    #[arg(long, env = "SOCKPIT_TRUST_NETWORK", conflicts_with = "token")]
    pub trust_network: bool,

    /// Networks of proxies before the backend, whose `X-Forwarded-For` says who the visitor is
    ///
    /// Without it, every visitor who comes through a proxy has the proxy's address, and on
    /// loopback none: limits by address then limit nobody.
    #[arg(long, env = "SOCKPIT_TRUSTED_PROXY", value_delimiter = ',', value_name = "CIDR", value_parser = network)]
    pub trusted_proxy: Vec<IpNet>,
}

/// Reads a network, or an address alone.
fn network(text: &str) -> Result<IpNet, String> {
    text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
        "a network is an address and the length of its prefix, as 10.0.0.0/8".to_owned()
    })
}

impl Access {
    /// Makes a token where one is needed and none was given.
    pub(super) fn settle(&mut self, is_loopback: bool) -> Result<(), String> {
        if self.token.as_ref().is_some_and(String::is_empty) {
            return Err("an empty token is none; leave it out to have one made".to_owned());
        }
        if self.token.is_none() && !is_loopback && !self.public && !self.trust_network {
            let mut secret = [0; TOKEN_BYTES];
            getrandom::fill(&mut secret)
                .map_err(|error| format!("this machine has no randomness for a token: {error}"))?;
            self.token = Some(secret.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        Ok(())
    }

    /// Tells whether a client may come in. How long it takes says nothing about the token but
    /// its length.
    pub(crate) fn admits(&self, shown: Option<&str>) -> bool {
        match &self.token {
            None => true,
            Some(token) => {
                let shown = shown.unwrap_or_default();
                token.as_bytes().ct_eq(shown.as_bytes()).into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_where_others_can_reach_the_backend() {
        let mut local = Access::default();
        local.settle(true).unwrap();
        assert!(local.token.is_none() && local.admits(None) && local.admits(Some("any")));
        let (mut first, mut second) = (Access::default(), Access::default());
        first.settle(false).unwrap();
        second.settle(false).unwrap();
        let token = first.token.clone().unwrap();
        assert_eq!(token.len(), 2 * TOKEN_BYTES);
        assert_ne!(first.token, second.token);
        assert!(first.admits(Some(&token)));
        for wrong in [None, Some(""), Some(&token[1..]), second.token.as_deref()] {
            assert!(!first.admits(wrong));
        }
        let mut public = Access { public: true, ..Access::default() };
        public.settle(false).unwrap();
        assert!(public.token.is_none());
        let mut empty = Access { token: Some(String::new()), ..Access::default() };
        assert!(empty.settle(true).is_err());
    }
}
