//! A call's way through the backend: read, dispatched, made, its answer written.
//!
//! Each includes the system calls that it makes; without them it is the backend's own part.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot prepare its input has failed")]

use backend::bench::Dispatch;
use bytes::Bytes;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

fn call(text: &str) -> Bytes {
    Bytes::from(format!(r#"{{"id":7,"call":{text}}}"#))
}

/// A session whose sockets 3 and 4, its first, are a pair.
fn session() -> Dispatch {
    let dispatch = Dispatch::begin().unwrap();
    let pair = call(r#"{"op":"socketpair","family":"unix","kind":"stream","proto":0}"#);
    let made = dispatch.make(&pair, &Bytes::new()).unwrap();
    assert!(made.windows(5).any(|part| part == br#""ok":"#), "{made:?}");
    dispatch
}

/// The cheapest call that asks the system something.
#[divan::bench]
fn getsockname(bencher: Bencher<'_, '_>) {
    let (dispatch, call) = (session(), call(r#"{"op":"getsockname","socket":3}"#));
    bencher.bench_local(|| dispatch.make(black_box(&call), &Bytes::new()).unwrap());
}

/// A socket that there is not: no system call at all.
#[divan::bench]
fn refused(bencher: Bencher<'_, '_>) {
    let (dispatch, call) = (session(), call(r#"{"op":"getsockname","socket":99}"#));
    bencher.bench_local(|| dispatch.make(black_box(&call), &Bytes::new()).unwrap());
}

/// Bytes sent to the other socket of the pair, and received there.
#[divan::bench(args = [1, 1_024, 65_536])]
fn send_and_recv(bencher: Bencher<'_, '_>, len: usize) {
    let dispatch = session();
    let send = call(r#"{"op":"sendall","socket":3,"flags":[],"wait":"never"}"#);
    let recv =
        call(&format!(r#"{{"op":"recv","socket":4,"len":{len},"flags":[],"wait":"never"}}"#));
    let payload = Bytes::from(vec![7; len]);
    bencher.counter(BytesCount::new(len)).bench_local(|| {
        dispatch.make(black_box(&send), &payload).unwrap();
        dispatch.make(black_box(&recv), &Bytes::new()).unwrap()
    });
}
