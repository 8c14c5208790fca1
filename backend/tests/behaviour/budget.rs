//! What a session may use up over time, and together with others of its network address.

use std::time::{Duration, Instant};

use backend::config::Config;
use backend::limits::{Allowance, Cap};
use futures_util::StreamExt;
use shared::address::{Address, Family, Kind};
use shared::call::{Bind, Connect, EpollCreate, Listen, Send, Sendto, Socket, SocketId, Wait};
use shared::errno::{Errno, Failure};
use shared::frame::{Closing, ClosingReason, Hello, ServerMessage};
use shared::limit::LimitName;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::client::{Client, PATIENCE, look_up, loopback, recv_forever};
use crate::support::server::{Server, start_server_with};

async fn start(change: impl FnOnce(&mut Allowance)) -> Server {
    let mut config = Config::default();
    change(&mut config.limits.allowance);
    start_server_with(config).await
}

/// A backend that believes proxies on loopback.
async fn start_behind_proxy(change: impl FnOnce(&mut Config)) -> Server {
    let mut config = Config::default();
    config.access.trusted_proxy = vec!["127.0.0.0/8".parse().unwrap()];
    change(&mut config);
    start_server_with(config).await
}

/// Opens a session for a visitor for whom a proxy speaks.
async fn visit(server: &Server, visitor: &str) -> Result<Client, Closing> {
    let mut request = format!("ws://{}/ws", server.address).into_client_request().unwrap();
    request.headers_mut().insert("x-forwarded-for", visitor.parse().unwrap());
    let (socket, _) = connect_async(request).await.unwrap();
    match Client::greet_on(socket, Hello::plain()).await {
        (client, Some(ServerMessage::Welcome(_))) => Ok(client),
        (_, Some(ServerMessage::Closing(closing))) => Err(closing),
        (_, other) => panic!("neither welcome nor closing: {other:?}"),
    }
}

/// An address beyond the loopback to which Linux makes no connection and sends nothing for it:
/// one of many receivers.
fn beyond(host: u8, port: u16) -> Address {
    Address::Inet(format!("224.0.0.{host}"), port)
}

/// An address beyond the loopback to which Linux sends no datagram from a socket that did not ask
/// for broadcasts.
fn everywhere(port: u16) -> Address {
    Address::Inet("255.255.255.255".to_owned(), port)
}

async fn connect(client: &mut Client, address: Address) -> Failure {
    let socket = client.tcp().await;
    client.call(Connect { socket, address, wait: Wait::Never }).await.unwrap_err()
}

/// Sends an empty datagram as far as it goes; returns the limit that it was beyond.
async fn datagram(client: &mut Client, socket: SocketId, address: Address) -> Option<LimitName> {
    let call = Sendto { socket, address, flags: vec![], wait: Wait::Never };
    client.call(call).await.err().and_then(|failure| failure.limit)
}

#[track_caller]
fn check(failure: &Failure, errno: Errno, limit: LimitName) {
    assert_eq!((failure.errno, failure.limit), (errno, Some(limit)), "{failure}");
}

#[tokio::test]
async fn a_session_is_told_its_limits() {
    let server = start(|set| set.listeners_max = Some(Cap::At(7))).await;
    let (_, welcome) = Client::connect_with_welcome(&server).await;
    let bounds: Vec<_> = welcome.bounds.iter().map(|bound| (bound.limit, bound.max)).collect();
    assert_eq!(bounds, [(LimitName::Listeners, 7), (LimitName::WaitingBytes, 32 << 20)]);
}

#[tokio::test]
async fn for_everybody_the_limits_are_tight_by_themselves() {
    let mut config = Config::default();
    config.access.public = true;
    let server = start_server_with(config).await;
    let (mut client, welcome) = Client::connect_with_welcome(&server).await;
    let max = |limit| welcome.bounds.iter().find(|bound| bound.limit == limit).unwrap().max;
    assert_eq!(max(LimitName::IdleMinutes), 30);
    assert_eq!(max(LimitName::SessionsPerAddress), 64);
    for _ in 0..max(LimitName::Listeners) {
        client.listener().await;
    }
    let socket = client.tcp().await;
    client.call(Bind { socket, address: loopback(0) }).await.unwrap();
    let failure = client.call(Listen { socket, backlog: 5 }).await.unwrap_err();
    check(&failure, Errno::ENOBUFS, LimitName::Listeners);
}

