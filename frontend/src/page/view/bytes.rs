//! The bytes of the selected call, and the conversation that it is part of.

use crate::page::event::Event;
use crate::page::look::{BytesTab, LookEvent, Spelling};
use crate::page::node::{Element, Lazy, Node, div, el, icon, span};
use crate::page::state::{Dock, State};
use crate::session::recording::Recorded;
use crate::timeline::flow::What;
use crate::timeline::format;
use crate::timeline::hex;

use super::{conversation, mark};

/// Bytes in a row, and in a row of a narrow window.
const COLUMNS: usize = 16;
pub(super) const COLUMNS_NARROW: usize = 8;
/// Bytes shown at most; more would be more than anybody reads and than a page lays out quickly.
const BYTES_SHOWN_MAX: usize = 16 << 10;
/// Arrows of a call that are named below its bytes.
const PARTS_SHOWN_MAX: usize = 12;

/// Makes the panel.
pub(super) fn panel(state: &State) -> Element {
    let call = state.calls.selected.and_then(|number| state.calls.recording.find(number));
    let section = el("section")
        .class("bytes")
        .key("bytes")
        .attr("aria-label", "Bytes")
        .child(bar(state, call));
    match state.look.bytes {
        BytesTab::Call => section.child(body(state, call)),
        BytesTab::Conversation => section.child(conversation::body(state, call)),
    }
}

/// Makes the tabs that a middling window switches the dock with.
pub(super) fn tabs(state: &State) -> Element {
    let tab = |dock: Dock, label: &'static str| {
        el("button")
            .class("tab")
            .attr("type", "button")
            .bool("aria-pressed", state.screen.dock == dock)
            .text(label)
            .on("click", Event::ShowDock(dock))
    };
    div("tabs docktabs").child(tab(Dock::Bytes, "Bytes")).child(tab(Dock::Sockets, "Sockets"))
}

/// Returns how many bytes stand in a row.
pub(super) fn columns(state: &State) -> usize {
    if state.screen.narrow { COLUMNS_NARROW } else { COLUMNS }
}

fn bar(state: &State, call: Option<&Recorded>) -> Element {
    let tab = |tab: BytesTab, label: &'static str, action: &str| {
        el("button")
            .class("tab")
            .attr("type", "button")
            .attr("data-action", action)
            .bool("aria-pressed", state.look.bytes == tab)
            .text(label)
            .on("click", Event::Look(LookEvent::Bytes(tab)))
    };
    let bytes = state.look.bytes == BytesTab::Call;
    let about = call.filter(|_| bytes).map(|call| about(state, call));
    let moved = call.is_some_and(|call| call.sent.total() + call.received.total() > 0);
    div("bar")
        .child(tabs(state))
        .child(el("h2").class("vh").text("Bytes"))
        .child(div("tabs").child(tab(BytesTab::Call, "Bytes", "show-bytes")).child(tab(
            BytesTab::Conversation,
            "Conversation",
            "show-conversation",
        )))
        .child(span("sp", ""))
        .option(about)
        .option((bytes && moved).then(|| copies(state)))
}

fn about(state: &State, call: &Recorded) -> Element {
    let line = call.started.site.as_ref().map(|site| format!(", line {}", site.line));
    let (sent, received) = (call.sent.total(), call.received.total());
    let bytes = match &state.look.picked {
        Some(picked) => {
            let len = picked.end.saturating_sub(picked.start);
            format!(", bytes {}:{} ({})", picked.start, picked.end, format::size(len as u64))
        }
        None => match (sent, received) {
            (0, 0) => String::new(),
            (sent, 0) => format!(", sent {}", format::size(sent)),
            (0, received) => format!(", received {}", format::size(received)),
            (sent, received) => {
                format!(", sent {}, received {}", format::size(sent), format::size(received))
            }
        },
    };
    let name = el("code").text(call.started.method.clone());
    el("span")
        .class("soft num about")
        .attr("data-role", "about-bytes")
        .child(name)
        .text(line.unwrap_or_default() + &bytes)
}

fn copies(state: &State) -> Element {
    let copy = |spelling: Spelling, place: &'static str, label: &'static str| {
        let done = state.look.copied == Some(place);
        el("button")
            .class("btn s quiet")
            .attr("type", "button")
            .attr("data-action", format!("copy-{place}"))
            .attr("title", format!("Copy the bytes as {place}"))
            .text(if done { "Copied" } else { label })
            .on("click", Event::Look(LookEvent::CopyBytes(spelling)))
    };
    div("copies")
        .attr("role", "group")
        .attr("aria-label", "Copy as")
        .child(icon("copy"))
        .child(copy(Spelling::Hex, "hex", "Hex"))
        .child(copy(Spelling::Text, "text", "Text"))
        .child(copy(Spelling::Python, "python", "Python"))
}

