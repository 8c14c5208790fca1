//! Visitors of a room, each with a page of their own, and what goes between them.

use serde_json::json;

use shared::frame::{RoomMember, RoomState};

use super::*;
use crate::session::recording::{CallEnded, CallOutcome, Recorded};
use crate::timeline::flow::{Tip, What};
use crate::timeline::testing::Script;

const ADA: u32 = 1;
const BOB: u32 = 2;
/// How far the backend's clock is ahead of Ada's and of Bob's.
const AHEAD_US: [i64; 2] = [5_000_000, -3_000_000];

fn room(you: u32, sharing: &[u32]) -> RoomState {
    let member = |(id, name): (u32, &str)| RoomMember {
        id,
        name: name.into(),
        sharing: sharing.contains(&id),
    };
    let members = [(ADA, "Ada"), (BOB, "Bob")].map(member).into();
    RoomState { name: "k3Jx".into(), you, capacity: 40, members }
}

fn visitor(you: u32) -> State {
    let mut state = opened("");
    hear(&mut state, Notice::Room(room(you, &[])));
    hear(&mut state, Notice::Clock { ahead_us: AHEAD_US[you as usize - 1] });
    state
}

/// Lets the kernel worker say something; returns what the page shows the room.
fn shows(state: &mut State, notices: Vec<Notice>, payload: &[u8]) -> Vec<(String, Vec<u8>)> {
    let batch = Rc::new(Batch { notices, ..Batch::default() });
    shown_in(&update(state, Event::Kernel(batch, Rc::new(payload.to_vec()))))
}

fn shown_in(effects: &[Effect]) -> Vec<(String, Vec<u8>)> {
    let show = |effect: &Effect| match effect {
        Effect::Post(Command::Show { show, payload }) => Some((show.clone(), payload.clone())),
        _ => None,
    };
    effects.iter().filter_map(show).collect()
}

/// Brings what one page showed to another.
fn bring(to: &mut State, from: u32, messages: &[(String, Vec<u8>)]) {
    for (show, payload) in messages {
        let bytes = 0..payload.len();
        let notice = Notice::Shown { from, lost: 0, show: show.clone(), bytes };
        let batch = Rc::new(Batch { notices: vec![notice], ..Batch::default() });
        update(to, Event::Kernel(batch, Rc::new(payload.clone())));
    }
}

/// What the kernel worker says of a recorded call, on a clock that is `at_us` at its first.
fn notices(script: &Script, at_us: u64) -> (Vec<Notice>, Vec<u8>) {
    let mut payload = Vec::new();
    let mut notices = Vec::new();
    for Recorded { started, sent, ended, received } in script.recording.calls() {
        let from = payload.len();
        payload.extend_from_slice(&sent.kept);
        notices.push(Notice::CallStarted(CallStarted {
            at_us: at_us + started.at_us,
            bytes: from..payload.len(),
            ..started.clone()
        }));
        let Some(ended) = ended else { continue };
        let from = payload.len();
        payload.extend_from_slice(&received.kept);
        let bytes = from..payload.len();
        let at_us = at_us + ended.at_us;
        notices.push(Notice::CallEnded(CallEnded { at_us, bytes, ..ended.clone() }));
    }
    (notices, payload)
}

fn server() -> Script {
    let mut script = Script { next: 1, ..Script::default() };
    let accept = script.listen("server.py", 9000);
    let reply = json!({"socket": 4, "local": {"inet": ["127.0.0.1", 9000]},
                       "peer": {"inet": ["127.0.0.1", 51834]}});
    script.end(accept, CallOutcome::Ok(reply), b"");
    let recv = json!({"op": "recv", "socket": 4, "len": 64, "flags": [], "wait": "forever"});
    let recv = script.begin("server.py", recv, b"");
    script.end(recv, CallOutcome::Ok(json!({"len": 5, "offset": 0})), b"hello");
    script
}

