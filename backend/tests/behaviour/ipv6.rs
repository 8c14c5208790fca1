use shared::address::{Address, Family, Kind};
use shared::call::{Bind, Connect, Getsockopt, Listen, OptionValue, Setsockopt, Wait};
use shared::errno::Errno;
use shared::options::IPPROTO_IPV6;

use crate::support::client::Client;
use crate::support::server::start_server;

const IPV6_V6ONLY: i32 = 26;

fn loopback6(port: u16) -> Address {
    Address::Inet6("::1".into(), port, 0, 0)
}

#[tokio::test]
async fn two_sockets_meet_over_ipv6() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let listener = client.socket(Family::Inet6, Kind::Stream).await;
    client.call(Bind { socket: listener, address: loopback6(0) }).await.unwrap();
    let bound = client.call(Listen { socket: listener, backlog: 1 }).await.unwrap();
    let socket = client.socket(Family::Inet6, Kind::Stream).await;
    let connect = Connect { socket, address: bound.local.clone(), wait: Wait::Forever };
    let connected = client.call(connect).await.unwrap();
    let accepted = client.accept(listener).await;
    assert_eq!((accepted.peer, connected.peer), (connected.local, bound.local));
    client.sendall(socket, b"six").await;
    assert_eq!(client.recv(accepted.socket, 10).await.1, b"six");
}

#[tokio::test]
async fn a_dual_stack_listener_sees_ipv4_as_mapped() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let listener = client.socket(Family::Inet6, Kind::Stream).await;
    let (level, option) = (IPPROTO_IPV6, IPV6_V6ONLY);
    let off = Setsockopt { socket: listener, level, option, value: OptionValue::Int(0) };
    client.call(off).await.unwrap();
    let v6only = client.call(Getsockopt { socket: listener, level, option, len: 0 }).await.unwrap();
    assert_eq!(v6only.value, OptionValue::Int(0));
    let any = Address::Inet6(String::new(), 0, 0, 0);
    client.call(Bind { socket: listener, address: any }).await.unwrap();
    let bound = client.call(Listen { socket: listener, backlog: 1 }).await.unwrap();
    let port = bound.local.port().unwrap();
    client.connect_to(([127, 0, 0, 1], port).into()).await;
    match client.accept(listener).await.peer {
        Address::Inet6(host, ..) => assert_eq!(host, "::ffff:127.0.0.1"),
        other => panic!("not IPv6: {other}"),
    }
}

#[tokio::test]
async fn families_do_not_mix() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let socket = client.tcp().await;
    let connect = Connect { socket, address: loopback6(9), wait: Wait::Forever };
    assert_eq!(client.fail(connect).await, Errno::EAFNOSUPPORT);
}
