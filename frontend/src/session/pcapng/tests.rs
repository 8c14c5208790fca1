use serde_json::{Value, json};

use super::*;
use crate::session::recording::CallOutcome;
use crate::timeline::testing::Script;
use shared::errno::{Errno, Failure};

/// A packet as a reader sees it: `client→server flags seq+len ack`.
fn packets(recording: &Recording) -> Vec<Packet> {
    let story = story::read(recording);
    let mut packets = conversation::packets(&story);
    packets.extend(datagrams::packets(&story));
    packets.sort_by_key(|packet| packet.at_us);
    packets
}

struct Read {
    ports: (u16, u16),
    flags: u8,
    seq: u32,
    ack: u32,
    data: Vec<u8>,
    len: usize,
}

fn read(packet: &Packet) -> Read {
    let below = if packet.bytes[0] >> 4 == 4 { 20 } else { 40 };
    let tcp = &packet.bytes[below..];
    let word = |at: usize| u16::from_be_bytes([tcp[at], tcp[at + 1]]);
    let long = |at: usize| u32::from_be_bytes(tcp[at..at + 4].try_into().unwrap());
    let header = usize::from(tcp[12] >> 4) * 4;
    Read {
        ports: (word(0), word(2)),
        flags: tcp[13],
        seq: long(4),
        ack: long(8),
        data: tcp[header..].to_vec(),
        len: packet.len - below - header,
    }
}

fn inet(port: u16) -> Value {
    json!({"inet": ["127.0.0.1", port]})
}

fn send(script: &mut Script, program: &str, fd: u32, bytes: &[u8]) {
    let call = json!({"op": "sendall", "socket": fd, "flags": [], "wait": "forever"});
    let number = script.begin(program, call, bytes);
    script.end(number, CallOutcome::Ok(json!({"len": bytes.len(), "offset": 0})), b"");
}

fn recv(script: &mut Script, program: &str, fd: u32, bytes: &[u8]) {
    let call = json!({"op": "recv", "socket": fd, "len": 64, "flags": [], "wait": "forever"});
    let number = script.begin(program, call, b"");
    script.end(number, CallOutcome::Ok(json!({"len": bytes.len(), "offset": 0})), bytes);
}

fn close(script: &mut Script, program: &str, fd: u32) {
    script.ok(program, json!({"op": "close", "socket": fd}), json!({}));
}

/// A client on fd 3 and the server's end of its connection on fd 4.
fn connected() -> Script {
    let mut script = Script::default();
    let accept = script.listen("server.py", 9000);
    script.socket("client.py");
    let connect = json!({"op": "connect", "socket": 3, "address": inet(9000), "wait": "forever"});
    script.ok("client.py", connect, json!({"local": inet(40112), "peer": inet(9000)}));
    let accepted = json!({"socket": 4, "local": inet(9000), "peer": inet(40112)});
    script.end(accept, CallOutcome::Ok(accepted), b"");
    script
}

#[test]
fn both_ends_in_the_tab_make_one_conversation() {
    let mut script = connected();
    send(&mut script, "client.py", 3, b"hello");
    recv(&mut script, "server.py", 4, b"hello");
    send(&mut script, "server.py", 4, b"HELLO!");
    recv(&mut script, "client.py", 3, b"HELLO!");
    close(&mut script, "client.py", 3);
    recv(&mut script, "server.py", 4, b"");
    close(&mut script, "server.py", 4);
    let packets = packets(&script.recording);
    let seen: Vec<(u16, u8, usize)> = packets
        .iter()
        .map(|packet| {
            let read = read(packet);
            (read.ports.0, read.flags, read.len)
        })
        .collect();
    let (client, server) = (40112, 9000);
    assert_eq!(
        seen,
        [
            (client, 0x02, 0),
            (server, 0x12, 0),
            (client, 0x10, 0),
            (client, 0x18, 5),
            (server, 0x10, 0),
            (server, 0x18, 6),
            (client, 0x10, 0),
            (client, 0x11, 0),
            (server, 0x10, 0),
            (server, 0x11, 0),
            (client, 0x10, 0),
        ]
    );
    assert_eq!(packets[3].comment, "client.py line 5: sendall(5 B)");
    assert!(packets[4].comment.ends_with("returned 5 bytes"), "{}", packets[4].comment);
    assert!(packets[2].comment.starts_with("server.py line 5: accept()"));
    no_number_is_out_of_place(&packets);
}

