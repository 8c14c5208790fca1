//! A loopback of its own for each session, in both directions of every call.

use std::net::SocketAddr;

use backend::config::{Config, Rules};
use backend::policy::Preset;
use shared::address::{Address, Family, Kind};
use shared::call::{
    Accept, Bind, Close, Connect, Gethostname, Getpeername, Getsockname, Getsockopt, Listen,
    OptionValue, Recvfrom, Sendto, Setsockopt, SocketId, Wait,
};
use shared::errno::Errno;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use crate::support::client::{Client, loopback, recv_forever};
use crate::support::server::{Server, start_server_with};

const PORT: u16 = 9000;

/// A port that only one test uses, so that it finds its own listener in the kernel's table.
const HIDDEN_PORT: u16 = 9137;

async fn start(preset: Preset) -> Server {
    let rules = Rules { preset: Some(preset), ..Rules::default() };
    start_server_with(Config { rules, ..Config::default() }).await
}

fn inet(host: &str, port: u16) -> Address {
    Address::Inet(host.into(), port)
}

fn inet6(host: &str, port: u16) -> Address {
    Address::Inet6(host.into(), port, 0, 0)
}

/// Makes a listener in the isolated loopback and returns what `bind` and `getsockname` say.
async fn listen_at(client: &mut Client, family: Family, address: Address) -> (SocketId, Address) {
    let socket = client.socket(family, Kind::Stream).await;
    let bound = client.call(Bind { socket, address }).await.unwrap();
    client.call(Listen { socket, backlog: 8 }).await.unwrap();
    let named = client.call(Getsockname { socket }).await.unwrap();
    assert_eq!(bound.local, named.address);
    (socket, bound.local)
}

async fn connect(client: &mut Client, family: Family, address: Address) -> Result<SocketId, Errno> {
    let socket = client.socket(family, Kind::Stream).await;
    let call = Connect { socket, address, wait: Wait::Millis(5000) };
    client.call(call).await.map(|_| socket).map_err(|failure| failure.errno)
}

#[tokio::test]
async fn two_visitors_bind_the_same_port_and_never_meet() {
    let server = start(Preset::Isolated).await;
    let mut ada = Client::connect(&server).await;
    let mut bob = Client::connect(&server).await;
    let (ada_listener, local) = listen_at(&mut ada, Family::Inet, loopback(PORT)).await;
    assert_eq!(local, loopback(PORT));
    assert_eq!(connect(&mut bob, Family::Inet, loopback(PORT)).await, Err(Errno::ECONNREFUSED));
    let (bob_listener, _) = listen_at(&mut bob, Family::Inet, inet("0.0.0.0", PORT)).await;
    for (client, listener) in [(&mut ada, ada_listener), (&mut bob, bob_listener)] {
        let socket = connect(client, Family::Inet, inet("localhost", PORT)).await.unwrap();
        let accepted = client.accept(listener).await;
        let local = client.call(Getsockname { socket }).await.unwrap().address;
        assert_eq!(accepted.peer, local);
        assert_eq!(accepted.local, loopback(PORT));
        assert_eq!(client.call(Getpeername { socket }).await.unwrap().address, loopback(PORT));
        let Address::Inet(host, _) = local else { panic!("{local}") };
        assert_eq!(host, "127.0.0.1");
        client.sendall(socket, b"hello").await;
        assert_eq!(client.recv(accepted.socket, 100).await.1, b"hello");
    }
}

#[tokio::test]
async fn neither_the_host_nor_another_session_gets_in_and_the_host_is_not_reached() {
    let server = start(Preset::Isolated).await;
    let mut client = Client::connect(&server).await;
    let mut other = Client::connect(&server).await;
    let host = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = host.local_addr().unwrap().port();
    for address in [loopback(port), inet("127.1", port), inet("0.0.0.0", port)] {
        assert_eq!(connect(&mut client, Family::Inet, address).await, Err(Errno::ECONNREFUSED));
    }
    for name in ["::1", "::", "::ffff:127.0.0.1"] {
        let refused = connect(&mut client, Family::Inet6, inet6(name, port)).await;
        assert_eq!(refused, Err(Errno::ECONNREFUSED), "{name}");
    }
    // The host's addresses behind the loopbacks are nobody's to name.
    let (listener, _) = listen_at(&mut client, Family::Inet, loopback(HIDDEN_PORT)).await;
    let hidden = hidden_address(HIDDEN_PORT);
    for client in [&mut client, &mut other] {
        let address = Address::from(hidden);
        assert_eq!(connect(client, Family::Inet, address.clone()).await, Err(Errno::ENETUNREACH));
        let socket = client.tcp().await;
        assert_eq!(client.fail(Bind { socket, address }).await, Errno::EADDRNOTAVAIL);
    }
    // The kernel lets the host's programs connect; the backend resets them.
    let waiting = client.begin(Accept { socket: listener, wait: Wait::Forever }).await;
    let mut intruder = TcpStream::connect(hidden).await.unwrap();
    assert!(matches!(intruder.read(&mut [0]).await, Err(_) | Ok(0)));
    let socket = connect(&mut client, Family::Inet, loopback(HIDDEN_PORT)).await.unwrap();
    let accepted = client.finish(waiting).await.unwrap().0;
    let local = client.call(Getsockname { socket }).await.unwrap().address;
    assert_eq!(accepted.peer, local);
}

