use shared::call::{Accept, Close, Connect, Poll, PollEntry, Readiness, Wait};
use shared::errno::Errno;
use shared::frame::CallId;

use crate::support::client::{Client, look_up, recv_forever};
use crate::support::server::start_server;

#[tokio::test]
async fn a_cancelled_call_is_answered_with_eintr_and_loses_nothing() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let recv = client.begin(recv_forever(b)).await;
    client.cancel(recv.id).await;
    assert_eq!(client.finish(recv).await.unwrap_err().errno, Errno::EINTR);
    client.sendall(a, b"x").await;
    assert_eq!(client.recv(b, 10).await.1, b"x");
}

#[tokio::test]
async fn every_kind_of_wait_can_be_cancelled() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (listener, _) = client.listener().await;
    let accept = client.begin(Accept { socket: listener, wait: Wait::Forever }).await;
    let entries = vec![PollEntry { socket: listener, events: vec![Readiness::In] }];
    let poll = client.begin(Poll { entries, wait: Wait::Forever }).await;
    client.cancel(accept.id).await;
    client.cancel(poll.id).await;
    assert_eq!(client.finish(accept).await.unwrap_err().errno, Errno::EINTR);
    assert_eq!(client.finish(poll).await.unwrap_err().errno, Errno::EINTR);
}

#[tokio::test]
async fn a_cancel_of_nothing_is_nothing() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    client.cancel(CallId(99)).await;
    client.tcp().await;
}

#[tokio::test]
async fn a_waiting_call_keeps_a_closed_socket_open_until_it_is_cancelled() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let recv = client.begin(recv_forever(a)).await;
    client.call(Close { socket: a }).await.unwrap();
    // As on Linux, it still takes what arrives.
    client.sendall(b, b"x").await;
    assert_eq!(client.finish(recv).await.unwrap().1, b"x");
    assert_eq!(client.recv(b, 10).await.0.len, 0, "the call was the last to hold it");
}

#[tokio::test]
async fn a_cancelled_wait_lets_a_closed_listener_go() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (listener, address) = client.listener().await;
    let accept = client.begin(Accept { socket: listener, wait: Wait::Forever }).await;
    client.call(Close { socket: listener }).await.unwrap();
    client.cancel(accept.id).await;
    assert_eq!(client.finish(accept).await.unwrap_err().errno, Errno::EINTR);
    let socket = client.tcp().await;
    let connect = Connect { socket, address, wait: Wait::Forever };
    assert_eq!(client.fail(connect).await, Errno::ECONNREFUSED);
}

#[tokio::test]
async fn an_id_is_free_again_after_its_answer() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, _b) = client.tcp_pair().await;
    let recv = client.begin(recv_forever(a)).await;
    let call =
        shared::frame::ClientMessage::Call { id: recv.id, call: look_up("127.0.0.1").into() };
    client.send(call, &[]).await;
    assert_eq!(client.receive_refusal().await.errno, Errno::EINVAL);
    client.cancel(recv.id).await;
    assert_eq!(client.finish(recv).await.unwrap_err().errno, Errno::EINTR);
}