/// Each side's numbers go on where it left off, and it acknowledges only what was said.
fn no_number_is_out_of_place(packets: &[Packet]) {
    let mut next: std::collections::HashMap<u16, u32> = std::collections::HashMap::new();
    for packet in packets {
        let read = read(packet);
        if let Some(expected) = next.get(&read.ports.0) {
            assert_eq!(read.seq, *expected);
        }
        if let Some(said) = next.get(&read.ports.1).filter(|_| read.flags & 0x10 != 0) {
            assert!(said.wrapping_sub(read.ack) < 1 << 20, "acknowledges what was not said");
        }
        let counts = u32::from(read.flags & 0x03 != 0);
        next.insert(read.ports.0, read.seq.wrapping_add(read.len as u32 + counts));
    }
}

#[test]
fn an_end_outside_the_tab_is_told_from_this_side() {
    let mut script = Script::default();
    script.socket("client.py");
    let connect = json!({"op": "connect", "socket": 3, "address": inet(80), "wait": "forever"});
    script.ok("client.py", connect, json!({"local": inet(40000), "peer": inet(80)}));
    send(&mut script, "client.py", 3, b"GET /");
    recv(&mut script, "client.py", 3, b"200 OK");
    recv(&mut script, "client.py", 3, b"");
    let packets = packets(&script.recording);
    let data: Vec<(u16, Vec<u8>)> = packets
        .iter()
        .map(read)
        .filter(|read| read.len > 0)
        .map(|read| (read.ports.0, read.data))
        .collect();
    assert_eq!(data, [(40000, b"GET /".to_vec()), (80, b"200 OK".to_vec())]);
    assert!(packets.iter().any(|packet| packet.comment.ends_with("read the end of the stream")));
    no_number_is_out_of_place(&packets);
}

#[test]
fn a_refused_connect_is_answered_by_a_reset() {
    let mut script = Script::default();
    script.socket("client.py");
    let connect = json!({"op": "connect", "socket": 3, "address": inet(1), "wait": "forever"});
    script.fail("client.py", connect, Errno::ECONNREFUSED);
    let packets = packets(&script.recording);
    assert_eq!(packets.iter().map(|packet| read(packet).flags).collect::<Vec<_>>(), [0x02, 0x14]);
    assert_eq!(read(&packets[1]).ack, read(&packets[0]).seq.wrapping_add(1));
    assert!(packets[0].comment.contains("was refused (the recording does not know the local port"));
}

#[test]
fn a_reset_ends_the_conversation() {
    let mut script = connected();
    close(&mut script, "server.py", 4);
    let call = json!({"op": "recv", "socket": 3, "len": 64, "flags": [], "wait": "forever"});
    script.fail("client.py", call, Errno::ECONNRESET);
    close(&mut script, "client.py", 3);
    let flags: Vec<u8> =
        packets(&script.recording).iter().map(|packet| read(packet).flags).collect();
    assert_eq!(flags, [0x02, 0x12, 0x10, 0x14]);
}

#[test]
fn bytes_that_are_gone_are_missing_and_not_invented() {
    let mut script = connected();
    let call = json!({"op": "sendall", "socket": 3, "flags": [], "wait": "forever"});
    let number = script.begin("client.py", call, b"only the beginning");
    script.end(number, CallOutcome::Ok(json!({"len": 100_000, "offset": 0})), b"");
    let packets = packets(&script.recording);
    let data: Vec<Read> = packets.iter().map(read).filter(|read| read.len > 0).collect();
    assert_eq!(data.iter().map(|read| read.len).sum::<usize>(), 100_000);
    let kept: Vec<u8> = data.iter().flat_map(|read| read.data.clone()).collect();
    assert_eq!(kept, b"only the beginning");
    no_number_is_out_of_place(&packets);
}

#[test]
fn a_connect_that_did_not_wait_finds_its_other_end() {
    let mut script = Script::default();
    let accept = script.listen("server.py", 9000);
    script.socket("client.py");
    let connect = json!({"op": "connect", "socket": 3, "address": inet(9000), "wait": "never"});
    script.fail("client.py", connect, Errno::EINPROGRESS);
    let accepted = json!({"socket": 4, "local": inet(9000), "peer": inet(40112)});
    script.end(accept, CallOutcome::Ok(accepted), b"");
    send(&mut script, "client.py", 3, b"x");
    recv(&mut script, "server.py", 4, b"x");
    let packets = packets(&script.recording);
    assert_eq!(packets.len(), 5);
    assert!(
        packets.iter().all(|packet| read(packet).ports.0 == 40112 || read(packet).ports.0 == 9000)
    );
}

