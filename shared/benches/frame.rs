//! Writing and reading what crosses the WebSocket.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot prepare its input has failed")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use serde_json::json;
use shared::call::Call;
use shared::frame::{
    Answer, CallId, ClientMessage, Outcome, ServerMessage, join, raw_reply, split,
};
use shared::reply::{Received, Reply};

fn main() {
    divan::main();
}

/// A call as programs make it most.
fn recv() -> ClientMessage {
    let call = json!({"op": "recv", "socket": 7, "len": 65536, "flags": [], "wait": "forever"});
    let call: Call = serde_json::from_value(call).unwrap();
    ClientMessage::Call { id: CallId(123_456), call }
}

fn answer() -> ServerMessage {
    let reply = Reply::from(Received { len: 65536, offset: Some(1 << 30) });
    let outcome = Outcome::Ok(raw_reply(&reply).unwrap());
    ServerMessage::Answer(Answer { id: CallId(123_456), outcome, host_us: 12 })
}

#[divan::bench]
fn encode_a_call(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(recv).bench_values(ClientMessage::encode);
}

#[divan::bench]
fn decode_a_call(bencher: Bencher<'_, '_>) {
    let header = recv().encode();
    bencher.bench(|| ClientMessage::decode(black_box(header.as_bytes())).unwrap());
}

#[divan::bench]
fn encode_an_answer(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(answer).bench_values(ServerMessage::encode);
}

#[divan::bench]
fn decode_an_answer(bencher: Bencher<'_, '_>) {
    let header = answer().encode();
    bencher.bench(|| ServerMessage::decode(black_box(header.as_bytes())).unwrap());
}

#[divan::bench(args = [64, 65_536])]
fn join_header_and_payload(bencher: Bencher<'_, '_>, len: usize) {
    let (header, payload) = (answer().encode(), vec![7; len]);
    bencher
        .counter(BytesCount::new(len))
        .bench(|| join(black_box(header.as_bytes()), black_box(&payload)));
}

#[divan::bench]
fn split_header_and_payload(bencher: Bencher<'_, '_>) {
    let frame = join(answer().encode().as_bytes(), &[7; 64]);
    bencher.bench(|| split(black_box(&frame)).unwrap().1.len());
}
