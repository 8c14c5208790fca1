use super::*;
use crate::session::recording::Recording;
use crate::timeline::testing::Script;
use serde_json::{Value, json};

/// A script that tells a flow what it records.
#[derive(Default)]
struct Stage {
    script: Script,
    flow: Flow,
}

impl Stage {
    fn begin(&mut self, program: &str, call: Value, sent: &[u8]) -> CallNumber {
        let number = self.script.begin(program, call, sent);
        self.flow.begin(self.script.recording.find(number).unwrap());
        number
    }

    fn end(&mut self, number: CallNumber, reply: Value, received: &[u8]) {
        self.script.end(number, CallOutcome::Ok(reply), received);
        self.flow.end_call(self.script.recording.find(number).unwrap());
    }

    fn fail(&mut self, number: CallNumber, errno: Errno) {
        let failure = shared::errno::Failure::new(errno);
        self.script.end(number, CallOutcome::Error(failure), b"");
        self.flow.end_call(self.script.recording.find(number).unwrap());
    }

    fn ok(&mut self, program: &str, call: Value, reply: Value) -> CallNumber {
        let number = self.begin(program, call, b"");
        self.end(number, reply, b"");
        number
    }

    fn socket(&mut self, program: &str, fd: u32, kind: &str) {
        let call = json!({"op": "socket", "family": "inet", "kind": kind, "proto": 0});
        self.ok(program, call, json!({"socket": fd}));
    }

    fn bind(&mut self, program: &str, fd: u32, port: u16) {
        let address = local(port);
        let call = json!({"op": "bind", "socket": fd, "address": address});
        self.ok(program, call, json!({"local": address}));
    }

    /// A connection from fd 3 of `client.py` to fd 4 of `server.py`.
    fn connection(&mut self) -> (CallNumber, CallNumber) {
        self.socket("server.py", 3, "stream");
        self.bind("server.py", 3, 9000);
        let call = json!({"op": "listen", "socket": 3, "backlog": 5});
        self.ok("server.py", call, json!({"local": local(9000)}));
        let accept = self.begin("server.py", accept(), b"");
        self.socket("client.py", 3, "stream");
        let connect = self.begin("client.py", connect(9000), b"");
        self.end(connect, json!({"local": local(51834), "peer": local(9000)}), b"");
        self.end(accept, accepted(4, 51834), b"");
        (connect, accept)
    }

    fn send(&mut self, program: &str, fd: u32, offset: u64, len: u32) -> CallNumber {
        let number = self.begin(program, sendall(fd), &vec![b'x'; len as usize]);
        self.end(number, json!({"len": len, "offset": offset}), b"");
        number
    }

    fn recv(&mut self, program: &str, fd: u32, offset: u64, len: u32) -> CallNumber {
        let number = self.begin(program, recv(fd), b"");
        self.end(number, json!({"len": len, "offset": offset}), &vec![b'x'; len as usize]);
        number
    }

    fn drawn(&self) -> Vec<(Tip, Tip, What)> {
        self.flow
            .arrows()
            .map(|(_, arrow)| (arrow.from.clone(), arrow.to.clone(), arrow.what))
            .collect()
    }

    /// The arrows besides those that say "connected".
    fn moved(&self) -> Vec<(Tip, Tip, What)> {
        self.drawn().into_iter().filter(|(_, _, what)| *what != What::Connected).collect()
    }
}

fn local(port: u16) -> Value {
    json!({"inet": ["127.0.0.1", port]})
}

fn accept() -> Value {
    json!({"op": "accept", "socket": 3, "wait": "forever"})
}

fn accepted(fd: u32, from: u16) -> Value {
    json!({"socket": fd, "local": local(9000), "peer": local(from)})
}

fn connect(port: u16) -> Value {
    json!({"op": "connect", "socket": 3, "address": local(port), "wait": "forever"})
}

fn sendall(fd: u32) -> Value {
    json!({"op": "sendall", "socket": fd, "flags": [], "wait": "forever"})
}

fn recv(fd: u32) -> Value {
    json!({"op": "recv", "socket": fd, "len": 1024, "flags": [], "wait": "forever"})
}

fn close(fd: u32) -> Value {
    json!({"op": "close", "socket": fd})
}

fn bytes(from: CallNumber, to: CallNumber, start: u64, end: u64) -> (Tip, Tip, What) {
    (Tip::Start(from), Tip::End(to), What::Bytes { start, end })
}

