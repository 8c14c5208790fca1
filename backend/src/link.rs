//! The session's WebSocket: messages in, messages out, never more of them than fit.
//!
//! The outbox is the WebSocket's own write buffer and has room for one frame more than
//! [`WRITE_BUFFER_BYTES`](crate::limits::WRITE_BUFFER_BYTES). While it has none, the session
//! reads no requests and makes no calls, so a client that takes no answers costs no memory.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use futures_util::{Sink, SinkExt, StreamExt};
use shared::errno::{Errno, Failure};
use shared::frame::{CallId, ServerMessage, to_json};
use shared::limit::LimitName;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite;

use crate::call::Answered;
use crate::limits::{FRAME_BYTES_MAX, TRICKLE_BYTES_MAX};
use crate::room::Shown;
use crate::server::Connection;

/// A session's WebSocket.
#[derive(Debug)]
pub(crate) struct Link {
    socket: WebSocket,
    connection: Connection,
    /// Messages are in the write buffer that nobody flushed.
    unflushed: bool,
    /// Since when the client takes nothing.
    stalled_since: Option<Instant>,
    /// Messages of a session that arrived whole.
    frames: u64,
    /// Bytes of control frames that arrived.
    control_bytes: u64,
    beginning: Beginning,
}

/// Where a message that is not yet whole began.
#[derive(Debug)]
struct Beginning {
    /// Messages before it.
    frames: u64,
    /// Bytes before it, control frames not counted.
    bytes: u64,
    seen: Instant,
}

/// What the client sent.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A message: its header and its payload.
    Frame(Frame),
    /// It is alive.
    Pong,
    /// It will send nothing more, or cannot.
    End(End),
}

/// A message, not yet read.
#[derive(Debug)]
pub(crate) enum Frame {
    Text(Bytes),
    Binary(Bytes),
}

/// How the incoming messages ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The client said that it leaves.
    Left,
    /// The connection broke, or somebody on its way closed it.
    Broken,
    /// It sent a message too large to read.
    TooLarge,
}

/// The client is gone, so nothing can be said to it.
#[derive(Debug)]
pub(crate) struct Gone;

/// Bytes of a client's control frame beside its content: its head and its mask (RFC 6455).
const CONTROL_FRAME_HEAD_BYTES: u64 = 6;

impl Frame {
    pub(crate) fn len(&self) -> usize {
        match self {
            Frame::Text(bytes) | Frame::Binary(bytes) => bytes.len(),
        }
    }
}

impl Link {
    pub(crate) fn new(socket: WebSocket, connection: Connection) -> Self {
        let beginning = Beginning { frames: 0, bytes: connection.received(), seen: Instant::now() };
        Self {
            socket,
            connection,
            unflushed: false,
            stalled_since: None,
            frames: 0,
            control_bytes: 0,
            beginning,
        }
    }

    /// Returns for how long a message has been arriving that is not whole yet, as far as looks
    /// from time to time can tell.
    pub(crate) fn look_at_arrival(&mut self, now: Instant) -> Duration {
        let bytes = self.connection.received().saturating_sub(self.control_bytes);
        if self.frames != self.beginning.frames {
            self.beginning = Beginning { frames: self.frames, bytes, seen: now };
        } else if bytes.saturating_sub(self.beginning.bytes) <= TRICKLE_BYTES_MAX {
            self.beginning.seen = now;
        }
        now.duration_since(self.beginning.seen)
    }

    pub(crate) fn stalled_since(&self) -> Option<Instant> {
        self.stalled_since
    }

