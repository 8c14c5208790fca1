//! The table of sockets.

use shared::address::Address;

use crate::page::event::Event;
use crate::page::look::LookEvent;
use crate::page::node::{Element, div, el, span};
use crate::page::state::State;
use crate::timeline::format;
use crate::timeline::sockets::{SocketRow, SocketState};

use super::words::lane_class;
use super::{bytes, icon_button, mark};

/// Rows shown at most, the newest ones; the rest is counted.
const ROWS_SHOWN_MAX: usize = 200;

/// Makes the panel.
pub(super) fn panel(state: &State) -> Element {
    let rows = state.calls.sockets.rows();
    let open = rows.iter().filter(|row| row.open).count();
    let leaked = rows.iter().filter(|row| row.leaked).count();
    let words = match (rows.len(), leaked) {
        (0, _) => String::new(),
        (all, 0) => format!("{open} open, {} closed", all - open),
        (all, leaked) => {
            format!("{open} open, {} closed, {leaked} never closed", all - open - leaked)
        }
    };
    let copied = (state.look.copied == Some("address")).then(|| span("soft", "Copied"));
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
        .option(copied)
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
    let bytes = |n: u64| if n == 0 { "–".to_owned() } else { format::size(n) };
    let class = if !row.open { "closed" } else { "" };
    let only = state.calls.shown.filter().socket.as_ref() == Some(&row.key);
    let fd = el("button")
        .class("btn s quiet num")
        .attr("type", "button")
        .attr("data-action", "filter-socket")
        .attr("title", "Show only the calls on this socket")
        .bool("aria-pressed", only)
        .text(row.key.fd.0.to_string())
        .on("click", Event::Look(LookEvent::Socket(row.key.clone())));
    el("tr")
        .class(format!("{class} {}", lane_class(lane)))
        .attr("data-socket", row.key.fd.0.to_string())
        .attr("data-of", row.key.program.clone())
        .bool("data-open", row.open)
        .bool("data-leaked", row.leaked)
        .child(el("td").class("n").child(fd))
        .child(
            el("td").child(
                div("who")
                    .child(mark(lane))
                    .child(el("code").text(row.key.program.clone()))
                    .option(made(row)),
            ),
        )
        .child(cell("", row.kind.to_owned()))
        .children(addresses(row))
        .child(state_of(row))
        .child(cell("n num", bytes(row.bytes_in)))
        .child(cell("n num", bytes(row.bytes_out)))
        .child(cell("opts", row.options.join(", ")))
}

fn cell(class: &str, text: String) -> Element {
    el("td").class(class).text(text)
}

fn address(address: Option<&Address>) -> String {
    address.map_or("–".to_owned(), ToString::to_string)
}

/// Makes the cells with both addresses; one that others can connect to can be copied.
fn addresses(row: &SocketRow) -> Vec<Element> {
    let Some(place) = row.reachable_at() else {
        let both = [row.local.as_ref(), row.remote.as_ref()];
        return both.map(|one| cell("mono", address(one))).into();
    };
    let copy = icon_button("s quiet", "copy", "Copy the address")
        .attr("data-action", "copy-address")
        .attr("data-address", place.clone())
        .on("click", Event::Look(LookEvent::CopyText { text: place.clone(), place: "address" }));
    let there = el("td")
        .attr("colspan", "2")
        .attr("data-role", "reachable")
        .child(span("soft", "reachable at "))
        .child(el("code").text(place))
        .child(copy);
    vec![there]
}

fn state_of(row: &SocketRow) -> Element {
    let failed = matches!(row.state, SocketState::Failed(_));
    let words = match (failed, row.leaked) {
        (true, _) => format!("✕ {}", row.state.words()),
        (_, true) => "✕ never closed".to_owned(),
        _ => row.state.words(),
    };
    let cell = cell(if failed || row.leaked { "st e" } else { "st" }, words);
    if row.leaked {
        cell.attr("title", "The program ended without close(). The host closed it then.")
    } else {
        cell
    }
}

/// Names the line that made the socket.
fn made(row: &SocketRow) -> Option<Element> {
    let site = row.made.as_ref()?;
    let link = el("button")
        .class("link")
        .attr("type", "button")
        .attr("data-action", "jump-socket")
        .attr("title", "Show the line that made it")
        .text(format!("line {}", site.line))
        .on("click", Event::Jump { program: site.file.clone(), line: site.line });
    Some(link)
}