/// Finds where on the host the listener with this port is, as an intruder would.
fn hidden_address(port: u16) -> SocketAddr {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let wanted = format!(":{port:04X}");
    let found = table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, state) = (fields.next()?, fields.nth(1)?);
        let ip = u32::from_str_radix(local.strip_suffix(&wanted)?, 16).ok()?;
        let octets = ip.to_le_bytes();
        (state == "0A" && octets[0] == 127 && octets[1] >= 16).then_some(octets)
    });
    SocketAddr::from((found.expect("the listener is in the kernel's table"), port))
}

#[tokio::test]
async fn datagrams_stay_within_a_session() {
    let server = start(Preset::Isolated).await;
    let mut client = Client::connect(&server).await;
    let socket = client.udp().await;
    let address = inet("0.0.0.0", 0);
    let bound = client.call(Bind { socket, address }).await.unwrap().local;
    let port = bound.port().unwrap();
    assert_eq!(bound, inet("0.0.0.0", port));
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let sender = client.udp().await;
    let address = inet("127.0.0.1", port);
    let call = Sendto { socket: sender, address, flags: vec![], wait: Wait::Forever };
    client.call_with(call, b"friend").await.unwrap();
    let from = client.call(Getsockname { socket: sender }).await.unwrap().address;
    let call = Recvfrom { socket, len: 100, flags: vec![], wait: Wait::Forever };
    let (reply, payload) = client.call_with(call, &[]).await.unwrap();
    assert_eq!(
        (payload.as_slice(), reply.peer.clone()),
        (&b"friend"[..], Some(loopback(from.port().unwrap())))
    );
    // And back to who sent it.
    let call = Sendto { socket, address: reply.peer.unwrap(), flags: vec![], wait: Wait::Forever };
    client.call_with(call, b"back").await.unwrap();
    assert_eq!(client.call_with(recv_forever(sender), &[]).await.unwrap().1, b"back");
    // From the host to the session's address: dropped. The friend's next one is what arrives.
    let hidden = hidden_udp(port);
    stranger.send_to(b"stranger", hidden).await.unwrap();
    let call =
        Sendto { socket: sender, address: loopback(port), flags: vec![], wait: Wait::Forever };
    client.call_with(call, b"friend again").await.unwrap();
    let (_, payload) = client.call_with(recv_forever(socket), &[]).await.unwrap();
    assert_eq!(payload, b"friend again");
    for group in ["224.0.0.1", "255.255.255.255", "<broadcast>"] {
        let address = inet(group, port);
        let call = Sendto { socket: sender, address, flags: vec![], wait: Wait::Forever };
        assert_eq!(client.call_with(call, b"x").await.unwrap_err().errno, Errno::EACCES, "{group}");
    }
}

fn hidden_udp(port: u16) -> SocketAddr {
    let table = std::fs::read_to_string("/proc/net/udp").unwrap();
    let wanted = format!(":{port:04X}");
    let found = table.lines().skip(1).find_map(|line| {
        let local = line.split_whitespace().nth(1)?;
        let octets = u32::from_str_radix(local.strip_suffix(&wanted)?, 16).ok()?.to_le_bytes();
        (octets[1] >= 16).then_some(octets)
    });
    SocketAddr::from((found.expect("the socket is in the kernel's table"), port))
}

#[tokio::test]
async fn ipv6_is_a_loopback_beside_ipv4() {
    let server = start(Preset::Isolated).await;
    let mut client = Client::connect(&server).await;
    // What asyncio does for "localhost": the same port on both.
    let (four, _) = listen_at(&mut client, Family::Inet, loopback(PORT)).await;
    let (six, local) = listen_at(&mut client, Family::Inet6, inet6("::1", PORT)).await;
    assert_eq!(local, inet6("::1", PORT));
    let socket = connect(&mut client, Family::Inet6, inet6("::1", PORT)).await.unwrap();
    let accepted = client.accept(six).await;
    let local = client.call(Getsockname { socket }).await.unwrap().address;
    assert_eq!(accepted.peer, local);
    assert_eq!(local, inet6("::1", local.port().unwrap()));
    assert_eq!(accepted.local, inet6("::1", PORT));
    let peer = client.call(Getpeername { socket }).await.unwrap().address;
    assert_eq!(peer, inet6("::1", PORT));
    connect(&mut client, Family::Inet6, inet6("::ffff:127.0.0.1", PORT)).await.unwrap();
    let Address::Inet(host, _) = client.accept(four).await.peer else { panic!("not IPv4") };
    assert_eq!(host, "127.0.0.1");
}

