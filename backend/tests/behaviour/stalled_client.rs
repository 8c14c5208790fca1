use std::time::Duration;

use futures_util::SinkExt;
use shared::call::{Flag, Recv, Wait};
use shared::frame::{CallId, ClientMessage, Hello, Resume};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

use crate::client::Client;
use crate::process::Process;
use crate::server::start_server;

/// How long nothing may move before the client counts as stalled.
const STILL: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_client_that_takes_no_answers_is_read_no_further_and_holds_nobody_up() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    client.sendall(a, &[7; 200_000]).await;
    // Each answer carries up to 200,000 bytes, and nobody reads one.
    let recv = Recv { socket: b, len: 200_000, flags: vec![Flag::Peek], wait: Wait::Forever };
    let mut asked = 0;
    loop {
        asked += 1;
        let message = ClientMessage::Call { id: CallId(asked + 1000), call: recv.clone().into() };
        let sent = client.socket.send(Message::Text(message.encode().into()));
        if tokio::time::timeout(STILL, sent).await.is_err() {
            break;
        }
        assert!(asked < 2_000_000, "the backend reads requests without end");
    }
    let mut other = Client::connect(&server).await;
    let (c, d) = other.tcp_pair().await;
    other.sendall(c, b"x").await;
    assert_eq!(other.recv(d, 1).await.1, b"x");
}

/// Bytes that a client asks for in the test below, and reads none of.
const ASKED: usize = 500 * 262_144;

/// Bytes that the kernel's buffers hold on the way from a source to a backend to a client, and
/// ours with them: far fewer than were asked for.
const TAKEN_MAX: usize = ASKED / 2;

/// Bytes by which the backend grows meanwhile: what it keeps for a client that may come back
/// (1 MiB), what it has not yet written, and the calls that wait.
const GROWTH_MAX: f64 = 12.0 * 1024.0 * 1024.0;

#[tokio::test]
async fn a_client_that_stops_reading_a_stream_costs_little_memory() {
    for resume in [None, Some(Resume::Later)] {
        let process = Process::start(&[]).await;
        let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hello = Hello { resume, ..Hello::plain() };
        let (mut client, _) = Client::greet(&process.server, hello).await;
        let socket = client.connect_to(outside.local_addr().unwrap()).await;
        let (mut source, _) = outside.accept().await.unwrap();
        let memory = async || process.scrape().await["process_resident_memory_bytes"];
        let before = memory().await;
        let recv = Recv { socket, len: 262_144, flags: vec![], wait: Wait::Forever };
        for _ in 0..ASKED / 262_144 {
            client.begin(recv.clone()).await;
        }
        let mut taken = 0;
        while let Ok(sent) = tokio::time::timeout(STILL, source.write(&[7; 65_536])).await {
            taken += sent.unwrap();
            assert!(taken < TAKEN_MAX, "the backend takes whatever comes");
        }
        let grown = memory().await - before;
        assert!(grown < GROWTH_MAX, "{grown} bytes more, {taken} taken");
        let mut other = Client::connect(&process.server).await;
        let (a, b) = other.tcp_pair().await;
        other.sendall(a, b"x").await;
        assert_eq!(other.recv(b, 1).await.1, b"x");
    }
}
