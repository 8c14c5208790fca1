//! The diagram in sentences, for those who hear the page: what happened since the last time,
//! in a few words, at a pace that can be listened to.

use shared::call::Call;
use shared::reply::Reply;

use crate::messages::ProgramState;
use crate::session::recording::{CallOutcome, Recorded};

use super::state::Program;

/// Milliseconds between two summaries: a screen reader says about this much meanwhile.
const SAID_EVERY_MS: f64 = 3_000.0;
/// Milliseconds that the first sentence waits for others that belong to it.
const GATHERED_MS: f64 = 700.0;
/// Sentences of one summary at most; the rest is counted.
const SENTENCES_MAX: usize = 4;
/// Milliseconds after which it is worth saying that a program waits.
const WAITS_MS: f64 = 2_000.0;

/// What is said, and what is going to be.
#[derive(Debug, Default)]
pub struct Summary {
    said: String,
    pending: Vec<Sentence>,
    /// How many calls are not told one by one.
    more: usize,
    due_ms: Option<f64>,
    said_at_ms: f64,
    /// The waits that were told, by program and beginning.
    waits_told: Vec<(String, f64)>,
}

#[derive(Debug)]
struct Sentence {
    text: String,
    weight: Weight,
}

/// How much it matters: what matters less makes room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// Data moved: there may be thousands of these.
    Data,
    /// Somebody was met, something failed or ended.
    Turn,
}

impl Summary {
    /// Returns what a screen reader is to say now.
    pub fn said(&self) -> &str {
        &self.said
    }

    /// Tells whether something is going to be said, so that time has to be watched.
    pub fn is_due(&self) -> bool {
        self.due_ms.is_some()
    }

    /// Takes in a call that ended.
    pub fn call_ended(&mut self, call: &Recorded, now_ms: f64) {
        if let Some(sentence) = of_call(call) {
            self.add(sentence, now_ms);
        }
    }

    /// Takes in a program's new state.
    pub fn program_changed(&mut self, program: &Program, now_ms: f64) {
        let ended = match &program.state {
            ProgramState::Exited { code, error: None } => format!("exited {code}"),
            ProgramState::Exited { code, error: Some(error) } => {
                format!("exited {code}, {}: {}", error.kind, error.message)
            }
            ProgramState::Stopped => "stopped".into(),
            ProgramState::Failed { message } => format!("could not run: {message}"),
            ProgramState::Input => "waits for your input".into(),
            ProgramState::Idle
            | ProgramState::Loading
            | ProgramState::Running
            | ProgramState::Blocked(_) => return,
        };
        let text = format!("{} {ended}", program.name);
        self.add(Sentence { text, weight: Weight::Turn }, now_ms);
    }

    /// Says what is due; looks at the programs for waits worth telling.
    pub fn tick(&mut self, programs: &[Program], now_ms: f64) {
        for program in programs {
            self.note_wait(program, now_ms);
        }
        if self.due_ms.is_some_and(|due_ms| due_ms <= now_ms) {
            self.say(now_ms);
        }
    }

    /// Forgets everything: other programs are on the page.
    pub fn clear(&mut self) {
        *self = Summary { said_at_ms: self.said_at_ms, ..Summary::default() };
    }

    fn note_wait(&mut self, program: &Program, now_ms: f64) {
        let ProgramState::Blocked(blocked) = &program.state else { return };
        let known = |(name, since): &(String, f64)| {
            *name == program.name && (*since - blocked.since_ms).abs() < 0.5
        };
        if now_ms - blocked.since_ms < WAITS_MS || self.waits_told.iter().any(known) {
            return;
        }
        self.waits_told.retain(|(name, _)| *name != program.name);
        self.waits_told.push((program.name.clone(), blocked.since_ms));
        let line =
            blocked.site.as_ref().map(|site| format!(", line {}", site.line)).unwrap_or_default();
        let text = format!("{} waits in {}{line}", program.name, blocked.method);
        self.add(Sentence { text, weight: Weight::Turn }, now_ms);
    }

    fn add(&mut self, sentence: Sentence, now_ms: f64) {
        let earliest_ms = (self.said_at_ms + SAID_EVERY_MS).max(now_ms + GATHERED_MS);
        self.due_ms.get_or_insert(earliest_ms);
        if self.pending.len() < SENTENCES_MAX {
            self.pending.push(sentence);
            return;
        }
        self.more += 1;
        let least = self.pending.iter().position(|other| other.weight < sentence.weight);
        if let Some(index) = least {
            self.pending.remove(index);
            self.pending.push(sentence);
        }
    }

    fn say(&mut self, now_ms: f64) {
        let mut said: Vec<String> =
            self.pending.drain(..).map(|sentence| format!("{}.", sentence.text)).collect();
        match std::mem::take(&mut self.more) {
            0 => {}
            1 => said.push("And one more event.".into()),
            more => said.push(format!("And {more} more events.")),
        }
        self.said = said.join(" ");
        self.said_at_ms = now_ms;
        self.due_ms = None;
    }
}

