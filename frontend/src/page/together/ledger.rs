//! The calls by which open sockets came about, and those that wait: what a visitor who comes
//! later needs to understand the rest.

use std::collections::BTreeMap;

use shared::call::{Call, SocketId};
use shared::reply::Reply;

use crate::session::recording::{CallEnded, CallNumber, CallOutcome, CallStarted};

/// Calls that are kept; a program with more open sockets than this is told from its newest ones.
const CALLS_MAX: usize = 400;

/// The calls that somebody who comes later has to know.
#[derive(Debug, Default)]
pub struct Ledger {
    calls: BTreeMap<CallNumber, Kept>,
}

/// A call, without its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub started: CallStarted,
    pub ended: Option<CallEnded>,
    /// The sockets it is about.
    fds: Vec<SocketId>,
}

impl Ledger {
    /// Returns the calls in the order they began.
    pub fn calls(&self) -> impl Iterator<Item = &Kept> {
        self.calls.values()
    }

    /// Notes that a call began.
    pub fn begin(&mut self, started: &CallStarted) {
        let started = CallStarted { bytes: 0..0, ..started.clone() };
        self.calls.insert(started.number, Kept { started, ended: None, fds: Vec::new() });
        while self.calls.len() > CALLS_MAX {
            self.calls.pop_first();
        }
    }

    /// Notes that a call ended.
    pub fn end(&mut self, ended: &CallEnded) {
        let Some(kept) = self.calls.get_mut(&ended.number) else { return };
        kept.ended = Some(CallEnded { bytes: 0..0, ..ended.clone() });
        let (call, run, program) =
            (&kept.started.call, kept.started.run, kept.started.program.clone());
        if let (Call::Close(close), CallOutcome::Ok(_)) = (call, &ended.outcome) {
            let closed = close.socket;
            self.calls.retain(|number, kept| {
                let same = kept.started.program == program && kept.started.run == run;
                *number != ended.number && !(same && kept.is_about(closed))
            });
            return;
        }
        match about(call, &ended.outcome) {
            Some(fds) => kept.fds = fds,
            None => {
                self.calls.remove(&ended.number);
            }
        }
    }

    /// Notes that a program ended, and its sockets with it.
    pub fn end_program(&mut self, program: &str) {
        self.calls.retain(|_, kept| kept.started.program != program);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.calls.clear();
    }
}

impl Kept {
    fn is_about(&self, fd: SocketId) -> bool {
        // Of a pair both ends have to be closed.
        match self.fds.as_slice() {
            [one] => *one == fd,
            _ => false,
        }
    }
}

/// Returns the sockets whose state a call has changed; nothing if it changed none.
fn about(call: &Call, outcome: &CallOutcome) -> Option<Vec<SocketId>> {
    if let (Call::Connect(connect), CallOutcome::Error(_)) = (call, outcome) {
        // It may go on in the background.
        return Some(vec![connect.socket]);
    }
    match (call, outcome.reply(call)?) {
        (_, Reply::Created(created)) => Some(vec![created.socket]),
        (_, Reply::Accepted(accepted)) => Some(vec![accepted.socket]),
        (_, Reply::Paired(pair)) => Some(vec![pair.first, pair.second]),
        (Call::Bind(_) | Call::Listen(_) | Call::Connect(_) | Call::Getsockname(_), _) => {
            call.socket().map(|socket| vec![socket])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::session::recording::Recorded;
    use crate::timeline::testing::Script;

    fn ledger(script: &Script) -> Ledger {
        let mut ledger = Ledger::default();
        for Recorded { started, ended, .. } in script.recording.calls() {
            ledger.begin(started);
            if let Some(ended) = ended {
                ledger.end(ended);
            }
        }
        ledger
    }

    fn methods(ledger: &Ledger) -> Vec<&str> {
        ledger.calls().map(|kept| kept.started.method.as_str()).collect()
    }

    #[test]
    fn what_made_open_sockets_is_kept_and_what_moved_bytes_is_not() {
        let mut script = Script::default();
        let accept = script.listen("server.py", 9000);
        let reply = json!({"socket": 4, "local": {"inet": ["127.0.0.1", 9000]},
                           "peer": {"inet": ["127.0.0.1", 51834]}});
        script.end(accept, CallOutcome::Ok(reply), b"");
        let recv = json!({"op": "recv", "socket": 4, "len": 64, "flags": [], "wait": "forever"});
        script.ok("server.py", recv.clone(), json!({"len": 40, "offset": 0}));
        script.begin("server.py", recv, b"");
        assert_eq!(methods(&ledger(&script)), ["socket", "bind", "listen", "accept", "recv"]);

        script.ok("server.py", json!({"op": "close", "socket": 4}), json!({}));
        assert_eq!(methods(&ledger(&script)), ["socket", "bind", "listen", "recv"]);
        script.ok("server.py", json!({"op": "close", "socket": 3}), json!({}));
        let mut ledger = ledger(&script);
        assert_eq!(methods(&ledger), ["recv"]);
        ledger.end_program("server.py");
        assert_eq!(ledger.calls().count(), 0);
    }

    #[test]
    fn it_is_bounded() {
        let mut script = Script::default();
        for _ in 0..CALLS_MAX + 7 {
            script.socket("a.py");
        }
        assert_eq!(ledger(&script).calls().count(), CALLS_MAX);
    }
}
