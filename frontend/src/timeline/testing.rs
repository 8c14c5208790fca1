//! A small recording to test with.

use serde_json::{Value, json};

use shared::call::Call;
use shared::errno::{Errno, Failure};
use shared::guest::Site;

use crate::session::recording::{CallEnded, CallOutcome, CallStarted, Recording};

/// Records calls one after the other, each a millisecond after the one before.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) recording: Recording,
    pub(crate) next: u64,
}

impl Script {
    /// Begins a call and leaves it waiting.
    pub(crate) fn begin(&mut self, program: &str, call: Value, sent: &[u8]) -> u64 {
        let number = self.next;
        self.next += 1;
        let call: Call = serde_json::from_value(call).unwrap();
        let method = serde_json::to_value(&call).unwrap()["op"].as_str().unwrap().to_owned();
        self.recording.start(
            CallStarted {
                number,
                program: program.into(),
                run: 1,
                thread: 0,
                site: Some(Site { file: program.into(), line: 5 }),
                method,
                call,
                at_us: number * 1000,
                bytes: 0..sent.len(),
            },
            sent,
        );
        number
    }

    /// Ends a call.
    pub(crate) fn end(&mut self, number: u64, outcome: CallOutcome, received: &[u8]) {
        let at_us = self.next * 1000;
        let bytes = 0..received.len();
        self.recording.end(CallEnded { number, at_us, host_us: 40, outcome, bytes }, received);
    }

    /// Makes a call that succeeds.
    pub(crate) fn ok(&mut self, program: &str, call: Value, reply: Value) -> u64 {
        let number = self.begin(program, call, b"");
        self.end(number, CallOutcome::Ok(reply), b"");
        number
    }

    /// Makes a call that fails.
    pub(crate) fn fail(&mut self, program: &str, call: Value, errno: Errno) -> u64 {
        let number = self.begin(program, call, b"");
        self.end(number, CallOutcome::Error(Failure::new(errno)), b"");
        number
    }

    /// A server that listens on a port and waits for a connection on fd 3.
    pub(crate) fn listen(&mut self, program: &str, port: u16) -> u64 {
        let local = json!({"local": {"inet": ["127.0.0.1", port]}});
        let address = json!({"inet": ["127.0.0.1", port]});
        self.socket(program);
        self.ok(program, json!({"op": "bind", "socket": 3, "address": address}), local.clone());
        self.ok(program, json!({"op": "listen", "socket": 3, "backlog": 5}), local);
        self.begin(program, json!({"op": "accept", "socket": 3, "wait": "forever"}), b"")
    }

    /// Makes a TCP socket, fd 3.
    pub(crate) fn socket(&mut self, program: &str) -> u64 {
        let call = json!({"op": "socket", "family": "inet", "kind": "stream", "proto": 0});
        self.ok(program, call, json!({"socket": 3}))
    }
}
