use shared::address::{Address, Family, Kind};
use shared::call::{Close, Getpeername, Recvfrom, Socketpair, Wait};

use crate::support::client::Client;
use crate::support::server::start_server;

#[tokio::test]
async fn a_pair_is_connected_and_has_no_names() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    for kind in [Kind::Stream, Kind::Datagram] {
        let call = Socketpair { family: Family::Unix, kind, proto: 0 };
        let pair = client.call(call).await.unwrap();
        client.sendall(pair.first, b"hello").await;
        let socket = pair.second;
        let recv = Recvfrom { socket, len: 10, flags: vec![], wait: Wait::Forever };
        let (received, bytes) = client.call_with(recv, &[]).await.unwrap();
        assert_eq!((received.peer, bytes.as_slice()), (None, &b"hello"[..]));
        let peer = client.call(Getpeername { socket }).await.unwrap();
        assert_eq!(peer.address, Address::Unix(String::new()));
        client.call(Close { socket: pair.first }).await.unwrap();
    }
}
