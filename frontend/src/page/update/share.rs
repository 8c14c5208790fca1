//! Sharing: links, snippets, files to save, and files to open.

use shared::session::Session;

use crate::page::event::Effect;
use crate::page::state::{Copied, Dialog, Origin, Saved, Sharing, State};
use crate::session::link::{self, LINK_CHARS_COMFORTABLE};
use crate::session::tape::{self, LINKED_BYTES_MAX, UNPACKED_BYTES_MAX};
use crate::session::{pcapng, qr};

use super::{document, replay, screen};

/// Calls of a recording for which it is worth trying whether it fits into a link: one that does
/// not compress at all takes forty characters a call.
const LINKED_CALLS_MAX: usize = 1_000;

/// Returns the link that opens this session.
pub fn link(state: &State) -> String {
    format!("{}#{}", state.host.surroundings.address, link::encode(&state.session()))
}

/// Returns the snippet that shows a session in another page.
pub fn embed(link: &str, title: &str) -> String {
    let source = link.replacen('#', "?embed=1#", 1).replace('&', "&amp;");
    let title = title.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!(
        "<iframe src=\"{source}\" title=\"{title}, a Sockpit session\" width=\"100%\" \
         height=\"560\" allow=\"cross-origin-isolated\"></iframe>"
    )
}

/// Returns the link for a text in Markdown.
pub fn markdown(link: &str, title: &str) -> String {
    let title = if title.is_empty() { "A session" } else { title };
    let title = title.replace('[', "\\[").replace(']', "\\]");
    format!("[{title} in Sockpit]({link})")
}

pub(super) fn open(state: &mut State, out: &mut Vec<Effect>) {
    let session = link(state);
    let replay = linked_recording(state, &session);
    let codes = [qr::code(&session), replay.as_deref().and_then(qr::code)];
    let with_replay = replay.is_some();
    let sharing = Sharing { session, replay, with_replay, copied: None, codes };
    screen::open_dialog(state, Dialog::Share(Box::new(sharing)), out);
}

/// Returns the link with the recording in it, if it is short enough to be carried unbroken.
fn linked_recording(state: &State, session: &str) -> Option<String> {
    let recording = state.recording();
    if recording.is_empty() || recording.len() > LINKED_CALLS_MAX {
        return None;
    }
    let file = tape::encode(recording, None);
    let link = format!("{session}{}", link::encode_recording(&file));
    (link.len() <= LINK_CHARS_COMFORTABLE).then_some(link)
}

pub(super) fn with_replay(state: &mut State, with: bool) {
    if let Some(Dialog::Share(sharing)) = &mut state.screen.dialog {
        sharing.with_replay = with;
        sharing.copied = None;
    }
}

pub(super) fn copy(state: &State, what: Copied, out: &mut Vec<Effect>) {
    let Some(Dialog::Share(sharing)) = &state.screen.dialog else { return };
    let (link, title) = (sharing.link(), state.document.title.as_str());
    let text = match what {
        Copied::Link => link.to_owned(),
        Copied::Embed => embed(link, title),
        Copied::Markdown => markdown(link, title),
        Copied::Place(_) => return,
    };
    out.push(Effect::Copy { what, text });
}

pub(super) fn copied(state: &mut State, what: Copied, done: bool) {
    if !done {
        let text = "The browser does not let this page copy. Select the text and copy it yourself.";
        screen::toast(state, text, true);
    } else if let Copied::Place(place) = what {
        state.look.copied = Some(place);
    } else if let Some(Dialog::Share(sharing)) = &mut state.screen.dialog {
        sharing.copied = Some(what);
    }
}

/// Gives the visitor a file.
pub(super) fn save(state: &State, what: Saved, out: &mut Vec<Effect>) {
    let name = file_name(&state.document.title);
    match what {
        Saved::Session => {
            // Plain data can always be written; there is nothing to say if it cannot.
            if let Ok(text) = serde_json::to_string_pretty(&state.session()) {
                out.push(Effect::Save { name: format!("{name}.session.json"), text });
            }
        }
        Saved::Recording => {
            let bytes = tape::encode(state.recording(), Some(&state.session()));
            out.push(Effect::SaveBytes { name: format!("{name}.sockpit"), bytes });
        }
        Saved::Capture => {
            let bytes = pcapng::capture(state.recording());
            out.push(Effect::SaveBytes { name: format!("{name}.pcapng"), bytes });
        }
    }
}

/// Makes a file's name of a title.
fn file_name(title: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = title.chars().map(plain).collect();
    let parts: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "sockpit".into() } else { parts.join("-") }
}

/// Opens a session's or a recording's file. Nothing of it runs; a damaged one changes nothing.
pub(super) fn open_file(state: &mut State, name: &str, bytes: &[u8], out: &mut Vec<Effect>) {
    let refuse =
        |reason: String| format!("{name} cannot be opened: {reason}. The page stays as it was.");
    if tape::is_tape(bytes) {
        match tape::decode(bytes, UNPACKED_BYTES_MAX) {
            Ok(tape) => {
                let session = tape.session.unwrap_or_else(|| state.session());
                document::load(state, session, Origin::File, out);
                out.push(Effect::ForgetFragment);
                replay::open(state, tape.recording, out);
            }
            Err(error) => screen::toast(state, refuse(error.to_string()), true),
        }
        return;
    }
    let session = std::str::from_utf8(bytes)
        .map_err(|_| "it is neither a session nor a recording".to_owned())
        .and_then(|text| Session::decode(text).map_err(|error| error.to_string()));
    match session {
        Ok(session) => {
            document::load(state, session, Origin::File, out);
            out.push(Effect::ForgetFragment);
        }
        Err(reason) => screen::toast(state, refuse(reason), true),
    }
}

/// Replays the recording that a link carries beside its session.
pub(super) fn replay_linked(state: &mut State, file: &[u8], out: &mut Vec<Effect>) {
    match tape::decode(file, LINKED_BYTES_MAX) {
        Ok(tape) => replay::open(state, tape.recording, out),
        Err(error) => {
            let text = format!(
                "The recording in the link cannot be opened: {error}. The programs are here."
            );
            screen::toast(state, text, true);
        }
    }
}