#[tokio::test]
async fn one_listener_too_many_is_enobufs_and_a_close_makes_room() {
    let server = start(|set| set.listeners_max = Some(Cap::At(1))).await;
    let mut client = Client::connect(&server).await;
    let (first, _) = client.listener().await;
    client.call(Listen { socket: first, backlog: 5 }).await.unwrap();
    let second = client.tcp().await;
    client.call(Bind { socket: second, address: loopback(0) }).await.unwrap();
    let listen = Listen { socket: second, backlog: 5 };
    let failure = client.call(listen.clone()).await.unwrap_err();
    check(&failure, Errno::ENOBUFS, LimitName::Listeners);
    client.call(shared::call::Close { socket: first }).await.unwrap();
    client.call(listen).await.unwrap();
}

#[tokio::test]
async fn a_scan_beyond_the_loopback_ends_soon_and_the_loopback_stays_open() {
    let server = start(|set| set.destinations_per_minute_max = Some(Cap::At(3))).await;
    let mut client = Client::connect(&server).await;
    for port in 1..=2 {
        assert_eq!(connect(&mut client, beyond(1, port)).await.limit, None);
    }
    let socket = client.udp().await;
    assert_eq!(datagram(&mut client, socket, everywhere(8)).await, None);
    let failure = connect(&mut client, beyond(1, 3)).await;
    check(&failure, Errno::ENOBUFS, LimitName::DestinationsPerMinute);
    let limit = datagram(&mut client, socket, everywhere(9)).await;
    assert_eq!(limit, Some(LimitName::DestinationsPerMinute));
    // What it has reached it may reach again, and its loopback always.
    assert_eq!(connect(&mut client, beyond(1, 1)).await.limit, None);
    assert_eq!(datagram(&mut client, socket, everywhere(8)).await, None);
    for port in 1..20 {
        assert_eq!(connect(&mut client, loopback(port)).await.limit, None);
    }
    client.tcp_pair().await;
}

#[tokio::test]
async fn connections_beyond_the_loopback_are_counted() {
    let server = start(|set| {
        set.connects_per_minute_max = Some(Cap::At(3));
        set.connects_per_destination_per_minute_max = Some(Cap::At(2));
    })
    .await;
    let mut client = Client::connect(&server).await;
    for _ in 0..2 {
        assert_eq!(connect(&mut client, beyond(1, 80)).await.limit, None);
    }
    let failure = connect(&mut client, beyond(1, 80)).await;
    check(&failure, Errno::EADDRNOTAVAIL, LimitName::ConnectsPerDestination);
    assert!(failure.message.contains("a session may have 2"), "{failure}");
    assert_eq!(connect(&mut client, beyond(1, 81)).await.limit, None);
    let failure = connect(&mut client, beyond(1, 82)).await;
    check(&failure, Errno::EADDRNOTAVAIL, LimitName::ConnectsPerMinute);
}

#[tokio::test]
async fn to_ask_what_became_of_a_connection_is_no_other_connection() {
    // To an address of the machine itself packets do not leave it.
    let own = if_addrs::get_if_addrs().unwrap().into_iter().map(|interface| interface.ip());
    let Some(own) = own.filter(std::net::IpAddr::is_ipv4).find(|ip| !ip.is_loopback()) else {
        return;
    };
    let outside = tokio::net::TcpListener::bind((own, 0)).await.unwrap();
    let address = Address::from(outside.local_addr().unwrap());
    let server = start(|set| set.connects_per_minute_max = Some(Cap::At(2))).await;
    let mut client = Client::connect(&server).await;
    let (first, second, third) = (client.tcp().await, client.tcp().await, client.tcp().await);
    let mut connect = async |socket| {
        let call = Connect { socket, address: address.clone(), wait: Wait::Never };
        client.call(call).await.err().map(|failure| (failure.errno, failure.limit))
    };
    assert_eq!(connect(first).await, Some((Errno::EINPROGRESS, None)));
    for _ in 0..9 {
        let answer = connect(first).await;
        assert!(answer.is_none_or(|(_, limit)| limit.is_none()), "{answer:?}");
    }
    assert_eq!(connect(second).await, Some((Errno::EINPROGRESS, None)));
    let beyond = Some((Errno::EADDRNOTAVAIL, Some(LimitName::ConnectsPerMinute)));
    assert_eq!(connect(third).await, beyond);
}