fn client() -> Script {
    let mut script = Script { next: 1, ..Script::default() };
    script.socket("client.py");
    let connect = json!({"op": "connect", "socket": 3, "address": {"inet": ["127.0.0.1", 9000]},
                         "wait": "forever"});
    let reply =
        json!({"local": {"inet": ["127.0.0.1", 51834]}, "peer": {"inet": ["127.0.0.1", 9000]}});
    script.ok("client.py", connect, reply);
    let send = json!({"op": "sendall", "socket": 3, "flags": [], "wait": "forever"});
    let send = script.begin("client.py", send, b"hello");
    script.end(send, CallOutcome::Ok(json!({"len": 5, "offset": 0})), b"");
    script
}

/// Has Ada share with Bob and run a server, and Bob a client that talks to it.
fn a_meeting() -> (State, State) {
    let (mut ada, mut bob) = (visitor(ADA), visitor(BOB));
    update(&mut ada, Event::ShareCalls(true));
    hear(&mut ada, Notice::Room(room(ADA, &[ADA])));
    hear(&mut bob, Notice::Room(room(BOB, &[ADA])));
    // By the backend's clock Bob begins when Ada listens; but he hears of that later.
    let host_us = 20_000_000;
    let begins = |visitor: u32| (host_us - AHEAD_US[visitor as usize - 1]) as u64;
    bob.now_ms = begins(BOB) as f64 / 1000.0 + 40.0;
    let (own, payload) = notices(&client(), begins(BOB) + 3_000);
    assert!(shows(&mut bob, own, &payload).is_empty(), "Bob shows nothing");
    ada.now_ms = begins(ADA) as f64 / 1000.0 + 40.0;
    let (own, payload) = notices(&server(), begins(ADA));
    let messages = shows(&mut ada, own, &payload);
    bring(&mut bob, ADA, &messages);
    let later = bob.now_ms + 300.0;
    bob.now_ms = later;
    update(&mut bob, Event::Tick(later));
    (ada, bob)
}

fn programs(state: &State) -> Vec<&str> {
    let mut names: Vec<&str> =
        state.calls.recording.calls().map(|call| call.started.program.as_str()).collect();
    names.dedup();
    names
}

#[test]
fn ones_send_meets_the_others_receive() {
    let (ada, bob) = a_meeting();
    assert_eq!(programs(&ada), ["server.py"]);
    let recording = &bob.calls.recording;
    assert!(programs(&bob).contains(&"Ada · server.py"), "{:?}", programs(&bob));
    let program = |tip: &Tip| match tip {
        Tip::Start(number) | Tip::End(number) => {
            recording.find(*number).map(|call| call.started.program.clone())
        }
        _ => None,
    };
    let arrows = bob.calls.sequence.flow().arrows();
    let joined: Vec<_> = arrows
        .filter(|(_, arrow)| matches!(arrow.what, What::Connected | What::Bytes { .. }))
        .map(|(_, arrow)| (program(&arrow.from).unwrap(), program(&arrow.to).unwrap()))
        .collect();
    let pair = || ("client.py".to_owned(), "Ada · server.py".to_owned());
    assert_eq!(joined, [pair(), pair()]);
    let received = recording.calls().find(|call| call.started.method == "recv").unwrap();
    assert_eq!(received.received.kept, b"hello");
    // Both are in the order of the one clock that they share.
    let times: Vec<u64> = recording.calls().map(|call| call.started.at_us).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(times[0], 23_001_000);
    assert_eq!(bob.lane("Ada · server.py"), 2);
    let site = received.started.site.as_ref().unwrap();
    assert_eq!(site.file, "Ada · server.py", "it is no line of a program on this page");
}

