//! What the operator sees of a running backend.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What the operator sees, and where.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Operations")]
pub struct Operations {
    /// Address and port for /metrics and /healthz, such as 127.0.0.1:9100; for the operator's
    /// own network, because it asks nobody who they are
    #[arg(long, env = "SOCKPIT_METRICS", value_name = "ADDRESS:PORT")]
    pub metrics: Option<SocketAddr>,

    /// A file that gets a line of JSON for each destination that a session reaches for; `-` is
    /// the standard output
    ///
    /// SIGHUP opens the file again, for logrotate.
    #[arg(long, env = "SOCKPIT_AUDIT", value_name = "FILE")]
    pub audit: Option<PathBuf>,

    /// How the log is written, on the standard error
    #[arg(long, env = "SOCKPIT_LOG_FORMAT", value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: LogFormat,

    /// What the log tells
    ///
    /// `info` tells of sessions, `debug` of their calls too. No level tells what was sent or
    /// received, nor any secret.
    #[arg(long, env = "SOCKPIT_LOG_LEVEL", value_enum, default_value_t, value_name = "LEVEL")]
    pub log_level: LogLevel,

    /// Milliseconds that sessions may go on after SIGTERM, while /healthz says 503 and new ones
    /// are refused; then they are told and end
    ///
    /// Ends early when the last session does.
    #[arg(long, env = "SOCKPIT_DRAIN_MS", default_value_t = 0, value_name = "MS")]
    pub drain_ms: u64,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// What the log tells: each level what those before it do, and more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What the backend failed to do.
    Error,
    /// What the operator may want to mend.
    Warn,
    /// Sessions that begin and end.
    #[default]
    Info,
    /// Every call, without its bytes.
    Debug,
}