#[tokio::test]
async fn lookups_are_counted() {
    let server = start(|set| set.lookups_per_minute_max = Some(Cap::At(1))).await;
    let mut client = Client::connect(&server).await;
    let mut refused =
        async |host: &str| client.call(look_up(host)).await.err().and_then(|failure| failure.limit);
    for host in ["localhost", "127.0.0.1", "a.invalid", "localhost", "::1"] {
        assert_eq!(refused(host).await, None, "{host}");
    }
    assert_eq!(refused("b.invalid").await, Some(LimitName::LookupsPerMinute));
}

#[tokio::test]
async fn bytes_take_their_time_and_the_visitor_is_told() {
    let server = start(|set| set.send_bytes_per_second_max = Some(Cap::At(100_000))).await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let mut told = Vec::new();
    let mut move_some = async || {
        let send = Send { socket: a, flags: vec![], wait: Wait::Never };
        let pending = client.begin_with(send, &[1; 15_000]).await;
        let (sent, _) = client.finish_noting(pending, &mut told).await.unwrap();
        assert_eq!(sent.len, 15_000);
        let pending = client.begin(recv_forever(b)).await;
        client.finish_noting(pending, &mut told).await.unwrap();
        told.first().map(|notice| notice.limit)
    };
    let begun = Instant::now();
    for _ in 0..4 {
        move_some().await;
    }
    // 25,000 bytes are free; the fourth call waits for what the third was beyond them.
    assert!(begun.elapsed() >= Duration::from_millis(180), "{:?}", begun.elapsed());
    // Where the machine itself took longer than that, there was nothing to tell yet.
    let telling = async {
        loop {
            if let Some(limit) = move_some().await {
                return limit;
            }
        }
    };
    assert_eq!(timeout(PATIENCE, telling).await, Ok(LimitName::SendBytesPerSecond));
}

#[tokio::test]
async fn one_session_that_is_slowed_down_slows_down_no_other() {
    let server = start(|set| set.receive_bytes_per_second_max = Some(Cap::At(1))).await;
    let mut slow = Client::connect(&server).await;
    let (a, b) = slow.tcp_pair().await;
    slow.sendall(a, &[b'x'; 100]).await;
    // More than a minute's bytes.
    slow.recv(b, 99).await;
    let waiting = slow.begin(recv_forever(b)).await;
    let mut other = Client::connect(&server).await;
    let (c, d) = other.tcp_pair().await;
    other.sendall(c, b"y").await;
    assert_eq!(other.recv(d, 1).await.1, b"y");
    // A call that waits for its turn can be cancelled like any other.
    slow.cancel(waiting.id).await;
    let failure = slow.finish_noting(waiting, &mut Vec::new()).await.unwrap_err();
    assert_eq!(failure.errno, Errno::EINTR);
}

#[tokio::test]
async fn sessions_are_counted_by_network_address() {
    let server = start_behind_proxy(|config| {
        config.limits.allowance.sessions_per_address_max = Some(Cap::At(2));
    })
    .await;
    let first = visit(&server, "2001:db8::1").await.unwrap();
    let _second = visit(&server, "10.9.9.9, 2001:db8::2").await.unwrap();
    let closing = visit(&server, "2001:db8::3").await.err().unwrap();
    assert_eq!(closing.reason, ClosingReason::Full);
    assert_eq!(closing.limit, Some(LimitName::SessionsPerAddress));
    visit(&server, "2001:db8:0:1::1").await.unwrap();
    let mut socket = first.socket;
    socket.close(None).await.unwrap();
    while socket.next().await.is_some() {}
    // The place comes back when the session has ended, which is a moment after its last word.
    while visit(&server, "2001:db8::3").await.is_err() {}
}

#[tokio::test]
async fn what_a_visitor_says_of_itself_without_a_proxy_counts_for_nothing() {
    let server = start(|set| set.sessions_per_address_max = Some(Cap::At(1))).await;
    let _first = visit(&server, "192.0.2.7").await.unwrap();
    // This machine's own programs are not counted, whoever they say they are.
    visit(&server, "192.0.2.7").await.unwrap();
}

