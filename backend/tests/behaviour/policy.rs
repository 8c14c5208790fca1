use shared::address::{Address, Family, Kind};
use shared::call::{Bind, Connect, Sendto, Socket, Socketpair, Wait};
use shared::errno::Errno;

use crate::support::client::Client;
use crate::support::server::start_server;

#[tokio::test]
async fn metadata_addresses_are_refused_however_they_are_written() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    for host in ["169.254.169.254", "169.254.43518", "0xa9fea9fe", "2852039166"] {
        let address = Address::Inet(host.into(), 80);
        let socket = client.tcp().await;
        let connect = Connect { socket, address: address.clone(), wait: Wait::Forever };
        let failure = client.call(connect).await.unwrap_err();
        assert_eq!(failure.errno, Errno::EACCES, "{host}");
        assert!(failure.message.contains("metadata"), "{failure}");
        let socket = client.udp().await;
        let wait = Wait::Forever;
        let sendto = Sendto { socket, address: address.clone(), flags: vec![], wait };
        assert_eq!(client.call_with(sendto, b"x").await.unwrap_err().errno, Errno::EACCES);
        assert_eq!(client.fail(Bind { socket, address }).await, Errno::EACCES);
    }
}

#[tokio::test]
async fn metadata_addresses_are_refused_over_ipv6() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    for host in ["::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "fd00:ec2::254", "fe80::1"] {
        let socket = client.socket(Family::Inet6, Kind::Stream).await;
        let address = Address::Inet6(host.into(), 80, 0, 1);
        let connect = Connect { socket, address, wait: Wait::Forever };
        assert_eq!(client.fail(connect).await, Errno::EACCES, "{host}");
    }
}

#[tokio::test]
async fn other_protocols_are_refused_by_name() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let call = Socket { family: Family::Inet, kind: Kind::Stream, proto: 132 };
    assert_eq!(client.fail(call).await, Errno::EPROTONOSUPPORT);
    let call = Socketpair { family: Family::Inet, kind: Kind::Stream, proto: 0 };
    assert_eq!(client.fail(call).await, Errno::EOPNOTSUPP);
}
