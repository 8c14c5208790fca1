use shared::call::{Close, Recv, Sendall, Wait};

use crate::support::client::{Client, recv_forever};
use crate::support::server::start_server;

#[tokio::test]
async fn calls_sent_together_take_effect_in_order() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let sendall = Sendall { socket: a, flags: vec![], wait: Wait::Forever };
    let first = client.begin_with(sendall.clone(), b"one ").await;
    let second = client.begin_with(sendall, b"two").await;
    let close = client.begin(Close { socket: a }).await;
    client.finish(first).await.unwrap();
    client.finish(second).await.unwrap();
    client.finish(close).await.unwrap();
    assert_eq!(client.recv_flags(b, 100, &[shared::call::Flag::Waitall]).await.1, b"one two");
}

#[tokio::test]
async fn two_reads_that_wait_take_turns_and_lose_nothing() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let recv = Recv { socket: b, len: 3, flags: vec![], wait: Wait::Forever };
    let first = client.begin(recv.clone()).await;
    let second = client.begin(recv).await;
    client.sendall(a, b"abcdef").await;
    let (first, first_bytes) = client.finish(first).await.unwrap();
    let (second, second_bytes) = client.finish(second).await.unwrap();
    assert_eq!((first.offset, first_bytes.as_slice()), (Some(0), &b"abc"[..]));
    assert_eq!((second.offset, second_bytes.as_slice()), (Some(3), &b"def"[..]));
}

#[tokio::test]
async fn large_sends_in_flight_together_do_not_mix() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let sendall = Sendall { socket: a, flags: vec![], wait: Wait::Forever };
    let mut sends = Vec::new();
    for byte in 0..40 {
        sends.push(client.begin_with(sendall.clone(), &[byte; 250_000]).await);
    }
    let mut received = Vec::new();
    while received.len() < 40 * 250_000 {
        let recv = client.begin(recv_forever(b)).await;
        received.extend(client.finish(recv).await.unwrap().1);
    }
    for (byte, send) in (0..40_u32).zip(sends) {
        assert_eq!(client.finish(send).await.unwrap().0.offset, Some(u64::from(byte) * 250_000));
    }
    assert!(received.chunks(250_000).zip(0..).all(|(part, byte)| part == [byte; 250_000]));
}
