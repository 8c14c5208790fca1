//! The recording as a file: what was saved can be opened, replayed and exported anywhere, with
//! no backend and no interpreter.
//!
//! Eight bytes say what it is and of which version: `SOCKPIT` and `1`. The rest is a zlib
//! stream, whose checksum tells a damaged file, of a frame as [`shared::frame`] has it: the
//! length of the JSON, the JSON ([`Header`]), and the bytes that calls sent and received.
//!
//! A link carries the same bytes as base64url behind `&recording=`. Files and links are for
//! ever: what decodes today decodes in every later version.

use std::fmt;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};
use serde::{Deserialize, Serialize};

use shared::frame;
use shared::session::{Session, SessionError};

use super::recording::{
    CALLS_KEPT_MAX, CallEnded, CallStarted, MOMENTS_KEPT_MAX, Moment, Recorded, Recording,
};

/// What a recording's file begins with; the last byte is the version.
const MAGIC: &[u8; 8] = b"SOCKPIT1";

/// Bytes of a file at most: what the page keeps of a session, if it does not compress at all.
pub const FILE_BYTES_MAX: usize = 96 << 20;
/// Bytes that a file may unpack to: the bytes kept, and the JSON of as many calls as are kept.
pub const UNPACKED_BYTES_MAX: usize = 256 << 20;
/// Bytes that a recording in a link may unpack to: a link is a few thousand characters, and a
/// page that opens one must not be made to fill its memory.
pub const LINKED_BYTES_MAX: usize = 8 << 20;

/// How hard zlib tries: six is nearly as small as nine and does not halt the page on megabytes.
const ZLIB_LEVEL: u8 = 6;

/// The JSON of a recording's file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// The programs that ran; absent in a link, which has them beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
    calls: Vec<Call>,
    #[serde(default)]
    moments: Vec<Moment>,
    /// Calls, bytes and moments that were given up to stay within bounds.
    #[serde(default)]
    lost: [u64; 3],
}

/// A call; its ranges lie in the frame's payload.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    began: CallStarted,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<CallEnded>,
    /// Bytes sent and received beyond those in the payload.
    #[serde(default, skip_serializing_if = "is_nothing")]
    lacks: [u64; 2],
}

fn is_nothing(lacks: &[u64; 2]) -> bool {
    *lacks == [0, 0]
}

/// What a recording's file holds.
#[derive(Debug)]
pub struct Tape {
    pub session: Option<Session>,
    pub recording: Recording,
}

/// Tells whether bytes are a recording's file, of whatever version.
pub fn is_tape(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC[..7])
}

/// Writes a recording, with the programs it is of.
pub fn encode(recording: &Recording, session: Option<&Session>) -> Vec<u8> {
    let mut payload = Vec::new();
    let calls = recording.calls().map(|call| write_call(call, &mut payload)).collect();
    let header = Header {
        session: session.cloned(),
        calls,
        moments: recording.moments().cloned().collect(),
        lost: recording.losses(),
    };
    let unpacked = frame::join(frame::to_json(&header).as_bytes(), &payload);
    let mut file = MAGIC.to_vec();
    file.extend(compress_to_vec_zlib(&unpacked, ZLIB_LEVEL));
    file
}

fn write_call(call: &Recorded, payload: &mut Vec<u8>) -> Call {
    let mut place = |bytes: &[u8]| {
        let start = payload.len();
        payload.extend_from_slice(bytes);
        start..payload.len()
    };
    let began = CallStarted { bytes: place(&call.sent.kept), ..call.started.clone() };
    let ended = call
        .ended
        .as_ref()
        .map(|ended| CallEnded { bytes: place(&call.received.kept), ..ended.clone() });
    Call { began, ended, lacks: [call.sent.dropped, call.received.dropped] }
}

