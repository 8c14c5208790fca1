//! A client of the wire, and the calls that many tests make.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use shared::address::{Address, Family, Kind};
use shared::call::{
    Accept, Bind, Call, Close, Connect, Flag, Getaddrinfo, Listen, Recv, Request, Sendall, Socket,
    SocketId, Wait,
};
use shared::errno::{Errno, Failure};
use shared::frame::{
    Answer, CallId, ClientMessage, Hello, Outcome, ServerMessage, Welcome, join, split,
};
use shared::limit::LimitNotice;
use shared::reply::{Accepted, Received, Sent};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::server::Server;

/// Far longer than anything here takes; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_id: u64,
    /// Answers that came while another one was waited for.
    early: HashMap<CallId, (Answer, Vec<u8>)>,
}

/// A call that was sent and not yet waited for.
pub(crate) struct Pending<C> {
    pub(crate) id: CallId,
    call: C,
}

impl Client {
    /// Opens a session.
    pub(crate) async fn connect(server: &Server) -> Self {
        Self::connect_with_welcome(server).await.0
    }

    pub(crate) async fn connect_with_welcome(server: &Server) -> (Self, Welcome) {
        match Self::greet(server, Hello::plain()).await {
            (client, Some(ServerMessage::Welcome(welcome))) => (client, welcome),
            (_, other) => panic!("no welcome: {other:?}"),
        }
    }

    /// Says hello and returns what the backend says to that.
    pub(crate) async fn greet(server: &Server, hello: Hello) -> (Self, Option<ServerMessage>) {
        Self::greet_on(Self::connect_raw(server).await.socket, hello).await
    }

    /// Says hello on a WebSocket that is open, and returns what the backend says to that.
    pub(crate) async fn greet_on(
        socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
        hello: Hello,
    ) -> (Self, Option<ServerMessage>) {
        let mut client = Self { socket, next_id: 0, early: HashMap::new() };
        client.send(ClientMessage::Hello(hello), &[]).await;
        let answer = client.receive().await.map(|(message, _)| message);
        (client, answer)
    }

    /// Opens a WebSocket and says nothing.
    pub(crate) async fn connect_raw(server: &Server) -> Self {
        let (socket, _) = connect_async(format!("ws://{}/ws", server.address)).await.unwrap();
        Self { socket, next_id: 0, early: HashMap::new() }
    }

    pub(crate) async fn send(&mut self, message: ClientMessage, payload: &[u8]) {
        let header = message.encode();
        let message = if payload.is_empty() {
            Message::Text(header.into())
        } else {
            Message::Binary(join(header.as_bytes(), payload).into())
        };
        self.send_raw(message).await;
    }

    pub(crate) async fn send_raw(&mut self, message: Message) {
        timeout(PATIENCE, self.socket.send(message)).await.expect("sent in time").unwrap();
    }

