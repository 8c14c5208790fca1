//! The table of sockets.

use crate::page::event::Event;
use crate::page::node::{Element, div, el, span};
use crate::page::state::State;
use crate::timeline::format;
use crate::timeline::sockets::{SocketRow, SocketState};

use super::words::lane_class;
use super::{bytes, mark};

/// Rows shown at most, the newest ones; the rest is counted.
const ROWS_SHOWN_MAX: usize = 200;

/// Makes the panel.
pub(super) fn panel(state: &State) -> Element {
    let rows = state.calls.sockets.rows();
    let open = rows.iter().filter(|row| row.open).count();
    let words = match rows.len() {
        0 => String::new(),
        all => format!("{open} open, {} closed", all - open),
    };
    let only = el("button")
        .class("btn s quiet")
        .attr("type", "button")
        .bool("aria-pressed", state.screen.open_only)
        .text("Open only")
        .on("click", Event::OpenOnlyToggle);
    let bar = div("bar")
        .child(bytes::tabs(state))
        .child(el("h2").text("Sockets"))
        .child(span("muted num", words))
        .child(span("sp", ""))
        .child(only);
    el("section")
        .class("sockets")
        .key("sockets")
        .attr("aria-label", "Sockets")
        .child(bar)
        .child(body(state, rows))
}

fn body(state: &State, rows: &[SocketRow]) -> Element {
    let shown: Vec<&SocketRow> =
        rows.iter().filter(|row| !state.screen.open_only || row.open).collect();
    if shown.is_empty() {
        let text = "Sockets appear here when a program makes them, with their addresses and state.";
        return el("p").class("empty").text(text);
    }
    let hidden = shown.len().saturating_sub(ROWS_SHOWN_MAX);
    let heads = ["fd", "Program", "Kind", "Local", "Remote", "State", "In", "Out", "Options"];
    let head = |name: &str| {
        let class = if matches!(name, "fd" | "In" | "Out") { "n" } else { "" };
        el("th").class(class).attr("scope", "col").text(name)
    };
    div("scroll")
        .attr("tabindex", "0")
        .attr("aria-label", "Table of sockets")
        .child(el("table").child(el("thead").child(el("tr").children(heads.map(head)))).child(
            el("tbody").children(shown.iter().skip(hidden).rev().map(|row| line(state, row))),
        ))
        .option((hidden > 0).then(|| span("sys", format!("and {hidden} older ones"))))
}

fn line(state: &State, row: &SocketRow) -> Element {
    let lane = state.lane(&row.key.program);
    let failed = matches!(row.state, SocketState::Failed(_));
    let words = if failed { format!("✕ {}", row.state.words()) } else { row.state.words() };
    let address = |address: &Option<shared::address::Address>| {
        address.as_ref().map_or("–".to_owned(), ToString::to_string)
    };
    let cell = |class: &str, text: String| el("td").class(class).text(text);
    let bytes = |n: u64| if n == 0 { "–".to_owned() } else { format::size(n) };
    let class = if !row.open { "closed" } else { "" };
    el("tr")
        .class(format!("{class} {}", lane_class(lane)))
        .child(cell("n num", row.key.fd.0.to_string()))
        .child(
            el("td").child(
                div("who").child(mark(lane)).child(el("code").text(row.key.program.clone())),
            ),
        )
        .child(cell("", row.kind.to_owned()))
        .child(cell("mono", address(&row.local)))
        .child(cell("mono", address(&row.remote)))
        .child(cell(if failed { "st e" } else { "st" }, words))
        .child(cell("n num", bytes(row.bytes_in)))
        .child(cell("n num", bytes(row.bytes_out)))
        .child(cell("opts", row.options.join(", ")))
}
