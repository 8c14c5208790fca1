//! One row per call, and which calls are shown.

use shared::call::Call;
use shared::errno::Failure;
use shared::reply::Reply;

use crate::session::recording::{CallNumber, CallOutcome, Recorded, Recording, SocketKey};

use super::format;
use super::spans::{Body, body};

/// A call, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub number: CallNumber,
    pub program: String,
    pub thread: u32,
    /// `recv(128)`
    pub call: String,
    /// `connect(:9000)`, and what it returned: for the diagram.
    pub brief: String,
    pub brief_result: String,
    /// The method's name alone.
    pub method: String,
    pub end: RowEnd,
    /// The first bytes it moved, as Python writes them; nothing where it moved none.
    pub glimpse: String,
    pub body: Body,
    /// Microseconds since the recording began.
    pub at_us: u64,
    pub duration_us: u64,
}

/// How a call ended, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowEnd {
    /// It waits.
    Waiting,
    /// It returned this; nothing where there is nothing to say.
    Result(String),
    /// It failed, with this errno.
    Error(String),
    /// The program was stopped, or the connection was lost, while it waited.
    Abandoned,
}

/// Returns the row of a call. `origin_us` is when the recording began.
pub fn row(call: &Recorded, origin_us: u64, now_us: u64) -> Row {
    let started = &call.started;
    Row {
        number: started.number,
        program: started.program.clone(),
        thread: started.thread,
        call: format::call(&started.method, &started.call, call.sent.total()),
        brief: format::brief(&started.method, &started.call, call.sent.total()),
        brief_result: brief_result(call),
        method: started.method.clone(),
        end: end(call),
        glimpse: glimpse(call),
        body: body(call),
        at_us: started.at_us.saturating_sub(origin_us),
        duration_us: call.duration_us(now_us),
    }
}

fn end(call: &Recorded) -> RowEnd {
    match call.ended.as_ref().map(|ended| &ended.outcome) {
        None => RowEnd::Waiting,
        Some(CallOutcome::Error(failure)) => RowEnd::Error(failure.errno.name().to_owned()),
        Some(CallOutcome::Abandoned) => RowEnd::Abandoned,
        Some(outcome @ CallOutcome::Ok(_)) => {
            // What the arguments say already is not said again.
            let said = match &call.started.call {
                Call::Listen(_) | Call::Sendall(_) => true,
                Call::Bind(bind) => bind.address.port().is_some_and(|port| port != 0),
                _ => false,
            };
            let reply = outcome.reply(&call.started.call).filter(|_| !said);
            RowEnd::Result(reply.as_ref().map(format::result).unwrap_or_default())
        }
    }
}

fn brief_result(call: &Recorded) -> String {
    let outcome = call.ended.as_ref().map(|ended| &ended.outcome);
    let reply = outcome.and_then(|outcome| outcome.reply(&call.started.call));
    reply.map(|reply| format::brief_result(&call.started.call, &reply)).unwrap_or_default()
}

fn glimpse(call: &Recorded) -> String {
    let bytes = if call.received.kept.is_empty() { &call.sent } else { &call.received };
    let moves_data = matches!(
        call.started.call,
        Call::Send(_)
            | Call::Sendall(_)
            | Call::Sendto(_)
            | Call::Sendmsg(_)
            | Call::Recv(_)
            | Call::Recvfrom(_)
            | Call::Recvmsg(_)
    );
    if !moves_data || bytes.kept.is_empty() {
        return String::new();
    }
    format::bytes(&bytes.kept, bytes.total())
}

/// Returns why a call failed, if it did.
pub fn failure(call: &Recorded) -> Option<&Failure> {
    match &call.ended.as_ref()?.outcome {
        CallOutcome::Error(failure) => Some(failure),
        CallOutcome::Ok(_) | CallOutcome::Abandoned => None,
    }
}

/// Which calls to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that must all occur in the call, its program or its error; case is ignored.
    pub text: String,
    /// Only this program's.
    pub program: Option<String>,
    /// Only what is done with this socket.
    pub socket: Option<SocketKey>,
}

impl Filter {
    /// Tells whether everything is shown.
    pub fn is_open(&self) -> bool {
        self.text.trim().is_empty() && self.program.is_none() && self.socket.is_none()
    }

    fn lets_through(&self, call: &Recorded) -> bool {
        if self.program.as_ref().is_some_and(|program| *program != call.started.program) {
            return false;
        }
        if self.socket.as_ref().is_some_and(|socket| !is_about(call, socket)) {
            return false;
        }
        if self.text.trim().is_empty() {
            return true;
        }
        let started = &call.started;
        let failure = failure(call).map_or("", |failure| failure.errno.name());
        let shown = format::call(&started.method, &started.call, call.sent.total());
        let thread =
            if started.thread == 0 { String::new() } else { format!("t{}", started.thread) };
        let failed = if failure.is_empty() { "" } else { "error" };
        let haystack =
            format!("{} {thread} {shown} {failure} {failed}", started.program).to_lowercase();
        self.text.to_lowercase().split_whitespace().all(|word| haystack.contains(word))
    }
}

/// Tells whether a call does something with a socket, or made it.
fn is_about(call: &Recorded, socket: &SocketKey) -> bool {
    let started = &call.started;
    if started.program != socket.program || started.run != socket.run {
        return false;
    }
    let made = || match call.ended.as_ref()?.outcome.reply(&started.call)? {
        Reply::Created(reply) => Some(reply.socket == socket.fd),
        Reply::Accepted(reply) => Some(reply.socket == socket.fd),
        Reply::Paired(reply) => Some(reply.first == socket.fd || reply.second == socket.fd),
        _ => None,
    };
    started.call.socket() == Some(socket.fd) || made() == Some(true)
}

