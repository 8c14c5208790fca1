//! A session outlives its connection: nothing is lost, nothing comes twice.
//!
//! The client reaches the backend through a proxy that breaks the connection after so many
//! bytes, without a word. The script is run once for every such point.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use backend::config::Config;
use backend::limits::{Limits, RETAINED_BYTES_MAX};
use futures_util::{SinkExt, StreamExt};
use shared::address::{Family, Kind};
use shared::call::{Call, Close, Connect, Recv, Send, Socket, SocketId, Socketpair, Wait};
use shared::errno::Errno;
use shared::frame::{
    CallId, ClientMessage, Hello, Outcome, Resume, Resumed, ServerMessage, Welcome, join, split,
};
use shared::reply::{Created, Paired, Received, Sent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::support::client::PATIENCE;
use crate::support::server::{start_server, start_server_with};

/// A client that resumes its session as often as the connection breaks.
struct Client {
    proxy: SocketAddr,
    socket: Option<WebSocketStream<MaybeTlsStream<TcpStream>>>,
    token: Option<String>,
    received: u64,
    /// Calls sent and not answered, in order, each with its number among all messages.
    unanswered: Vec<(u64, CallId, Call, Vec<u8>)>,
    sent: u64,
    answers: BTreeMap<CallId, (Outcome, Vec<u8>)>,
    next_id: u64,
    connections: u32,
    acknowledges: bool,
}

impl Client {
    async fn open(proxy: SocketAddr) -> Self {
        let mut client = Self {
            proxy,
            socket: None,
            token: None,
            received: 0,
            unanswered: Vec::new(),
            sent: 0,
            answers: BTreeMap::new(),
            next_id: 0,
            connections: 0,
            acknowledges: true,
        };
        client.reconnect().await;
        client
    }

    /// Connects until the welcome is there, and sends again what the backend has not got.
    async fn reconnect(&mut self) -> Option<Resumed> {
        loop {
            self.connections += 1;
            assert!(self.connections < 100, "the session cannot be resumed");
            let Some((socket, welcome)) = self.try_connect().await else { continue };
            self.socket = Some(socket);
            if let Some(Resumed { received }) = &welcome.resumed {
                let missed: Vec<_> = self
                    .unanswered
                    .iter()
                    .filter(|(number, ..)| number >= received)
                    .cloned()
                    .collect();
                for (_, id, call, payload) in missed {
                    self.write(ClientMessage::Call { id, call }, &payload).await;
                }
            } else {
                assert_eq!(self.received, 0, "the session was lost");
            }
            self.token = welcome.resume;
            return welcome.resumed;
        }
    }

    async fn try_connect(&self) -> Option<(WebSocketStream<MaybeTlsStream<TcpStream>>, Welcome)> {
        let url = format!("ws://{}/ws", self.proxy);
        let (mut socket, _) = connect_async_with_config(url, None, true).await.ok()?;
        let resume = match &self.token {
            Some(token) => Resume::Session { token: token.clone(), received: self.received },
            None => Resume::Later,
        };
        let hello = Hello { resume: Some(resume), ..Hello::plain() };
        socket.send(Message::Text(ClientMessage::Hello(hello).encode().into())).await.ok()?;
        match socket.next().await?.ok()? {
            Message::Text(text) => match ServerMessage::decode(text.as_bytes()).unwrap() {
                ServerMessage::Welcome(welcome) => Some((socket, welcome)),
                other => panic!("no welcome: {other:?}"),
            },
            _ => None,
        }
    }

    async fn write(&mut self, message: ClientMessage, payload: &[u8]) {
        let header = message.encode();
        let message = if payload.is_empty() {
            Message::Text(header.into())
        } else {
            Message::Binary(join(header.as_bytes(), payload).into())
        };
        if let Some(socket) = &mut self.socket
            && socket.send(message).await.is_err()
        {
            self.socket = None;
        }
    }

    async fn begin(&mut self, call: impl Into<Call>, payload: &[u8]) -> CallId {
        self.next_id += 1;
        let id = CallId(self.next_id);
        let call = call.into();
        self.unanswered.push((self.sent, id, call.clone(), payload.to_vec()));
        self.sent += 1;
        self.write(ClientMessage::Call { id, call }, payload).await;
        id
    }

    async fn finish(&mut self, id: CallId) -> (Outcome, Vec<u8>) {
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                return answer;
            }
            let Some(socket) = &mut self.socket else {
                self.reconnect().await;
                continue;
            };
            let message = timeout(PATIENCE, socket.next()).await.expect("an answer in time");
            let (header, payload) = match message {
                Some(Ok(Message::Text(text))) => (text.as_bytes().to_vec(), Vec::new()),
                Some(Ok(Message::Binary(bytes))) => {
                    let (header, payload) = split(&bytes).unwrap();
                    (header.to_vec(), payload.to_vec())
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(_) | None => {
                    self.socket = None;
                    continue;
                }
            };
            self.received += 1;
            let answer = match ServerMessage::decode(&header).unwrap() {
                ServerMessage::Answer(answer) => answer,
                ServerMessage::Refused(_) => continue,
                other => panic!("no answer: {other:?}"),
            };
            let place = self.unanswered.iter().position(|(_, id, ..)| *id == answer.id);
            self.unanswered.remove(place.expect("an answer came twice"));
            self.answers.insert(answer.id, (answer.outcome, payload));
            if self.acknowledges && self.received.is_multiple_of(3) {
                self.write(ClientMessage::Ack { received: self.received }, &[]).await;
            }
        }
    }

    async fn call<R: serde::de::DeserializeOwned>(
        &mut self,
        call: impl Into<Call>,
        payload: &[u8],
    ) -> (R, Vec<u8>) {
        let id = self.begin(call, payload).await;
        match self.finish(id).await {
            (Outcome::Ok(reply), payload) => (serde_json::from_str(reply.get()).unwrap(), payload),
            (Outcome::Error(failure), _) => panic!("{failure}"),
        }
    }
}

