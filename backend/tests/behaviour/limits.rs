use backend::config::Config;
use shared::address::{Family, Kind};
use shared::call::{
    Accept, Close, Dup, Getsockname, Recv, Send, Sendall, Setsockopt, SocketId, Socketpair, Wait,
};
use shared::errno::Errno;
use shared::frame::{CallId, ClientMessage, ClosingReason, ServerMessage, join};
use shared::limit::LimitName;
use tokio_tungstenite::tungstenite::Message;

use crate::support::client::{Client, recv_forever};
use crate::support::server::{Server, start_server, start_server_with};

async fn start_small_server() -> Server {
    let mut config = Config::default();
    config.limits.sockets_max = 4;
    config.limits.calls_in_flight_max = 2;
    config.limits.sessions_max = 2;
    start_server_with(config).await
}

#[tokio::test]
async fn one_socket_too_many_is_emfile_and_a_close_makes_room() {
    let server = start_small_server().await;
    let mut client = Client::connect(&server).await;
    let (listener, address) = client.listener().await;
    let socket = client.tcp().await;
    let connect = shared::call::Connect { socket, address, wait: Wait::Forever };
    client.call(connect).await.unwrap();
    client.tcp().await;
    let last = client.tcp().await;
    let create = shared::call::Socket { family: Family::Inet, kind: Kind::Stream, proto: 0 };
    let failure = client.call(create.clone()).await.unwrap_err();
    assert_eq!((failure.errno, failure.limit), (Errno::EMFILE, Some(LimitName::Sockets)));
    assert_eq!(client.fail(Dup { socket: last }).await, Errno::EMFILE);
    let accept = Accept { socket: listener, wait: Wait::Forever };
    assert_eq!(client.fail(accept.clone()).await, Errno::EMFILE);
    client.call(Close { socket: last }).await.unwrap();
    let pair = Socketpair { family: Family::Unix, kind: Kind::Stream, proto: 0 };
    assert_eq!(client.fail(pair).await, Errno::EMFILE, "two are needed");
    assert_eq!(client.call(accept).await.unwrap().socket, last);
}

#[tokio::test]
async fn one_waiting_call_too_many_is_enobufs_and_close_still_works() {
    let server = start_small_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    let first = client.begin(recv_forever(a)).await;
    let second = client.begin(recv_forever(b)).await;
    let failure = client.call(recv_forever(a)).await.unwrap_err();
    assert_eq!((failure.errno, failure.limit), (Errno::ENOBUFS, Some(LimitName::CallsInFlight)));
    client.call(Getsockname { socket: a }).await.unwrap();
    client.cancel(first.id).await;
    client.finish(first).await.unwrap_err();
    client.call(Close { socket: a }).await.unwrap();
    assert_eq!(client.finish(second).await.unwrap().0.len, 0);
}

#[tokio::test]
async fn calls_that_wait_to_send_have_so_many_bytes_and_what_is_refused_sent_nothing() {
    let mut config = Config::default();
    config.limits.waiting_bytes_max = 600_000;
    let server = start_server_with(config).await;
    let (mut client, welcome) = Client::connect_with_welcome(&server).await;
    let told = welcome.bounds.iter().find(|bound| bound.limit == LimitName::WaitingBytes);
    assert_eq!(told.map(|bound| bound.max), Some(600_000));
    let (a, b) = client.tcp_pair().await;
    let (c, d) = client.tcp_pair().await;
    let sendall = |socket| Sendall { socket, flags: vec![], wait: Wait::Forever };
    let part = vec![7; 250_000];
    // Nobody reads `b`: sooner or later two calls wait, and there is no room for a third one.
    let mut sending = Vec::new();
    let failure = loop {
        let call = client.begin_with(sendall(a), &part).await;
        // What is answered at once is answered before this.
        client.call(Getsockname { socket: a }).await.unwrap();
        if client.has_answer(&call) {
            match client.finish(call).await {
                Ok((sent, _)) => assert_eq!(sent.len as usize, part.len()),
                Err(failure) => break failure,
            }
        } else {
            sending.push(call);
        }
        assert!(sending.len() < 3, "a third call waits");
    };
    assert_eq!((failure.errno, failure.limit), (Errno::ENOBUFS, Some(LimitName::WaitingBytes)));
    assert_eq!(sending.len(), 2);
    // Other calls go on: those that send little, and those that send nothing.
    client.sendall(c, b"little").await;
    assert_eq!(client.recv(d, 100).await.1, b"little");
    // What the peer takes makes room.
    for call in sending {
        while !client.has_answer(&call) {
            client.recv(b, 262_144).await;
        }
        client.finish(call).await.unwrap();
    }
    client.sendall(c, &part[..100_000]).await;
}