#[tokio::test]
async fn another_session_is_no_way_around_the_limits_of_an_address() {
    let server = start_behind_proxy(|config| {
        config.limits.allowance.destinations_per_minute_max = Some(Cap::At(1));
    })
    .await;
    let mut reached = 0;
    let failure = loop {
        let mut client = visit(&server, "192.0.2.7").await.unwrap();
        let failure = connect(&mut client, beyond(1, 1000 + reached)).await;
        if failure.limit.is_some() {
            break failure;
        }
        reached += 1;
    };
    assert_eq!(reached, 8, "eight sessions' worth");
    check(&failure, Errno::ENOBUFS, LimitName::DestinationsPerMinute);
    assert!(failure.message.contains("all sessions of a network address"), "{failure}");
    let mut other = visit(&server, "192.0.2.8").await.unwrap();
    assert_eq!(connect(&mut other, beyond(1, 1)).await.limit, None);
}

#[tokio::test]
async fn sockets_are_counted_by_network_address_too() {
    let server = start_behind_proxy(|config| {
        config.limits.allowance.sockets_per_address_max = Some(Cap::At(2));
    })
    .await;
    let mut one = visit(&server, "192.0.2.7").await.unwrap();
    let mut two = visit(&server, "192.0.2.7").await.unwrap();
    one.tcp().await;
    let last = two.tcp().await;
    let create = Socket { family: Family::Inet, kind: Kind::Stream, proto: 0 };
    let failure = one.call(create.clone()).await.unwrap_err();
    check(&failure, Errno::EMFILE, LimitName::SocketsPerAddress);
    visit(&server, "192.0.2.8").await.unwrap().tcp().await;
    two.call(shared::call::Close { socket: last }).await.unwrap();
    one.call(create).await.unwrap();
}

#[tokio::test]
async fn the_process_keeps_descriptors_for_those_who_come() {
    let mut config = Config::default();
    config.limits.descriptors_max = Some(40);
    let server = start_server_with(config).await;
    let mut client = Client::connect(&server).await;
    let create = Socket { family: Family::Inet, kind: Kind::Stream, proto: 0 };
    let failure = loop {
        match client.call(create.clone()).await {
            Ok(_) => {}
            Err(failure) => break failure,
        }
    };
    check(&failure, Errno::ENFILE, LimitName::Descriptors);
    let failure = client.call(EpollCreate {}).await.unwrap_err();
    check(&failure, Errno::ENFILE, LimitName::Descriptors);
    // Others still come in, and when the first one goes they have its sockets.
    let mut other = Client::connect(&server).await;
    check(&other.call(create.clone()).await.unwrap_err(), Errno::ENFILE, LimitName::Descriptors);
    drop(client);
    while other.call(create.clone()).await.is_err() {}
}

#[tokio::test]
async fn a_session_without_calls_is_told_and_then_ends() {
    let mut config = Config::default();
    config.limits.waits.pulse_ms = 10;
    config.limits.allowance.idle_minutes_max = Some(Cap::At(0.02));
    let server = start_server_with(config).await;
    let mut client = Client::connect(&server).await;
    let Some((ServerMessage::Limit(notice), _)) = client.receive().await else { panic!() };
    assert_eq!(notice.limit, LimitName::IdleMinutes);
    assert!(notice.ends_in_ms.is_some_and(|ms| ms <= 600), "{notice:?}");
    client.send_call_and_forget(EpollCreate {}).await;
    let mut told = 0;
    let closing = loop {
        match client.receive().await {
            Some((ServerMessage::Closing(closing), _)) => break closing,
            Some((ServerMessage::Limit(_), _)) => told += 1,
            Some((ServerMessage::Answer(_), _)) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(told, 1, "a call begins the time anew, and it is told again");
    assert_eq!(closing.reason, ClosingReason::Time);
    assert_eq!(closing.limit, Some(LimitName::IdleMinutes));
}

#[tokio::test]
async fn a_session_ends_when_its_time_is_over_however_busy_it_is() {
    let mut config = Config::default();
    config.limits.waits.pulse_ms = 10;
    config.limits.allowance.session_minutes_max = Some(Cap::At(0.02));
    let server = start_server_with(config).await;
    let mut client = Client::connect(&server).await;
    let mut told = false;
    let closing = loop {
        client.send_call_and_forget(shared::call::Gethostname {}).await;
        match client.receive().await {
            Some((ServerMessage::Closing(closing), _)) => break closing,
            Some((ServerMessage::Limit(notice), _)) => {
                told |= notice.limit == LimitName::SessionMinutes;
            }
            Some((ServerMessage::Answer(_), _)) => {}
            other => panic!("{other:?}"),
        }
    };
    assert!(told);
    assert_eq!(closing.limit, Some(LimitName::SessionMinutes));
}
