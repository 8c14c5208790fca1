//! The share link: a session document in the fragment of a URL, so that no server ever sees it.
//!
//! `#session=` + base64url without padding of raw DEFLATE of the document as UTF-8 JSON.
//! Links are for ever: what decodes today decodes in every later version.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

use shared::session::{Session, SessionError};

/// What a link's fragment begins with.
pub const SESSION_PREFIX: &str = "session=";
/// What the fragment of a link to an example begins with.
pub const EXAMPLE_PREFIX: &str = "example=";
/// What the fragment of a link to a card of the reference begins with.
pub const CARD_PREFIX: &str = "reference=";

/// What comes between a session and a recording of it.
pub const RECORDING_PREFIX: &str = "&recording=";
/// What the fragment of a link to a file beside the page begins with.
pub const FILE_PREFIX: &str = "open=";

/// Characters of an encoded session at most. A document of the largest size that does not
/// compress at all takes about this many.
pub const LINK_CHARS_MAX: usize = 2 << 20;

/// Bytes that a link may unpack to: the largest document with every character escaped in JSON
/// (six bytes each), and room for its frame. Without it a link of 1 KB could unpack to 1 MB.
pub const DOCUMENT_BYTES_MAX: usize = 6 * shared::session::TEXT_BYTES_MAX + (64 << 10);

/// Characters up to which mail, chat and course systems carry a link unbroken.
pub const LINK_CHARS_COMFORTABLE: usize = 8_000;

/// How hard DEFLATE tries; the documents are small, so as hard as it can.
const DEFLATE_LEVEL: u8 = 9;

/// What a URL's fragment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fragment {
    /// Nothing that the page knows.
    Nothing,
    /// A session from a link.
    Session(Box<Session>),
    /// A session, and the file of a recording of it (see [`super::tape`]).
    Replay(Box<Session>, Vec<u8>),
    /// An example, by its id.
    Example(String),
    /// A session's or a recording's file that lies beside the page.
    File(String),
    /// A card of the reference, by its name.
    Card(String),
}

/// Writes a session as a link's fragment, without the `#`.
pub fn encode(session: &Session) -> String {
    let json = shared::frame::to_json(session);
    let packed = compress_to_vec(json.as_bytes(), DEFLATE_LEVEL);
    format!("{SESSION_PREFIX}{}", URL_SAFE_NO_PAD.encode(packed))
}

/// Reads a URL's fragment, with or without its `#`.
pub fn read_fragment(fragment: &str) -> Result<Fragment, LinkError> {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    if let Some(text) = fragment.strip_prefix(SESSION_PREFIX) {
        let Some((text, recording)) = text.split_once(RECORDING_PREFIX) else {
            return decode(text).map(|session| Fragment::Session(Box::new(session)));
        };
        let session = Box::new(decode(text)?);
        // A recording that is damaged does not keep the programs from being opened.
        let recording = read_base64(recording).unwrap_or_default();
        return Ok(Fragment::Replay(session, recording));
    }
    if let Some(path) = fragment.strip_prefix(FILE_PREFIX) {
        return Ok(Fragment::File(path.to_owned()));
    }
    if let Some(id) = fragment.strip_prefix(EXAMPLE_PREFIX) {
        return Ok(Fragment::Example(id.to_owned()));
    }
    if let Some(name) = fragment.strip_prefix(CARD_PREFIX) {
        return Ok(Fragment::Card(name.to_owned()));
    }
    Ok(Fragment::Nothing)
}

/// Reads what follows `session=`.
pub fn decode(text: &str) -> Result<Session, LinkError> {
    let packed = read_base64(text)?;
    let json = decompress_to_vec_with_limit(&packed, DOCUMENT_BYTES_MAX).map_err(|error| {
        if error.status == TINFLStatus::HasMoreOutput {
            LinkError::UnpacksTooLarge
        } else {
            LinkError::NotDeflate
        }
    })?;
    let json = String::from_utf8(json).map_err(|_| LinkError::NotText)?;
    Session::decode(&json).map_err(LinkError::Document)
}

fn read_base64(text: &str) -> Result<Vec<u8>, LinkError> {
    if text.len() > LINK_CHARS_MAX {
        return Err(LinkError::TooLong(text.len()));
    }
    // Mail programs and terminals like to break long lines or add padding; neither carries
    // information.
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| LinkError::NotBase64)
}

/// Writes the file of a recording as what follows the session in a link.
pub fn encode_recording(file: &[u8]) -> String {
    format!("{RECORDING_PREFIX}{}", URL_SAFE_NO_PAD.encode(file))
}

