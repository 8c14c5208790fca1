//! The client: one WebSocket, the calls as text.
//!
//! It writes and reads the protocol by hand, so that its own share of the machine is small and
//! the same for every server. It acknowledges answers as the page does.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

const READ_BUFFER_BYTES: usize = 64 * 1024;

/// As `frontend/src/kernel/limits.rs` has them.
const ACK_AFTER_MESSAGES: u64 = 64;
const ACK_AFTER_BYTES: usize = 256 << 10;

/// A WebSocket to the backend or a floor.
#[derive(Debug)]
pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
    next_id: u64,
    /// The server is the backend, which wants to know what has arrived.
    acknowledges: bool,
    received: u64,
    unacknowledged_messages: u64,
    unacknowledged_bytes: usize,
}

/// The answer to a call.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) id: u64,
    /// The number that a `socket` field has.
    pub(crate) socket: Option<u32>,
    /// Bytes that ride along.
    pub(crate) bytes: usize,
}

impl Client {
    /// Opens a WebSocket to a server that wants no greeting.
    pub(crate) async fn bare(authority: &str, path: &str) -> Result<Self> {
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let url = format!("ws://{authority}{path}");
        let (socket, _) = client_async_with_config(url, stream, Some(config)).await?;
        Ok(Self {
            socket,
            next_id: 0,
            acknowledges: false,
            received: 0,
            unacknowledged_messages: 0,
            unacknowledged_bytes: 0,
        })
    }

    /// Opens a session, as the page does: one that could be resumed.
    pub(crate) async fn session(authority: &str) -> Result<Self> {
        let mut client = Self::bare(authority, "/ws").await?;
        client.socket.send(text(r#"{"hello":{"protocol":1,"resume":"later"}}"#.into())).await?;
        match client.message().await? {
            Message::Text(welcome) if welcome.starts_with(r#"{"hello""#) => {
                client.acknowledges = true;
                Ok(client)
            }
            other => bail!("no welcome: {other:?}"),
        }
    }

    /// Gathers a message, to be sent with the next flush.
    pub(crate) async fn put(&mut self, message: Message) -> Result<()> {
        Ok(self.socket.feed(message).await?)
    }

    pub(crate) async fn flush(&mut self) -> Result<()> {
        Ok(self.socket.flush().await?)
    }

    /// Returns the next message that is neither a ping nor news.
    pub(crate) async fn message(&mut self) -> Result<Message> {
        loop {
            let message = self.socket.next().await.context("the connection is closed")??;
            match message {
                Message::Text(_) | Message::Binary(_) => return Ok(message),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
                Message::Close(reason) => bail!("the server closes: {reason:?}"),
            }
        }
    }

    /// Gathers a call and returns its id.
    pub(crate) async fn ask(&mut self, call: &str, payload: &[u8]) -> Result<u64> {
        self.next_id += 1;
        self.put(request(self.next_id, call, payload)).await?;
        Ok(self.next_id)
    }

    /// Returns the next answer, which must be a success.
    pub(crate) async fn answer(&mut self) -> Result<Answer> {
        let message = self.message().await?;
        self.read(&message).await
    }

    /// Returns an answer if one is there already.
    pub(crate) async fn answer_at_hand(&mut self) -> Result<Option<Answer>> {
        match self.message().now_or_never() {
            Some(message) => Ok(Some(self.read(&message?).await?)),
            None => Ok(None),
        }
    }

    async fn read(&mut self, message: &Message) -> Result<Answer> {
        let (header, payload) = match message {
            Message::Text(text) => (text.as_str(), 0),
            Message::Binary(frame) => {
                let (len, rest) = frame.split_first_chunk::<4>().context("a short frame")?;
                let len = u32::from_be_bytes(*len) as usize;
                let (header, payload) = rest.split_at_checked(len).context("a short header")?;
                (std::str::from_utf8(header)?, payload.len())
            }
            other => bail!("no answer: {other:?}"),
        };
        self.acknowledge(message).await?;
        if !header.contains(r#""ok":"#) {
            bail!("a call failed: {header}");
        }
        let id = number_after(header, r#"{"id":"#).context("an answer without an id")?;
        let socket = number_after(header, r#""socket":"#).and_then(|id| u32::try_from(id).ok());
        Ok(Answer { id, socket, bytes: payload })
    }

    /// Counts an answer and tells the backend now and then; it goes out with the next flush.
    pub(crate) async fn acknowledge(&mut self, answer: &Message) -> Result<()> {
        self.received += 1;
        self.unacknowledged_messages += 1;
        self.unacknowledged_bytes += answer.len();
        let is_due = self.unacknowledged_messages >= ACK_AFTER_MESSAGES
            || self.unacknowledged_bytes >= ACK_AFTER_BYTES;
        if self.acknowledges && is_due {
            self.unacknowledged_messages = 0;
            self.unacknowledged_bytes = 0;
            let ack = format!(r#"{{"ack":{}}}"#, self.received);
            self.put(text(ack)).await?;
        }
        Ok(())
    }

    /// Makes a call and waits for its answer.
    pub(crate) async fn call(&mut self, call: &str, payload: &[u8]) -> Result<Answer> {
        let id = self.ask(call, payload).await?;
        self.flush().await?;
        let answer = self.answer().await?;
        if answer.id != id {
            bail!("an answer to {} where one to {id} was due", answer.id);
        }
        Ok(answer)
    }

    pub(crate) async fn socket(&mut self) -> Result<u32> {
        self.call(SOCKET, &[]).await?.socket.context("no socket")
    }

    /// Makes a socket and connects it.
    pub(crate) async fn connected(&mut self, port: u16) -> Result<u32> {
        let socket = self.socket().await?;
        self.call(&connect(socket, port), &[]).await?;
        Ok(socket)
    }
}

pub(crate) const SOCKET: &str = r#"{"op":"socket","family":"inet","kind":"stream","proto":0}"#;

pub(crate) fn connect(socket: u32, port: u16) -> String {
    format!(
        r#"{{"op":"connect","socket":{socket},"address":{{"inet":["127.0.0.1",{port}]}},"wait":"forever"}}"#
    )
}

pub(crate) fn recv(socket: u32, len: usize) -> String {
    format!(r#"{{"op":"recv","socket":{socket},"len":{len},"flags":[],"wait":"forever"}}"#)
}

pub(crate) fn send(op: &str, socket: u32) -> String {
    format!(r#"{{"op":"{op}","socket":{socket},"flags":[],"wait":"forever"}}"#)
}

pub(crate) fn on(op: &str, socket: u32) -> String {
    format!(r#"{{"op":"{op}","socket":{socket}}}"#)
}

/// Writes a call as a message.
pub(crate) fn request(id: u64, call: &str, payload: &[u8]) -> Message {
    let header = format!(r#"{{"id":{id},"call":{call}}}"#);
    if payload.is_empty() {
        return text(header);
    }
    let mut frame = Vec::with_capacity(4 + header.len() + payload.len());
    frame.extend_from_slice(&(header.len() as u32).to_be_bytes());
    frame.extend_from_slice(header.as_bytes());
    frame.extend_from_slice(payload);
    Message::Binary(Bytes::from(frame))
}

fn text(text: String) -> Message {
    Message::Text(text.into())
}

fn number_after(text: &str, name: &str) -> Option<u64> {
    let (_, rest) = text.split_once(name)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().ok()
}
