//! One visitor: a session whose connection may be cut at any time.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use shared::call::{Call, Request};
use shared::errno::{Errno, Failure};
use shared::frame::{
    Answer, CallId, ClientMessage, Hello, Outcome, Resume, ServerMessage, Welcome, join, split,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Far longer than an answer takes, even from a machine with other things to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Small, as there are thousands of them.
const READ_BUFFER_BYTES: usize = 4096;

/// The client says what has arrived after so many answers.
const ACK_AFTER_MESSAGES: u64 = 16;

/// Connections in a row that may fail before their welcome.
const ATTEMPTS_MAX: u32 = 20;

#[derive(Debug)]
pub(crate) struct Visitor {
    address: SocketAddr,
    /// Nothing while the connection is cut.
    socket: Option<WebSocketStream<TcpStream>>,
    token: Option<String>,
    /// Answers and refusals that the session got.
    received: u64,
    /// Calls and cancels that the session sent.
    sent: u64,
    /// Those of them that the backend may not have, each with its number.
    journal: VecDeque<(u64, Message)>,
    /// The numbers of the calls that are not answered.
    unanswered: BTreeMap<CallId, u64>,
    answers: BTreeMap<CallId, (Outcome, Vec<u8>)>,
    last_id: u64,
}

/// A call that was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent(CallId);

/// What a call returned: its reply, or its failure.
pub(crate) type Returned<C> = Result<(<C as Request>::Reply, Vec<u8>), Failure>;

impl Visitor {
    /// Opens a session that outlives its connection.
    pub(crate) async fn arrive(address: SocketAddr) -> Result<Self> {
        let mut visitor = Self {
            address,
            socket: None,
            token: None,
            received: 0,
            sent: 0,
            journal: VecDeque::new(),
            unanswered: BTreeMap::new(),
            answers: BTreeMap::new(),
            last_id: 0,
        };
        visitor.connect().await?;
        Ok(visitor)
    }

    /// Goes without a word; the backend waits for nothing.
    pub(crate) fn vanish(self) {}

    /// Says that it goes.
    pub(crate) async fn leave(mut self) -> Result<()> {
        let Some(mut socket) = self.socket.take() else { return Ok(()) };
        timeout(PATIENCE, socket.close(None)).await??;
        while let Some(Ok(_)) = timeout(PATIENCE, socket.next()).await? {}
        Ok(())
    }

    /// Breaks the connection, in the middle of a message if so wanted.
    pub(crate) async fn cut(&mut self, within_a_message: bool) {
        let Some(mut socket) = self.socket.take() else { return };
        if within_a_message {
            // The head of a masked message of 100 bytes, and half of its mask. It may be too
            // late for that, which is as good.
            drop(socket.get_mut().write_all(&[0x82, 0x80 | 100, 1, 2]).await);
        }
    }

    /// Sends what is no message of the protocol.
    pub(crate) async fn babble(&mut self) {
        self.put(Message::Text(r#"{"levitate":true}"#.into())).await;
    }

    pub(crate) async fn cancel(&mut self, Sent(id): Sent) {
        let message = Message::Text(ClientMessage::Cancel { id }.encode().into());
        self.journal.push_back((self.sent, message.clone()));
        self.sent += 1;
        self.put(message).await;
    }

    /// Sends a call.
    pub(crate) async fn begin(&mut self, call: impl Into<Call>, payload: &[u8]) -> Sent {
        self.last_id += 1;
        let id = CallId(self.last_id);
        let header = ClientMessage::Call { id, call: call.into() }.encode();
        let message = if payload.is_empty() {
            Message::Text(header.into())
        } else {
            Message::Binary(join(header.as_bytes(), payload).into())
        };
        self.journal.push_back((self.sent, message.clone()));
        self.unanswered.insert(id, self.sent);
        self.sent += 1;
        self.put(message).await;
        Sent(id)
    }

    /// Waits for the answer to a call, over as many connections as that takes.
    pub(crate) async fn finish<C: Request>(&mut self, Sent(id): Sent) -> Result<Returned<C>> {
        // One deadline for all of it: a connection that stands and brings no answer has pings.
        let waiting = timeout(PATIENCE, self.wait_for(id));
        let (outcome, payload) = waiting.await.context("no answer in time")??;
        Ok(match outcome {
            Outcome::Ok(reply) => Ok((serde_json::from_str(reply.get())?, payload)),
            Outcome::Error(failure) => Err(failure),
        })
    }

    async fn wait_for(&mut self, id: CallId) -> Result<(Outcome, Vec<u8>)> {
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                return Ok(answer);
            }
            ensure!(self.unanswered.contains_key(&id), "an answer that was taken already");
            self.read().await?;
        }
    }

    /// Makes a call that must succeed.
    pub(crate) async fn call<C: Request>(
        &mut self,
        call: C,
        payload: &[u8],
    ) -> Result<(C::Reply, Vec<u8>)> {
        let sent = self.begin(call, payload).await;
        Ok(self.finish::<C>(sent).await??)
    }

    /// Makes a call that must fail.
    pub(crate) async fn fail<C: Request>(&mut self, call: C) -> Result<Errno> {
        let sent = self.begin(call, &[]).await;
        match self.finish::<C>(sent).await? {
            Ok(_) => bail!("a call succeeded that cannot"),
            Err(failure) => Ok(failure.errno),
        }
    }

    /// Reads one message, or opens the next connection.
    async fn read(&mut self) -> Result<()> {
        let Some(socket) = &mut self.socket else { return self.connect().await };
        let message = socket.next().await;
        let (header, payload) = match &message {
            Some(Ok(Message::Text(text))) => (text.as_bytes(), Vec::new()),
            Some(Ok(Message::Binary(bytes))) => {
                let (header, payload) = split(bytes)?;
                (header, payload.to_vec())
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(_) | None => {
                self.socket = None;
                return Ok(());
            }
        };
        match ServerMessage::decode(header)? {
            ServerMessage::Answer(answer) => self.note(answer, payload)?,
            ServerMessage::Refused(_) => {}
            ServerMessage::Room(_) | ServerMessage::Limit(_) => return Ok(()),
            other => bail!("unexpected: {other:?}"),
        }
        self.received += 1;
        if self.received.is_multiple_of(ACK_AFTER_MESSAGES) {
            let ack = ClientMessage::Ack { received: self.received };
            self.put(Message::Text(ack.encode().into())).await;
        }
        Ok(())
    }

    fn note(&mut self, answer: Answer, payload: Vec<u8>) -> Result<()> {
        let number = self.unanswered.remove(&answer.id).context("an answer came twice")?;
        // Messages arrive in order, so whatever was sent before the call is there too.
        while self.journal.front().is_some_and(|(sent, _)| *sent <= number) {
            self.journal.pop_front();
        }
        self.answers.insert(answer.id, (answer.outcome, payload));
        Ok(())
    }

    /// Sends a message if there is a connection; otherwise it goes with the next one.
    async fn put(&mut self, message: Message) {
        if let Some(socket) = &mut self.socket
            && !matches!(timeout(PATIENCE, socket.send(message)).await, Ok(Ok(())))
        {
            self.socket = None;
        }
    }

    /// Opens a connection, and sends again what the backend has not got.
    async fn connect(&mut self) -> Result<()> {
        for _ in 0..ATTEMPTS_MAX {
            let Some((socket, welcome)) = timeout(PATIENCE, self.greet()).await?? else { continue };
            self.socket = Some(socket);
            if self.token.is_some() {
                let resumed = welcome.resumed.context("the session was lost")?;
                let missing: Vec<_> = self
                    .journal
                    .iter()
                    .filter(|(number, _)| *number >= resumed.received)
                    .map(|(_, message)| message.clone())
                    .collect();
                for message in missing {
                    self.put(message).await;
                }
            }
            self.token = welcome.resume;
            return Ok(());
        }
        bail!("no connection after {ATTEMPTS_MAX} attempts")
    }

    /// Returns nothing if the connection breaks before the welcome.
    async fn greet(&self) -> Result<Option<(WebSocketStream<TcpStream>, Welcome)>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let url = format!("ws://{}/ws", self.address);
        let (mut socket, _) = client_async_with_config(url, stream, Some(config)).await?;
        let resume = match &self.token {
            Some(token) => Resume::Session { token: token.clone(), received: self.received },
            None => Resume::Later,
        };
        let hello = Hello { resume: Some(resume), ..Hello::plain() };
        socket.send(Message::Text(ClientMessage::Hello(hello).encode().into())).await?;
        let Some(Ok(Message::Text(text))) = socket.next().await else { return Ok(None) };
        match ServerMessage::decode(text.as_bytes())? {
            ServerMessage::Welcome(welcome) => Ok(Some((socket, welcome))),
            other => bail!("no welcome: {other:?}"),
        }
    }
}