/// Reads a recording that unpacks to at most `limit` bytes.
pub fn decode(file: &[u8], limit: usize) -> Result<Tape, TapeError> {
    if file.len() > FILE_BYTES_MAX {
        return Err(TapeError::TooLarge);
    }
    let packed = match file.strip_prefix(MAGIC) {
        Some(packed) => packed,
        None if is_tape(file) => return Err(TapeError::Version),
        None => return Err(TapeError::NotATape),
    };
    let unpacked = decompress_to_vec_zlib_with_limit(packed, limit).map_err(|error| {
        if error.status == TINFLStatus::HasMoreOutput {
            TapeError::TooLarge
        } else {
            TapeError::Damaged
        }
    })?;
    let (header, payload) = frame::split(&unpacked).map_err(|_| TapeError::Damaged)?;
    let header: Header =
        serde_json::from_slice(header).map_err(|error| TapeError::Json(error.to_string()))?;
    if let Some(session) = &header.session {
        session.check().map_err(TapeError::Session)?;
    }
    if header.calls.len() > CALLS_KEPT_MAX || header.moments.len() > MOMENTS_KEPT_MAX {
        return Err(TapeError::TooLarge);
    }
    let recording = read_calls(&header.calls, header.moments, header.lost, payload)?;
    Ok(Tape { session: header.session, recording })
}

fn read_calls(
    calls: &[Call],
    moments: Vec<Moment>,
    lost: [u64; 3],
    payload: &[u8],
) -> Result<Recording, TapeError> {
    let mut recording = Recording::default();
    let mut last = None;
    for call in calls {
        let number = call.began.number;
        let ends = call.ended.as_ref();
        // A call is found by its number, so numbers must grow.
        let in_order = last.is_none_or(|last| last < number);
        let fits = payload.get(call.began.bytes.clone()).is_some()
            && ends.is_none_or(|ended| {
                ended.number == number && payload.get(ended.bytes.clone()).is_some()
            });
        if !in_order || !fits {
            return Err(TapeError::Damaged);
        }
        last = Some(number);
        recording.start(call.began.clone(), payload);
        if let Some(ended) = ends {
            recording.end(ended.clone(), payload);
        }
        recording.lack(number, call.lacks);
    }
    for moment in moments {
        recording.note(moment);
    }
    recording.set_losses(lost);
    Ok(recording)
}

/// Why a recording cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TapeError {
    NotATape,
    Version,
    TooLarge,
    Damaged,
    Json(String),
    Session(SessionError),
}

