//! What crosses the WebSocket between a tab and the backend.
//!
//! A message is a JSON header, and a payload of bytes where some ride along. Without a payload
//! it is a text frame. With one it is a binary frame: the header's length as four bytes,
//! big-endian, then the header, then the payload.

mod opening;
mod room;

pub use opening::{Closing, ClosingReason, Hello, Limits, PolicySummary, Resume, Resumed, Welcome};
pub use room::{Clock, EnterRoom, RoomMember, RoomState, ShownNote};

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::call::Call;
use crate::errno::Failure;
use crate::limit::LimitNotice;
use crate::reply::Reply;

/// Names a call within a session, until it is answered. The client chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub u64);

/// A message to the backend.
#[derive(Debug, Clone)]
pub enum ClientMessage {
    /// The first message of a session, and only that.
    Hello(Hello),
    /// A call to make.
    Call { id: CallId, call: Call },
    /// Ends the wait of a call; it is answered all the same, with `EINTR` if it was waiting.
    Cancel { id: CallId },
    /// The client has this many of the session's answers and refusals; the backend need not
    /// keep them any longer for a connection that may break.
    Ack { received: u64 },
    /// The visitor shows the others in the room what their programs do, or no longer. Like the
    /// two below it is not counted among what a resumed session has received.
    Share(bool),
    /// Something that programs did, for the others in the room. The backend passes it on, with
    /// the payload, and does not look into it.
    Show(Box<RawValue>),
    /// Asks for the backend's clock; echoes when it was asked, on the client's own.
    Clock { sent_us: u64 },
}

/// A message from the backend.
#[derive(Debug)]
pub enum ServerMessage {
    /// Answers [`Hello`].
    Welcome(Welcome),
    /// Answers a call.
    Answer(Answer),
    /// Something the client sent could not be read; the connection stays.
    Refused(Failure),
    /// The backend ends the session, and why.
    Closing(Closing),
    /// Who is in the visitor's room: after the welcome, and whenever that changes. It is not
    /// counted among what a resumed session has received.
    Room(RoomState),
    /// A limit slows the session down, or is about to end it. Not counted either.
    Limit(LimitNotice),
    /// What another visitor in the room shows; not counted either, and left out rather than
    /// late when there is more of it than fits.
    Shown { note: ShownNote, show: Box<RawValue> },
    /// Answers [`ClientMessage::Clock`].
    Clock(Clock),
}

/// The answer to one call.
#[derive(Debug)]
pub struct Answer {
    pub id: CallId,
    pub outcome: Outcome,
    /// How long the host worked and waited on it, in microseconds.
    pub host_us: u64,
}

/// How a call ended. The reply stays JSON until somebody who knows the call reads it.
#[derive(Debug)]
pub enum Outcome {
    Ok(Box<RawValue>),
    Error(Failure),
}

impl Outcome {
    /// Reads the outcome of `call`.
    pub fn decode(&self, call: &Call) -> serde_json::Result<Result<Reply, Failure>> {
        match self {
            Outcome::Ok(json) => call.decode_reply(json.get()).map(Ok),
            Outcome::Error(failure) => Ok(Err(failure.clone())),
        }
    }
}

