//! Everything that a connection carried, both ways, in order: "follow stream".

use crate::session::recording::{CallNumber, Recording};

use super::flow::{End, Far, Flow};

/// Bytes of a conversation that are shown; the beginning of a long one says what it is about.
pub const BYTES_SHOWN_MAX: usize = 64 << 10;
/// Turns that are shown.
pub const TURNS_SHOWN_MAX: usize = 400;

/// A conversation, as one of its ends saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Who sees it.
    pub own: String,
    /// Who is at the other end.
    pub other: String,
    pub turns: Vec<Turn>,
    pub sent: u64,
    pub received: u64,
    /// There was more than is shown.
    pub cut: bool,
}

/// What one side said before the other did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub by_own: bool,
    pub bytes: Vec<u8>,
    /// The offset of its first byte in what that side said.
    pub offset: u64,
    /// The first call it came from.
    pub call: CallNumber,
}

/// Returns the conversation on a socket.
pub fn conversation(end: &End, flow: &Flow, recording: &Recording) -> Conversation {
    let other = match end.far {
        Far::End(far) => flow.end(far).map(|end| end.key.program.clone()),
        Far::Host(host) => flow.hosts().get(host).cloned(),
        Far::Unknown => None,
    };
    let mut found = Conversation {
        own: end.key.program.clone(),
        other: other.unwrap_or_else(|| "the other side".into()),
        turns: Vec::new(),
        sent: 0,
        received: 0,
        cut: false,
    };
    let mut shown = 0;
    for call in end.moved.iter().filter_map(|number| recording.find(*number)) {
        let by_own = call.received.total() == 0;
        let bytes = if by_own { &call.sent } else { &call.received };
        let so_far = if by_own { &mut found.sent } else { &mut found.received };
        let offset = *so_far;
        *so_far += bytes.total();
        let room = BYTES_SHOWN_MAX - shown;
        let kept = &bytes.kept[..bytes.kept.len().min(room)];
        shown += kept.len();
        found.cut |= (kept.len() as u64) < bytes.total();
        let stream = end.kind == shared::address::Kind::Stream;
        let full = found.turns.len() >= TURNS_SHOWN_MAX;
        match found.turns.last_mut() {
            Some(turn) if turn.by_own == by_own && stream => turn.bytes.extend_from_slice(kept),
            _ if full => found.cut = true,
            _ => found.turns.push(Turn {
                by_own,
                bytes: kept.to_vec(),
                offset,
                call: call.started.number,
            }),
        }
    }
    found
}

/// What some bytes are, as far as their beginning tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    HttpRequest,
    HttpResponse,
    Json,
    /// Lines of text: SMTP, IRC, a chat.
    Text,
    Binary,
}

impl Protocol {
    /// Returns what it is called.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::HttpRequest => "HTTP request",
            Protocol::HttpResponse => "HTTP response",
            Protocol::Json => "JSON",
            Protocol::Text => "text",
            Protocol::Binary => "binary",
        }
    }
}

/// The beginnings of HTTP requests.
const HTTP_METHODS: [&str; 7] = ["GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "PATCH "];

/// Tells what some bytes are.
pub fn protocol(bytes: &[u8]) -> Protocol {
    let Some(text) = readable(bytes) else { return Protocol::Binary };
    let line = text.lines().next().unwrap_or_default();
    if HTTP_METHODS.iter().any(|method| line.starts_with(method)) && line.contains("HTTP/") {
        return Protocol::HttpRequest;
    }
    if line.starts_with("HTTP/") {
        return Protocol::HttpResponse;
    }
    let trimmed = text.trim();
    let whole = trimmed.starts_with(['{', '[']) && trimmed.ends_with(['}', ']']);
    if whole && shared::json::read::<serde_json::Value>(trimmed).is_ok() {
        return Protocol::Json;
    }
    Protocol::Text
}

/// Returns the text that some bytes are, if they are one. A character that is cut off at the
/// end does not make it unreadable.
pub fn readable(bytes: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{1b}' | '\u{8}');
    (!text.chars().any(odd)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::recording::CallOutcome;
    use crate::timeline::testing::Script;
    use serde_json::json;

    #[test]
    fn a_conversation_goes_in_turns() {
        let mut script = Script::default();
        let mut flow = Flow::default();
        let pair = json!({"op": "socketpair", "family": "unix", "kind": "stream", "proto": 0});
        let mut make = |call: serde_json::Value, sent: &[u8], reply, received: &[u8]| {
            let number = script.begin("a.py", call, sent);
            flow.begin(script.recording.find(number).unwrap());
            script.end(number, CallOutcome::Ok(reply), received);
            flow.end_call(script.recording.find(number).unwrap());
        };
        make(pair, b"", json!({"first": 3, "second": 4}), b"");
        let send = json!({"op": "sendall", "socket": 3, "flags": [], "wait": "forever"});
        let recv = json!({"op": "recv", "socket": 3, "len": 64, "flags": [], "wait": "forever"});
        make(send.clone(), b"GET / HTTP/1.1\r\n", json!({"len": 16, "offset": 0}), b"");
        make(send, b"\r\n", json!({"len": 2, "offset": 16}), b"");
        make(recv, b"", json!({"len": 12, "offset": 0}), b"HTTP/1.1 200");
        let end = &flow.ends()[0];
        let found = conversation(end, &flow, &script.recording);
        assert_eq!((found.sent, found.received, found.cut), (18, 12, false));
        let turns: Vec<(bool, &[u8])> =
            found.turns.iter().map(|turn| (turn.by_own, turn.bytes.as_slice())).collect();
        assert_eq!(turns, [(true, &b"GET / HTTP/1.1\r\n\r\n"[..]), (false, b"HTTP/1.1 200")]);
    }

    #[test]
    fn protocols_are_told_by_their_beginning() {
        let told = |text: &str| protocol(text.as_bytes());
        assert_eq!(told("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Protocol::HttpRequest);
        assert_eq!(told("HTTP/1.0 200 OK\r\n"), Protocol::HttpResponse);
        assert_eq!(told("{\"a\": [1, 2]}\n"), Protocol::Json);
        assert_eq!(told("220 mail.example ESMTP\r\n"), Protocol::Text);
        assert_eq!(protocol(b"\x12\x34\x01\x00"), Protocol::Binary);
        assert_eq!(protocol("grüß".as_bytes()), Protocol::Text);
        assert_eq!(protocol(&"grü".as_bytes()[..3]), Protocol::Text);
    }
}
