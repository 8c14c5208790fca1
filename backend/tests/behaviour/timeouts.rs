use std::time::{Duration, Instant};

use shared::call::{Accept, Poll, PollEntry, Readiness, Recv, Sendall, Wait};
use shared::errno::Errno;

use crate::support::client::{Client, PATIENCE};
use crate::support::server::start_server;

const SHORT: Duration = Duration::from_millis(30);
const WAIT: Wait = Wait::Millis(30);

#[tokio::test]
async fn accept_and_recv_end_with_etimedout() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (listener, _) = client.listener().await;
    let begun = Instant::now();
    assert_eq!(client.fail(Accept { socket: listener, wait: WAIT }).await, Errno::ETIMEDOUT);
    assert!(begun.elapsed() >= SHORT);
    let (a, _b) = client.tcp_pair().await;
    let recv = Recv { socket: a, len: 1, flags: vec![], wait: WAIT };
    assert_eq!(client.fail(recv).await, Errno::ETIMEDOUT);
}

#[tokio::test]
async fn sendall_counts_all_its_waits_together() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, _b) = client.tcp_pair().await;
    let sendall = Sendall { socket: a, flags: vec![], wait: WAIT };
    let begun = Instant::now();
    loop {
        match client.call_with(sendall.clone(), &[0; 200_000]).await {
            Ok(_) => {}
            Err(failure) => break assert_eq!(failure.errno, Errno::ETIMEDOUT),
        }
    }
    assert!(begun.elapsed() < PATIENCE);
}

#[tokio::test]
async fn poll_ends_with_nothing_ready() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, _b) = client.tcp_pair().await;
    for entries in [vec![PollEntry { socket: a, events: vec![Readiness::In] }], vec![]] {
        let begun = Instant::now();
        let polled = client.call(Poll { entries, wait: WAIT }).await.unwrap();
        assert_eq!(polled.ready, []);
        assert!(begun.elapsed() >= SHORT);
    }
}

#[tokio::test]
async fn a_time_beyond_the_clock_is_for_ever() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let recv = Recv { socket: a, len: 1, flags: vec![], wait: Wait::Millis(u64::MAX) };
    let recv = client.begin(recv).await;
    client.sendall(b, b"x").await;
    assert_eq!(client.finish(recv).await.unwrap().1, b"x");
}
