use std::time::{Duration, Instant};

use shared::call::{Close, Getsockopt, OptionValue, Setsockopt, SocketId};
use shared::errno::Errno;
use shared::options::{IPPROTO_IP, IPPROTO_TCP, SOL_SOCKET};

use crate::support::client::Client;
use crate::support::server::start_server;

const SO_REUSEADDR: i32 = 2;
const SO_LINGER: i32 = 13;
const SO_BINDTODEVICE: i32 = 25;
const SO_ATTACH_FILTER: i32 = 26;
const TCP_NODELAY: i32 = 1;
const TCP_CONGESTION: i32 = 13;
const IP_OPTIONS: i32 = 4;

fn set(socket: SocketId, level: i32, option: i32, value: i32) -> Setsockopt {
    Setsockopt { socket, level, option, value: OptionValue::Int(value) }
}

fn set_bytes(socket: SocketId, level: i32, option: i32) -> Setsockopt {
    Setsockopt { socket, level, option, value: OptionValue::Payload }
}

#[tokio::test]
async fn options_are_the_hosts() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let socket = client.tcp().await;
    for (level, option) in [(SOL_SOCKET, SO_REUSEADDR), (IPPROTO_TCP, TCP_NODELAY)] {
        let get = Getsockopt { socket, level, option, len: 0 };
        assert_eq!(client.call(get.clone()).await.unwrap().value, OptionValue::Int(0));
        client.call(set(socket, level, option, 1)).await.unwrap();
        assert_eq!(client.call(get).await.unwrap().value, OptionValue::Int(1));
    }
}

#[tokio::test]
async fn options_can_be_structures_and_texts() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let socket = client.tcp().await;
    let linger = [1_i32.to_ne_bytes(), 5_i32.to_ne_bytes()].concat();
    client.call_with(set_bytes(socket, SOL_SOCKET, SO_LINGER), &linger).await.unwrap();
    let get = Getsockopt { socket, level: SOL_SOCKET, option: SO_LINGER, len: 8 };
    let (reply, bytes) = client.call_with(get, &[]).await.unwrap();
    assert_eq!((reply.value, bytes), (OptionValue::Payload, linger));
    let get = Getsockopt { socket, level: IPPROTO_TCP, option: TCP_CONGESTION, len: 16 };
    let (_, name) = client.call_with(get, &[]).await.unwrap();
    assert!(name.iter().any(u8::is_ascii_alphabetic));
}

#[tokio::test]
async fn options_that_reach_past_the_socket_are_refused() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let socket = client.tcp().await;
    for option in [SO_BINDTODEVICE, SO_ATTACH_FILTER, 9999, -1] {
        let get = Getsockopt { socket, level: SOL_SOCKET, option, len: 0 };
        assert_eq!(client.fail(get).await, Errno::ENOPROTOOPT);
        assert_eq!(client.fail(set(socket, SOL_SOCKET, option, 1)).await, Errno::ENOPROTOOPT);
    }
    // Loose source route by way of a metadata address.
    let route = [131, 7, 4, 169, 254, 169, 254, 0];
    let call = set_bytes(socket, IPPROTO_IP, IP_OPTIONS);
    assert_eq!(client.call_with(call, &route).await.unwrap_err().errno, Errno::EPERM);
}

#[tokio::test]
async fn a_value_of_the_wrong_size_is_the_hosts_error() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let socket = client.tcp().await;
    let call = set_bytes(socket, SOL_SOCKET, SO_LINGER);
    assert_eq!(client.call_with(call, &[1]).await.unwrap_err().errno, Errno::EINVAL);
}

/// With SO_LINGER, Linux's `close` blocks its thread, which here serves other sessions too.
#[tokio::test]
async fn a_lingering_close_holds_nobody_up() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, _b) = client.tcp_pair().await;
    let linger = [1_i32.to_ne_bytes(), 20_i32.to_ne_bytes()].concat();
    client.call_with(set_bytes(a, SOL_SOCKET, SO_LINGER), &linger).await.unwrap();
    let send = shared::call::Send { socket: a, flags: vec![], wait: shared::call::Wait::Never };
    while client.call_with(send.clone(), &[0; 65536]).await.is_ok() {}
    let begun = Instant::now();
    client.call(Close { socket: a }).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
}
