//! The share dialog: link, QR code, snippets, files; and what to do where no backend is.

use crate::page::event::Event;
use crate::page::node::{Element, div, el, span};
use crate::page::state::{Copied, Saved, Sharing, State};
use crate::page::update::{embed, link, markdown};
use crate::session::link::LINK_CHARS_COMFORTABLE;
use crate::session::pcapng;
use crate::session::qr::Code;

use super::button;
use super::words::{self, count, thousands};

/// Returns what to call the session.
pub(super) fn title(state: &State) -> &str {
    if state.document.title.is_empty() { "Untitled" } else { &state.document.title }
}

/// Makes the dialog's body.
pub(super) fn body(state: &State, sharing: &Sharing) -> Element {
    div("body")
        .child(
            div("two")
                .child(
                    div("texts").child(link_part(state, sharing)).child(embed_part(state, sharing)),
                )
                .child(code_part(state, sharing)),
        )
        .child(together(state))
        .child(files(state))
        .child(open_part())
}

fn copy_button(sharing: &Sharing, what: Copied, label: &'static str, class: &str) -> Element {
    let action = match what {
        Copied::Link => "copy-link",
        Copied::Embed => "copy-embed",
        Copied::Markdown => "copy-markdown",
        Copied::Place(place) => place,
    };
    let label = if sharing.copied == Some(what) { "Copied" } else { label };
    button(class, Some("copy"), label).attr("data-action", action).on("click", Event::Copy(what))
}

fn link_part(state: &State, sharing: &Sharing) -> Element {
    let link = sharing.link();
    let chars = link.chars().count();
    let most = thousands(LINK_CHARS_COMFORTABLE);
    let fits = chars <= LINK_CHARS_COMFORTABLE;
    let size = if fits {
        format!(
            "{} characters. Under {most}, which mail, chat and course systems carry unbroken.",
            thousands(chars)
        )
    } else {
        format!(
            "{} characters. Some mail and chat systems break links over {most}; try yours, or send the session’s file.",
            thousands(chars)
        )
    };
    let full = (chars as f64 / LINK_CHARS_COMFORTABLE as f64 * 100.0).min(100.0);
    let field = el("input")
        .attr("type", "text")
        .attr("id", "share-link")
        .attr("readonly", "")
        .attr("data-role", "share-link")
        .attr("value", link);
    let meter = div(if fits { "meter" } else { "meter over" })
        .attr("aria-hidden", "true")
        .child(el("i").style("width", format!("{full:.0}%")));
    div("")
        .child(el("label").class("fld").attr("for", "share-link").text("Link"))
        .child(div("copy").child(field).child(copy_button(
            sharing,
            Copied::Link,
            "Copy link",
            "pri",
        )))
        .child(el("p").class("hint").text(size))
        .child(meter)
        .option(with_replay(state, sharing))
}

/// Makes the choice whether the recording goes with the link.
fn with_replay(state: &State, sharing: &Sharing) -> Option<Element> {
    let calls = state.recording().len();
    if calls == 0 {
        return None;
    }
    let with = sharing.with_replay;
    let there = sharing.replay.is_some();
    let words = format!("With the recording of this run, {}", count(calls, "call", "calls"));
    let check = el("button")
        .class("check")
        .attr("type", "button")
        .attr("role", "checkbox")
        .bool("aria-checked", with && there)
        .attr("data-action", "share-replay")
        .flag("disabled", !there)
        .child(span("box", "").attr("aria-hidden", "true"))
        .child(span("", words))
        .on("click", Event::ShareReplay(!with));
    let hint = if there {
        "Whoever opens it sees this run at once, with the bytes it moved, and scrubs through it with no backend."
    } else {
        "It does not fit into a link; send its file, below."
    };
    Some(div("with").child(check).child(el("p").class("hint").text(hint)))
}

fn embed_part(state: &State, sharing: &Sharing) -> Element {
    let (link, title) = (sharing.link(), title(state));
    let snippet = |text: String, role: &'static str, what: Copied| {
        div("code")
            .child(el("code").attr("data-role", role).attr("tabindex", "0").text(text))
            .child(copy_button(sharing, what, "Copy", "s"))
    };
    div("")
        .child(el("h2").class("fld").text("Embed in a page"))
        .child(snippet(embed(link, title), "share-embed", Copied::Embed))
        .child(el("p").class("hint").text(
            "Readers press Run themselves. Where a frame cannot be isolated, it offers “Open in a new tab”.",
        ))
        .child(el("h2").class("fld").text("Link in Markdown"))
        .child(snippet(markdown(link, title), "share-markdown", Copied::Markdown))
}