#[tokio::test]
async fn one_session_too_many_is_told_so_and_one_that_ends_makes_room() {
    let server = start_small_server().await;
    let first = Client::connect(&server).await;
    let _second = Client::connect(&server).await;
    let mut third = Client::connect_raw(&server).await;
    let hello = || shared::frame::Hello::plain();
    third.send(ClientMessage::Hello(hello()), &[]).await;
    match third.receive().await {
        Some((ServerMessage::Closing(closing), _)) => {
            assert_eq!(closing.reason, ClosingReason::Full);
            assert_eq!(closing.limit, Some(LimitName::Sessions));
        }
        other => panic!("no closing: {other:?}"),
    }
    let mut socket = first.socket;
    socket.close(None).await.unwrap();
    // The permit comes back when the session has ended, which its close frame announces.
    while futures_util::StreamExt::next(&mut socket).await.is_some() {}
    loop {
        let mut client = Client::connect_raw(&server).await;
        client.send(ClientMessage::Hello(hello()), &[]).await;
        match client.receive().await {
            Some((ServerMessage::Welcome(_), _)) => break,
            Some((ServerMessage::Closing(_), _)) => {}
            other => panic!("neither welcome nor closing: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_transfer_of_the_largest_size_passes_and_one_byte_more_does_not() {
    let server = start_server().await;
    let (mut client, welcome) = Client::connect_with_welcome(&server).await;
    let max = welcome.limits.transfer_bytes_max as usize;
    let (a, b) = client.tcp_pair().await;
    let sendall = Sendall { socket: a, flags: vec![], wait: Wait::Forever };
    let sent = client.begin_with(sendall.clone(), &vec![1; max]).await;
    let mut received = 0;
    while received < max {
        let recv = Recv { socket: b, len: u32::MAX, flags: vec![], wait: Wait::Forever };
        let (_, bytes) = client.call_with(recv, &[]).await.unwrap();
        assert!(bytes.len() <= max);
        received += bytes.len();
    }
    assert_eq!(client.finish(sent).await.unwrap().0.len as usize, max);
    let failure = client.call_with(sendall, &vec![1; max + 1]).await.unwrap_err();
    assert_eq!(failure.errno, Errno::EMSGSIZE);
}

#[tokio::test]
async fn a_message_of_the_largest_size_is_read_and_one_byte_more_is_refused_by_name() {
    let server = start_server().await;
    let (mut client, welcome) = Client::connect_with_welcome(&server).await;
    let max = welcome.limits.frame_bytes_max as usize;
    let call = Send { socket: SocketId(3), flags: vec![], wait: Wait::Never };
    for (len, errno) in [(max, Errno::EMSGSIZE), (max + 1, Errno::EMSGSIZE)] {
        let header = ClientMessage::Call { id: CallId(1), call: call.clone().into() }.encode();
        let frame = join(header.as_bytes(), &vec![0; len - 4 - header.len()]);
        assert_eq!(frame.len(), len);
        client.send_raw(Message::Binary(frame.into())).await;
        match client.receive().await {
            Some((ServerMessage::Answer(answer), _)) => {
                assert_eq!(answer.id, CallId(1));
                let shared::frame::Outcome::Error(failure) = answer.outcome else {
                    panic!("no error");
                };
                assert_eq!(failure.errno, errno);
                assert_eq!(failure.message.contains("a message"), len > max, "{failure}");
            }
            other => panic!("no answer: {other:?}"),
        }
    }
    // The connection is still there.
    client.tcp().await;
}

#[tokio::test]
async fn a_message_far_too_large_ends_the_session() {
    let server = start_server().await;
    let (client, welcome) = Client::connect_with_welcome(&server).await;
    let mut socket = client.socket;
    let huge = vec![b' '; 2 * welcome.limits.frame_bytes_max as usize + 1];
    let text = String::from_utf8(huge).unwrap();
    // Either direction may learn first that the connection is gone.
    let sent = futures_util::SinkExt::send(&mut socket, Message::Text(text.into())).await;
    while let Some(Ok(_)) = futures_util::StreamExt::next(&mut socket).await {}
    drop(sent);
    Client::connect(&server).await;
}

#[tokio::test]
async fn an_option_value_is_bounded() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let socket = client.tcp().await;
    let value = shared::call::OptionValue::Payload;
    let call = Setsockopt { socket, level: 1, option: 13, value };
    let failure = client.call_with(call, &[0; 2000]).await.unwrap_err();
    assert_eq!(failure.errno, Errno::EINVAL);
    let call = shared::call::Getsockopt { socket, level: 1, option: 13, len: 1025 };
    assert_eq!(client.fail(call).await, Errno::EINVAL);
}
