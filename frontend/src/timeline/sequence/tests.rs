use super::*;
use crate::session::recording::CallOutcome;
use crate::timeline::flow::What;
use crate::timeline::testing::Script;
use serde_json::{Value, json};

#[derive(Default)]
struct Stage {
    script: Script,
    sequence: Sequence,
}

impl Stage {
    fn begin(&mut self, program: &str, call: Value, sent: &[u8]) -> CallNumber {
        let number = self.script.begin(program, call, sent);
        self.sequence.begin(self.script.recording.find(number).unwrap(), true);
        number
    }

    fn end(&mut self, number: CallNumber, reply: Value) {
        self.script.end(number, CallOutcome::Ok(reply), b"");
        self.sequence.end(self.script.recording.find(number).unwrap(), true);
    }

    fn pair(&mut self) {
        let call = json!({"op": "socketpair", "family": "unix", "kind": "stream", "proto": 0});
        let number = self.begin("a.py", call, b"");
        self.end(number, json!({"first": 3, "second": 4}));
    }

    fn send(&mut self, offset: u64) -> CallNumber {
        let call = json!({"op": "sendall", "socket": 3, "flags": [], "wait": "forever"});
        let number = self.begin("a.py", call, b"12345");
        self.end(number, json!({"len": 5, "offset": offset}));
        number
    }

    fn recv(&mut self) -> CallNumber {
        let call = json!({"op": "recv", "socket": 4, "len": 9, "flags": [], "wait": "forever"});
        self.begin("a.py", call, b"")
    }

    fn scene(&self) -> Scene {
        self.sequence.scene(&self.script.recording, 0..self.sequence.len())
    }
}

fn accept() -> Value {
    json!({"op": "accept", "socket": 3, "wait": "forever"})
}

#[test]
fn a_quick_call_is_one_row_and_a_receive_ends_below_its_send() {
    let mut stage = Stage::default();
    stage.pair();
    let recv = stage.recv();
    let send = stage.send(0);
    stage.end(recv, json!({"len": 5, "offset": 0}));
    let place = |number| *stage.sequence.place(number).unwrap();
    assert_eq!((place(send).start, place(send).end), (2, Some(2)));
    // The same thread's event is in the way, so the end has a row of its own.
    assert_eq!((place(recv).start, place(recv).end), (1, Some(3)));
    let scene = stage.scene();
    let [arrow] = &scene.arrows[..] else { panic!("one arrow") };
    assert_eq!((arrow.from.1, arrow.to.1), (2, 3));
    assert_eq!(arrow.what, What::Bytes { start: 0, end: 5 });
}

#[test]
fn a_call_that_waits_reaches_to_the_newest_row() {
    let mut stage = Stage::default();
    stage.begin("server.py", accept(), b"");
    stage.pair();
    stage.send(0);
    let first = &stage.scene().boxes[0];
    assert_eq!((first.place.start, first.last, first.body), (0, 2, Body::Open));
}

#[test]
fn a_long_silence_is_a_gap() {
    let mut stage = Stage::default();
    stage.pair();
    stage.script.next += 500;
    stage.send(0);
    let kinds: Vec<SlotKind> = stage.scene().rows.iter().map(|row| row.slot.kind).collect();
    assert!(matches!(kinds[1], SlotKind::Gap(500_000..)), "{kinds:?}");
}

#[test]
fn a_filter_draws_anew_and_keeps_the_arrows_it_can() {
    let mut stage = Stage::default();
    stage.pair();
    let send = stage.send(0);
    let recv = stage.recv();
    stage.end(recv, json!({"len": 5, "offset": 0}));
    stage.sequence.end_program("a.py", 9_000, "exited 0".into(), false);
    let all = stage.scene();

    let numbers: Vec<CallNumber> =
        stage.script.recording.calls().map(|call| call.started.number).collect();
    let filter = Filter::default();
    stage.sequence.refilter(&stage.script.recording, &filter, &numbers);
    assert_eq!(stage.scene(), all);

    stage.sequence.refilter(&stage.script.recording, &filter, &[recv]);
    let part = stage.scene();
    assert_eq!(part.boxes.len(), 1);
    assert_eq!(part.arrows.len(), 1);
    assert!(stage.sequence.place(send).is_none());
}

#[test]
fn only_what_is_seen_is_drawn() {
    let mut stage = Stage::default();
    stage.pair();
    for n in 0..3_000 {
        stage.send(n * 5);
        let recv = stage.recv();
        stage.end(recv, json!({"len": 5, "offset": n * 5}));
    }
    let scene = stage.sequence.scene(&stage.script.recording, 2_000..2_040);
    assert_eq!(scene.rows.len(), 40);
    assert!((38..=44).contains(&scene.boxes.len()), "{}", scene.boxes.len());
    assert!((19..=22).contains(&scene.arrows.len()), "{}", scene.arrows.len());
}

#[test]
fn the_strip_keeps_proportions_and_bounds() {
    let mut stage = Stage::default();
    stage.pair();
    let recv = stage.recv();
    stage.script.next += 2_000;
    stage.send(0);
    let at_us = stage.script.next * 1_000;
    let outcome = CallOutcome::Ok(json!({"len": 5, "offset": 0}));
    let ended = crate::session::recording::CallEnded {
        number: recv,
        at_us,
        host_us: 2_000_000,
        outcome,
        bytes: 0..0,
    };
    stage.script.recording.end(ended, b"");
    stage.sequence.end(stage.script.recording.find(recv).unwrap(), true);
    let marks = stage.sequence.strip().marks(0);
    assert!(marks.len() < 10, "{marks:?}");
    let waited = marks.iter().find(|mark| mark.body == Body::Waited).unwrap();
    assert!(waited.to_us - waited.from_us >= 2_000_000);
}
