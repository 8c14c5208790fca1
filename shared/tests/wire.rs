//! The wire as it is written down: every file in `tests/wire` holds messages, one a line, the
//! client's behind `→` and the backend's behind `←`. Each must be read, and written again to the
//! letter. A change of these files is a change of the protocol.

#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

use std::collections::BTreeSet;
use std::path::Path;

use shared::call::Call;
use shared::frame::{ClientMessage, Outcome, ServerMessage};
use shared::limit::LimitName;

#[test]
fn every_message_is_read_and_written_to_the_letter() {
    let mut seen = BTreeSet::new();
    for (name, text) in golden() {
        let mut call = None;
        for line in text.lines() {
            if let Some(line) = line.strip_prefix("→ ") {
                let message = ClientMessage::decode(line.as_bytes())
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
                if let ClientMessage::Call { call: decoded, .. } = &message {
                    seen.insert(decoded.op());
                    call = Some(decoded.clone());
                }
                assert_eq!(message.encode(), line, "{name}");
            } else if let Some(line) = line.strip_prefix("← ") {
                check_server(&name, line, call.as_ref());
            } else {
                panic!("{name}: a line begins with neither arrow");
            }
        }
    }
    for op in Call::OPS {
        assert!(seen.contains(op), "no file in tests/wire shows the call {op}");
    }
}

#[test]
fn every_limit_is_shown() {
    let texts: String = golden().into_iter().map(|(_, text)| text).collect();
    for limit in LimitName::ALL {
        let shown = texts.contains(&format!("\"limit\":\"{limit}\""));
        assert!(shown, "no file in tests/wire shows the limit {limit}");
    }
}

#[track_caller]
fn check_server(name: &str, line: &str, call: Option<&Call>) {
    let message =
        ServerMessage::decode(line.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    if let (ServerMessage::Answer(answer), Some(call)) = (&message, call) {
        let reply = answer.outcome.decode(call).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let (Ok(reply), Outcome::Ok(raw)) = (reply, &answer.outcome) {
            assert_eq!(serde_json::to_string(&reply).unwrap(), raw.get(), "{name}");
        }
    }
    assert_eq!(message.encode(), line, "{name}");
}

fn golden() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}
