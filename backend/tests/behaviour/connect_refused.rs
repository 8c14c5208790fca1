use shared::address::Address;
use shared::call::{Bind, Connect, Listen, Wait};
use shared::errno::Errno;

use crate::support::client::{Client, loopback};
use crate::support::server::start_server;

fn nobody_listens() -> Address {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().into()
}

#[tokio::test]
async fn nobody_listening_is_econnrefused_however_long_one_would_wait() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    for wait in [Wait::Forever, Wait::Millis(10_000)] {
        let socket = client.tcp().await;
        let connect = Connect { socket, address: nobody_listens(), wait };
        assert_eq!(client.fail(connect).await, Errno::ECONNREFUSED);
    }
}

#[tokio::test]
async fn a_refused_socket_can_try_again() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let socket = client.tcp().await;
    let wait = Wait::Forever;
    let refused = Connect { socket, address: nobody_listens(), wait };
    assert_eq!(client.fail(refused).await, Errno::ECONNREFUSED);
    let (_, address) = client.listener().await;
    client.call(Connect { socket, address: address.clone(), wait }).await.unwrap();
    assert_eq!(client.fail(Connect { socket, address, wait }).await, Errno::EISCONN);
}

#[tokio::test]
async fn an_address_in_use_and_one_that_is_not_ours_are_told_apart() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (_, taken) = client.listener().await;
    let socket = client.tcp().await;
    assert_eq!(client.fail(Bind { socket, address: taken }).await, Errno::EADDRINUSE);
    let foreign = Address::Inet("192.0.2.1".into(), 0);
    assert_eq!(client.fail(Bind { socket, address: foreign }).await, Errno::EADDRNOTAVAIL);
    client.call(Bind { socket, address: loopback(0) }).await.unwrap();
    assert_eq!(client.fail(Bind { socket, address: loopback(0) }).await, Errno::EINVAL);
    let datagram = client.udp().await;
    assert_eq!(client.fail(Listen { socket: datagram, backlog: 1 }).await, Errno::EOPNOTSUPP);
}
