//! What the page does with calls and with links.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot prepare its input has failed")]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use frontend::session::link;
use frontend::session::recording::{CallEnded, CallOutcome, CallStarted, Recorded, Recording};
use frontend::timeline::sequence::Sequence;
use serde_json::json;
use shared::call::Call;
use shared::guest::Site;
use shared::session::Session;

fn main() {
    divan::main();
}

/// What each call sends and receives.
const BYTES: &[u8] = b"sixteen bytes ok";

/// Two programs that send to each other in turn, on sockets that are connected.
fn conversation(calls: u64) -> Recording {
    let mut recording = Recording::default();
    for number in 0..calls {
        let program = if number / 2 % 2 == 0 { "client.py" } else { "server.py" };
        let sends = number % 2 == 0;
        let (method, call) = if sends {
            ("send", json!({"op": "send", "socket": 3, "flags": [], "wait": "forever"}))
        } else {
            ("recv", json!({"op": "recv", "socket": 3, "len": 64, "flags": [], "wait": "forever"}))
        };
        let call: Call = serde_json::from_value(call).unwrap();
        let (sent, received) = if sends { (BYTES, &b""[..]) } else { (&b""[..], BYTES) };
        let started = CallStarted {
            number,
            program: program.to_owned(),
            run: 1,
            thread: 0,
            site: Some(Site { file: program.to_owned(), line: 5 }),
            method: method.to_owned(),
            call,
            at_us: number * 1000,
            bytes: 0..sent.len(),
        };
        recording.start(started, sent);
        let outcome = CallOutcome::Ok(json!({"len": BYTES.len(), "offset": number * 8}));
        let bytes = 0..received.len();
        let at_us = number * 1000 + 500;
        recording.end(CallEnded { number, at_us, host_us: 40, outcome, bytes }, received);
    }
    recording
}

/// The diagram, fed with every call: what a call costs must not grow with how many there are.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 20)]
fn fold_the_timeline(bencher: Bencher<'_, '_>, calls: u64) {
    let recording = conversation(calls);
    let recorded: Vec<&Recorded> = recording.calls().collect();
    bencher.counter(ItemsCount::new(calls)).bench(|| {
        let mut sequence = Sequence::default();
        for call in &recorded {
            sequence.begin(black_box(call), true);
            sequence.end(black_box(call), true);
        }
        sequence.len()
    });
}

/// A session as large as an example, and one as large as a semester's project.
fn session(lines: usize) -> Session {
    let text: String = (0..lines)
        .map(|n| format!("    print('line {n} of a program', sock.recv({n}))\n"))
        .collect();
    Session::decode(
        &json!({
            "v": 1,
            "programs": [{"name": "server.py", "code": text}, {"name": "client.py", "code": text}],
        })
        .to_string(),
    )
    .unwrap()
}

#[divan::bench(args = [20, 500])]
fn write_a_share_link(bencher: Bencher<'_, '_>, lines: usize) {
    let session = session(lines);
    bencher.bench(|| link::encode(black_box(&session)));
}

#[divan::bench(args = [20, 500])]
fn read_a_share_link(bencher: Bencher<'_, '_>, lines: usize) {
    let fragment = link::encode(&session(lines));
    bencher.bench(|| link::read_fragment(black_box(&fragment)).unwrap());
}