#[test]
fn who_comes_later_learns_what_is_open() {
    let mut ada = visitor(ADA);
    let mut script = Script { next: 1, ..Script::default() };
    script.listen("server.py", 9000);
    let (own, payload) = notices(&script, 1_000_000);
    assert!(shows(&mut ada, own, &payload).is_empty(), "nothing is shared unasked");
    update(&mut ada, Event::ShareCalls(true));
    ada.now_ms = 2_000.0;
    let messages = shows(&mut ada, vec![Notice::Room(room(ADA, &[ADA]))], b"");
    let mut bob = visitor(BOB);
    hear(&mut bob, Notice::Room(room(BOB, &[ADA])));
    bob.now_ms = 10_000.0;
    // Told twice, shown once.
    bring(&mut bob, ADA, &messages);
    bring(&mut bob, ADA, &messages);
    update(&mut bob, Event::Tick(11_000.0));
    let methods: Vec<&str> =
        bob.calls.recording.calls().map(|call| call.started.method.as_str()).collect();
    assert_eq!(methods, ["socket", "bind", "listen", "accept"]);
    assert_eq!(bob.calls.sockets.listeners(), [("Ada · server.py".to_owned(), 9000)]);
}

#[test]
fn switched_off_it_ends_at_once() {
    let (mut ada, mut bob) = a_meeting();
    let script = Script { next: 100, ..Script::default() };
    let more = |script: &mut Script| {
        script.socket("server.py");
        let (own, payload) = notices(script, 20_000_000);
        (own, payload)
    };
    let effects = update(&mut ada, Event::ShareCalls(false));
    assert!(effects.contains(&Effect::Post(Command::Share(false))));
    let (own, payload) = more(&mut Script { next: 100, ..script });
    assert!(shows(&mut ada, own, &payload).is_empty());

    let before = bob.calls.recording.len();
    hear(&mut bob, Notice::Room(room(BOB, &[])));
    assert!(bob.calls.waiting.is_empty(), "nothing of Ada's goes on at Bob's");
    let show = json!({"items": []}).to_string();
    bring(&mut bob, ADA, &[(show, Vec::new())]);
    assert_eq!(bob.calls.recording.len(), before);
}

#[test]
fn nobody_speaks_for_somebody_else() {
    let (_, mut bob) = a_meeting();
    let before = bob.calls.recording.len();
    let started = |program: &str| {
        let script = {
            let mut script = Script { next: 500, ..Script::default() };
            script.socket(program);
            script
        };
        let call = &script.recording.calls().next().unwrap().started;
        json!({"items": [{"started": {"call": call, "sent": 0}}]}).to_string()
    };
    // A visitor who does not share, one who is not there, a name that is not a file's.
    for (from, program) in [(BOB, "server.py"), (9, "server.py"), (ADA, "Bob · client.py")] {
        bring(&mut bob, from, &[(started(program), Vec::new())]);
    }
    // A message of something else.
    bring(&mut bob, ADA, &[(json!({"items": [], "as": "Bob"}).to_string(), Vec::new())]);
    update(&mut bob, Event::Tick(60_000.0));
    assert_eq!(bob.calls.recording.len(), before);
    // A program of the name of one here is another visitor's all the same.
    bring(&mut bob, ADA, &[(started("client.py"), Vec::new())]);
    update(&mut bob, Event::Tick(90_000.0));
    assert_eq!(bob.calls.recording.calls().last().unwrap().started.program, "Ada · client.py");
}

#[test]
fn a_frame_shows_nobody_anything() {
    let mut ada = visitor(ADA);
    ada.host.surroundings.framed = true;
    assert!(update(&mut ada, Event::ShareCalls(true)).is_empty());
    assert!(!ada.together.wanted);
}

#[test]
fn what_was_left_out_is_said() {
    let (_, mut bob) = a_meeting();
    assert!(!bob.together.others[&ADA].gaps);
    let show = json!({"items": [], "left_out": 12}).to_string();
    bring(&mut bob, ADA, &[(show, Vec::new())]);
    assert!(bob.together.others[&ADA].gaps);
}

#[test]
fn an_order_to_repeat_has_no_calls_of_others() {
    let (_, mut bob) = a_meeting();
    let effects = update(&mut bob, Event::RepeatOrder);
    let turns = effects.iter().find_map(|effect| match effect {
        Effect::Post(Command::Repeat(turns)) => Some(turns),
        _ => None,
    });
    let programs: Vec<&str> = turns.unwrap().iter().map(|turn| turn.program.as_str()).collect();
    assert_eq!(programs, ["client.py"; 3]);
}
