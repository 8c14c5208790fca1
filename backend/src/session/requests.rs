//! Reading what the client asks for.

use axum::extract::ws::Message;
use bytes::Bytes;
use shared::call::Call;
use shared::errno::{Errno, Failure};
use shared::frame::{CallId, ClientMessage, ServerMessage, split};

use crate::limits::FRAME_BYTES_MAX;
use crate::link::{self, Frame};

/// A message that could not be read.
pub(super) struct Unreadable {
    /// The call it would have been, where that much could be read.
    pub(super) id: Option<CallId>,
    /// It would have been a call or a cancel, which its sender counts as one.
    pub(super) is_request: bool,
    pub(super) failure: Failure,
}

impl Unreadable {
    pub(super) fn refusal(self) -> Message {
        link::text(ServerMessage::Refused(self.failure))
    }
}

/// Reads a message and its payload.
pub(super) fn read(frame: &Frame) -> Result<(ClientMessage, Bytes), Unreadable> {
    let (header, payload) = match frame {
        Frame::Text(bytes) => (&bytes[..], Bytes::new()),
        Frame::Binary(bytes) => match split(bytes) {
            Ok((header, payload)) => (header, bytes.slice_ref(payload)),
            Err(error) => {
                let failure = Failure::explained(Errno::EINVAL, error.to_string());
                return Err(Unreadable { id: None, is_request: false, failure });
            }
        },
    };
    if frame.len() > FRAME_BYTES_MAX as usize {
        return Err(unreadable(header, link::too_large()));
    }
    ClientMessage::decode(header)
        .map(|message| (message, payload))
        .map_err(|error| unreadable(header, Failure::explained(Errno::EINVAL, error.to_string())))
}

/// Finds out what a message was meant to be, so that the sender of a call hears of it instead
/// of waiting for ever, and so that both sides count alike.
fn unreadable(header: &[u8], failure: Failure) -> Unreadable {
    let header: serde_json::Value = serde_json::from_slice(header).unwrap_or_default();
    let is_call = header.get("call").is_some();
    let id = header.get("id").and_then(serde_json::Value::as_u64).map(CallId);
    let is_request = is_call || header.get("cancel").is_some();
    Unreadable { id: id.filter(|_| is_call), is_request, failure }
}

/// Tells whether a message is one of those that both sides count: a call or a cancel.
pub(super) fn is_request(message: &Result<(ClientMessage, Bytes), Unreadable>) -> bool {
    match message {
        Ok((message, _)) => {
            matches!(message, ClientMessage::Call { .. } | ClientMessage::Cancel { .. })
        }
        Err(unreadable) => unreadable.is_request,
    }
}

/// Reads a call that comes without a payload, for measurements.
pub(crate) fn read_call(header: &Bytes) -> Option<(CallId, Call)> {
    match read(&Frame::Text(header.clone())) {
        Ok((ClientMessage::Call { id, call }, _)) => Some((id, call)),
        Ok(_) | Err(_) => None,
    }
}

/// Tells whether a call may have to wait. Those that never do are made even when a session has
/// all the waiting calls it may have, so that blocked calls do not keep it from closing.
pub(super) fn may_wait(call: &Call) -> bool {
    match call {
        Call::Socket(_)
        | Call::Socketpair(_)
        | Call::Dup(_)
        | Call::Listen(_)
        | Call::Shutdown(_)
        | Call::Close(_)
        | Call::Getsockname(_)
        | Call::Getpeername(_)
        | Call::Getsockopt(_)
        | Call::Setsockopt(_)
        | Call::EpollCreate(_)
        | Call::EpollCtl(_)
        | Call::Unlink(_)
        | Call::IfNameindex(_)
        | Call::IfNametoindex(_)
        | Call::IfIndextoname(_)
        | Call::Gethostname(_) => false,
        Call::Bind(_)
        | Call::Accept(_)
        | Call::Connect(_)
        | Call::Send(_)
        | Call::Sendall(_)
        | Call::Sendto(_)
        | Call::Sendmsg(_)
        | Call::Recvmsg(_)
        | Call::EpollWait(_)
        | Call::Recv(_)
        | Call::Recvfrom(_)
        | Call::Poll(_)
        | Call::Getaddrinfo(_)
        | Call::Getnameinfo(_)
        | Call::Getserv(_)
        | Call::Getprotobyname(_) => true,
    }
}
