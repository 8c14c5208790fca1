//! What `window.sockpit` shows, as JSON. The contract is written down in `docs/automation.md`.

use serde_json::{Value, json};

use shared::frame::RoomState;
use shared::guest::Raised;

use crate::messages::{HeldCall, LinkState, Pace, ProgramState, Rule, Ticket, Why};
use crate::session::recording::{CallOutcome, Recorded};
use crate::timeline::format;

use super::event::Announcement;
use super::state::{Program, State};

/// What `state()` returns.
pub fn state(state: &State) -> Value {
    json!({
        "title": state.document.title,
        "link": link(state.host.link.as_ref()),
        "warm": state.host.warm,
        "pace": pace(state.gate.pace),
        "slowMs": state.gate.slow_ms,
        "room": state.host.room.as_ref().map(|room| self::room(state, room)),
        "programs": state.programs.iter().map(program).collect::<Vec<Value>>(),
    })
}

fn room(state: &State, room: &RoomState) -> Value {
    let members = room.members.iter().map(|member| {
        json!({"name": member.name, "you": member.id == room.you, "sharing": member.sharing})
    });
    json!({
        "name": room.name,
        "sharing": state.together.wanted,
        "members": members.collect::<Vec<Value>>(),
    })
}

fn program(program: &Program) -> Value {
    let (blocked_in, blocked_line) = match &program.state {
        ProgramState::Blocked(blocked) => {
            (Some(blocked.method.as_str()), blocked.site.as_ref().map(|site| site.line))
        }
        _ => (None, None),
    };
    let (error, message) = match &program.state {
        ProgramState::Exited { error, .. } => (error.as_ref().map(raised), None),
        ProgramState::Failed { message } => (None, Some(message.as_str())),
        _ => (None, None),
    };
    json!({
        "name": program.name,
        "state": program.state_name(),
        "exitCode": program.exit_code(),
        "blockedIn": blocked_in,
        "blockedLine": blocked_line,
        "held": program.held.iter().map(held).collect::<Vec<Value>>(),
        "error": error,
        "message": message,
        "stdout": program.stdout.as_str(),
        "stderr": program.stderr.as_str(),
    })
}

fn pace(pace: Pace) -> &'static str {
    match pace {
        Pace::Free => "run",
        Pace::Slow { .. } => "slow",
        Pace::Step => "step",
    }
}

/// A call that is about to be made.
fn held(call: &HeldCall) -> Value {
    let (why, asks) = match &call.why {
        Why::Breakpoint => ("breakpoint", None),
        Why::Step => ("step", None),
        Why::Slow => ("slow", None),
        Why::Turn { .. } => ("turn", None),
        Why::Consent(destination) => ("consent", Some(destination)),
    };
    json!({
        "name": call.method,
        "text": format::call(&call.method, &call.call, call.sends),
        "file": call.site.as_ref().map(|site| &site.file),
        "line": call.site.as_ref().map(|site| site.line),
        "thread": call.thread,
        "why": why,
        "host": asks.map(|asks| &asks.host),
        "port": asks.and_then(|asks| asks.port),
    })
}

/// An uncaught exception.
pub fn raised(error: &Raised) -> Value {
    json!({
        "kind": error.kind,
        "message": error.message,
        "file": error.site.as_ref().map(|site| &site.file),
        "line": error.site.as_ref().map(|site| site.line),
    })
}

fn link(link: Option<&LinkState>) -> &'static str {
    match link {
        None | Some(LinkState::Connecting) => "connecting",
        Some(LinkState::Open(_)) => "open",
        Some(LinkState::Interrupted { .. }) => "interrupted",
        Some(LinkState::Lost { .. }) => "lost",
        Some(LinkState::Full { .. }) => "full",
        Some(LinkState::Closed(_)) => "closed",
    }
}

/// What `recording()` returns.
pub fn recording(state: &State) -> Value {
    let calls: Vec<Value> = state.calls.recording.calls().map(call).collect();
    json!({ "v": 1, "calls": calls, "forgotten": state.calls.recording.forgotten() })
}

/// What `trace()` returns: null where nothing is traced.
pub fn trace(state: &State) -> Value {
    let Some(trace) = &state.host.trace else { return Value::Null };
    let stages: Vec<Value> = trace
        .stages
        .iter()
        .map(|times| {
            json!({
                "stage": times.stage,
                "title": times.stage.title(),
                "p50Us": times.p50_us,
                "p99Us": times.p99_us,
            })
        })
        .collect();
    json!({ "calls": trace.calls, "stages": stages })
}

/// One call, as `recording()` and `on("call", …)` show it.
pub fn call(call: &Recorded) -> Value {
    let started = &call.started;
    let (outcome, result) = match call.ended.as_ref().map(|ended| &ended.outcome) {
        None => ("waiting", Value::Null),
        Some(CallOutcome::Ok(reply)) => ("ok", reply.clone()),
        Some(CallOutcome::Error(failure)) => {
            ("error", json!({"errno": failure.errno.name(), "message": failure.message}))
        }
        Some(CallOutcome::Abandoned) => ("abandoned", Value::Null),
    };
    json!({
        "number": started.number,
        "program": started.program,
        "run": started.run,
        "thread": started.thread,
        "file": started.site.as_ref().map(|site| &site.file),
        "line": started.site.as_ref().map(|site| site.line),
        "name": started.method,
        "text": format::call(&started.method, &started.call, call.sent.total()),
        "call": started.call,
        "startedUs": started.at_us,
        "endedUs": call.ended.as_ref().map(|ended| ended.at_us),
        "hostUs": call.ended.as_ref().map(|ended| ended.host_us),
        "outcome": outcome,
        "result": result,
        "sent": bytes(&call.sent),
        "received": bytes(&call.received),
    })
}

