use super::*;
use crate::session::recording::CallOutcome;
use crate::timeline::testing::Script;
use serde_json::{Value, json};

#[derive(Default)]
struct Stage {
    script: Script,
    flow: Flow,
    waiting: BTreeSet<CallNumber>,
}

impl Stage {
    fn begin(&mut self, program: &str, call: Value) -> CallNumber {
        let number = self.script.begin(program, call, b"");
        self.flow.begin(self.script.recording.find(number).unwrap());
        self.waiting.insert(number);
        number
    }

    fn ok(&mut self, program: &str, call: Value, reply: Value) {
        let number = self.begin(program, call);
        self.end(number, reply);
    }

    fn end(&mut self, number: CallNumber, reply: Value) {
        self.waiting.remove(&number);
        self.script.end(number, CallOutcome::Ok(reply), b"");
        self.flow.end_call(self.script.recording.find(number).unwrap());
    }

    fn connection(&mut self) {
        let socket = json!({"op": "socket", "family": "inet", "kind": "stream", "proto": 0});
        self.ok("server.py", socket.clone(), json!({"socket": 3}));
        let address = json!({"inet": ["127.0.0.1", 9000]});
        let local = json!({"local": address});
        self.ok("server.py", json!({"op": "bind", "socket": 3, "address": address}), local.clone());
        self.ok("server.py", json!({"op": "listen", "socket": 3, "backlog": 5}), local);
        self.ok("client.py", socket, json!({"socket": 3}));
        let connect = json!({"op": "connect", "socket": 3, "address": address, "wait": "forever"});
        let from = json!({"inet": ["127.0.0.1", 51000]});
        self.ok("client.py", connect, json!({"local": from, "peer": address}));
        let reply = json!({"socket": 4, "local": address, "peer": from});
        self.ok("server.py", accept(), reply);
    }

    fn account(&self, actors: &[(&str, Doing)], now_ms: f64) -> Option<Account> {
        let actors: Vec<Actor> = actors
            .iter()
            .map(|(name, doing)| Actor { name: (*name).into(), doing: *doing })
            .collect();
        account(&actors, &self.waiting, &self.script.recording, &self.flow, now_ms)
    }

    fn both_wait(&self) -> Account {
        let waits = Doing::Waits { since_ms: 0.0 };
        self.account(&[("server.py", waits), ("client.py", waits)], 5_000.0).unwrap()
    }
}

fn accept() -> Value {
    json!({"op": "accept", "socket": 3, "wait": "forever"})
}

fn recv(fd: u32) -> Value {
    json!({"op": "recv", "socket": fd, "len": 64, "flags": [], "wait": "forever"})
}

fn sendall(fd: u32) -> Value {
    json!({"op": "sendall", "socket": fd, "flags": [], "wait": "forever"})
}

#[test]
fn two_that_both_receive_wait_for_each_other() {
    let mut stage = Stage::default();
    stage.connection();
    stage.ok("client.py", sendall(3), json!({"len": 5, "offset": 0}));
    stage.ok("server.py", recv(4), json!({"len": 5, "offset": 0}));
    stage.begin("server.py", recv(4));
    stage.begin("client.py", recv(3));
    let account = stage.both_wait();
    assert!(account.deadlock);
    assert_eq!(account.headline, "server.py and client.py are waiting for each other.");
    assert!(account.advice.contains("shutdown(socket.SHUT_WR)"), "{}", account.advice);
    assert!(account.advice.starts_with("server.py has every byte that client.py sent"));
}

#[test]
fn a_client_waits_for_a_server_that_accepts_again() {
    let mut stage = Stage::default();
    stage.connection();
    stage.begin("server.py", accept());
    stage.begin("client.py", recv(3));
    let account = stage.both_wait();
    assert!(!account.deadlock);
    let client = account.lines.iter().find(|line| line.program == "client.py").unwrap();
    assert_eq!(
        client.text,
        "client.py line 5 waits in recv() for bytes from server.py, which waits in accept() \
         at line 5: both wait, nobody will send."
    );
    assert!(account.headline.starts_with("client.py waits for server.py"));
}

#[test]
fn two_that_both_send_fill_the_buffers() {
    let mut stage = Stage::default();
    stage.connection();
    stage.begin("server.py", sendall(4));
    stage.begin("client.py", sendall(3));
    let account = stage.both_wait();
    assert!(account.deadlock);
    assert!(account.advice.contains("the buffers between them are full"));
}

#[test]
fn a_lonely_server_says_where_to_connect() {
    let mut stage = Stage::default();
    stage.connection();
    stage.begin("server.py", accept());
    let waits = Doing::Waits { since_ms: 0.0 };
    let account =
        stage.account(&[("server.py", waits), ("client.py", Doing::Ended)], 5_000.0).unwrap();
    assert_eq!(account.headline, "server.py waits for somebody to connect to 127.0.0.1:9000.");
    assert!(!account.deadlock);
}

#[test]
fn it_says_nothing_while_anything_may_still_go_on() {
    let mut stage = Stage::default();
    stage.connection();
    stage.begin("server.py", accept());
    let waits = Doing::Waits { since_ms: 0.0 };
    let both = |other, now_ms| stage.account(&[("server.py", waits), ("client.py", other)], now_ms);
    assert!(both(Doing::Works, 5_000.0).is_none());
    assert!(both(Doing::Ended, STILL_MS_MIN - 1.0).is_none());
    assert!(both(Doing::Ended, STILL_MS_MIN).is_some());
}

#[test]
fn a_wait_with_a_timeout_is_not_stuck() {
    let mut stage = Stage::default();
    stage.connection();
    let mut call = recv(4);
    call["wait"] = json!({"millis": 9000});
    stage.begin("server.py", call);
    let waits = Doing::Waits { since_ms: 0.0 };
    assert!(stage.account(&[("server.py", waits)], 5_000.0).is_none());
}

#[test]
fn a_receive_of_datagrams_hears_that_nothing_is_repeated() {
    let mut stage = Stage::default();
    let socket = json!({"op": "socket", "family": "inet", "kind": "datagram", "proto": 0});
    stage.ok("udp.py", socket, json!({"socket": 3}));
    let address = json!({"inet": ["127.0.0.1", 9000]});
    let bind = json!({"op": "bind", "socket": 3, "address": address});
    stage.ok("udp.py", bind, json!({"local": address}));
    let mut call = recv(3);
    call["op"] = json!("recvfrom");
    stage.begin("udp.py", call);
    let waits = Doing::Waits { since_ms: 0.0 };
    let account = stage.account(&[("udp.py", waits)], 5_000.0).unwrap();
    assert!(account.lines[0].text.ends_with("for a datagram to 127.0.0.1:9000: nobody sends one."));
}