    /// Returns the next message, or nothing when the session has ended.
    pub(crate) async fn receive(&mut self) -> Option<(ServerMessage, Vec<u8>)> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.expect("an answer in time");
            let (header, payload) = match message? {
                Ok(Message::Text(text)) => (text.as_bytes().to_vec(), Vec::new()),
                Ok(Message::Binary(bytes)) => {
                    let (header, payload) = split(&bytes).unwrap();
                    (header.to_vec(), payload.to_vec())
                }
                Ok(Message::Close(_)) => return None,
                Ok(_) => continue,
                Err(tungstenite::Error::ConnectionClosed) => return None,
                Err(error) => panic!("the WebSocket broke: {error}"),
            };
            return Some((ServerMessage::decode(&header).unwrap(), payload));
        }
    }

    pub(crate) async fn receive_refusal(&mut self) -> Failure {
        match self.receive().await {
            Some((ServerMessage::Refused(failure), _)) => failure,
            other => panic!("no refusal: {other:?}"),
        }
    }

    /// Makes a call and returns its reply.
    pub(crate) async fn call<C: Request + Clone>(&mut self, call: C) -> Result<C::Reply, Failure> {
        self.call_with(call, &[]).await.map(|(reply, _)| reply)
    }

    /// Makes a call with a payload and returns its reply and the reply's payload.
    pub(crate) async fn call_with<C: Request + Clone>(
        &mut self,
        call: C,
        payload: &[u8],
    ) -> Result<(C::Reply, Vec<u8>), Failure> {
        let pending = self.begin_with(call, payload).await;
        self.finish(pending).await
    }

    /// Sends a call without waiting for its answer.
    pub(crate) async fn begin<C: Request + Clone>(&mut self, call: C) -> Pending<C> {
        self.begin_with(call, &[]).await
    }

    pub(crate) async fn begin_with<C: Request + Clone>(
        &mut self,
        call: C,
        payload: &[u8],
    ) -> Pending<C> {
        self.next_id += 1;
        let id = CallId(self.next_id);
        let pending = Pending { id, call: call.clone() };
        self.send(ClientMessage::Call { id, call: call.into() }, payload).await;
        pending
    }

    pub(crate) async fn cancel(&mut self, id: CallId) {
        self.send(ClientMessage::Cancel { id }, &[]).await;
    }

    /// Sends a call whose answer is for [`Self::receive`].
    pub(crate) async fn send_call_and_forget<C: Request + Clone>(&mut self, call: C) {
        self.begin(call).await;
    }

    /// Waits for the answer to a call.
    pub(crate) async fn finish<C: Request + Clone>(
        &mut self,
        pending: Pending<C>,
    ) -> Result<(C::Reply, Vec<u8>), Failure> {
        let mut told = Vec::new();
        let finished = self.finish_noting(pending, &mut told).await;
        assert!(told.is_empty(), "a limit in the way: {told:?}");
        finished
    }

    /// Waits for the answer to a call, and notes what the backend says of limits meanwhile.
    pub(crate) async fn finish_noting<C: Request + Clone>(
        &mut self,
        pending: Pending<C>,
        told: &mut Vec<LimitNotice>,
    ) -> Result<(C::Reply, Vec<u8>), Failure> {
        while !self.early.contains_key(&pending.id) {
            match self.receive().await {
                Some((ServerMessage::Answer(answer), payload)) => {
                    self.early.insert(answer.id, (answer, payload));
                }
                Some((ServerMessage::Limit(notice), _)) => told.push(notice),
                other => panic!("no answer: {other:?}"),
            }
        }
        let (answer, payload) = self.early.remove(&pending.id).unwrap();
        let _: Call = pending.call.into();
        match answer.outcome {
            Outcome::Ok(reply) => Ok((serde_json::from_str(reply.get()).unwrap(), payload)),
            Outcome::Error(failure) => Err(failure),
        }
    }

    /// Tells whether a call's answer came while another one was waited for.
    pub(crate) fn has_answer<C>(&self, pending: &Pending<C>) -> bool {
        self.early.contains_key(&pending.id)
    }

    /// Makes a call that must fail and returns the errno.
    pub(crate) async fn fail<C: Request + Clone>(&mut self, call: C) -> Errno
    where
        C::Reply: std::fmt::Debug,
    {
        self.call(call).await.expect_err("the call succeeded").errno
    }

    pub(crate) async fn tcp(&mut self) -> SocketId {
        self.socket(Family::Inet, Kind::Stream).await
    }

    pub(crate) async fn udp(&mut self) -> SocketId {
        self.socket(Family::Inet, Kind::Datagram).await
    }

    pub(crate) async fn socket(&mut self, family: Family, kind: Kind) -> SocketId {
        self.call(Socket { family, kind, proto: 0 }).await.unwrap().socket
    }

    /// Makes a listener on a free loopback port.
    pub(crate) async fn listener(&mut self) -> (SocketId, Address) {
        let socket = self.tcp().await;
        self.call(Bind { socket, address: loopback(0) }).await.unwrap();
        let bound = self.call(Listen { socket, backlog: 16 }).await.unwrap();
        (socket, bound.local)
    }

    pub(crate) async fn accept(&mut self, listener: SocketId) -> Accepted {
        self.call(Accept { socket: listener, wait: Wait::Forever }).await.unwrap()
    }

    /// Makes two TCP sockets that are connected to each other.
    pub(crate) async fn tcp_pair(&mut self) -> (SocketId, SocketId) {
        let (listener, address) = self.listener().await;
        let socket = self.tcp().await;
        self.call(Connect { socket, address, wait: Wait::Forever }).await.unwrap();
        let accepted = self.accept(listener).await;
        self.call(Close { socket: listener }).await.unwrap();
        (socket, accepted.socket)
    }

    /// Connects a new socket to somebody outside of the session.
    pub(crate) async fn connect_to(&mut self, address: SocketAddr) -> SocketId {
        let socket = self.tcp().await;
        let address = address.into();
        self.call(Connect { socket, address, wait: Wait::Forever }).await.unwrap();
        socket
    }

    pub(crate) async fn sendall(&mut self, socket: SocketId, bytes: &[u8]) -> Sent {
        let call = Sendall { socket, flags: vec![], wait: Wait::Forever };
        self.call_with(call, bytes).await.unwrap().0
    }

    pub(crate) async fn recv(&mut self, socket: SocketId, len: u32) -> (Received, Vec<u8>) {
        self.recv_flags(socket, len, &[]).await
    }

    pub(crate) async fn recv_flags(
        &mut self,
        socket: SocketId,
        len: u32,
        flags: &[Flag],
    ) -> (Received, Vec<u8>) {
        let call = Recv { socket, len, flags: flags.to_vec(), wait: Wait::Forever };
        self.call_with(call, &[]).await.unwrap()
    }
}

pub(crate) fn loopback(port: u16) -> Address {
    Address::Inet("127.0.0.1".into(), port)
}

/// Looks up every address of a host.
pub(crate) fn look_up(host: &str) -> Getaddrinfo {
    let host = Some(host.to_owned());
    Getaddrinfo { host, service: None, family: None, kind: None, proto: 0, flags: 0 }
}

/// Receives without flags, for as long as it takes.
pub(crate) fn recv_forever(socket: SocketId) -> Recv {
    Recv { socket, len: 65536, flags: vec![], wait: Wait::Forever }
}