fn code_part(state: &State, sharing: &Sharing) -> Element {
    let [session, replay] = &sharing.codes;
    let wants_replay = sharing.with_replay && sharing.replay.is_some();
    let (code, words) = match (wants_replay, replay, session) {
        (true, Some(code), _) | (false, _, Some(code)) => {
            (Some(code), "For a projector or a worksheet.")
        }
        (true, None, Some(code)) => {
            (Some(code), "Without the recording, with which the link is too long for a code.")
        }
        (_, _, None) => (
            None,
            "The link is too long for a QR code that a phone could read. Shorten the programs, or write a short link on the board.",
        ),
    };
    let address = &state.host.surroundings.address;
    let own = ["//127.", "//localhost", "//[::1]"].iter().any(|name| address.contains(name));
    let warning = own.then(|| {
        el("p").class("hint").text(
            "This address is this machine’s own: on others the link opens where Sockpit runs there too.",
        )
    });
    div("qr")
        .child(code.map_or_else(|| div("none").attr("data-role", "no-qr"), picture))
        .child(el("p").class("hint").text(words))
        .option(warning)
}

fn picture(code: &Code) -> Element {
    el("svg")
        .attr("viewBox", format!("0 0 {0} {0}", code.size))
        .attr("role", "img")
        .attr("aria-label", "QR code of the link")
        .attr("data-role", "qr")
        .attr("shape-rendering", "crispEdges")
        .child(el("path").attr("d", code.path.clone()))
}

/// Offers a room, or says who is in the one that the visitor is in.
fn together(state: &State) -> Element {
    let (text, label) = match &state.host.room {
        Some(room) => (
            format!(
                "{} Whoever opens this page's address comes in; {} of {} places are taken.",
                words::room(room),
                room.members.len(),
                room.capacity
            ),
            "Start another room",
        ),
        None => (
            "In a room, one visitor's server.py and another's client.py find each other at \
             127.0.0.1, whichever machines they sit at. Programs that run are ended first."
                .to_owned(),
            "Start a room",
        ),
    };
    div("together")
        .child(el("h2").class("fld").text("Together"))
        .child(el("p").class("hint").attr("data-role", "room-about").text(text))
        .child(
            button("s", Some("out"), label)
                .attr("data-action", "start-room")
                .on("click", Event::StartRoom),
        )
}

/// Makes the files that can be saved.
fn files(state: &State) -> Element {
    let card = |what: Saved, title: &'static str, about: String, text: &'static str| {
        let head = div("head").child(span("", title)).child(span("muted num", about));
        let action = match what {
            Saved::Session => "save-session",
            Saved::Recording => "save-recording",
            Saved::Capture => "save-capture",
        };
        el("button")
            .class("card")
            .attr("type", "button")
            .attr("data-action", action)
            .child(head)
            .child(el("p").text(text))
            .on("click", Event::Save(what))
    };
    let recording = state.recording();
    let calls = recording.len();
    let session = card(
        Saved::Session,
        "Session",
        ".json".into(),
        "Programs, layout and notes, as the link holds them.",
    );
    let replay = card(
        Saved::Recording,
        "Recording",
        format!(".sockpit, {}", count(calls, "call", "calls")),
        "This run with its output and bytes. Replays with no backend.",
    );
    let capture = card(
        Saved::Capture,
        "Packet capture",
        ".pcapng".into(),
        "Opens in Wireshark. Headers are rebuilt from the calls; the bytes are exact.",
    );
    div("files")
        .child(session)
        .child(replay.flag("disabled", calls == 0))
        .child(capture.flag("disabled", !pcapng::has_packets(recording)))
}

fn open_part() -> Element {
    div("opens")
        .child(
            button("s", Some("up"), "Open a file")
                .attr("data-action", "open-file")
                .on("click", Event::PickFile),
        )
        .child(span("hint", "A session or a recording; or drop it anywhere on the page. Nothing of it runs by itself."))
}

/// Says that running needs a backend, and how to start one.
pub(super) fn no_backend(state: &State) -> Element {
    let own = format!(
        "http://127.0.0.1:8000/{}",
        link(state).split_once('#').map_or(String::new(), |(_, session)| format!("#{session}"))
    );
    div("body")
        .child(el("p").text(
            "This page comes from a host of files. It opens, edits and replays sessions; to run them, \
             Python’s sockets need a machine to be real on. That can be yours:",
        ))
        .child(
            el("ol")
                .class("steps")
                .child(el("li").text("Get Sockpit’s source, and Rust from rustup.rs."))
                .child(
                    el("li")
                        .text("In its folder, start the backend: ")
                        .child(el("code").class("cmd").attr("data-role", "start-backend").text("cargo run -p backend")),
                )
                .child(el("li").text("Open this session there:")),
        )
        .child(
            el("a")
                .class("btn pri")
                .attr("href", own)
                .attr("target", "_blank")
                .attr("rel", "noopener")
                .attr("data-role", "open-own")
                .text("Open at 127.0.0.1:8000"),
        )
}