#[tokio::test]
async fn a_listener_for_both_families_hears_both() {
    let server = start(Preset::Isolated).await;
    let mut client = Client::connect(&server).await;
    let (both, local) = listen_at(&mut client, Family::Inet6, inet6("::", PORT)).await;
    assert_eq!(local, inet6("::", PORT));
    connect(&mut client, Family::Inet, loopback(PORT)).await.unwrap();
    let accepted = client.accept(both).await;
    let port = accepted.peer.port().unwrap();
    assert_eq!(accepted.peer, inet6("::ffff:127.0.0.1", port));
    assert_eq!(accepted.local, inet6("::ffff:127.0.0.1", PORT));
    let socket = connect(&mut client, Family::Inet6, inet6("::1", PORT)).await.unwrap();
    let accepted = client.accept(both).await;
    assert_eq!(accepted.peer, inet6("::1", accepted.peer.port().unwrap()));
    assert_eq!(accepted.local, inet6("::1", PORT));
    let peer = client.call(Getpeername { socket }).await.unwrap().address;
    assert_eq!(peer, inet6("::1", PORT));
    let second = client.socket(Family::Inet6, Kind::Stream).await;
    let address = inet6("::1", PORT);
    assert_eq!(
        client.fail(Bind { socket: second, address: address.clone() }).await,
        Errno::EADDRINUSE
    );
    // With the listener goes its hold on ::1.
    client.call(Close { socket: both }).await.unwrap();
    let reuse = Setsockopt { socket: second, level: 1, option: 2, value: OptionValue::Int(1) };
    client.call(reuse).await.unwrap();
    client.call(Bind { socket: second, address }).await.unwrap();
}

#[tokio::test]
async fn v6only_is_kept_and_keeps_ipv4_out() {
    let server = start(Preset::Isolated).await;
    let mut client = Client::connect(&server).await;
    let socket = client.socket(Family::Inet6, Kind::Stream).await;
    let read = |socket| Getsockopt { socket, level: 41, option: 26, len: 0 };
    assert_eq!(client.call(read(socket)).await.unwrap().value, OptionValue::Int(0));
    let set = Setsockopt { socket, level: 41, option: 26, value: OptionValue::Int(1) };
    client.call(set.clone()).await.unwrap();
    assert_eq!(client.call(read(socket)).await.unwrap().value, OptionValue::Int(1));
    client.call(Bind { socket, address: inet6("::", PORT) }).await.unwrap();
    assert_eq!(client.fail(set).await, Errno::EINVAL);
    client.call(Listen { socket, backlog: 1 }).await.unwrap();
    assert_eq!(connect(&mut client, Family::Inet, loopback(PORT)).await, Err(Errno::ECONNREFUSED));
    connect(&mut client, Family::Inet6, inet6("::1", PORT)).await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_taken_and_an_ephemeral_one_is_ones_own() {
    let server = start(Preset::Isolated).await;
    let mut client = Client::connect(&server).await;
    let (_, first) = listen_at(&mut client, Family::Inet, inet("", 0)).await;
    let port = first.port().unwrap();
    assert!(port != 0 && first == inet("0.0.0.0", port));
    for host in ["0.0.0.0", "127.0.0.1", "localhost"] {
        let socket = client.tcp().await;
        assert_eq!(
            client.fail(Bind { socket, address: inet(host, port) }).await,
            Errno::EADDRINUSE
        );
    }
    let (second, local) = listen_at(&mut client, Family::Inet, inet("127.0.0.2", port)).await;
    assert_eq!(local, inet("127.0.0.2", port));
    connect(&mut client, Family::Inet, inet("127.0.0.2", port)).await.unwrap();
    assert_eq!(client.accept(second).await.local, inet("127.0.0.2", port));
    // Never bound, listening all the same.
    let socket = client.tcp().await;
    let bound = client.call(Listen { socket, backlog: 1 }).await.unwrap().local;
    connect(&mut client, Family::Inet, loopback(bound.port().unwrap())).await.unwrap();
    client.accept(socket).await;
}

#[tokio::test]
async fn what_would_show_the_hosts_addresses_is_refused() {
    let server = start(Preset::Isolated).await;
    let mut client = Client::connect(&server).await;
    let socket = client.udp().await;
    for (level, option) in [(0, 8), (0, 11), (0, 20), (41, 49), (41, 25), (6, 27)] {
        let set = Setsockopt { socket, level, option, value: OptionValue::Int(1) };
        assert_eq!(client.fail(set).await, Errno::ENOPROTOOPT, "{level} {option}");
    }
    assert_eq!(client.call(Gethostname {}).await.unwrap().name, "localhost");
}

#[tokio::test]
async fn an_exposed_loopback_lets_the_host_in_and_says_where_it_is() {
    let rules = Rules { preset: Some(Preset::Isolated), expose_loopback: true, ..Rules::default() };
    let server = start_server_with(Config { rules, ..Config::default() }).await;
    let (mut client, welcome) = Client::connect_with_welcome(&server).await;
    let summary = welcome.policy.summary;
    let ip = summary.rsplit(' ').next().unwrap().trim_end_matches('.');
    let (listener, _) = listen_at(&mut client, Family::Inet, loopback(PORT)).await;
    let visitor = TcpStream::connect(format!("{ip}:{PORT}")).await.unwrap();
    let accepted = client.accept(listener).await;
    assert_eq!(accepted.peer, visitor.local_addr().unwrap().into());
}
