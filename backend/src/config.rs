//! What the operator may set: every flag, its environment name and its default.

mod access;

mod rules;

mod tls;

mod operations;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use clap::Parser;

use crate::limits::{Audience, Limits};
use crate::policy::{Policy, Preset};
use crate::tls::Tls;
pub use access::Access;
pub use operations::{LogFormat, LogLevel, Operations};
pub use rules::{Rules, Told};
pub use tls::TlsFiles;

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

    /// Host names, besides localhost and IP addresses of this machine, under which browsers
    /// may open sessions
    #[arg(long, env = "SOCKPIT_ALLOWED_HOSTS", value_delimiter = ',', value_name = "NAME")]
    pub allowed_hosts: Vec<String>,

    #[command(flatten)]
    pub access: Access,

    #[command(flatten)]
    pub tls: TlsFiles,

    #[command(flatten)]
    pub rules: Rules,

    #[command(flatten)]
    pub limits: Limits,

    #[command(flatten)]
    pub operations: Operations,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            allowed_hosts: Vec::new(),
            access: Access::default(),
            tls: TlsFiles::default(),
            rules: Rules::default(),
            limits: Limits::default(),
            operations: Operations::default(),
        }
    }
}

impl Config {
    /// Completes the settings, and refuses those that do not go together.
    pub fn settle(mut self) -> Result<Self, String> {
        self.access.settle(self.listen.ip().is_loopback())?;
        self.policy()?;
        if let Some((certificate, key)) = self.tls.both() {
            // Read again when it begins; here, so that bad files are refused before it says
            // where it is.
            Tls::load(certificate, key)?;
        }
        Ok(self)
    }

    /// Returns the page's URL. The token is in its fragment, which browsers send to nobody.
    pub fn url(&self, address: SocketAddr) -> String {
        let page = match (self.tls.both(), self.allowed_hosts.first()) {
            (None, _) => format!("http://{address}/"),
            (Some(_), None) => format!("https://{address}/"),
            // A certificate is for a name.
            (Some(_), Some(name)) => match address.port() {
                443 => format!("https://{name}/"),
                port => format!("https://{name}:{port}/"),
            },
        };
        match &self.access.token {
            Some(token) => format!("{page}#token={token}"),
            None => page,
        }
    }

    /// Returns the policy in force.
    pub(crate) fn policy(&self) -> Result<Policy, String> {
        let policy = self.rules.policy(self.fallback())?;
        if self.access.public && policy.preset() != Preset::Isolated {
            return Err(format!(
                "--public is for everybody, so its preset is isolated and not {}",
                policy.preset().word()
            ));
        }
        Ok(policy)
    }

    /// Returns the preset when nobody names one.
    fn fallback(&self) -> Preset {
        let Access { token: _, public, trust_network, trusted_proxy: _ } = self.access;
        match (public, self.listen.ip().is_loopback() || trust_network) {
            (true, _) => Preset::Isolated,
            (false, true) => Preset::Open,
            (false, false) => Preset::Internet,
        }
    }

    /// Returns who may use the backend.
    pub(crate) fn audience(&self) -> Audience {
        let Access { token, public, trust_network, trusted_proxy: _ } = &self.access;
        match (public, token, self.listen.ip().is_loopback() || *trust_network) {
            (true, _, _) => Audience::Everybody,
            (false, None, true) => Audience::Own,
            (false, Some(_), _) | (false, None, false) => Audience::Invited,
        }
    }

    /// Tells whether others may use the backend, but come only through a proxy of which it knows
    /// nothing.
    pub(crate) fn counts_nobody_by_address(&self) -> bool {
        self.audience() != Audience::Own
            && self.listen.ip().is_loopback()
            && self.access.trusted_proxy.is_empty()
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
    fn who_may_come_in_decides_what_programs_reach() {
        use Audience::{Everybody, Invited, Own};
        let settle = |flags: &'static str| {
            let flags =
                ["sockpit"].into_iter().chain(flags.split(' ').filter(|flag| !flag.is_empty()));
            Config::try_parse_from(flags).map_err(|error| error.to_string())?.settle()
        };
        for (flags, has_token, preset, audience) in [
            ("", false, Preset::Open, Own),
            ("--token secret", true, Preset::Open, Invited),
            ("--public", false, Preset::Isolated, Everybody),
            ("--preset isolated", false, Preset::Isolated, Own),
            ("--listen 0.0.0.0:8000", true, Preset::Internet, Invited),
            ("--listen 0.0.0.0:8000 --preset loopback", true, Preset::Loopback, Invited),
            ("--listen 0.0.0.0:8000 --public", false, Preset::Isolated, Everybody),
            ("--listen [::]:8000 --trust-network", false, Preset::Open, Own),
        ] {
            let config = settle(flags).unwrap();
            assert_eq!(config.access.token.is_some(), has_token, "{flags}");
            assert_eq!(config.policy().unwrap().preset(), preset, "{flags}");
            assert_eq!(config.audience(), audience, "{flags}");
            assert_eq!(config.url(config.listen).contains("/#token="), has_token);
        }
        for flags in [
            "--public --preset internet",
            "--public --token x",
            "--public --trust-network",
            "--trust-network --token x",
            "--token=",
        ] {
            assert!(settle(flags).is_err(), "{flags}");
        }
    }

    #[test]
    fn a_certificate_and_its_key_come_together() {
        let parse = |flags: &str| Config::try_parse_from(flags.split(' '));
        for flags in ["sockpit --tls-cert cert.pem", "sockpit --tls-key key.pem"] {
            assert!(parse(flags).is_err(), "{flags}");
        }
        let both = "sockpit --tls-cert cert.pem --tls-key key.pem --token secret";
        let address = "192.0.2.7:443".parse().unwrap();
        assert_eq!(parse(both).unwrap().url(address), "https://192.0.2.7:443/#token=secret");
        let named = format!("{both} --allowed-hosts play.example.org");
        let url = parse(&named).unwrap().url(address);
        assert_eq!(url, "https://play.example.org/#token=secret");
    }

    #[test]
    fn a_taken_port_says_how_to_choose_another() {
        let text = Config::default().explain_bind_failure(&io::ErrorKind::AddrInUse.into());
        assert!(text.contains("--listen 127.0.0.1:8001"), "{text}");
    }
}
