//! The limits of the host, in words.

use shared::frame::Welcome;
use shared::limit::LimitName;

use crate::messages::LinkState;
use crate::page::event::Event;
use crate::page::node::{Element, div, icon, span};
use crate::page::state::State;

use super::icon_button;
use super::words::{count, thousands};

/// Says what a limit allows: `This host allows 32 sockets a session.`
pub(crate) fn sentence(state: &State, limit: LimitName) -> String {
    let Some(LinkState::Open(welcome)) = &state.host.link else { return unknown(limit) };
    match bound(welcome, limit) {
        Some(most) => format!("This host allows {}.", what(limit, most)),
        None => unknown(limit),
    }
}

fn unknown(limit: LimitName) -> String {
    format!("This host limits the {}.", limit.title())
}

/// Returns how far a limit goes for this session.
fn bound(welcome: &Welcome, limit: LimitName) -> Option<u64> {
    let limits = &welcome.limits;
    match limit {
        LimitName::Sockets => Some(limits.sockets_max.into()),
        LimitName::CallsInFlight => Some(limits.calls_in_flight_max.into()),
        LimitName::FrameBytes => Some(limits.frame_bytes_max.into()),
        LimitName::TransferBytes => Some(limits.transfer_bytes_max.into()),
        other => welcome.bounds.iter().find(|bound| bound.limit == other).map(|bound| bound.max),
    }
}

/// Says how much of what.
fn what(limit: LimitName, most: u64) -> String {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let of = |one: &str, many: &str| count(most, one, many);
    match limit {
        LimitName::Sessions => of("session", "sessions at once"),
        LimitName::SessionsPerAddress => {
            of("session from one address", "sessions from one address")
        }
        LimitName::SessionMinutes => format!("a session {}", of("minute", "minutes")),
        LimitName::IdleMinutes => format!("a session {} without a call", of("minute", "minutes")),
        LimitName::RoomMembers => of("visitor in a room", "visitors in a room"),
        LimitName::Sockets => of("socket a session", "sockets a session"),
        LimitName::SocketsPerAddress => of(
            "socket for everybody behind one address",
            "sockets for everybody behind one address",
        ),
        LimitName::Descriptors => of("open file", "open files, those of all visitors together"),
        LimitName::Listeners => of("listening socket a session", "listening sockets a session"),
        LimitName::CallsInFlight => {
            of("waiting call a session", "calls of a session that wait at once")
        }
        LimitName::WaitingBytes => {
            format!("waiting calls of a session to have {} bytes to send", thousands(most))
        }
        LimitName::SendBytesPerSecond => {
            format!("a session to send {} bytes a second", thousands(most))
        }
        LimitName::ReceiveBytesPerSecond => {
            format!("a session to receive {} bytes a second", thousands(most))
        }
        LimitName::ConnectsPerMinute => of("connection a minute", "connections a minute"),
        LimitName::ConnectsPerDestination => {
            of("connection a minute to one destination", "connections a minute to one destination")
        }
        LimitName::DestinationsPerMinute => {
            of("new destination a minute", "new destinations a minute")
        }
        LimitName::LookupsPerMinute => of("lookup of a name a minute", "lookups of names a minute"),
        LimitName::FrameBytes => of("byte in one message", "bytes in one message"),
        LimitName::TransferBytes => of("byte in one call", "bytes in one call"),
        LimitName::OptionBytes => of("byte for an option's value", "bytes for an option's value"),
        LimitName::PollEntries => of("socket in one poll", "sockets in one poll"),
        LimitName::UnixNames => of("name of a Unix socket", "names of Unix sockets"),
    }
}

/// Makes the list of what this host allows a session.
pub(super) fn list(state: &State) -> Option<Element> {
    let Some(LinkState::Open(welcome)) = &state.host.link else { return None };
    let told = LimitName::ALL.iter().filter(|limit| {
        // These are for programs that speak the protocol themselves.
        !matches!(limit, LimitName::FrameBytes | LimitName::OptionBytes | LimitName::PollEntries)
    });
    let lines: Vec<Element> = told
        .filter_map(|limit| {
            let text = what(*limit, bound(welcome, *limit)?);
            Some(crate::page::node::el("li").attr("data-limit", limit.name()).text(text))
        })
        .collect();
    (!lines.is_empty()).then(|| crate::page::node::el("ul").class("bounds").children(lines))
}

/// Makes the strip that says that a limit slows the session down or is about to end it.
pub(super) fn strip(state: &State) -> Option<Element> {
    let notice = state.host.limit.as_ref()?;
    let ends = state.host.limit_ends_ms.map(|ends_ms| left(ends_ms - state.now_ms));
    let words = match notice.limit {
        LimitName::SendBytesPerSecond | LimitName::ReceiveBytesPerSecond => {
            format!("{} Calls wait their turn.", sentence(state, notice.limit))
        }
        limit if ends.is_some() => {
            format!("{} Save or share what you want to keep.", sentence(state, limit))
        }
        limit => format!("{} {}", sentence(state, limit), capital(&notice.message)),
    };
    let close = icon_button("s quiet", "x", "Dismiss")
        .attr("data-action", "dismiss-limit")
        .on("click", Event::DismissLimit);
    // The minutes are for the eyes: read aloud, they would drown everything else.
    let ends =
        ends.map(|left| span("num wait", format!("Ends in {left}.")).attr("aria-hidden", "true"));
    let live = crate::page::node::el("p").attr("role", "status").text(words);
    Some(
        div("banner limit")
            .key("limit")
            .attr("data-banner", "limit")
            .attr("data-limit", notice.limit.name())
            .child(icon("wait"))
            .child(live)
            .option(ends)
            .child(close),
    )
}

fn left(ms: f64) -> String {
    let seconds = (ms / 1000.0).ceil().max(0.0) as u64;
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

fn capital(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}