impl fmt::Display for TapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TapeError::NotATape => f.write_str("it is no recording of Sockpit"),
            TapeError::Version => {
                f.write_str("it was made by a newer Sockpit, and this page reads version 1")
            }
            TapeError::TooLarge => f.write_str("it is larger than a recording can be"),
            TapeError::Damaged => f.write_str("a part of it is missing or changed"),
            TapeError::Json(error) => write!(f, "what it holds cannot be read ({error})"),
            TapeError::Session(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for TapeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Stream;
    use crate::session::recording::Happened;
    use crate::timeline::testing::Script;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;
    use shared::session::{Program, SESSION_VERSION, View};

    fn session() -> Session {
        let program = |name: &str| Program {
            name: name.into(),
            code: "import socket\n".into(),
            args: Vec::new(),
            autostart: true,
        };
        Session {
            v: SESSION_VERSION,
            title: "Echo".into(),
            notes: String::new(),
            programs: vec![program("server.py"), program("client.py")],
            view: View::default(),
        }
    }

    fn recording() -> Recording {
        let mut script = Script::default();
        script.listen("server.py", 9000);
        let send = json!({"op": "sendall", "socket": 3, "flags": [], "wait": "forever"});
        let number = script.begin("client.py", send, b"hello");
        let sent = crate::session::recording::CallOutcome::Ok(json!({"len": 5, "offset": 0}));
        script.end(number, sent, b"");
        let mut recording = script.recording;
        recording.lack(number, [7, 0]);
        let text = "héllo\n".to_owned();
        recording.note(Moment {
            at_us: 2_500,
            program: "client.py".into(),
            what: Happened::Output { stream: Stream::Stdout, text },
        });
        recording
    }

    fn same(a: &Recording, b: &Recording) -> bool {
        // Where a call's bytes lay in some payload means nothing once they are kept.
        let plain = |call: &Recorded| {
            let mut call = call.clone();
            call.started.bytes = 0..0;
            if let Some(ended) = &mut call.ended {
                ended.bytes = 0..0;
            }
            call
        };
        a.calls().map(plain).eq(b.calls().map(plain)) && a.moments().eq(b.moments())
    }

    #[test]
    fn a_recording_survives_the_file() {
        let written = recording();
        let file = encode(&written, Some(&session()));
        assert!(is_tape(&file));
        let tape = decode(&file, UNPACKED_BYTES_MAX).unwrap();
        assert!(same(&tape.recording, &written));
        assert_eq!(tape.session, Some(session()));
        assert_eq!(tape.recording.find(4).unwrap().sent.total(), 12);
    }

    /// Made in the first week of the format by another zlib. It opens in every later version.
    #[test]
    fn the_first_recording_still_opens() {
        const FIRST: &str = include_str!("tape/first.txt");
        let file = URL_SAFE_NO_PAD.decode(FIRST.trim()).unwrap();
        let tape = decode(&file, LINKED_BYTES_MAX).unwrap();
        assert_eq!(tape.session.unwrap().programs[1].name, "client.py");
        let calls: Vec<&Recorded> = tape.recording.calls().collect();
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0].started.method, "connect");
        assert_eq!(calls[1].sent.kept, b"hello");
        assert_eq!(calls[1].sent.dropped, 3);
        assert_eq!(tape.recording.moments().len(), 3);
    }

    #[test]
    fn a_damaged_file_says_so() {
        let file = encode(&recording(), Some(&session()));
        for kept in [0, 7, 8, 20, file.len() - 1] {
            assert!(decode(&file[..kept], UNPACKED_BYTES_MAX).is_err(), "{kept}");
        }
        for place in 8..file.len() {
            let mut damaged = file.clone();
            damaged[place] ^= 0x10;
            assert!(decode(&damaged, UNPACKED_BYTES_MAX).is_err(), "{place}");
        }
        assert_eq!(decode(b"{}", UNPACKED_BYTES_MAX).unwrap_err(), TapeError::NotATape);
        let mut newer = file;
        newer[7] = b'2';
        assert_eq!(decode(&newer, UNPACKED_BYTES_MAX).unwrap_err(), TapeError::Version);
    }

    #[test]
    fn a_file_that_contradicts_itself_is_refused() {
        let pack = |header: serde_json::Value, payload: &[u8]| {
            let unpacked = frame::join(header.to_string().as_bytes(), payload);
            let mut file = MAGIC.to_vec();
            file.extend(compress_to_vec_zlib(&unpacked, 6));
            decode(&file, UNPACKED_BYTES_MAX)
        };
        let call = |number: u64, start: usize, end: usize| {
            json!({"began": {"number": number, "program": "a.py", "run": 1, "thread": 0,
                "site": null, "method": "close", "call": {"op": "close", "socket": 3},
                "at_us": 1, "bytes": {"start": start, "end": end}}})
        };
        assert!(pack(json!({"calls": [call(1, 0, 2), call(2, 0, 0)]}), b"ab").is_ok());
        let twice = json!({"calls": [call(2, 0, 0), call(2, 0, 0)]});
        assert_eq!(pack(twice, b"").unwrap_err(), TapeError::Damaged);
        let outside = json!({"calls": [call(1, 0, 3)]});
        assert_eq!(pack(outside, b"ab").unwrap_err(), TapeError::Damaged);
        let unknown = json!({"calls": [], "new": 1});
        assert!(matches!(pack(unknown, b""), Err(TapeError::Json(_))));
    }

    #[test]
    fn a_small_file_cannot_unpack_to_a_huge_one() {
        let mut bomb = MAGIC.to_vec();
        bomb.extend(compress_to_vec_zlib(&vec![0; LINKED_BYTES_MAX + 1], 9));
        assert!(bomb.len() < 100_000);
        assert_eq!(decode(&bomb, LINKED_BYTES_MAX).unwrap_err(), TapeError::TooLarge);
    }
}