#[test]
fn connect_meets_accept_whichever_is_heard_of_first() {
    let mut stage = Stage::default();
    let (connect, accept) = stage.connection();
    assert_eq!(stage.drawn(), [(Tip::Start(connect), Tip::End(accept), What::Connected)]);

    // The next connection's accept is heard of before its connect.
    stage.socket("client.py", 5, "stream");
    let mut call = self::connect(9000);
    call["socket"] = json!(5);
    let connect = stage.begin("client.py", call, b"");
    let accept = stage.begin("server.py", self::accept(), b"");
    stage.end(accept, accepted(6, 51835), b"");
    stage.end(connect, json!({"local": local(51835), "peer": local(9000)}), b"");
    let last = stage.drawn().pop().unwrap();
    assert_eq!(last, (Tip::Start(connect), Tip::End(accept), What::Connected));
}

#[test]
fn two_connects_at_once_wait_until_their_addresses_are_known() {
    let mut stage = Stage::default();
    stage.connection();
    stage.socket("a.py", 3, "stream");
    stage.socket("b.py", 3, "stream");
    let a = stage.begin("a.py", connect(9000), b"");
    let b = stage.begin("b.py", connect(9000), b"");
    let accept = stage.begin("server.py", accept(), b"");
    stage.end(accept, accepted(5, 2000), b"");
    assert_eq!(stage.drawn().len(), 1);
    stage.end(a, json!({"local": local(1000), "peer": local(9000)}), b"");
    stage.end(b, json!({"local": local(2000), "peer": local(9000)}), b"");
    assert!(stage.drawn().contains(&(Tip::Start(b), Tip::End(accept), What::Connected)));
    assert!(!stage.drawn().iter().any(|(from, ..)| *from == Tip::Start(a)));
}

#[test]
fn one_send_feeds_three_receives() {
    let mut stage = Stage::default();
    stage.connection();
    let send = stage.send("client.py", 3, 0, 41);
    let line = Tip::Line("server.py".into());
    assert_eq!(stage.moved(), [(Tip::Start(send), line, What::Bytes { start: 0, end: 41 })]);
    let receives: Vec<CallNumber> =
        [(0, 16), (16, 16), (32, 9)].map(|(at, len)| stage.recv("server.py", 4, at, len)).into();
    assert_eq!(
        stage.moved(),
        [
            bytes(send, receives[0], 0, 16),
            bytes(send, receives[1], 16, 32),
            bytes(send, receives[2], 32, 41),
        ]
    );
}

#[test]
fn coalesced_sends_arrive_together() {
    let mut stage = Stage::default();
    stage.connection();
    let first = stage.send("client.py", 3, 0, 5);
    let second = stage.send("client.py", 3, 5, 7);
    let recv = stage.recv("server.py", 4, 0, 12);
    assert_eq!(stage.moved(), [bytes(first, recv, 0, 5), bytes(second, recv, 5, 12)]);
}

#[test]
fn bytes_are_taken_before_their_send_has_ended() {
    let mut stage = Stage::default();
    stage.connection();
    let send = stage.begin("client.py", sendall(3), &[0; 100]);
    let recv = stage.recv("server.py", 4, 0, 60);
    assert_eq!(stage.moved(), [bytes(send, recv, 0, 60)]);
    stage.end(send, json!({"len": 100, "offset": 0}), b"");
    let rest = stage.recv("server.py", 4, 60, 40);
    assert_eq!(stage.moved(), [bytes(send, recv, 0, 60), bytes(send, rest, 60, 100)]);
}

#[test]
fn of_two_sends_at_once_nobody_guesses() {
    let mut stage = Stage::default();
    stage.connection();
    let first = stage.begin("client.py", sendall(3), &[0; 10]);
    let second = stage.begin("client.py", sendall(3), &[0; 10]);
    let recv = stage.recv("server.py", 4, 0, 10);
    assert!(stage.moved().is_empty());
    // The second went first.
    stage.end(second, json!({"len": 10, "offset": 0}), b"");
    stage.end(first, json!({"len": 10, "offset": 10}), b"");
    assert!(stage.moved().contains(&bytes(second, recv, 0, 10)));
}

#[test]
fn a_peek_takes_nothing() {
    let mut stage = Stage::default();
    stage.connection();
    let send = stage.send("client.py", 3, 0, 5);
    let mut peek = recv(4);
    peek["flags"] = json!(["peek"]);
    let number = stage.begin("server.py", peek, b"");
    stage.end(number, json!({"len": 5, "offset": 0}), b"xxxxx");
    let taken = stage.recv("server.py", 4, 0, 5);
    assert_eq!(stage.moved(), [bytes(send, taken, 0, 5)]);
}

