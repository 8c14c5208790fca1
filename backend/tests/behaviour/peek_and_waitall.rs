use shared::call::{Close, Flag, Recv, Wait};

use crate::support::client::Client;
use crate::support::server::start_server;

#[tokio::test]
async fn a_peek_leaves_the_bytes_there() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    client.sendall(a, b"hello").await;
    for _ in 0..2 {
        let (received, bytes) = client.recv_flags(b, 10, &[Flag::Peek]).await;
        assert_eq!((received.offset, bytes.as_slice()), (Some(0), &b"hello"[..]));
    }
    assert_eq!(client.recv(b, 10).await.0.offset, Some(0));
}

#[tokio::test]
async fn waitall_waits_for_all() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    for flags in [vec![Flag::Waitall, Flag::Peek], vec![Flag::Waitall]] {
        let recv = Recv { socket: b, len: 6, flags: flags.clone(), wait: Wait::Forever };
        if flags.len() == 2 {
            client.sendall(a, b"abc").await;
        }
        let recv = client.begin(recv).await;
        if flags.len() == 2 {
            client.sendall(a, b"def").await;
        }
        assert_eq!(client.finish(recv).await.unwrap().1, b"abcdef");
    }
}

#[tokio::test]
async fn waitall_ends_with_the_stream() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    for flags in [vec![Flag::Waitall], vec![Flag::Waitall, Flag::Peek]] {
        let (a, b) = client.tcp_pair().await;
        client.sendall(a, b"abc").await;
        let recv = Recv { socket: b, len: 6, flags, wait: Wait::Forever };
        let recv = client.begin(recv).await;
        client.call(Close { socket: a }).await.unwrap();
        let (received, bytes) = client.finish(recv).await.unwrap();
        assert_eq!((received.len, bytes.as_slice()), (3, &b"abc"[..]));
    }
}

#[tokio::test]
async fn a_cancelled_waitall_returns_what_it_took() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    client.sendall(a, b"abc").await;
    let recv = Recv { socket: b, len: 6, flags: vec![Flag::Waitall], wait: Wait::Forever };
    let recv = client.begin(recv).await;
    client.cancel(recv.id).await;
    assert_eq!(client.finish(recv).await.unwrap().1, b"abc");
}

#[tokio::test]
async fn the_urgent_byte_travels_beside_the_stream() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let send = shared::call::Send { socket: a, flags: vec![Flag::Oob], wait: Wait::Forever };
    let (sent, _) = client.call_with(send, b"abc!").await.unwrap();
    assert_eq!((sent.len, sent.offset), (4, Some(0)));
    assert_eq!(client.recv_flags(b, 1, &[Flag::Oob]).await.1, b"!");
    assert_eq!(client.recv(b, 10).await.1, b"abc");
    assert_eq!(client.sendall(a, b"def").await.offset, Some(3));
}