/// Passes bytes on, until `left` of them have gone through; then breaks everything, once.
async fn cutting_proxy(backend: SocketAddr, cut_after: i64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let left = Arc::new(AtomicI64::new(cut_after));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(backend).await.unwrap();
            // Small messages in both directions would wait for delayed acknowledgements.
            client.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let left = Arc::clone(&left);
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                tokio::select! {
                    () = pass(&mut from_client, &mut to_server, &left) => {}
                    () = pass(&mut from_server, &mut to_client, &left) => {}
                }
            });
        }
    });
    address
}

/// Passes bytes on until the end, or until the one at which the connection is cut.
async fn pass(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    left: &AtomicI64,
) {
    let mut buffer = [0; 4096];
    while let Ok(len) = from.read(&mut buffer).await {
        if len == 0 {
            return;
        }
        let before = left.fetch_sub(len as i64, Ordering::SeqCst);
        let cut_here = before > 0 && before <= len as i64;
        let passed = if cut_here { before as usize } else { len };
        if to.write_all(&buffer[..passed]).await.is_err() || cut_here {
            return;
        }
    }
}

/// Runs the script; returns how many connections it took. Each value is checked on the way.
async fn script(proxy: SocketAddr) -> u32 {
    let mut client = Client::open(proxy).await;
    let (Paired { first: left, second: right }, _) = client.call::<Paired>(pair(), &[]).await;
    for round in 0..4u8 {
        // This waits while others are answered, and it may be cut at any time.
        let receiving = client.begin(receive(right, 3), &[]).await;
        let offset = u64::from(round) * 3;
        let (sent, _) = client.call::<Sent>(send(left), &[round; 3]).await;
        assert_eq!(sent, Sent { len: 3, offset: Some(offset) });
        let (Outcome::Ok(reply), bytes) = client.finish(receiving).await else {
            panic!("recv failed");
        };
        let received: Received = serde_json::from_str(reply.get()).unwrap();
        assert_eq!(received, Received { len: 3, offset: Some(offset) });
        assert_eq!(bytes, [round; 3]);
    }
    for socket in [left, right] {
        client.call::<serde_json::Value>(Close { socket }, &[]).await;
    }
    // Closed once and not twice: the second time there is no such socket.
    let id = client.begin(Close { socket: left }, &[]).await;
    let (Outcome::Error(failure), _) = client.finish(id).await else { panic!("closed twice") };
    assert_eq!(failure.errno, Errno::EBADF);
    client.connections
}

fn pair() -> Socketpair {
    Socketpair { family: Family::Unix, kind: Kind::Stream, proto: 0 }
}

fn send(socket: SocketId) -> Send {
    Send { socket, flags: vec![], wait: Wait::Forever }
}

fn receive(socket: SocketId, len: u32) -> Recv {
    Recv { socket, len, flags: vec![], wait: Wait::Forever }
}

#[tokio::test]
async fn a_session_cut_at_any_byte_loses_nothing_and_doubles_nothing() {
    let server = start_server().await;
    assert_eq!(script(server.address).await, 1);
    let mut cuts = 0;
    // The script moves about 5,000 bytes; the loop ends behind the last of them.
    for cut_after in (200..).step_by(11) {
        let proxy = cutting_proxy(server.address, cut_after).await;
        match script(proxy).await {
            1 => break,
            _ => cuts += 1,
        }
    }
    assert!(cuts > 100, "{cuts}");
}

