//! Clients that take their time to keep others out.

use std::time::Duration;

use backend::config::Config;
use futures_util::{SinkExt, StreamExt};
use shared::frame::{ClientMessage, ClosingReason, Hello, ServerMessage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::support::client::{Client, PATIENCE};
use crate::support::server::{Server, start_server_with};

/// Between two bytes of a client that sends one at a time.
const DRIP: Duration = Duration::from_millis(2);

async fn start(change: impl FnOnce(&mut backend::limits::Waits)) -> Server {
    let mut config = Config::default();
    change(&mut config.limits.waits);
    start_server_with(config).await
}

/// Sends one part after the other, for ever, until the backend closes the connection; returns
/// what it said.
async fn drip(stream: &mut TcpStream, mut part: impl FnMut(usize) -> Vec<u8>) -> Vec<u8> {
    let begun = Instant::now();
    let mut said = Vec::new();
    for turn in 0.. {
        assert!(begun.elapsed() < PATIENCE, "the backend listens for ever");
        if stream.write_all(&part(turn)).await.is_err() {
            // What came before it closed is there still.
            drop(stream.read_to_end(&mut said).await);
            break;
        }
        if let Ok(Ok(0) | Err(_)) = timeout(DRIP, stream.read_buf(&mut said)).await {
            break;
        }
    }
    said
}

async fn upgraded(server: &Server) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    client_async(format!("ws://{}/ws", server.address), stream).await.unwrap().0
}

async fn in_session(server: &Server) -> WebSocketStream<TcpStream> {
    let mut socket = upgraded(server).await;
    let hello = ClientMessage::Hello(Hello::plain()).encode();
    socket.send(Message::Text(hello.into())).await.unwrap();
    socket.next().await.unwrap().unwrap();
    socket
}

/// Returns why the backend ends the session, if it says so before it closes.
fn reason(said: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(said);
    let begin = text.find("{\"closing\"")?;
    let end = text[begin..].find("}}")? + begin + 2;
    match ServerMessage::decode(text[begin..end].as_bytes()).unwrap() {
        ServerMessage::Closing(closing) => Some(closing.message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_that_comes_byte_by_byte_is_not_waited_for() {
    let server = start(|waits| waits.request_head_ms_max = 100).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await.unwrap();
    let said = drip(&mut stream, |_| b"a".to_vec()).await;
    assert!(!said.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let server = start(|waits| waits.request_head_ms_max = 50).await;
    for before in ["", "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(before.as_bytes()).await.unwrap();
        let mut said = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("closed in time").unwrap();
        assert_eq!(said.starts_with(b"HTTP/1.1 404"), !before.is_empty());
    }
}

#[tokio::test]
async fn a_request_whose_body_never_ends_does_not_keep_its_connection() {
    let server = start(|waits| waits.connection_ms_max = 50).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let said = drip(&mut stream, |_| b"a".to_vec()).await;
    assert!(said.starts_with(b"HTTP/1.1 405"), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn answers_that_nobody_takes_do_not_keep_their_connection() {
    let server = start(|waits| waits.connection_ms_max = 100).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let requests = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    // Its answers fill every buffer on the way, and then the connection breaks.
    let asking = async { while stream.write_all(requests.as_bytes()).await.is_ok() {} };
    timeout(PATIENCE, asking).await.expect("closed in time");
}

#[tokio::test]
async fn a_websocket_that_says_no_hello_is_closed() {
    let server = start(|waits| waits.handshake_ms_max = 50).await;
    let mut client = Client::connect_raw(&server).await;
    let Some((ServerMessage::Closing(closing), _)) = client.receive().await else { panic!() };
    assert_eq!(closing.reason, ClosingReason::Idle);
    // Nor is a hello that comes byte by byte.
    let mut stream = upgraded(&server).await.into_inner();
    stream.write_all(&[0x82, 0xfe, 0xff, 0xff, 0, 0, 0, 0]).await.unwrap();
    let said = drip(&mut stream, |_| vec![b' ']).await;
    assert_eq!(reason(&said).as_deref(), Some("no hello came"));
}

#[tokio::test]
async fn a_frame_that_comes_byte_by_byte_ends_the_session() {
    let server = start(|waits| (waits.pulse_ms, waits.silence_ms_max) = (20, 100)).await;
    let mut stream = in_session(&server).await.into_inner();
    // The head of a frame of 65,535 bytes, with a mask of zeros.
    stream.write_all(&[0x82, 0xfe, 0xff, 0xff, 0, 0, 0, 0]).await.unwrap();
    let said = drip(&mut stream, |_| vec![0]).await;
    assert_eq!(reason(&said).as_deref(), Some("nothing came from the client"));
}

#[tokio::test]
async fn a_message_in_endless_fragments_ends_the_session_for_all_its_pongs() {
    let server = start(|waits| (waits.pulse_ms, waits.message_ms_max) = (20, 100)).await;
    let mut stream = in_session(&server).await.into_inner();
    let said = drip(&mut stream, |turn| {
        // The message's first fragment, and then one more each time, with a pong before it.
        let opcode = if turn == 0 { 0x02 } else { 0x00 };
        let mut part = vec![0x8a, 0x80, 0, 0, 0, 0];
        part.extend([opcode, 0x80 | 100, 0, 0, 0, 0]);
        part.extend([0; 100]);
        part
    })
    .await;
    assert_eq!(reason(&said).as_deref(), Some("a message takes too long to arrive"));
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_gone_and_one_that_does_stays() {
    let server = start(|waits| (waits.pulse_ms, waits.silence_ms_max) = (20, 100)).await;
    let mut stream = in_session(&server).await.into_inner();
    let mut said = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("closed in time").unwrap();
    assert_eq!(reason(&said).as_deref(), Some("nothing came from the client"));

    // Long enough for a test that has to wait for a processor, and over after so many pings.
    let server = start(|waits| (waits.pulse_ms, waits.silence_ms_max) = (20, 1000)).await;
    let mut alive = in_session(&server).await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(1500) {
        // Reading a ping answers it.
        let message = timeout(PATIENCE, alive.next()).await.expect("a ping").unwrap().unwrap();
        assert!(matches!(message, Message::Ping(_)), "{message:?}");
    }
}
