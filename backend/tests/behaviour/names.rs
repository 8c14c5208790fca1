use std::io::ErrorKind;
use std::net::UdpSocket;

use shared::address::{Address, Family, Kind};
use shared::call::{
    Bind, Connect, Getaddrinfo, Gethostname, Getnameinfo, Getprotobyname, Getserv, ServiceKey, Wait,
};
use shared::errno::Errno;

use crate::support::client::{Client, loopback};
use crate::support::server::start_server;

/// Linux's number: no name server is asked.
const AI_NUMERICHOST: i32 = 4;

fn look_up(host: Option<&str>, service: Option<&str>) -> Getaddrinfo {
    Getaddrinfo {
        host: host.map(str::to_owned),
        service: service.map(str::to_owned),
        family: Some(Family::Inet),
        kind: Some(Kind::Stream),
        proto: 0,
        flags: 0,
    }
}

async fn first(client: &mut Client, call: Getaddrinfo) -> Address {
    client.call(call).await.unwrap().entries[0].address.clone()
}

#[tokio::test]
async fn numbers_follow_the_rules_of_the_host() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    for host in ["127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "localhost"] {
        assert_eq!(first(&mut client, look_up(Some(host), Some("80"))).await, loopback(80));
    }
}

#[tokio::test]
async fn connect_and_bind_take_names() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (listener, address) = client.listener().await;
    let port = address.port().unwrap();
    for host in ["localhost", "127.1", "0x7f.1", ""] {
        let socket = client.tcp().await;
        let address = Address::Inet(host.into(), port);
        let connected =
            client.call(Connect { socket, address, wait: Wait::Forever }).await.unwrap();
        assert_eq!(connected.peer, loopback(port), "{host:?}");
        client.accept(listener).await;
    }
    let socket = client.udp().await;
    let any = Bind { socket, address: Address::Inet(String::new(), 0) };
    match client.call(any).await.unwrap().local {
        Address::Inet(host, _) => assert_eq!(host, "0.0.0.0"),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn broadcast_is_a_name_too() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let socket = client.udp().await;
    let address = Address::Inet("<broadcast>".into(), 9);
    let connect = Connect { socket, address, wait: Wait::Forever };
    // SO_BROADCAST is not set; but a machine without a network misses a route first.
    let own = UdpSocket::bind("0.0.0.0:0").unwrap().connect("255.255.255.255:9").unwrap_err();
    let wanted = match own.kind() {
        ErrorKind::PermissionDenied => Errno::EACCES,
        ErrorKind::NetworkUnreachable => Errno::ENETUNREACH,
        other => panic!("{other}"),
    };
    assert_eq!(client.fail(connect).await, wanted);
}

#[tokio::test]
async fn what_has_no_address_is_eai_noname() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let mut call = look_up(Some("no such name"), None);
    call.flags = AI_NUMERICHOST;
    assert_eq!(client.fail(call).await, Errno::EAI_NONAME);
    assert_eq!(client.fail(look_up(Some("::1"), None)).await, Errno::EAI_ADDRFAMILY);
    assert_eq!(client.fail(look_up(None, None)).await, Errno::EAI_NONAME);
    assert_eq!(client.fail(look_up(Some("a\0b"), None)).await, Errno::EAI_NONAME);
}

#[tokio::test]
async fn addresses_and_the_host_have_names() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let numeric = Getnameinfo { address: loopback(80), flags: 1 | 2 };
    let names = client.call(numeric).await.unwrap();
    assert_eq!((names.host.as_str(), names.service.as_str()), ("127.0.0.1", "80"));
    assert!(!client.call(Gethostname {}).await.unwrap().name.is_empty());
}

/// What the host's databases hold is the host's business; that both ways agree is ours.
#[tokio::test]
async fn services_and_protocols_are_the_hosts() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let by = |key| Getserv { key, protocol: Some("tcp".into()) };
    match client.call(by(ServiceKey::Name("http".into()))).await {
        Ok(service) => {
            assert_eq!(service.port, 80);
            let back = client.call(by(ServiceKey::Port(80))).await.unwrap();
            assert_eq!(back.name, "http");
        }
        Err(failure) => assert_eq!(failure.errno, Errno::ENOENT),
    }
    match client.call(Getprotobyname { name: "udp".into() }).await {
        Ok(protocol) => assert_eq!(protocol.number, 17),
        Err(failure) => assert_eq!(failure.errno, Errno::ENOENT),
    }
    let nothing = by(ServiceKey::Name("no\0service".into()));
    assert_eq!(client.fail(nothing).await, Errno::ENOENT);
}
