//! The log: events on the standard error, as text or JSON.
//!
//! Only this crate's own events are written, whatever the level. Libraries below it would
//! write frames and headers, and with them what programs send and the secrets of visitors.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::{fmt, registry};

use crate::config::{LogFormat, LogLevel};

/// Begins to write the log. Only the first call counts.
pub fn begin(format: LogFormat, level: LogLevel) {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    let lines = fmt::layer().with_writer(stderr).with_target(false);
    let begun = match format {
        LogFormat::Text => {
            let lines = lines.with_ansi(stderr().is_terminal()).with_filter(ours);
            tracing::subscriber::set_global_default(registry().with(lines))
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_filter(ours);
            tracing::subscriber::set_global_default(registry().with(lines))
        }
    };
    // Who set one before wants that one.
    drop(begun);
}
