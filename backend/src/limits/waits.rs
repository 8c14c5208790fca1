//! How long the backend waits for those who connect.

use std::time::Duration;

use clap::Args;

/// Bounds on waiting for the other side. Whoever is slower is sent away, so that nobody keeps a
/// connection from others by sending a byte now and then.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "How long it waits")]
pub struct Waits {
    /// Milliseconds for an HTTP request's head to arrive, and between two requests
    #[arg(long, env = "SOCKPIT_REQUEST_HEAD_MS_MAX", default_value_t = 10_000, value_name = "MS", value_parser = millis())]
    pub request_head_ms_max: u32,

    /// Milliseconds for which an HTTP connection takes requests; the answer to the last one may
    /// take as long again
    ///
    /// Browsers open another connection when they need one. An answer of five megabytes passes
    /// on a connection of 17 KiB a second.
    #[arg(long, env = "SOCKPIT_CONNECTION_MS_MAX", default_value_t = 300_000, value_name = "MS", value_parser = millis())]
    pub connection_ms_max: u32,

    /// Milliseconds for a handshake: of TLS, and from a WebSocket's opening to its hello
    #[arg(long, env = "SOCKPIT_HANDSHAKE_MS_MAX", default_value_t = 10_000, value_name = "MS", value_parser = millis())]
    pub handshake_ms_max: u32,

    /// Milliseconds for a message of a session to arrive, from its first byte to its last
    ///
    /// The largest one passes on a connection of 3 KiB a second.
    #[arg(long, env = "SOCKPIT_MESSAGE_MS_MAX", default_value_t = 120_000, value_name = "MS", value_parser = millis())]
    pub message_ms_max: u32,

    /// Milliseconds between looks at whether a session's client is still there
    #[arg(long, env = "SOCKPIT_PULSE_MS", default_value_t = 15_000, value_name = "MS", value_parser = millis())]
    pub pulse_ms: u32,

    /// Milliseconds without a word from a session's client, pongs included, after which it
    /// counts as gone
    #[arg(long, env = "SOCKPIT_SILENCE_MS_MAX", default_value_t = 60_000, value_name = "MS", value_parser = millis())]
    pub silence_ms_max: u32,

    /// Milliseconds in which a client that takes no answers must take some
    #[arg(long, env = "SOCKPIT_STALL_MS_MAX", default_value_t = 60_000, value_name = "MS", value_parser = millis())]
    pub stall_ms_max: u32,
}

/// Not zero, which would be nobody's turn, and not more than a day.
fn millis() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=86_400_000)
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            request_head_ms_max: 10_000,
            connection_ms_max: 300_000,
            handshake_ms_max: 10_000,
            message_ms_max: 120_000,
            pulse_ms: 15_000,
            silence_ms_max: 60_000,
            stall_ms_max: 60_000,
        }
    }
}

impl Waits {
    pub(crate) fn request_head_max(&self) -> Duration {
        Duration::from_millis(self.request_head_ms_max.into())
    }

    pub(crate) fn connection_max(&self) -> Duration {
        Duration::from_millis(self.connection_ms_max.into())
    }

    pub(crate) fn handshake_max(&self) -> Duration {
        Duration::from_millis(self.handshake_ms_max.into())
    }

    pub(crate) fn message_max(&self) -> Duration {
        Duration::from_millis(self.message_ms_max.into())
    }

    pub(crate) fn pulse(&self) -> Duration {
        Duration::from_millis(self.pulse_ms.into())
    }

    pub(crate) fn silence_max(&self) -> Duration {
        Duration::from_millis(self.silence_ms_max.into())
    }

    pub(crate) fn stall_max(&self) -> Duration {
        Duration::from_millis(self.stall_ms_max.into())
    }
}
