use shared::call::{Close, Dup, Getsockname};
use shared::errno::Errno;

use crate::support::client::{Client, recv_forever};
use crate::support::server::start_server;

#[tokio::test]
async fn a_socket_closes_with_its_last_name() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let second = client.call(Dup { socket: a }).await.unwrap().socket;
    client.call(Close { socket: a }).await.unwrap();
    assert_eq!(client.fail(Getsockname { socket: a }).await, Errno::EBADF);
    client.sendall(second, b"x").await;
    assert_eq!(client.recv(b, 10).await.1, b"x");
    let end = client.begin(recv_forever(b)).await;
    client.call(Close { socket: second }).await.unwrap();
    assert_eq!(client.finish(end).await.unwrap().0.len, 0);
}

#[tokio::test]
async fn two_names_share_one_stream() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, _b) = client.tcp_pair().await;
    let second = client.call(Dup { socket: a }).await.unwrap().socket;
    client.sendall(a, b"abc").await;
    assert_eq!(client.sendall(second, b"def").await.offset, Some(3));
}
