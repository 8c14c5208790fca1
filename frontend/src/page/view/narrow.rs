//! What a narrow window has in addition: a strip with every program, and a bar to switch views.

use crate::page::event::Event;
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::{Place, State};

use super::mark;
use super::words::{StatusKind, lane_class, status};

/// Makes the strip with every program's state.
pub(super) fn strip(state: &State) -> Element {
    let item = |(lane, program): (usize, &crate::page::state::Program)| {
        let status = status(program, state.now_ms);
        let bad = status.kind == StatusKind::Bad;
        let words = if bad { format!("✕ {}", status.sentence()) } else { status.sentence() };
        el("button")
            .class(lane_class(lane))
            .key(program.id.to_string())
            .attr("type", "button")
            .bool("aria-pressed", state.screen.pane == lane)
            .child(mark(lane))
            .child(el("b").text(program.name.clone()))
            .child(span(if bad { "e" } else { "" }, words))
            .on("click", Event::ShowPane(lane))
    };
    div("mstrip").key("strip").children(state.programs.iter().enumerate().map(item))
}

/// Makes the bar that switches views.
pub(super) fn navigation(state: &State) -> Element {
    let item = |(place, name, label): (Place, &str, &'static str)| {
        el("button")
            .attr("type", "button")
            .maybe("aria-current", (state.screen.place == place).then_some("page"))
            .child(icon(name))
            .text(label)
            .on("click", Event::ShowPlace(place))
    };
    el("nav").class("mnav").attr("aria-label", "Views").children(
        [
            (Place::Programs, "code", "Programs"),
            (Place::Timeline, "seq", "Timeline"),
            (Place::Bytes, "hexa", "Bytes"),
            (Place::Sockets, "sock", "Sockets"),
        ]
        .map(item),
    )
}