/// Why a message could not be read.
#[derive(Debug)]
pub enum FrameError {
    /// The bytes end before the header does.
    Truncated,
    /// The header is not JSON of this protocol.
    Header(serde_json::Error),
    /// The header is JSON, but no message has this combination of fields.
    Shape(&'static str),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::Truncated => f.write_str("the frame ends before its header does"),
            FrameError::Header(error) => write!(f, "the header cannot be read: {error}"),
            FrameError::Shape(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for FrameError {}

impl From<serde_json::Error> for FrameError {
    fn from(error: serde_json::Error) -> Self {
        FrameError::Header(error)
    }
}

/// Joins a header and a payload into the bytes of a binary frame.
pub fn join(header: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(4 + header.len() + payload.len());
    // A header is made by this crate and bounded far below 4 GiB.
    frame.extend_from_slice(&(header.len() as u32).to_be_bytes());
    frame.extend_from_slice(header);
    frame.extend_from_slice(payload);
    frame
}

/// Parts the bytes of a binary frame into header and payload.
pub fn split(frame: &[u8]) -> Result<(&[u8], &[u8]), FrameError> {
    let (len, rest) = frame.split_first_chunk::<4>().ok_or(FrameError::Truncated)?;
    rest.split_at_checked(u32::from_be_bytes(*len) as usize).ok_or(FrameError::Truncated)
}

/// Every field a message to the backend can have; which of them are there tells which it is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientHeader {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hello: Option<Hello>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<CallId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call: Option<Call>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cancel: Option<CallId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ack: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    show: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clock: Option<u64>,
}

impl ClientMessage {
    /// Writes the message's header.
    pub fn encode(self) -> String {
        let empty = ClientHeader {
            hello: None,
            id: None,
            call: None,
            cancel: None,
            ack: None,
            share: None,
            show: None,
            clock: None,
        };
        let header = match self {
            ClientMessage::Hello(hello) => ClientHeader { hello: Some(hello), ..empty },
            ClientMessage::Call { id, call } => {
                ClientHeader { id: Some(id), call: Some(call), ..empty }
            }
            ClientMessage::Cancel { id } => ClientHeader { cancel: Some(id), ..empty },
            ClientMessage::Ack { received } => ClientHeader { ack: Some(received), ..empty },
            ClientMessage::Share(share) => ClientHeader { share: Some(share), ..empty },
            ClientMessage::Show(show) => ClientHeader { show: Some(show), ..empty },
            ClientMessage::Clock { sent_us } => ClientHeader { clock: Some(sent_us), ..empty },
        };
        to_json(&header)
    }

    /// Tells whether it is one of those that a session does not count: they are about the room.
    pub fn is_about_room(&self) -> bool {
        match self {
            ClientMessage::Share(_) | ClientMessage::Show(_) | ClientMessage::Clock { .. } => true,
            ClientMessage::Hello(_)
            | ClientMessage::Call { .. }
            | ClientMessage::Cancel { .. }
            | ClientMessage::Ack { .. } => false,
        }
    }

    /// Reads a message's header.
    pub fn decode(header: &[u8]) -> Result<Self, FrameError> {
        let ClientHeader { hello, id, call, cancel, ack, share, show, clock } =
            serde_json::from_slice(header)?;
        let about_room = match (share, show, clock) {
            (None, None, None) => None,
            (Some(share), None, None) => Some(ClientMessage::Share(share)),
            (None, Some(show), None) => Some(ClientMessage::Show(show)),
            (None, None, Some(sent_us)) => Some(ClientMessage::Clock { sent_us }),
            _ => return Err(FrameError::Shape(CLIENT_SHAPE)),
        };
        match (hello, id, call, cancel, ack, about_room) {
            (None, Some(id), Some(call), None, None, None) => Ok(ClientMessage::Call { id, call }),
            (None, None, None, Some(id), None, None) => Ok(ClientMessage::Cancel { id }),
            (None, None, None, None, Some(received), None) => Ok(ClientMessage::Ack { received }),
            (None, None, None, None, None, Some(about_room)) => Ok(about_room),
            (Some(hello), None, None, None, None, None) => Ok(ClientMessage::Hello(hello)),
            _ => Err(FrameError::Shape(CLIENT_SHAPE)),
        }
    }
}

const CLIENT_SHAPE: &str =
    "a message is hello, or id with call, or cancel, or ack, or share, or show, or clock";

/// Every field a message from the backend can have; which of them are there tells which it is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerHeader {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hello: Option<Welcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<CallId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ok: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    host_us: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Failure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closing: Option<Closing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    room: Option<RoomState>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<LimitNotice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown: Option<ShownNote>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    show: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clock: Option<Clock>,
}

impl ServerMessage {
    /// Writes the message's header.
    pub fn encode(self) -> String {
        let mut header = ServerHeader {
            hello: None,
            id: None,
            ok: None,
            error: None,
            host_us: None,
            refused: None,
            closing: None,
            room: None,
            limit: None,
            shown: None,
            show: None,
            clock: None,
        };
        match self {
            ServerMessage::Welcome(welcome) => header.hello = Some(welcome),
            ServerMessage::Answer(answer) => {
                header.id = Some(answer.id);
                header.host_us = Some(answer.host_us);
                match answer.outcome {
                    Outcome::Ok(reply) => header.ok = Some(reply),
                    Outcome::Error(failure) => header.error = Some(failure),
                }
            }
            ServerMessage::Refused(failure) => header.refused = Some(failure),
            ServerMessage::Closing(closing) => header.closing = Some(closing),
            ServerMessage::Room(room) => header.room = Some(room),
            ServerMessage::Limit(limit) => header.limit = Some(limit),
            ServerMessage::Shown { note, show } => {
                header.shown = Some(note);
                header.show = Some(show);
            }
            ServerMessage::Clock(clock) => header.clock = Some(clock),
        }
        to_json(&header)
    }