/// The calls that a filter lets through, kept up to date call by call: a list of ten thousand
/// is not searched again for each new one.
#[derive(Debug, Default)]
pub struct Shown {
    filter: Filter,
    numbers: Vec<CallNumber>,
}

impl Shown {
    /// Returns the filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Returns the numbers of the calls to show, in order.
    pub fn numbers(&self) -> &[CallNumber] {
        &self.numbers
    }

    /// Changes the filter.
    pub fn set_filter(&mut self, filter: Filter, recording: &Recording) {
        self.filter = filter;
        self.numbers = recording
            .calls()
            .filter(|call| self.filter.lets_through(call))
            .map(|call| call.started.number)
            .collect();
    }

    /// Tells whether a call is shown.
    pub fn contains(&self, number: CallNumber) -> bool {
        self.numbers.last() == Some(&number) || self.numbers.binary_search(&number).is_ok()
    }

    /// Takes in a call that began, changed or ended.
    pub fn note(&mut self, number: CallNumber, recording: &Recording) {
        let Some(call) = recording.find(number) else { return };
        if let Err(index) = self.numbers.binary_search(&number)
            && self.filter.lets_through(call)
        {
            self.numbers.insert(index, number);
        }
        // What the recording forgot is not shown either.
        if self.numbers.len() > recording.len() {
            self.numbers.retain(|number| recording.find(*number).is_some());
        }
    }

    /// Forgets everything but the filter.
    pub fn clear(&mut self) {
        self.numbers.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::testing::Script;
    use serde_json::json;
    use shared::errno::Errno;

    fn recv() -> serde_json::Value {
        json!({"op": "recv", "socket": 3, "len": 128, "flags": [], "wait": "forever"})
    }

    #[test]
    fn a_call_waits_and_then_returns() {
        let mut script = Script::default();
        let number = script.begin("a.py", recv(), b"");
        let waiting = row(script.recording.find(number).unwrap(), 0, 2_500);
        assert_eq!((waiting.call.as_str(), waiting.end), ("recv(128)", RowEnd::Waiting));
        assert_eq!(waiting.duration_us, 2_500);

        script.end(number, CallOutcome::Ok(json!({"len": 3, "offset": 0})), b"abc");
        let done = row(script.recording.find(number).unwrap(), 0, 9_000);
        assert_eq!(done.end, RowEnd::Result("3 B".into()));
        assert_eq!(done.duration_us, 1_000);
    }

    #[test]
    fn a_call_that_moves_bytes_gives_a_glimpse_of_them() {
        let mut script = Script::default();
        let number = script.begin("a.py", recv(), b"");
        script.end(number, CallOutcome::Ok(json!({"len": 4, "offset": 0})), b"a'\r\n");
        let row = row(script.recording.find(number).unwrap(), 0, 0);
        assert_eq!(row.glimpse, r#"b"a'\r\n""#);
    }

    #[test]
    fn what_the_arguments_say_is_not_said_again() {
        let mut script = Script::default();
        let accept = script.listen("server.py", 9000);
        let ends = (0..accept).map(|number| row(script.recording.find(number).unwrap(), 0, 0).end);
        let said: Vec<RowEnd> = ends.collect();
        let nothing = RowEnd::Result(String::new());
        assert_eq!(said, [RowEnd::Result("fd 3".into()), nothing.clone(), nothing]);
    }

    #[test]
    fn an_error_is_shown_by_name() {
        let mut script = Script::default();
        let number = script.fail("a.py", recv(), Errno::ECONNRESET);
        let call = script.recording.find(number).unwrap();
        assert_eq!(row(call, 0, 0).end, RowEnd::Error("ECONNRESET".into()));
    }

    #[test]
    fn a_reply_that_does_not_fit_its_call_says_nothing() {
        let mut script = Script::default();
        let number = script.ok("a.py", recv(), json!({"port": 1}));
        let call = script.recording.find(number).unwrap();
        assert_eq!(row(call, 0, 0).end, RowEnd::Result(String::new()));
    }

    #[test]
    fn the_filter_looks_at_program_call_and_error() {
        let mut script = Script::default();
        let listen = script.listen("server.py", 9000);
        let failed = script.fail("client.py", recv(), Errno::ECONNRESET);
        let mut shown = Shown::default();
        let mut numbers = |text: &str, program: Option<&str>| {
            let program = program.map(str::to_owned);
            shown
                .set_filter(Filter { text: text.into(), program, socket: None }, &script.recording);
            shown.numbers().to_vec()
        };
        assert_eq!(numbers("", None).len(), 5);
        assert_eq!(numbers("", Some("client.py")), [failed]);
        assert_eq!(numbers("ACCEPT", None), [listen]);
        assert_eq!(numbers("server 9000", None).len(), 1);
        assert_eq!(numbers("econnreset", None), [failed]);
        assert_eq!(numbers("error", None), [failed]);
        assert!(numbers("nothing like it", None).is_empty());
    }

    #[test]
    fn a_call_that_fails_later_turns_up_then() {
        let mut script = Script::default();
        let first = script.begin("a.py", recv(), b"");
        let mut shown = Shown::default();
        shown.set_filter(Filter { text: "error".into(), ..Filter::default() }, &script.recording);
        assert!(shown.numbers().is_empty());
        let failure = Failure::new(Errno::EPIPE);
        script.end(first, CallOutcome::Error(failure), b"");
        shown.note(first, &script.recording);
        shown.note(first, &script.recording);
        assert_eq!(shown.numbers(), [first]);
    }
}
