//! The files with which the backend speaks TLS by itself.

use std::path::PathBuf;

use clap::Args;

/// A certificate and its key.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "TLS")]
pub struct TlsFiles {
    /// Speak TLS with this certificate: a PEM file, the names' own certificate first and then
    /// those that lead to the root
    ///
    /// A new certificate in the same file is taken up within a minute, without a restart.
    #[arg(long, env = "SOCKPIT_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key: a PEM file in PKCS#8, PKCS#1 or SEC1 form
    #[arg(long, env = "SOCKPIT_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

impl TlsFiles {
    /// Returns both files, or nothing where the backend speaks plain HTTP.
    pub(crate) fn both(&self) -> Option<(PathBuf, PathBuf)> {
        Some((self.tls_cert.clone()?, self.tls_key.clone()?))
    }
}