/// Says what a call did: `server.py: accept returned 127.0.0.1:40112`.
fn of_call(call: &Recorded) -> Option<Sentence> {
    let started = &call.started;
    let (program, method) = (&started.program, &started.method);
    let sentence = |what: String, weight| {
        Some(Sentence { text: format!("{program}: {method} {what}"), weight })
    };
    let outcome = match &call.ended.as_ref()?.outcome {
        CallOutcome::Abandoned => return None,
        CallOutcome::Error(failure) => {
            return sentence(format!("failed, {}", failure.errno.text()), Weight::Turn);
        }
        outcome @ CallOutcome::Ok(_) => outcome,
    };
    if let Call::Listen(_) = &started.call {
        return sentence("succeeded".into(), Weight::Turn);
    }
    match outcome.reply(&started.call)? {
        Reply::Accepted(reply) => sentence(format!("returned {}", reply.peer), Weight::Turn),
        Reply::Connected(_) => {
            let Call::Connect(connect) = &started.call else { return None };
            sentence(format!("reached {}", connect.address), Weight::Turn)
        }
        Reply::Received(reply) if reply.len == 0 => {
            sentence("returned the end of the stream".into(), Weight::Turn)
        }
        Reply::Received(_) | Reply::ReceivedFrom(_) => {
            sentence(format!("returned {}", bytes(call.received.total())), Weight::Data)
        }
        Reply::Sent(_) => sentence(format!("sent {}", bytes(call.sent.total())), Weight::Data),
        _ if matches!(started.call, Call::Sendall(_)) => {
            sentence(format!("sent {}", bytes(call.sent.total())), Weight::Data)
        }
        // The rest prepares or asks; whoever wants it walks the timeline.
        _ => None,
    }
}

fn bytes(n: u64) -> String {
    if n == 1 { "1 byte".into() } else { format!("{} bytes", n) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Blocked;
    use crate::timeline::testing::Script;
    use serde_json::json;

    fn accepted(script: &mut Script) -> u64 {
        let accept = json!({"op": "accept", "socket": 3, "wait": "forever"});
        let number = script.begin("server.py", accept, b"");
        let reply = json!({"socket": 4, "local": {"inet": ["127.0.0.1", 9000]}, "peer": {"inet": ["127.0.0.1", 40112]}});
        script.end(number, CallOutcome::Ok(reply), b"");
        number
    }

    fn received(script: &mut Script) -> u64 {
        let recv = json!({"op": "recv", "socket": 3, "len": 128, "flags": [], "wait": "forever"});
        let number = script.begin("client.py", recv, b"");
        script.end(number, CallOutcome::Ok(json!({"len": 3, "offset": 0})), b"abc");
        number
    }

    #[test]
    fn a_call_is_told_in_a_sentence() {
        let mut script = Script::default();
        let mut summary = Summary::default();
        for number in [accepted(&mut script), received(&mut script)] {
            summary.call_ended(script.recording.find(number).unwrap(), 10_000.0);
        }
        summary.tick(&[], 10_000.0);
        assert_eq!(summary.said(), "", "it waits for what belongs to it");
        summary.tick(&[], 10_000.0 + GATHERED_MS);
        assert_eq!(
            summary.said(),
            "server.py: accept returned 127.0.0.1:40112. client.py: recv returned 3 bytes."
        );
    }

    #[test]
    fn a_flood_is_a_number_and_what_matters_stays() {
        let mut script = Script::default();
        let mut summary = Summary::default();
        for _ in 0..1_000 {
            let number = received(&mut script);
            summary.call_ended(script.recording.find(number).unwrap(), 10_000.0);
        }
        let number = accepted(&mut script);
        summary.call_ended(script.recording.find(number).unwrap(), 10_000.0);
        summary.tick(&[], 20_000.0);
        assert!(summary.said().contains("accept returned"), "{}", summary.said());
        assert!(summary.said().ends_with("And 997 more events."), "{}", summary.said());

        let number = received(&mut script);
        summary.call_ended(script.recording.find(number).unwrap(), 20_001.0);
        summary.tick(&[], 20_000.0 + SAID_EVERY_MS - 1.0);
        assert!(summary.said().contains("997"), "not more often than can be heard");
        summary.tick(&[], 20_000.0 + SAID_EVERY_MS);
        assert_eq!(summary.said(), "client.py: recv returned 3 bytes.");
    }

    #[test]
    fn a_long_wait_is_told_once() {
        let blocked =
            Blocked { method: "accept".into(), site: None, since_ms: 1_000.0, reads_input: false };
        let state = ProgramState::Blocked(blocked);
        let programs = [Program { name: "server.py".into(), state, ..Program::default() }];
        let mut summary = Summary::default();
        summary.tick(&programs, 2_000.0);
        assert!(!summary.is_due());
        summary.tick(&programs, 4_000.0);
        summary.tick(&programs, 9_000.0);
        assert_eq!(summary.said(), "server.py waits in accept.");
        summary.tick(&programs, 20_000.0);
        assert!(!summary.is_due());
    }
}
