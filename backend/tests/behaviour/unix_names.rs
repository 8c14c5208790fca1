use std::os::unix::net::{UnixDatagram, UnixListener};

use shared::address::{Address, Family, Kind};
use shared::call::{
    Accept, Bind, Connect, Getpeername, Getsockname, Listen, Recvfrom, Sendto, SocketId, Unlink,
    Wait,
};
use shared::errno::Errno;

use crate::support::client::Client;
use crate::support::server::start_server;

fn unix(name: &str) -> Address {
    Address::Unix(name.to_owned())
}

async fn bound(client: &mut Client, kind: Kind, name: &str) -> SocketId {
    let socket = client.socket(Family::Unix, kind).await;
    let bound = client.call(Bind { socket, address: unix(name) }).await.unwrap();
    assert_eq!(bound.local, unix(name));
    socket
}

fn connect(socket: SocketId, name: &str) -> Connect {
    Connect { socket, address: unix(name), wait: Wait::Forever }
}

#[tokio::test]
async fn a_stream_by_its_name() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    for name in ["/tmp/talk", "\0talk", &format!("/{}", "x".repeat(107))] {
        let listener = bound(&mut client, Kind::Stream, name).await;
        client.call(Listen { socket: listener, backlog: 1 }).await.unwrap();
        let socket = client.socket(Family::Unix, Kind::Stream).await;
        let connected = client.call(connect(socket, name)).await.unwrap();
        assert_eq!((connected.local, connected.peer), (unix(""), unix(name)));
        let accept = Accept { socket: listener, wait: Wait::Forever };
        let accepted = client.call(accept).await.unwrap();
        assert_eq!((accepted.local, accepted.peer), (unix(name), unix("")));
        client.sendall(socket, b"hello").await;
        assert_eq!(client.recv(accepted.socket, 10).await.1, b"hello");
        let peer = client.call(Getpeername { socket }).await.unwrap();
        assert_eq!(peer.address, unix(name));
    }
}

#[tokio::test]
async fn datagrams_tell_who_sent_them() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let to = bound(&mut client, Kind::Datagram, "/a").await;
    let named = bound(&mut client, Kind::Datagram, "\0b").await;
    let unnamed = client.socket(Family::Unix, Kind::Datagram).await;
    for (socket, peer) in [(named, Some(unix("\0b"))), (unnamed, None)] {
        let wait = Wait::Forever;
        let sendto = Sendto { socket, address: unix("/a"), flags: vec![], wait };
        client.call_with(sendto, b"x").await.unwrap();
        let recvfrom = Recvfrom { socket: to, len: 10, flags: vec![], wait };
        assert_eq!(client.call(recvfrom).await.unwrap().peer, peer);
    }
}

#[tokio::test]
async fn a_path_is_taken_until_it_is_given_up() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let first = bound(&mut client, Kind::Stream, "/a").await;
    let second = client.socket(Family::Unix, Kind::Stream).await;
    let bind = Bind { socket: second, address: unix("/a") };
    assert_eq!(client.fail(bind.clone()).await, Errno::EADDRINUSE);
    assert_eq!(client.fail(connect(second, "/a")).await, Errno::ECONNREFUSED);
    assert_eq!(client.fail(connect(second, "/b")).await, Errno::ENOENT);
    client.call(Unlink { path: "/a".into() }).await.unwrap();
    assert_eq!(client.fail(connect(second, "/a")).await, Errno::ENOENT);
    client.call(bind).await.unwrap();
    let name = client.call(Getsockname { socket: first }).await.unwrap();
    assert_eq!(name.address, unix("/a"));
}

#[tokio::test]
async fn a_name_means_nothing_in_another_session() {
    let server = start_server().await;
    let mut one = Client::connect(&server).await;
    let mut other = Client::connect(&server).await;
    for name in ["/tmp/talk", "\0talk"] {
        bound(&mut one, Kind::Datagram, name).await;
        let socket = other.socket(Family::Unix, Kind::Datagram).await;
        let missing = if name.starts_with('/') { Errno::ENOENT } else { Errno::ECONNREFUSED };
        assert_eq!(other.fail(connect(socket, name)).await, missing);
        bound(&mut other, Kind::Datagram, name).await;
    }
}

#[tokio::test]
async fn the_hosts_own_sockets_are_out_of_reach() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let path = std::env::temp_dir().join(format!("sockpit-test-{}", std::process::id()));
    let _host = UnixListener::bind(&path).unwrap();
    let socket = client.socket(Family::Unix, Kind::Stream).await;
    let failed = client.fail(connect(socket, path.to_str().unwrap())).await;
    // A program may have a socket of the same name, and the host does not find it there.
    std::fs::remove_file(&path).unwrap();
    bound(&mut client, Kind::Datagram, path.to_str().unwrap()).await;
    let found = UnixDatagram::unbound().unwrap().connect(&path);
    assert_eq!(failed, Errno::ENOENT);
    assert_eq!(found.unwrap_err().kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn a_name_is_for_unix_sockets() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let socket = client.udp().await;
    assert_eq!(client.fail(connect(socket, "/a")).await, Errno::EAFNOSUPPORT);
    assert_eq!(client.fail(Bind { socket, address: unix("/a") }).await, Errno::EAFNOSUPPORT);
}
