//! What the operator may set: every flag, its environment name and its default.

mod rules;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use clap::Parser;

use crate::limits::Limits;
use crate::policy::{Policy, Preset};
pub use rules::{Rules, Told};

/// The port when nobody chose one.
const DEFAULT_PORT: u16 = 8000;

/// Serves Sockpit: Python in the browser tab, real sockets on this machine.
#[derive(Debug, Clone, Parser)]
#[command(name = "sockpit", version, max_term_width = 100)]
pub struct Config {
    /// Address and port to listen on; port 0 lets the host choose one
    #[arg(
        long,
        env = "SOCKPIT_LISTEN",
        default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
        value_name = "ADDRESS:PORT"
    )]
    pub listen: SocketAddr,

    /// Let others on the network use this machine's sockets
    ///
    /// Needed to listen anywhere but on loopback. There is no login: whoever reaches the page
    /// can make this machine open connections, to itself and to everything it reaches.
    #[arg(long, env = "SOCKPIT_TRUST_NETWORK")]
    pub trust_network: bool,

    /// Host names, besides localhost and IP addresses of this machine, under which browsers
    /// may open sessions
    #[arg(long, env = "SOCKPIT_ALLOWED_HOSTS", value_delimiter = ',', value_name = "NAME")]
    pub allowed_hosts: Vec<String>,

    #[command(flatten)]
    pub rules: Rules,

    #[command(flatten)]
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            trust_network: false,
            allowed_hosts: Vec::new(),
            rules: Rules::default(),
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// Refuses settings that do not go together.
    pub fn check(&self) -> Result<(), String> {
        if self.listen.ip().is_loopback() || self.trust_network {
            return Ok(());
        }
        Err(format!(
            "refusing to listen on {}: whoever reaches it could use this machine's sockets. \
             Add --trust-network if that is what you want",
            self.listen
        ))
    }

    /// Returns the policy in force.
    pub(crate) fn policy(&self) -> Result<Policy, String> {
        self.rules.policy(Preset::Open)
    }

    /// Answers the flags that ask about the policy, if one was given.
    pub fn tell(&self) -> Result<Option<Told>, String> {
        self.rules.tell(&self.policy()?)
    }

    /// Explains why the address cannot be listened on, and what to do.
    pub fn explain_bind_failure(&self, error: &io::Error) -> String {
        let listen = self.listen;
        let ip = listen.ip();
        match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "port {} is in use by another program (another Sockpit, perhaps). \
                 Choose another with `--listen {}` or SOCKPIT_LISTEN, or any free one with \
                 `--listen {}`",
                listen.port(),
                SocketAddr::new(ip, listen.port().wrapping_add(1)),
                SocketAddr::new(ip, 0)
            ),
            io::ErrorKind::PermissionDenied => format!(
                "not allowed to listen on {listen}: ports below 1024 need a privilege. \
                 Choose another with `--listen {}`",
                SocketAddr::new(ip, DEFAULT_PORT)
            ),
            io::ErrorKind::AddrNotAvailable => format!(
                "{ip} is not an address of this machine. Choose one that is with `--listen`"
            ),
            _ => format!("cannot listen on {listen}: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_its_defaults_are_the_defaults() {
        Config::command().debug_assert();
        let parsed = Config::parse_from(["sockpit"]);
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn what_cannot_be_parsed_is_refused() {
        assert!(Config::try_parse_from(["sockpit", "--listen", "8000"]).is_err());
        assert!(Config::try_parse_from(["sockpit", "--sockets-max", "many"]).is_err());
    }

    #[test]
    fn other_addresses_than_loopback_need_the_word_for_it() {
        let open = ["sockpit", "--listen", "0.0.0.0:8000"];
        assert!(Config::parse_from(open).check().is_err());
        assert!(Config::parse_from(open.iter().chain(&["--trust-network"])).check().is_ok());
    }

    #[test]
    fn a_taken_port_says_how_to_choose_another() {
        let text = Config::default().explain_bind_failure(&io::ErrorKind::AddrInUse.into());
        assert!(text.contains("--listen 127.0.0.1:8001"), "{text}");
    }
}