/// Why a link cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkError {
    TooLong(usize),
    NotBase64,
    NotDeflate,
    UnpacksTooLarge,
    NotText,
    Document(SessionError),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::TooLong(chars) => {
                write!(f, "it is {chars} characters long, and {LINK_CHARS_MAX} is the most")
            }
            LinkError::NotBase64 => {
                f.write_str("a part of it is missing, or it has characters that no link has")
            }
            LinkError::NotDeflate => f.write_str("a part of it is missing or changed"),
            LinkError::UnpacksTooLarge => {
                write!(f, "it unpacks to more than {DOCUMENT_BYTES_MAX} bytes")
            }
            LinkError::NotText => f.write_str("what it holds is not text"),
            LinkError::Document(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LinkError {}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::session::{Program, SESSION_VERSION, View};

    fn session(code: &str) -> Session {
        Session {
            v: SESSION_VERSION,
            title: "Größe, 大".into(),
            notes: String::new(),
            programs: vec![Program {
                name: "a.py".into(),
                code: code.into(),
                args: vec!["-v".into()],
                autostart: false,
            }],
            view: View::default(),
        }
    }

    #[test]
    fn a_session_survives_the_link() {
        let written = session("print('hé')\n");
        let fragment = format!("#{}", encode(&written));
        assert!(fragment.chars().all(|c| c.is_ascii_alphanumeric() || "#=-_".contains(c)));
        assert_eq!(read_fragment(&fragment), Ok(Fragment::Session(Box::new(written))));
    }

    /// This link was made in the first week of the format, by another DEFLATE (zlib). It must
    /// open in every later version.
    #[test]
    fn the_first_link_still_opens() {
        const FIRST: &str = "VY2xasNADIZfxfxTC9dCVq99gQ7d6g6HIxKRO-nQyQ7B-N0rL4GM-j590oYV4ynB2QthxM_X90DzVZEg\
             6tQD1Wy3s94lDdqcVXIJ2Uwvlmv43w2S69F2spXssz3Cz3o-ENem5kPX-UY-STMWf5tw5Qnvk2BPz3gu\
             TOIvccu9x1JCtsvxCB8r_mJaXLtnc4xuC-2BVqY7xg0lP3Tx45qWpUqPVhtJAOdKhYWw7_8";
        let session = decode(FIRST).unwrap();
        assert_eq!(session.title, "TCP echo");
        assert_eq!(session.notes, "markdown, optional");
        assert_eq!(session.programs[0].code, "import socket\nprint(\"hi\")\n");
        assert_eq!(session.programs[1].args, ["-v"]);
        assert!(session.programs[0].autostart);
    }

    #[test]
    fn a_damaged_link_says_what_is_wrong() {
        let link = encode(&session("print('hello')\n"));
        let text = link.strip_prefix(SESSION_PREFIX).unwrap();
        assert_eq!(decode("not a link!"), Err(LinkError::NotBase64));
        for kept in [1, text.len() / 2, text.len() - 1] {
            let outcome = decode(&text[..kept]);
            assert!(
                matches!(outcome, Err(LinkError::NotBase64 | LinkError::NotDeflate)),
                "{outcome:?}"
            );
        }
        assert!(decode("").is_err());
        let nothing = URL_SAFE_NO_PAD.encode(compress_to_vec(b"[1]", 9));
        assert!(matches!(decode(&nothing), Err(LinkError::Document(SessionError::Json(_)))));
        let future = URL_SAFE_NO_PAD.encode(compress_to_vec(br#"{"v":99}"#, 9));
        assert_eq!(decode(&future), Err(LinkError::Document(SessionError::Version(99))));
    }

    #[test]
    fn a_small_link_cannot_unpack_to_a_huge_document() {
        let bomb = compress_to_vec(&vec![b' '; DOCUMENT_BYTES_MAX + 1], 9);
        assert!(bomb.len() < 20_000);
        assert_eq!(decode(&URL_SAFE_NO_PAD.encode(bomb)), Err(LinkError::UnpacksTooLarge));
        assert!(matches!(decode(&"A".repeat(LINK_CHARS_MAX + 1)), Err(LinkError::TooLong(_))));
    }

    #[test]
    fn line_breaks_and_padding_do_no_harm() {
        let link = encode(&session("pass"));
        let text = link.strip_prefix(SESSION_PREFIX).unwrap();
        let (head, tail) = text.split_at(10);
        assert_eq!(decode(&format!("{head}\r\n {tail}==")), Ok(session("pass")));
    }

    #[test]
    fn a_recording_rides_behind_the_session() {
        let written = session("pass");
        let link = format!("#{}{}", encode(&written), encode_recording(b"SOCKPIT1..."));
        let read = read_fragment(&link);
        assert_eq!(read, Ok(Fragment::Replay(Box::new(written.clone()), b"SOCKPIT1...".to_vec())));
        let damaged = format!("#{}&recording=!", encode(&written));
        assert_eq!(read_fragment(&damaged), Ok(Fragment::Replay(Box::new(written), Vec::new())));
        assert_eq!(read_fragment("#open=a.sockpit"), Ok(Fragment::File("a.sockpit".into())));
    }

    #[test]
    fn a_fragment_can_name_an_example() {
        assert_eq!(read_fragment("#example=tcp-echo"), Ok(Fragment::Example("tcp-echo".into())));
        assert_eq!(read_fragment("#reference=recv"), Ok(Fragment::Card("recv".into())));
        assert_eq!(read_fragment(""), Ok(Fragment::Nothing));
        assert_eq!(read_fragment("#elsewhere"), Ok(Fragment::Nothing));
    }
}
