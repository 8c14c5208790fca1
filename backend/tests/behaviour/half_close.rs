use shared::call::{Half, Send, Shutdown, Wait};
use shared::errno::Errno;

use crate::support::client::{Client, recv_forever};
use crate::support::server::start_server;

#[tokio::test]
async fn one_half_ends_and_the_other_goes_on() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    client.call(Shutdown { socket: a, how: Half::Write }).await.unwrap();
    let (received, _) = client.recv(b, 10).await;
    assert_eq!((received.len, received.offset), (0, Some(0)));
    client.sendall(b, b"still here").await;
    assert_eq!(client.recv(a, 100).await.1, b"still here");
    let send = Send { socket: a, flags: vec![], wait: Wait::Forever };
    assert_eq!(client.call_with(send, b"x").await.unwrap_err().errno, Errno::EPIPE);
}

#[tokio::test]
async fn a_shutdown_wakes_the_calls_that_wait() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, _b) = client.tcp_pair().await;
    let first = client.begin(recv_forever(a)).await;
    let second = client.begin(recv_forever(a)).await;
    client.call(Shutdown { socket: a, how: Half::Read }).await.unwrap();
    assert_eq!(client.finish(first).await.unwrap().0.len, 0);
    assert_eq!(client.finish(second).await.unwrap().0.len, 0);
}

#[tokio::test]
async fn a_socket_that_is_not_connected_cannot_be_shut_down() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let socket = client.tcp().await;
    assert_eq!(client.fail(Shutdown { socket, how: Half::Both }).await, Errno::ENOTCONN);
}