    /// Reads a message's header.
    pub fn decode(header: &[u8]) -> Result<Self, FrameError> {
        let header: ServerHeader = serde_json::from_slice(header)?;
        if let Some(id) = header.id {
            let host_us = header.host_us.unwrap_or(0);
            return match (header.ok, header.error) {
                (Some(reply), None) => {
                    Ok(ServerMessage::Answer(Answer { id, outcome: Outcome::Ok(reply), host_us }))
                }
                (None, Some(failure)) => Ok(ServerMessage::Answer(Answer {
                    id,
                    outcome: Outcome::Error(failure),
                    host_us,
                })),
                _ => Err(FrameError::Shape("an answer is either ok or error")),
            };
        }
        if let Some(note) = header.shown {
            let show = header.show.ok_or(FrameError::Shape("shown comes with show"))?;
            return Ok(ServerMessage::Shown { note, show });
        }
        if let Some(clock) = header.clock {
            return Ok(ServerMessage::Clock(clock));
        }
        match (header.hello, header.refused, header.closing, header.room, header.limit) {
            (Some(welcome), None, None, None, None) => Ok(ServerMessage::Welcome(welcome)),
            (None, Some(failure), None, None, None) => Ok(ServerMessage::Refused(failure)),
            (None, None, Some(closing), None, None) => Ok(ServerMessage::Closing(closing)),
            (None, None, None, Some(room), None) => Ok(ServerMessage::Room(room)),
            (None, None, None, None, Some(limit)) => Ok(ServerMessage::Limit(limit)),
            _ => Err(FrameError::Shape(
                "a message is hello, an answer, refused, closing, room, shown, clock or limit",
            )),
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Writes a value of this protocol as JSON. Its types have string keys only and no failing
/// serialiser, the two things that could make this fail.
pub fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Writes a reply as the raw JSON that an [`Answer`] carries.
pub fn raw_reply(reply: &Reply) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(reply).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_parts_where_it_was_joined() {
        let frame = join(b"{}", b"payload");
        assert_eq!(split(&frame).unwrap(), (&b"{}"[..], &b"payload"[..]));
    }

    #[test]
    fn a_frame_shorter_than_its_header_is_refused() {
        assert!(matches!(split(&[0, 0, 0]), Err(FrameError::Truncated)));
        assert!(matches!(split(&[0, 0, 0, 9, b'{']), Err(FrameError::Truncated)));
        assert!(matches!(split(&[255, 255, 255, 255, b'{']), Err(FrameError::Truncated)));
    }

    #[test]
    fn unknown_ops_and_fields_are_named_errors() {
        for header in [
            r#"{"id":1,"call":{"op":"fly"}}"#,
            r#"{"id":1,"call":{"op":"close","socket":3,"extra":1}}"#,
            r#"{"id":1}"#,
            r#"{"hello":{"protocol":1},"cancel":2}"#,
            r#"[]"#,
            "",
        ] {
            assert!(ClientMessage::decode(header.as_bytes()).is_err(), "{header}");
        }
    }
}
