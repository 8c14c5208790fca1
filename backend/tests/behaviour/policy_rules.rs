//! The operator's own rules, with real sockets.

use backend::config::{Config, Rules};
use backend::policy::Preset;
use shared::address::{Address, Family, Kind};
use shared::call::{Bind, Connect, Getnameinfo, Recvfrom, Sendto, Setsockopt, Wait};
use shared::call::{OptionValue, SocketId};
use shared::errno::Errno;
use shared::frame::ServerMessage;
use shared::reply::{Accepted, ReceivedFrom};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpStream, UdpSocket};

use crate::support::client::{Client, look_up, loopback};
use crate::support::server::{Server, start_server_with};

async fn start(preset: Preset, allow: &[&str], deny: &[&str]) -> Server {
    let own = |rules: &[&str]| rules.iter().map(|rule| (*rule).to_owned()).collect();
    let rules =
        Rules { preset: Some(preset), allow: own(allow), deny: own(deny), ..Rules::default() };
    start_server_with(Config { rules, ..Config::default() }).await
}

#[tokio::test]
async fn a_port_that_is_refused_is_refused_to_every_call() {
    let server = start(Preset::Open, &[], &["* 127.0.0.1:9"]).await;
    let mut client = Client::connect(&server).await;
    for host in ["127.0.0.1", "localhost", "127.1", "0x7f.1"] {
        let address = Address::Inet(host.into(), 9);
        let socket = client.tcp().await;
        let connect = Connect { socket, address: address.clone(), wait: Wait::Forever };
        assert_eq!(client.fail(connect).await, Errno::EACCES, "{host}");
        assert_eq!(client.fail(Bind { socket, address: address.clone() }).await, Errno::EACCES);
        let socket = client.udp().await;
        let sendto = Sendto { socket, address, flags: vec![], wait: Wait::Forever };
        assert_eq!(client.call_with(sendto, b"x").await.unwrap_err().errno, Errno::EACCES);
    }
    for host in ["::ffff:127.0.0.1", "::127.0.0.1"] {
        let socket = client.socket(Family::Inet6, Kind::Datagram).await;
        let address = Address::Inet6(host.into(), 9, 0, 0);
        let sendto = Sendto { socket, address, flags: vec![], wait: Wait::Forever };
        assert_eq!(
            client.call_with(sendto, b"x").await.unwrap_err().errno,
            Errno::EACCES,
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_page_is_told_whether_strangers_reach_what_listens_on_every_address() {
    let stranger: &[&str] = &["tcp-accept 10.0.0.0/8"];
    for (preset, allow, exposes) in [
        (Preset::Open, &[][..], true),
        (Preset::Loopback, &[], false),
        (Preset::Loopback, stranger, true),
        // There, every address is the session's own.
        (Preset::Isolated, stranger, false),
        (Preset::Internet, &[], false),
    ] {
        let server = start(preset, allow, &[]).await;
        let (_client, welcome) = Client::connect_with_welcome(&server).await;
        assert_eq!(welcome.policy.exposes, exposes, "{preset:?} {allow:?}");
    }
    let server = start(Preset::Open, &[], &[]).await;
    let room = shared::frame::EnterRoom { name: "own".into(), visitor: None };
    let hello = shared::frame::Hello { room: Some(room), ..shared::frame::Hello::plain() };
    match Client::greet(&server, hello).await {
        (_, Some(ServerMessage::Welcome(welcome))) => assert!(!welcome.policy.exposes),
        (_, other) => panic!("no welcome: {other:?}"),
    }
}

#[tokio::test]
async fn a_connection_from_a_refused_peer_is_reset_and_accept_goes_on_waiting() {
    let server = start(Preset::Open, &[], &["tcp-accept 127.0.0.7"]).await;
    let mut client = Client::connect(&server).await;
    let (listener, address) = client.listener().await;
    let waiting =
        client.begin(shared::call::Accept { socket: listener, wait: Wait::Forever }).await;
    let target = std::net::SocketAddr::from(([127, 0, 0, 1], address.port().unwrap()));
    let stranger = tokio::net::TcpSocket::new_v4().unwrap();
    stranger.bind("127.0.0.7:0".parse().unwrap()).unwrap();
    let mut stranger = stranger.connect(target).await.unwrap();
    let error = stranger.read(&mut [0]).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let friend = TcpStream::connect(target).await.unwrap();
    let accepted: Accepted = client.finish(waiting).await.unwrap().0;
    assert_eq!(accepted.peer, friend.local_addr().unwrap().into());
}

#[tokio::test]
async fn a_datagram_from_a_refused_peer_is_dropped() {
    let server = start(Preset::Open, &[], &["udp-receive 127.0.0.7"]).await;
    let mut client = Client::connect(&server).await;
    let socket = client.udp().await;
    let bound = client.call(Bind { socket, address: loopback(0) }).await.unwrap();
    let target = format!("127.0.0.1:{}", bound.local.port().unwrap());
    let stranger = UdpSocket::bind("127.0.0.7:0").await.unwrap();
    let friend = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    stranger.send_to(b"stranger", &target).await.unwrap();
    friend.send_to(b"friend", &target).await.unwrap();
    let call = Recvfrom { socket, len: 100, flags: vec![], wait: Wait::Forever };
    let (reply, payload): (ReceivedFrom, _) = client.call_with(call, &[]).await.unwrap();
    assert_eq!(payload, b"friend");
    assert_eq!(reply.peer, Some(friend.local_addr().unwrap().into()));
}

#[tokio::test]
async fn names_are_looked_up_only_where_they_may_be_and_denied_addresses_left_out() {
    let server = start(Preset::Loopback, &[], &[]).await;
    let mut client = Client::connect(&server).await;
    assert_eq!(client.fail(look_up("example.org")).await, Errno::EACCES);
    let socket = client.tcp().await;
    let address = Address::Inet("example.org".into(), 80);
    let connect = Connect { socket, address, wait: Wait::Forever };
    assert_eq!(client.fail(connect).await, Errno::EACCES);
    assert!(!client.call(look_up("localhost")).await.unwrap().entries.is_empty());
    let private = Getnameinfo { address: Address::Inet("10.0.0.1".into(), 80), flags: 0 };
    assert_eq!(client.fail(private).await, Errno::EACCES);

    let server = start(Preset::Open, &[], &["resolve 127.0.0.0/8", "resolve [::1]"]).await;
    let mut client = Client::connect(&server).await;
    assert_eq!(client.fail(look_up("localhost")).await, Errno::EACCES);
    let socket = client.tcp().await;
    let address = Address::Inet("localhost".into(), 80);
    let connect = Connect { socket, address, wait: Wait::Forever };
    assert_eq!(client.fail(connect).await, Errno::EACCES);
    // The numbers themselves are no secret.
    assert!(!client.call(look_up("127.0.0.1")).await.unwrap().entries.is_empty());
}

#[tokio::test]
async fn a_rule_about_a_name_holds_for_the_address_that_a_program_looked_up() {
    let server = start(Preset::Open, &[], &["tcp-connect localhost"]).await;
    let mut client = Client::connect(&server).await;
    let (_, address) = client.listener().await;
    let connect =
        |socket: SocketId| Connect { socket, address: address.clone(), wait: Wait::Forever };
    let socket = client.tcp().await;
    client.call(connect(socket)).await.unwrap();
    client.call(look_up("LocalHost")).await.unwrap();
    let socket = client.tcp().await;
    assert_eq!(client.fail(connect(socket)).await, Errno::EACCES);
    let mut other = Client::connect(&server).await;
    let socket = other.tcp().await;
    other.call(connect(socket)).await.unwrap();
}

#[tokio::test]
async fn to_join_a_group_is_to_receive_from_it() {
    let server = start(Preset::Loopback, &[], &[]).await;
    let mut client = Client::connect(&server).await;
    let socket = client.udp().await;
    let join = Setsockopt { socket, level: 0, option: 35, value: OptionValue::Payload };
    let failure = client.call_with(join, &[224, 0, 0, 251, 0, 0, 0, 0]).await.unwrap_err();
    assert_eq!(failure.errno, Errno::EACCES);
    let socket = client.socket(Family::Inet6, Kind::Datagram).await;
    let join = Setsockopt { socket, level: 41, option: 20, value: OptionValue::Payload };
    let mut request = [0; 20];
    request[..2].copy_from_slice(&[0xff, 0x02]);
    assert_eq!(client.call_with(join, &request).await.unwrap_err().errno, Errno::EACCES);
}
