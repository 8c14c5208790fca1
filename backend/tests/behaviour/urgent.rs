use shared::call::{Flag, OptionValue, Send, Setsockopt, SocketId, Wait};

use crate::support::client::Client;
use crate::support::server::start_server;

const SOL_SOCKET: i32 = 1;
const SO_OOBINLINE: i32 = 10;

async fn send(client: &mut Client, socket: SocketId, bytes: &[u8], flags: &[Flag]) -> Option<u64> {
    let call = Send { socket, flags: flags.to_vec(), wait: Wait::Forever };
    client.call_with(call, bytes).await.unwrap().0.offset
}

#[tokio::test]
async fn an_urgent_byte_is_beside_the_stream_on_both_sides() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    assert_eq!(send(&mut client, a, b"ab", &[]).await, Some(0));
    assert_eq!(send(&mut client, a, b"c!", &[Flag::Oob]).await, Some(2));
    assert_eq!(send(&mut client, a, b"de", &[]).await, Some(3));
    // A receive ends before the urgent byte.
    let (before, bytes) = client.recv(b, 10).await;
    assert_eq!((before.offset, bytes.as_slice()), (Some(0), &b"abc"[..]));
    let (peeked, bytes) = client.recv_flags(b, 1, &[Flag::Oob, Flag::Peek]).await;
    assert_eq!((peeked.offset, bytes.as_slice()), (None, &b"!"[..]));
    let (urgent, bytes) = client.recv_flags(b, 1, &[Flag::Oob]).await;
    assert_eq!((urgent.offset, bytes.as_slice()), (None, &b"!"[..]));
    let (behind, bytes) = client.recv(b, 10).await;
    assert_eq!((behind.offset, bytes.as_slice()), (Some(3), &b"de"[..]));
}

#[tokio::test]
async fn an_urgent_byte_that_comes_in_the_stream_does_not_count_either() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let value = OptionValue::Int(1);
    let inline = Setsockopt { socket: b, level: SOL_SOCKET, option: SO_OOBINLINE, value };
    client.call(inline).await.unwrap();
    send(&mut client, a, b"ab", &[]).await;
    send(&mut client, a, b"!", &[Flag::Oob]).await;
    assert_eq!(client.recv(b, 10).await.1, b"ab");
    let (urgent, bytes) = client.recv(b, 10).await;
    assert_eq!((urgent.offset, bytes.as_slice()), (None, &b"!"[..]));
    let sent = send(&mut client, a, b"cd", &[]).await;
    let (behind, bytes) = client.recv(b, 10).await;
    assert_eq!((behind.offset, bytes.as_slice()), (sent, &b"cd"[..]));
}
