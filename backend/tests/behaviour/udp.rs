use shared::address::Address;
use shared::call::{Bind, Connect, Flag, Recv, Recvfrom, Sendto, SocketId, Wait};
use shared::errno::Errno;

use crate::support::client::{Client, loopback, recv_forever};
use crate::support::server::start_server;

async fn bound(client: &mut Client) -> (SocketId, Address) {
    let socket = client.udp().await;
    let bound = client.call(Bind { socket, address: loopback(0) }).await.unwrap();
    (socket, bound.local)
}

fn sendto(socket: SocketId, address: Address) -> Sendto {
    Sendto { socket, address, flags: vec![], wait: Wait::Forever }
}

#[tokio::test]
async fn a_datagram_arrives_with_its_sender() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, a_address) = bound(&mut client).await;
    let (b, b_address) = bound(&mut client).await;
    let sent = client.call_with(sendto(a, b_address), b"ping").await.unwrap().0;
    assert_eq!((sent.len, sent.offset), (4, None));
    let call = Recvfrom { socket: b, len: 100, flags: vec![], wait: Wait::Forever };
    let (received, bytes) = client.call_with(call, &[]).await.unwrap();
    assert_eq!((received.len, received.peer), (4, Some(a_address)));
    assert_eq!(bytes, b"ping");
}

#[tokio::test]
async fn a_datagram_is_cut_and_its_length_told_when_asked() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, _) = bound(&mut client).await;
    let (b, b_address) = bound(&mut client).await;
    for (flags, len) in [(vec![], 4), (vec![Flag::Trunc], 10)] {
        client.call_with(sendto(a, b_address.clone()), b"0123456789").await.unwrap();
        let call = Recv { socket: b, len: 4, flags, wait: Wait::Forever };
        let (received, bytes) = client.call_with(call, &[]).await.unwrap();
        assert_eq!((received.len, bytes.as_slice()), (len, &b"0123"[..]));
    }
}

#[tokio::test]
async fn an_empty_datagram_is_a_datagram() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, a_address) = bound(&mut client).await;
    client.call(sendto(a, a_address)).await.unwrap();
    assert_eq!(client.recv(a, 10).await.0.len, 0);
}

#[tokio::test]
async fn a_datagram_that_is_too_large_is_emsgsize() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, a_address) = bound(&mut client).await;
    let largest = vec![7; 65507];
    client.call_with(sendto(a, a_address.clone()), &largest).await.unwrap();
    assert_eq!(client.recv(a, 70000).await.1, largest);
    let failure = client.call_with(sendto(a, a_address), &[7; 65508]).await.unwrap_err();
    assert_eq!(failure.errno, Errno::EMSGSIZE);
}

#[tokio::test]
async fn a_blocked_recv_hears_that_nobody_listens() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let socket = client.udp().await;
    let connect = Connect { socket, address: closed.into(), wait: Wait::Forever };
    client.call(connect).await.unwrap();
    let recv = client.begin(recv_forever(socket)).await;
    client.sendall(socket, b"anyone?").await;
    assert_eq!(client.finish(recv).await.unwrap_err().errno, Errno::ECONNREFUSED);
}