#[test]
fn a_program_that_ends_closes_its_connections() {
    use crate::messages::ProgramState;
    use crate::session::recording::{Happened, Moment};
    let mut script = connected();
    script.recording.note(Moment {
        at_us: script.next * 1000 + 1,
        program: "client.py".into(),
        what: Happened::State(ProgramState::Exited { code: 0, error: None }),
    });
    let packets = packets(&script.recording);
    assert_eq!(read(&packets[3]).flags, 0x11);
    assert!(packets[3].comment.contains("the program ended"));
}

#[test]
fn a_datagram_is_told_once() {
    let mut script = Script::default();
    let udp = json!({"op": "socket", "family": "inet", "kind": "datagram", "proto": 0});
    for program in ["receiver.py", "sender.py"] {
        script.ok(program, udp.clone(), json!({"socket": 3}));
    }
    let bind = json!({"op": "bind", "socket": 3, "address": inet(9000)});
    script.ok("receiver.py", bind, json!({"local": inet(9000)}));
    let sendto = |script: &mut Script, program: &str, to: u16, bytes: &[u8]| {
        let call = json!({"op": "sendto", "socket": 3, "address": inet(to), "flags": [], "wait": "forever"});
        let number = script.begin(program, call, bytes);
        script.end(number, CallOutcome::Ok(json!({"len": bytes.len(), "offset": null})), b"");
    };
    let recvfrom = |script: &mut Script, program: &str, from: u16, bytes: &[u8]| {
        let call =
            json!({"op": "recvfrom", "socket": 3, "len": 64, "flags": [], "wait": "forever"});
        let number = script.begin(program, call, b"");
        let reply = json!({"len": bytes.len(), "offset": null, "peer": inet(from)});
        script.end(number, CallOutcome::Ok(reply), bytes);
    };
    sendto(&mut script, "sender.py", 9000, b"ping");
    recvfrom(&mut script, "receiver.py", 50000, b"ping");
    sendto(&mut script, "receiver.py", 50000, b"pong");
    recvfrom(&mut script, "sender.py", 9000, b"pong");
    sendto(&mut script, "sender.py", 9001, b"lost");
    let packets = packets(&script.recording);
    let ports: Vec<(u16, u16)> = packets.iter().map(read_ports).collect();
    assert_eq!(ports, [(50000, 9000), (9000, 50000), (50000, 9001)]);
    assert!(packets[0].bytes.ends_with(b"ping"));
}

fn read_ports(packet: &Packet) -> (u16, u16) {
    let word = |at: usize| u16::from_be_bytes([packet.bytes[at], packet.bytes[at + 1]]);
    (word(20), word(22))
}

#[test]
fn the_file_is_made_of_whole_blocks() {
    let mut script = connected();
    send(&mut script, "client.py", 3, b"hello");
    let failure = Failure::new(Errno::EPIPE);
    let call = json!({"op": "send", "socket": 3, "flags": [], "wait": "forever"});
    let number = script.begin("client.py", call, b"more");
    script.end(number, CallOutcome::Error(failure), b"");
    let file = capture(&script.recording);
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let (mut at, mut kinds) = (0, Vec::new());
    while at < file.len() {
        let len = word(at + 4) as usize;
        assert_eq!(len % 4, 0);
        assert_eq!(word(at + len - 4) as usize, len);
        kinds.push(word(at));
        at += len;
    }
    assert_eq!(kinds, [0x0A0D_0D0A, 1, 6, 6, 6, 6, 6]);
    assert!(has_packets(&script.recording));
    assert!(!has_packets(&Recording::default()));
}

#[test]
fn control_messages_are_no_part_of_the_bytes() {
    let mut script = connected();
    let control = json!([{"level": 1, "kind": 2, "len": 4}]);
    let call = json!({"op": "sendmsg", "socket": 3, "address": null, "control": control,
                      "flags": [], "wait": "forever"});
    let number = script.begin("client.py", call, b"ctrlhello");
    script.end(number, CallOutcome::Ok(json!({"len": 5, "offset": 0})), b"");
    let packets = packets(&script.recording);
    assert_eq!(read(&packets[3]).data, b"hello");
}
