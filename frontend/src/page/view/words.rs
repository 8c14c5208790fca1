//! What a program is doing, in words: the verb first, then the call, then the time.

use shared::frame::{RoomMember, RoomState};

use crate::messages::{HeldCall, LinkState, ProgramState, Why};
use crate::page::state::{Program, State};
use crate::timeline::format;

/// Lanes that look different from one another.
pub(crate) const LANES: usize = 8;

/// What to do about an `https:` URL that the interpreter without TLS was given.
pub(crate) const WITHOUT_TLS: &str = "This program was run by the interpreter without TLS, because \
    its text does not mention any: put `import ssl` into the program and run it again.";

/// Returns the class that gives a lane its colour.
pub(crate) fn lane_class(lane: usize) -> String {
    format!("l{}", lane % LANES + 1)
}

/// Says who is in a room.
pub(crate) fn room(room: &RoomState) -> String {
    let name = |member: &RoomMember| {
        let you = if member.id == room.you { " (you)" } else { "" };
        format!("{}{you}", member.name)
    };
    let names: Vec<_> = room.members.iter().map(name).collect();
    format!(
        "In this room: {}. Your programs share one loopback: what one of you binds on \
         127.0.0.1, the others reach there.",
        names.join(", ")
    )
}

/// A status, in the parts that look different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Status {
    pub verb: String,
    /// A call, set as code.
    pub call: String,
    /// A time or a name, emphasised.
    pub end: String,
    pub kind: StatusKind,
}

/// How a status looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum StatusKind {
    #[default]
    Quiet,
    Busy,
    Waiting,
    Good,
    Bad,
}

impl Status {
    /// Returns it as one sentence.
    pub(crate) fn sentence(&self) -> String {
        [&self.verb, &self.call, &self.end]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<&str>>()
            .join(" ")
    }
}

/// Says what a program is doing.
pub(crate) fn status(program: &Program, now_ms: f64) -> Status {
    let plain = |verb: &str, kind| Status { verb: verb.into(), kind, ..Status::default() };
    if let Some(held) = program.held.first() {
        return about_to(held);
    }
    match &program.state {
        ProgramState::Idle if program.prompt.busy => plain("running a line", StatusKind::Busy),
        ProgramState::Idle => plain("not run yet", StatusKind::Quiet),
        ProgramState::Loading => plain("starting Python", StatusKind::Busy),
        ProgramState::Running => plain("running", StatusKind::Busy),
        ProgramState::Blocked(blocked) => Status {
            verb: "blocked in".into(),
            call: format!("{}()", blocked.method),
            end: format::elapsed(now_ms - blocked.since_ms),
            kind: StatusKind::Waiting,
        },
        ProgramState::Input => plain("waiting for input", StatusKind::Waiting),
        ProgramState::Stopped => plain("stopped", StatusKind::Quiet),
        ProgramState::Exited { error: Some(error), .. } if error.kind == "KeyboardInterrupt" => {
            Status { verb: "interrupted".into(), kind: StatusKind::Quiet, ..Status::default() }
        }
        ProgramState::Exited { code, error } => Status {
            verb: format!("exited {code}"),
            call: String::new(),
            end: error.as_ref().map(|error| error.kind.clone()).unwrap_or_default(),
            kind: if *code == 0 { StatusKind::Good } else { StatusKind::Bad },
        },
        ProgramState::Failed { .. } => plain("could not run", StatusKind::Bad),
    }
}

/// Says what a program is about to do.
fn about_to(held: &HeldCall) -> Status {
    let verb = match held.why {
        Why::Consent(_) => "waits for your permission",
        Why::Turn { .. } => "waits for its turn to",
        Why::Breakpoint | Why::Step | Why::Slow => "about to",
    };
    let asks = matches!(held.why, Why::Consent(_));
    Status {
        verb: verb.into(),
        call: if asks { String::new() } else { format!("{}()", held.method) },
        end: String::new(),
        kind: StatusKind::Waiting,
    }
}

/// Says how the page stands with the backend: a word, and a sentence about it.
pub(crate) fn connection(state: &State) -> (&'static str, String) {
    match &state.host.link {
        _ if state.host.surroundings.backendless => (
            "No backend",
            "This page opens and replays sessions; running them needs a backend.".into(),
        ),
        _ if !state.host.surroundings.isolated => {
            ("Cannot run here", "This page is not allowed to share memory between threads.".into())
        }
        Some(LinkState::Connecting) if state.host.was_lost => {
            ("Reconnecting", "The page is trying to reach Sockpit's backend again.".into())
        }
        None | Some(LinkState::Connecting) => {
            ("Connecting", "The page is connecting to the machine that runs Sockpit.".into())
        }
        Some(LinkState::Open(welcome)) => ("Connected", welcome.policy.summary.clone()),
        Some(LinkState::Interrupted { .. }) => (
            "Reconnecting",
            "The connection to Sockpit's backend broke. Sockets stay open, and calls wait for it \
             to come back."
                .to_owned(),
        ),
        Some(LinkState::Lost { message, .. }) => (
            "Disconnected",
            format!(
                "The connection to Sockpit's backend is lost: {} Every socket is closed.",
                message.trim()
            ),
        ),
        Some(LinkState::Full { message, .. }) => (
            "Full",
            format!(
                "This host has as many visitors as it takes: {}. Nothing is lost; the page tries \
                 again by itself.",
                message.trim_end_matches('.')
            ),
        ),
        Some(LinkState::Closed(closing)) => {
            let reason = closing.message.trim_end_matches('.');
            let sentence = format!("Sockpit closed the session: {reason}. Every socket is closed.");
            ("Closed", sentence)
        }
    }
}

pub(crate) fn seconds_left(state: &State) -> f64 {
    ((state.host.retry_at_ms - state.now_ms) / 1000.0).ceil().max(0.0)
}

/// Says how many there are of something.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {many}", thousands(n)) }
}

/// Writes a number with its thousands apart.
pub(crate) fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
