use shared::address::Address;
use shared::call::{Connect, Getpeername, Getsockname, Wait};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::client::Client;
use crate::support::server::start_server;

#[tokio::test]
async fn a_program_reaches_a_server_outside() {
    let server = start_server().await;
    let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = outside.local_addr().unwrap();
    let echo = tokio::spawn(async move {
        let (mut stream, _) = outside.accept().await.unwrap();
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
    });
    let mut client = Client::connect(&server).await;
    let socket = client.tcp().await;
    let connect = Connect { socket, address: address.into(), wait: Wait::Forever };
    let connected = client.call(connect).await.unwrap();
    assert_eq!(connected.peer, Address::from(address));
    assert_eq!(client.sendall(socket, b"hello").await.len, 5);
    let (received, bytes) = client.recv(socket, 1024).await;
    assert_eq!((received.len, bytes.as_slice()), (5, &b"hello"[..]));
    let (received, bytes) = client.recv(socket, 1024).await;
    assert_eq!((received.len, bytes.as_slice()), (0, &b""[..]), "the end of the stream");
    echo.await.unwrap();
}

#[tokio::test]
async fn two_sockets_of_a_session_meet_and_know_their_names() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (listener, address) = client.listener().await;
    let socket = client.tcp().await;
    let connect = Connect { socket, address: address.clone(), wait: Wait::Forever };
    let connected = client.call(connect).await.unwrap();
    let accepted = client.accept(listener).await;
    assert_eq!(accepted.peer, connected.local);
    assert_eq!(accepted.local, address);
    let named = client.call(Getsockname { socket }).await.unwrap();
    assert_eq!(named.address, connected.local);
    let named = client.call(Getpeername { socket: accepted.socket }).await.unwrap();
    assert_eq!(named.address, connected.local);
}

#[tokio::test]
async fn offsets_say_where_bytes_are_in_their_stream() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    assert_eq!(client.sendall(a, b"one").await.offset, Some(0));
    assert_eq!(client.sendall(a, b"three").await.offset, Some(3));
    assert_eq!(client.sendall(b, b"x").await.offset, Some(0));
    assert_eq!(client.recv(b, 3).await.0.offset, Some(0));
    let (received, bytes) = client.recv(b, 1024).await;
    assert_eq!((received.offset, bytes.as_slice()), (Some(3), &b"three"[..]));
}