#[test]
fn the_end_of_a_stream_goes_from_close_to_the_receive_that_meets_it() {
    let mut stage = Stage::default();
    stage.connection();
    let close = stage.ok("client.py", close(3), json!({}));
    let line = Tip::Line("server.py".into());
    assert_eq!(stage.moved(), [(Tip::Start(close), line, What::Fin)]);
    let eof = stage.recv("server.py", 4, 0, 0);
    assert_eq!(stage.moved(), [(Tip::Start(close), Tip::End(eof), What::Fin)]);
    stage.recv("server.py", 4, 0, 0);
    assert_eq!(stage.moved().len(), 1);
}

#[test]
fn a_program_that_ends_closes_its_sockets() {
    let mut stage = Stage::default();
    stage.connection();
    assert_eq!(stage.flow.end_program("client.py"), 0);
    let eof = stage.recv("server.py", 4, 0, 0);
    assert_eq!(stage.moved(), [(Tip::Ending(0), Tip::End(eof), What::Fin)]);
}

#[test]
fn a_reset_comes_from_the_close_that_caused_it() {
    let mut stage = Stage::default();
    stage.connection();
    stage.send("server.py", 4, 0, 5);
    let close = stage.ok("client.py", close(3), json!({}));
    let recv = stage.begin("server.py", recv(4), b"");
    stage.fail(recv, Errno::ECONNRESET);
    let reset = (Tip::Start(close), Tip::End(recv), What::Reset(Errno::ECONNRESET));
    assert!(stage.moved().contains(&reset));
    assert!(!stage.moved().iter().any(|(_, _, what)| *what == What::Fin));
}

#[test]
fn a_refused_connection_comes_from_nowhere() {
    let mut stage = Stage::default();
    stage.socket("client.py", 3, "stream");
    let connect = stage.begin("client.py", connect(9001), b"");
    stage.fail(connect, Errno::ECONNREFUSED);
    let refused = What::Reset(Errno::ECONNREFUSED);
    assert_eq!(stage.drawn(), [(Tip::Nowhere, Tip::End(connect), refused)]);
}

#[test]
fn a_socketpair_is_joined_from_the_beginning() {
    let mut stage = Stage::default();
    let call = json!({"op": "socketpair", "family": "unix", "kind": "stream", "proto": 0});
    stage.ok("a.py", call, json!({"first": 3, "second": 4}));
    let send = stage.send("a.py", 3, 0, 5);
    let recv = stage.recv("a.py", 4, 0, 5);
    assert_eq!(stage.drawn(), [bytes(send, recv, 0, 5)]);
}

#[test]
fn a_host_outside_has_a_name_and_arrows() {
    let mut stage = Stage::default();
    let asked = json!({"op": "getaddrinfo", "host": "example.org", "service": "80",
                       "family": null, "kind": null, "proto": 0, "flags": 0});
    let entry = json!({"family": "inet", "kind": "stream", "proto": 6, "canonical_name": "",
                       "address": {"inet": ["192.0.2.1", 80]}});
    stage.ok("client.py", asked, json!({"entries": [entry]}));
    stage.socket("client.py", 3, "stream");
    let outside = json!({"inet": ["192.0.2.1", 80]});
    let call = json!({"op": "connect", "socket": 3, "address": outside, "wait": "forever"});
    let reply = json!({"local": {"inet": ["10.0.0.5", 40112]}, "peer": outside});
    let connect = stage.ok("client.py", call, reply);
    let send = stage.send("client.py", 3, 0, 18);
    let recv = stage.recv("client.py", 3, 0, 128);
    assert_eq!(stage.flow.hosts(), ["example.org"]);
    let (host, all) = (Tip::Host(0), What::Bytes { start: 0, end: 18 });
    assert_eq!(
        stage.drawn(),
        [
            (Tip::Start(connect), host.clone(), What::Connected),
            (Tip::Start(send), host.clone(), all),
            (host, Tip::End(recv), What::Bytes { start: 0, end: 128 }),
        ]
    );
}

#[test]
fn a_visitor_from_outside_has_a_lane() {
    let mut stage = Stage::default();
    stage.connection();
    let accept = stage.begin("server.py", accept(), b"");
    stage.end(accept, accepted(7, 40000), b"");
    let recv = stage.recv("server.py", 7, 0, 4);
    assert_eq!(stage.flow.hosts(), ["127.0.0.1"]);
    let four = What::Bytes { start: 0, end: 4 };
    assert!(stage.drawn().contains(&(Tip::Host(0), Tip::End(accept), What::Connected)));
    assert!(stage.drawn().contains(&(Tip::Host(0), Tip::End(recv), four)));
}

fn sendto(port: u16) -> Value {
    json!({"op": "sendto", "socket": 3, "address": local(port), "flags": [], "wait": "forever"})
}

