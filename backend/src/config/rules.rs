//! The operator's policy on the command line.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use crate::policy::{self, Policy, Preset, Question, Sources};

/// What the operator says about addresses.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Policy")]
pub struct Rules {
    /// What programs may reach, in a word; by default `open` when listening on loopback
    #[arg(long, env = "SOCKPIT_PRESET", value_enum)]
    pub preset: Option<Preset>,

    /// A TOML file with rules; see docs/policy.md
    #[arg(long, env = "SOCKPIT_POLICY", value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// Allow more, as in 'tcp-connect *.example.org:80,443'; may be given again
    #[arg(long, value_name = "RULE")]
    pub allow: Vec<String>,

    /// Refuse more, as in '* 10.0.0.0/8'; stronger than --allow; may be given again
    #[arg(long, value_name = "RULE")]
    pub deny: Vec<String>,

    /// Let other programs of this machine connect to servers on the isolated loopbacks
    ///
    /// Each visitor's page says which address of this machine stands for its 127.0.0.1.
    #[arg(long, env = "SOCKPIT_EXPOSE_LOOPBACK")]
    pub expose_loopback: bool,

    /// Print the rules in force and exit
    #[arg(long)]
    pub print_policy: bool,

    /// Tell whether something is allowed and by which rule, as in 'tcp-connect example.org:80',
    /// and exit with 0 for yes and 1 for no
    #[arg(long, value_name = "QUESTION")]
    pub check: Option<String>,
}

/// What the policy's own flags ask for instead of serving.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    pub text: String,
    /// Whether the answer is yes.
    pub yes: bool,
}

impl Rules {
    /// Joins flags, file and preset into the policy in force.
    pub(crate) fn policy(&self, fallback: Preset) -> Result<Policy, String> {
        let path = self.policy.as_ref().map(|path| path.display().to_string());
        let file = match (&self.policy, &path) {
            (Some(path), Some(name)) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| format!("cannot read the policy {name}: {error}"))?;
                Some((name.as_str(), text))
            }
            _ => None,
        };
        let own = own_addresses();
        Policy::new(&Sources {
            preset: self.preset,
            allow: &self.allow,
            deny: &self.deny,
            file: file.as_ref().map(|(name, text)| (*name, text.as_str())),
            fallback: Some(fallback),
            own: &own,
        })
    }

    /// Answers `--print-policy` and `--check`, if either was given.
    pub(crate) fn tell(&self, policy: &Policy) -> Result<Option<Told>, String> {
        if let Some(question) = &self.check {
            let question = Question::parse(question)
                .map_err(|error| format!("--check {question:?}: {error}"))?;
            let (yes, text) = question.answer(policy);
            return Ok(Some(Told { text, yes }));
        }
        Ok(self.print_policy.then(|| Told { text: policy::print(policy), yes: true }))
    }
}

/// Returns the addresses of this machine's interfaces but its loopback's. Where they cannot be
/// learned, the preset for the internet lacks one rule, and private addresses are denied still.
fn own_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "this machine's addresses cannot be learned");
        Vec::new()
    });
    let mut own: Vec<_> =
        interfaces.iter().map(if_addrs::Interface::ip).filter(|ip| !ip.is_loopback()).collect();
    own.sort_unstable();
    own.dedup();
    own
}
