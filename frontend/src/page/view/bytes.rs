//! The bytes of the selected call.

use crate::page::event::Event;
use crate::page::node::{Element, Lazy, Node, div, el, span};
use crate::page::state::{Dock, State};
use crate::session::recording::Recorded;
use crate::timeline::format;
use crate::timeline::hex;

/// Bytes in a row, and in a row of a narrow window.
const COLUMNS: usize = 16;
const COLUMNS_NARROW: usize = 8;
/// Bytes shown at most; more would be more than anybody reads and than a page lays out quickly.
const BYTES_SHOWN_MAX: usize = 16 << 10;

/// Makes the panel.
pub(super) fn panel(state: &State) -> Element {
    let call = state.calls.selected.and_then(|number| state.calls.recording.find(number));
    el("section")
        .class("bytes")
        .key("bytes")
        .attr("aria-label", "Bytes")
        .child(bar(state, call))
        .child(body(call, if state.screen.narrow { COLUMNS_NARROW } else { COLUMNS }))
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

fn bar(state: &State, call: Option<&Recorded>) -> Element {
    let about = call.map(|call| {
        let line = call.started.site.as_ref().map(|site| format!(", line {}", site.line));
        let (sent, received) = (call.sent.total(), call.received.total());
        let bytes = match (sent, received) {
            (0, 0) => String::new(),
            (sent, 0) => format!(", sent {}", format::size(sent)),
            (0, received) => format!(", received {}", format::size(received)),
            (sent, received) => {
                format!(", sent {}, received {}", format::size(sent), format::size(received))
            }
        };
        let name = el("code").text(call.started.method.clone());
        el("span").class("soft num").child(name).text(line.unwrap_or_default() + &bytes)
    });
    div("bar").child(tabs(state)).child(el("h2").text("Bytes")).child(span("sp", "")).option(about)
}

fn body(call: Option<&Recorded>, columns: usize) -> Element {
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
    div("dumps")
        .attr("tabindex", "0")
        .attr("aria-label", "Bytes of the call")
        .attr("data-role", "bytes")
        .option((sent > 0).then(|| dump(call, "sent", both, columns)))
        .option((received > 0).then(|| dump(call, "received", both, columns)))
}

fn dump(call: &Recorded, what: &'static str, titled: bool, columns: usize) -> Node {
    let bytes = if what == "sent" { &call.sent } else { &call.received };
    let shown = &bytes.kept[..bytes.kept.len().min(BYTES_SHOWN_MAX)];
    let hidden = bytes.total() - shown.len() as u64;
    let rows = hex::rows(shown, columns);
    let revision = bytes.total() * 2 + u64::from(titled);
    let note = match (hidden, bytes.kept.is_empty()) {
        (0, _) => None,
        (_, true) => Some("These bytes are no longer kept.".to_owned()),
        (hidden, _) => Some(format!("and {} more", format::size(hidden))),
    };
    let make = move || {
        let mut text = String::new();
        for row in &rows {
            let (left, right) = row.hex.split_at(row.hex.len().min(columns / 2));
            let hex = format!("{}  {}", left.join(" "), right.join(" "));
            text.push_str(&format!("{:04x}  {hex:<width$}  ", row.offset, width = columns * 3));
            text.push_str(&row.text);
            text.push('\n');
        }
        div("dump")
            .option(titled.then(|| el("h3").text(what)))
            .child(el("pre").class("hex").text(text))
            .option(note.map(|note| span("sys", note)))
    };
    let key = format!("{}-{what}-{columns}", call.started.number);
    Node::Lazy(Lazy { key, revision, make: Box::new(make) })
}