fn bytes(bytes: &crate::session::recording::Bytes) -> Value {
    use base64::Engine as _;
    json!({
        "len": bytes.total(),
        "base64": base64::engine::general_purpose::STANDARD.encode(&bytes.kept),
    })
}

/// The name and the content of what `on` tells.
pub fn announcement(page: &State, announcement: &Announcement) -> Option<(&'static str, Value)> {
    Some(match announcement {
        Announcement::State { program: name } => ("state", program(page.program(name)?)),
        Announcement::Output { program, stream, text } => {
            ("output", json!({"program": program, "stream": stream, "text": text}))
        }
        Announcement::CallStarted(number) | Announcement::CallEnded(number) => {
            ("call", call(page.calls.recording.find(*number)?))
        }
        Announcement::Link => ("link", json!(link(page.host.link.as_ref()))),
        Announcement::Prompt { program, error, incomplete } => (
            "prompt",
            json!({"program": program, "error": error.as_ref().map(raised), "incomplete": incomplete}),
        ),
        Announcement::Loaded => ("load", json!({"title": page.document.title})),
    })
}

/// Reads a rule: `"*"`, or a host with or without a port.
pub fn rule(value: &Value) -> Result<Rule, String> {
    const FORM: &str = "a rule is \"*\" or {host, port}, port optional";
    if value.as_str() == Some("*") {
        return Ok(Rule::Any);
    }
    let fields = value.as_object().ok_or(FORM)?;
    if let Some(unknown) = fields.keys().find(|key| !["host", "port"].contains(&key.as_str())) {
        return Err(format!("{FORM}; it has no {unknown:?}"));
    }
    let host = fields.get("host").and_then(Value::as_str).ok_or(FORM)?.trim();
    if host.is_empty() || host == "*" {
        return Err(FORM.to_owned());
    }
    let port = match fields.get("port") {
        None | Some(Value::Null) => None,
        Some(port) => Some(port.as_u64().and_then(|port| port.try_into().ok()).ok_or(FORM)?),
    };
    Ok(Rule::Host { host: host.to_owned(), port })
}

/// What a promise waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The page can run programs.
    Ready,
    /// "Run all" has started its last program, or this program has begun.
    Begun(Option<String>),
    /// No program, or not this one, is doing anything.
    Ended(Option<String>),
    /// None of these programs is doing anything.
    AllEnded(Vec<String>),
    /// The program's prompt has run its line.
    Prompted(String),
    /// This call was let go.
    LetGo(Ticket),
    /// A call of this program, or of any, is held, or nothing runs any more.
    Halted(Option<String>),
}

impl Condition {
    /// Tells whether the wait is over; an error ends it too.
    pub fn is_met(&self, page: &State) -> Option<Result<(), String>> {
        match self {
            Condition::Ready => {
                if !page.host.surroundings.isolated {
                    return Some(Err("the page is not cross-origin isolated".into()));
                }
                let opened = page.learn.wanted.is_none();
                (opened && page.connected() && page.host.warm).then_some(Ok(()))
            }
            Condition::Begun(Some(name)) => match page.program(name) {
                None => Some(Err(no_such(name))),
                Some(program) => {
                    let begun =
                        !matches!(program.state, ProgramState::Idle | ProgramState::Loading);
                    begun.then_some(Ok(()))
                }
            },
            Condition::Begun(None) => {
                let starting = !page.run_all.queue.is_empty()
                    || page.run_all.waiting.as_ref().is_some_and(|waiting| !waiting.begun)
                    || page.programs.iter().any(|p| p.state == ProgramState::Loading);
                (!starting).then_some(Ok(()))
            }
            Condition::Ended(Some(name)) => match page.program(name) {
                None => Some(Err(no_such(name))),
                Some(program) => (!program.is_active()).then_some(Ok(())),
            },
            Condition::Ended(None) => (!page.any_active()).then_some(Ok(())),
            Condition::AllEnded(names) => {
                let active = |name: &String| page.program(name).is_some_and(Program::is_active);
                (!names.iter().any(active)).then_some(Ok(()))
            }
            Condition::LetGo(ticket) => {
                let held = |call: &HeldCall| {
                    call.ticket == *ticket && !matches!(call.why, Why::Consent(_))
                };
                let mut programs = page.programs.iter();
                (!programs.any(|program| program.held.iter().any(held))).then_some(Ok(()))
            }
            Condition::Halted(name) => {
                let mut programs = page
                    .programs
                    .iter()
                    .filter(|program| name.as_ref().is_none_or(|name| program.name == *name));
                let halted = programs.clone().any(|program| program.next_step().is_some());
                (halted || !programs.any(Program::is_active)).then_some(Ok(()))
            }
            Condition::Prompted(name) => match page.program(name) {
                None => Some(Err(no_such(name))),
                Some(program) => (!program.prompt.busy).then_some(Ok(())),
            },
        }
    }
}

/// What a promise is refused with for a name that no program has.
pub fn no_such(name: &str) -> String {
    format!("there is no program called {name:?}")
}