fn recvfrom() -> Value {
    json!({"op": "recvfrom", "socket": 3, "len": 1024, "flags": [], "wait": "forever"})
}

impl Stage {
    fn datagram(&mut self, program: &str, port: u16, text: &[u8]) -> CallNumber {
        let number = self.begin(program, sendto(port), text);
        self.end(number, json!({"len": text.len(), "offset": null}), b"");
        number
    }

    fn take_datagram(&mut self, program: &str, from: u16, text: &[u8]) -> CallNumber {
        let number = self.begin(program, recvfrom(), b"");
        let reply = json!({"len": text.len(), "offset": null, "peer": local(from)});
        self.end(number, reply, text);
        number
    }

    fn udp_pair(&mut self) {
        self.socket("server.py", 3, "datagram");
        self.bind("server.py", 3, 9000);
        self.socket("client.py", 3, "datagram");
    }
}

#[test]
fn an_urgent_byte_moves_no_arrow() {
    let mut stage = Stage::default();
    stage.connection();
    let first = stage.send("client.py", 3, 0, 2);
    let urgent = json!({"op": "send", "socket": 3, "flags": ["oob"], "wait": "forever"});
    let urgent = stage.begin("client.py", urgent, b"c!");
    stage.end(urgent, json!({"len": 2, "offset": 2}), b"");
    let last = stage.send("client.py", 3, 3, 2);
    let before = stage.recv("server.py", 4, 0, 3);
    let beside = json!({"op": "recv", "socket": 4, "len": 1, "flags": ["oob"], "wait": "forever"});
    let beside = stage.begin("server.py", beside, b"");
    stage.end(beside, json!({"len": 1}), b"!");
    let behind = stage.recv("server.py", 4, 3, 2);
    let bytes = |start, end| What::Bytes { start, end };
    let mut moved = stage.moved();
    moved.sort_by_key(|(_, _, what)| match what {
        What::Bytes { start, .. } => *start,
        _ => u64::MAX,
    });
    assert_eq!(
        moved,
        [
            (Tip::Start(first), Tip::End(before), bytes(0, 2)),
            (Tip::Start(urgent), Tip::End(before), bytes(2, 3)),
            (Tip::Start(last), Tip::End(behind), bytes(3, 5)),
        ]
    );
}

#[test]
fn a_datagram_goes_to_the_receive_that_took_it_and_the_answer_comes_back() {
    let mut stage = Stage::default();
    stage.udp_pair();
    let ask = stage.datagram("client.py", 9000, b"ping");
    let asked = stage.take_datagram("server.py", 40001, b"ping");
    let answer = stage.datagram("server.py", 40001, b"pong!");
    let answered = stage.take_datagram("client.py", 9000, b"pong!");
    let whole = |len| What::Datagram { len, taken: len };
    assert_eq!(
        stage.drawn(),
        [
            (Tip::Start(ask), Tip::End(asked), whole(4)),
            (Tip::Start(answer), Tip::End(answered), whole(5)),
        ]
    );
}

#[test]
fn a_datagram_that_was_overtaken_or_left_behind_is_lost() {
    let mut stage = Stage::default();
    stage.udp_pair();
    let first = stage.datagram("client.py", 9000, b"one");
    let second = stage.datagram("client.py", 9000, b"second");
    let third = stage.datagram("client.py", 9000, b"3");
    let taken = stage.take_datagram("server.py", 40001, b"second");
    stage.ok("server.py", close(3), json!({}));
    assert_eq!(
        stage.drawn(),
        [
            (Tip::Start(first), Tip::Line("server.py".into()), What::Lost { len: 3 }),
            (Tip::Start(second), Tip::End(taken), What::Datagram { len: 6, taken: 6 }),
            (Tip::Start(third), Tip::Line("server.py".into()), What::Lost { len: 1 }),
        ]
    );
}

#[test]
fn a_datagram_that_could_not_be_sent_is_not_drawn() {
    let mut stage = Stage::default();
    stage.udp_pair();
    let number = stage.begin("client.py", sendto(9000), b"x");
    stage.fail(number, Errno::EMSGSIZE);
    assert!(stage.drawn().is_empty());
}

#[test]
fn a_flow_of_thousands_costs_what_its_calls_cost() {
    let mut stage = Stage::default();
    stage.connection();
    for n in 0..5_000 {
        stage.send("client.py", 3, n * 10, 10);
        stage.recv("server.py", 4, n * 10, 10);
    }
    assert_eq!(stage.moved().len(), 5_000);
    let recording: &Recording = &stage.script.recording;
    let last = recording.calls().last().unwrap();
    assert_eq!(stage.flow.end_of_call(last), stage.flow.end_of(&stage.flow.ends()[2].key));
}