#[tokio::test]
async fn a_session_nobody_comes_back_to_closes_its_sockets() {
    let limits = Limits { resume_ms_max: 50, ..Limits::default() };
    let server = start_server_with(Config { limits, ..Config::default() }).await;
    let mut client = Client::open(server.address).await;
    let mut peer = connected_peer(&mut client).await;
    // Dropped without a closing handshake, as by a network that is gone.
    client.socket = None;
    assert_eq!(peer.read(&mut [0; 1]).await.unwrap(), 0);
    let (_, welcome) = client.try_connect().await.unwrap();
    assert_eq!(welcome.resumed, None);
}

#[tokio::test]
async fn a_client_that_leaves_closes_its_sockets_at_once() {
    let server = start_server().await;
    let mut client = Client::open(server.address).await;
    let mut peer = connected_peer(&mut client).await;
    client.socket.take().unwrap().close(None).await.unwrap();
    let end = timeout(Duration::from_secs(5), peer.read(&mut [0; 1])).await;
    assert_eq!(end.expect("closed long before the grace period ends").unwrap(), 0);
}

#[tokio::test]
async fn a_token_that_nobody_was_given_opens_a_new_session() {
    let server = start_server().await;
    let mut client = Client::open(server.address).await;
    client.token = Some("0".repeat(32));
    let (_, welcome) = client.try_connect().await.unwrap();
    assert_eq!(welcome.resumed, None);
    assert!(welcome.resume.is_some_and(|token| token.len() == 32));
}

#[tokio::test]
async fn a_count_that_cannot_be_opens_a_new_session() {
    let server = start_server().await;
    let mut client = Client::open(server.address).await;
    client.received = 1_000_000;
    let (_, welcome) = client.try_connect().await.unwrap();
    assert_eq!(welcome.resumed, None);
}

#[tokio::test]
async fn the_newer_connection_has_the_session() {
    let server = start_server().await;
    let mut client = Client::open(server.address).await;
    // The client's side has given the connection up; the backend does not know it yet.
    let old = client.socket.take();
    assert_eq!(client.reconnect().await, Some(Resumed { received: 0 }));
    client.call::<Paired>(pair(), &[]).await;
    drop(old);
    client.call::<Paired>(pair(), &[]).await;
    assert_eq!(client.connections, 2);
}

#[tokio::test]
async fn calls_and_cancels_are_counted_though_they_cannot_be_read_and_nothing_else_is() {
    let server = start_server().await;
    let mut client = Client::open(server.address).await;
    client.call::<Paired>(pair(), &[]).await;
    let messages = [
        (r#"{"levitate":true}"#, 0),
        ("no JSON", 0),
        (r#"{"hello":{"protocol":1}}"#, 0),
        (r#"{"ack":-1}"#, 0),
        (r#"{"id":7,"call":{"op":"levitate"}}"#, 1),
        (r#"{"id":-7,"call":{"op":"gethostname"}}"#, 1),
        (r#"{"cancel":-7}"#, 1),
        (r#"{"cancel":7}"#, 1),
    ];
    let mut counted = 1;
    for (message, counts) in messages {
        client.socket.as_mut().unwrap().send(Message::Text(message.into())).await.unwrap();
        counted += counts;
    }
    // The one with an id is answered under it, and the last has nothing to cancel.
    client.unanswered.push((0, CallId(7), pair().into(), vec![]));
    client.call::<Paired>(pair(), &[]).await;
    assert_eq!(client.received, 1 + 7 + 1);
    client.socket = None;
    assert_eq!(client.reconnect().await, Some(Resumed { received: counted + 1 }));
}

/// Connects a socket of the session to one of the test, which this returns.
async fn connected_peer(client: &mut Client) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().into();
    let socket = Socket { family: Family::Inet, kind: Kind::Stream, proto: 0 };
    let (Created { socket }, _) = client.call(socket, &[]).await;
    client.call::<serde_json::Value>(Connect { socket, address, wait: Wait::Forever }, &[]).await;
    listener.accept().await.unwrap().0
}

#[tokio::test]
async fn a_client_that_never_acknowledges_goes_on_and_has_no_session_to_come_back_to() {
    let server = start_server().await;
    let mut client = Client::open(server.address).await;
    client.acknowledges = false;
    let (Paired { first: left, second: right }, _) = client.call::<Paired>(pair(), &[]).await;
    // More than the backend keeps for a client that may come back, a part at a time.
    let part = vec![7; 64 << 10];
    for _ in 0..=(RETAINED_BYTES_MAX / part.len()) {
        client.call::<Sent>(send(left), &part).await;
        let (_, received) = client.call::<Received>(receive(right, 64 << 10), &[]).await;
        assert_eq!(received.len(), part.len());
    }
    client.socket = None;
    let (_, welcome) = client.try_connect().await.unwrap();
    assert_eq!(welcome.resumed, None);
}