fn body(state: &State, call: Option<&Recorded>) -> Element {
    let Some(call) = call else {
        let text = "Select a call in the timeline to see the bytes it sent or received.";
        return el("p").class("empty").text(text);
    };
    let (sent, received) = (call.sent.total(), call.received.total());
    if sent + received == 0 {
        let text = if call.ended.is_none() {
            "The call waits; nothing was transferred yet."
        } else {
            "This call moved no bytes."
        };
        return el("p").class("empty").text(text);
    }
    let both = sent > 0 && received > 0;
    let columns = columns(state);
    div("dumps")
        .attr("tabindex", "0")
        .attr("aria-label", "Bytes of the call")
        .attr("data-role", "bytes")
        .option((sent > 0).then(|| dump(call, "sent", both, columns)))
        .option((received > 0).then(|| dump(call, "received", both, columns)))
        .option(parts(state, call))
}

fn dump(call: &Recorded, what: &'static str, titled: bool, columns: usize) -> Node {
    let bytes = if what == "sent" { &call.sent } else { &call.received };
    let shown = &bytes.kept[..bytes.kept.len().min(BYTES_SHOWN_MAX)];
    let hidden = bytes.total() - shown.len() as u64;
    let texts = hex::dump(shown, columns);
    let revision = bytes.total() * 2 + u64::from(titled);
    let note = match (hidden, bytes.kept.is_empty()) {
        (0, _) => None,
        (_, true) => Some("These bytes are no longer kept.".to_owned()),
        (hidden, _) => Some(format!("and {} more", format::size(hidden))),
    };
    let make = move || {
        div("dump")
            .option(titled.then(|| el("h3").text(what)))
            .child(columns_of(texts, what, columns))
            .option(note.map(|note| span("sys", note)))
    };
    let key = format!("{}-{what}-{columns}", call.started.number);
    Node::Lazy(Lazy { key, revision, make: Box::new(make) })
}

/// Puts offsets, digits and characters side by side. What is selected in one of the latter
/// lights up in the other.
pub(super) fn columns_of(texts: hex::Dump, name: &str, columns: usize) -> Element {
    div("hex")
        .attr("data-dump", name)
        .attr("data-columns", columns.to_string())
        .child(el("pre").class("offsets").attr("aria-hidden", "true").text(texts.offsets))
        .child(el("pre").attr("data-bytes", "hex").text(texts.hex))
        .child(el("pre").attr("data-bytes", "text").text(texts.text))
}

/// Says which calls of the other side the bytes went to or came from.
fn parts(state: &State, call: &Recorded) -> Option<Element> {
    let number = call.started.number;
    let mut items = Vec::new();
    for knot in state.calls.sequence.arrows_of(number) {
        let range = match knot.what {
            What::Bytes { start, end } => format!("{start}:{end}"),
            What::Datagram { .. } => knot.what.label(),
            What::Connected | What::Lost { .. } | What::Fin | What::Reset(_) => continue,
        };
        let (other, sign) = match knot.calls {
            (Some(from), to) if from == number => (to, "→"),
            (from, _) => (from, "←"),
        };
        let Some(other) = other.and_then(|other| state.calls.recording.find(other)) else {
            if sign == "→" && state.calls.sequence.flow().hosts().is_empty() {
                let text = format!("{range} not received yet");
                items.push(span("part", text));
            }
            continue;
        };
        let line = other.started.site.as_ref().map(|site| format!(", line {}", site.line));
        let text = format!(
            "{} {}{}",
            other.started.program,
            other.started.method,
            line.unwrap_or_default()
        );
        items.push(
            el("button")
                .class("part")
                .attr("type", "button")
                .attr("title", "Show that call")
                .child(el("code").text(range))
                .text(format!(" {sign} "))
                .child(mark(state.lane(&other.started.program)))
                .text(text)
                .on("click", Event::Select(other.started.number)),
        );
    }
    items.truncate(PARTS_SHOWN_MAX);
    (!items.is_empty()).then(|| div("parts").attr("data-role", "parts").children(items))
}
