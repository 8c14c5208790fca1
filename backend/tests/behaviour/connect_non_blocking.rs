use shared::call::{
    Connect, Getsockopt, OptionValue, Poll, PollEntry, Readiness, Recv, Send, SocketId, Wait,
};
use shared::errno::Errno;
use shared::options::SOL_SOCKET;

use crate::support::client::Client;
use crate::support::server::start_server;

const SO_ERROR: i32 = 4;

async fn poll_out(client: &mut Client, socket: SocketId) -> Vec<Readiness> {
    let entries = vec![PollEntry { socket, events: vec![Readiness::Out] }];
    let polled = client.call(Poll { entries, wait: Wait::Forever }).await.unwrap();
    polled.ready[0].events.clone()
}

async fn so_error(client: &mut Client, socket: SocketId) -> OptionValue {
    let call = Getsockopt { socket, level: SOL_SOCKET, option: SO_ERROR, len: 0 };
    client.call(call).await.unwrap().value
}

#[tokio::test]
async fn a_connection_goes_on_after_einprogress() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (listener, address) = client.listener().await;
    let socket = client.tcp().await;
    let connect = Connect { socket, address, wait: Wait::Never };
    assert_eq!(client.fail(connect.clone()).await, Errno::EINPROGRESS);
    assert!(poll_out(&mut client, socket).await.contains(&Readiness::Out));
    assert_eq!(so_error(&mut client, socket).await, OptionValue::Int(0));
    client.accept(listener).await;
    // As on Linux, the second call reports the success, the third that it has been reported.
    client.call(connect.clone()).await.unwrap();
    assert_eq!(client.fail(connect).await, Errno::EISCONN);
}

#[tokio::test]
async fn a_failed_connection_is_found_in_so_error() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let socket = client.tcp().await;
    let connect = Connect { socket, address: closed.into(), wait: Wait::Never };
    assert_eq!(client.fail(connect).await, Errno::EINPROGRESS);
    assert!(poll_out(&mut client, socket).await.contains(&Readiness::Err));
    let refused = OptionValue::Int(Errno::ECONNREFUSED.number());
    assert_eq!(so_error(&mut client, socket).await, refused);
}

#[tokio::test]
async fn what_would_wait_is_eagain() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, _b) = client.tcp_pair().await;
    let recv = Recv { socket: a, len: 1, flags: vec![], wait: Wait::Never };
    assert_eq!(client.fail(recv).await, Errno::EAGAIN);
    let send = Send { socket: a, flags: vec![], wait: Wait::Never };
    let mut sent = 0;
    let errno = loop {
        match client.call_with(send.clone(), &[0; 65536]).await {
            Ok((reply, _)) => sent += reply.len,
            Err(failure) => break failure.errno,
        }
    };
    assert_eq!(errno, Errno::EAGAIN);
    assert!(sent > 0);
}