    /// Waits until the outbox has room.
    pub(crate) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        let room = Pin::new(&mut self.socket).poll_ready(cx);
        self.note_progress(room.is_ready());
        room.map_err(|_| Gone)
    }

    /// Writes out what the outbox holds.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        let flushed = Pin::new(&mut self.socket).poll_flush(cx);
        self.note_progress(flushed.is_ready());
        ready!(flushed).map_err(|_| Gone)?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }

    /// Takes the next message.
    pub(crate) fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        let message = match ready!(self.socket.poll_next_unpin(cx)) {
            None => return Poll::Ready(Incoming::End(End::Broken)),
            Some(Err(error)) => return Poll::Ready(Incoming::End(ending(error))),
            Some(Ok(message)) => message,
        };
        match &message {
            Message::Text(_) | Message::Binary(_) => self.frames += 1,
            Message::Ping(bytes) | Message::Pong(bytes) => {
                self.control_bytes += CONTROL_FRAME_HEAD_BYTES + bytes.len() as u64;
            }
            Message::Close(_) => {}
        }
        Poll::Ready(match message {
            Message::Text(text) => Incoming::Frame(Frame::Text(text.into())),
            Message::Binary(bytes) => Incoming::Frame(Frame::Binary(bytes)),
            // The library answers pings by itself; the answer goes out with the next flush.
            Message::Ping(_) => {
                self.unflushed = true;
                Incoming::Pong
            }
            Message::Pong(_) => Incoming::Pong,
            Message::Close(frame) => Incoming::End(leaving(frame.as_ref())),
        })
    }

    /// Puts a message into the outbox, which must have room.
    pub(crate) fn put(&mut self, message: Message) -> Result<(), Gone> {
        self.unflushed = true;
        Pin::new(&mut self.socket).start_send(message).map_err(|_| Gone)
    }

    /// Waits for room and puts a message.
    ///
    /// # Cancel safety
    /// Cancel safe: the message is put whole or not at all.
    pub(crate) async fn send(&mut self, message: Message) -> Result<(), Gone> {
        std::future::poll_fn(|cx| self.poll_room(cx)).await?;
        self.put(message)
    }

    /// Takes the next message, writing out what is in the outbox meanwhile.
    pub(crate) async fn receive(&mut self) -> Incoming {
        std::future::poll_fn(|cx| {
            if let Poll::Ready(Err(Gone)) = self.poll_flush(cx) {
                return Poll::Ready(Incoming::End(End::Broken));
            }
            self.poll_incoming(cx)
        })
        .await
    }

    /// Closes the WebSocket and waits for the client to do so too.
    pub(crate) async fn close(mut self, code: u16) -> Result<(), Gone> {
        let frame = CloseFrame { code, reason: "".into() };
        self.send(Message::Close(Some(frame))).await?;
        self.flush().await?;
        while !matches!(self.receive().await, Incoming::End(_)) {}
        Ok(())
    }

    /// Writes out what the outbox holds.
    ///
    /// # Cancel safety
    /// Cancel safe: what was not written stays in the outbox.
    pub(crate) async fn flush(&mut self) -> Result<(), Gone> {
        self.socket.flush().await.map_err(|_| Gone)
    }

    fn note_progress(&mut self, progress: bool) {
        if progress {
            self.stalled_since = None;
        } else if self.stalled_since.is_none() {
            self.stalled_since = Some(Instant::now());
        }
    }
}

/// Writes a message without payload.
pub(crate) fn text(message: ServerMessage) -> Message {
    Message::Text(message.encode().into())
}

/// Writes the refusal of something that could not be read.
pub(crate) fn refusal(errno: Errno, message: impl Into<String>) -> Message {
    text(ServerMessage::Refused(Failure::explained(errno, message)))
}

/// Writes what another visitor shows.
pub(crate) fn shown(shown: Shown) -> Message {
    let (message, payload) = shown.into_message();
    if payload.is_empty() {
        return text(message);
    }
    Message::Binary(shared::frame::join(message.encode().as_bytes(), &payload).into())
}

/// Writes the answer to a call. As [`ServerMessage::encode`] writes it, without building the
/// message first: this is what every call goes through.
pub(crate) fn answer(id: CallId, outcome: Result<Answered, Failure>, host_us: u64) -> Message {
    match outcome {
        Ok(Answered { reply, payload }) => {
            let header =
                format!(r#"{{"id":{},"ok":{},"host_us":{host_us}}}"#, id.0, to_json(&reply));
            if payload.is_empty() {
                return Message::Text(header.into());
            }
            Message::Binary(payload.into_frame(header.as_bytes()))
        }
        Err(failure) => {
            let failure = to_json(&failure);
            let header = format!(r#"{{"id":{},"error":{failure},"host_us":{host_us}}}"#, id.0);
            Message::Text(header.into())
        }
    }
}

fn ending(error: axum::Error) -> End {
    match error.into_inner().downcast::<tungstenite::Error>().as_deref() {
        Ok(tungstenite::Error::Capacity(_)) => End::TooLarge,
        Ok(_) | Err(_) => End::Broken,
    }
}

/// Tells a client that leaves (a closed tab says "going away") from a proxy that restarts.
fn leaving(frame: Option<&CloseFrame>) -> End {
    match frame.map(|frame| frame.code) {
        None | Some(close_code::NORMAL | close_code::AWAY | close_code::STATUS) => End::Left,
        Some(_) => End::Broken,
    }
}

/// Explains a message that is too large.
pub(crate) fn too_large() -> Failure {
    let message = format!("a message may have {FRAME_BYTES_MAX} bytes");
    Failure::limited(Errno::EMSGSIZE, LimitName::FrameBytes, message)
}

#[cfg(test)]
mod tests {
    use crate::payload::Payload;
    use shared::call::SocketId;
    use shared::frame::{Answer, Outcome, raw_reply};
    use shared::reply::{Created, Reply};

    use super::*;

    #[test]
    fn an_answer_is_written_as_the_contract_writes_it() {
        let reply = Reply::from(Created { socket: SocketId(3) });
        let outcome = Outcome::Ok(raw_reply(&reply).unwrap());
        let contract = Answer { id: CallId(7), outcome, host_us: 12 };
        let ours = answer(CallId(7), Ok(Answered { reply, payload: Payload::default() }), 12);
        assert_eq!(ours, text(ServerMessage::Answer(contract)));

        let failure = Failure::new(Errno::ECONNREFUSED);
        let contract =
            Answer { id: CallId(8), outcome: Outcome::Error(failure.clone()), host_us: 0 };
        assert_eq!(answer(CallId(8), Err(failure), 0), text(ServerMessage::Answer(contract)));
    }
}
