//! From the state to what is seen. Nothing here decides anything.

pub mod banners;
pub mod bytes;
pub mod calls;
pub mod consent;
pub mod conversation;
pub mod details;
pub mod diagram;
pub mod dialogs;
pub mod divider;
pub mod gallery;
pub mod lesson;
pub mod limits;
pub mod narrow;
pub mod output;
pub mod pace;
pub mod pane;
pub mod prompt;
pub mod reach;
pub mod reference;
pub mod replay;
pub mod room;
pub mod share;
pub mod sockets;
pub mod strip;
pub mod stuck;
#[cfg(test)]
mod tests;
pub mod timeline;
pub mod top;
pub mod tour;
pub mod words;

use super::node::{Element, div, el, icon};
use super::sizes::Divider;
use super::state::{Dock, Place, State};
use divider::{between, divider, sized};

/// Makes the whole page.
pub fn page(state: &State) -> Element {
    let count = state.programs.len();
    let place = match state.screen.place {
        Place::Programs => "programs",
        Place::Timeline => "timeline",
        Place::Bytes => "bytes",
        Place::Sockets => "sockets",
    };
    let dock = match state.screen.dock {
        Dock::Bytes => "bytes",
        Dock::Sockets => "sockets",
    };
    let panes = el("div")
        .class("panes")
        .attr("data-count", count.min(3).to_string())
        .style("grid-template-columns", divider::columns(state))
        .children(state.programs.iter().enumerate().map(|(lane, p)| pane::pane(state, p, lane)));
    let work = el("main")
        .class("work")
        .attr("data-place", place)
        .attr("data-count", count.min(3).to_string())
        .child(narrow::strip(state))
        .child(panes)
        .child(divider(state, Divider::Stack, between("programs", "timeline")))
        .child(divider(state, Divider::Work, between("programs", "timeline")))
        .child(timeline::panel(state))
        .child(divider(state, Divider::Below, between("timeline", "bytes and sockets")))
        .child(divider(state, Divider::Dock, between("programs", "bytes and sockets")))
        .child(dock_of(state).attr("data-dock", dock));
    let work = sized(state, work, &SIZES);
    let notices = el("section")
        .class("banners")
        .key("banners")
        .attr("aria-label", "Notices")
        .option(replay::strip(state))
        .children(banners::banners(state))
        .option(pace::strip(state));
    div("shell")
        .bool("data-embed", state.host.surroundings.embedded)
        .bool("data-opening", state.learn.wanted.is_some())
        .attr("data-tour", tour::part(state))
        .child(top::bar(state))
        .child(notices)
        .child(work.key("work"))
        .child(narrow::navigation(state).key("nav"))
        .option(
            consent::question(state).or_else(|| dialogs::dialog(state)).map(|it| it.key("dialog")),
        )
        .option(tour::card(state))
        .child(banners::toast(state).key("toast"))
        .child(summary(state).key("summary"))
}

/// The variables of `web/style` that hold the sizes.
const SIZES: [(&str, Divider); 6] = [
    ("--work", Divider::Work),
    ("--dock", Divider::Dock),
    ("--shelf", Divider::Shelf),
    ("--console", Divider::Console),
    ("--stack", Divider::Stack),
    ("--below", Divider::Below),
];

/// Makes what a screen reader says of the diagram.
fn summary(state: &State) -> Element {
    div("vh")
        .attr("role", "status")
        .attr("aria-live", "polite")
        .attr("data-role", "summary")
        .text(state.summary.said())
}

fn dock_of(state: &State) -> Element {
    div("dock")
        .child(bytes::panel(state))
        .child(divider(state, Divider::Shelf, between("bytes", "sockets")))
        .child(sockets::panel(state))
}

/// Makes a program's mark: its lane's colour and shape.
pub(crate) fn mark(lane: usize) -> Element {
    let shape = format!("#g{}", lane % words::LANES + 1);
    el("svg")
        .class(format!("glyph {}", words::lane_class(lane)))
        .attr("viewBox", "0 0 12 12")
        .attr("aria-hidden", "true")
        .child(el("use").attr("href", shape))
}

/// Makes a button that shows an icon alone.
pub(crate) fn icon_button(class: &str, name: &str, label: &str) -> Element {
    el("button")
        .class(format!("btn ico {class}"))
        .attr("type", "button")
        .attr("aria-label", label)
        .attr("title", label)
        .child(icon(name))
}

/// Makes a button with a text, and an icon where it has one.
pub(crate) fn button(class: &str, icon_name: Option<&str>, label: &str) -> Element {
    el("button")
        .class(format!("btn {class}"))
        .attr("type", "button")
        .option(icon_name.map(icon))
        .child(el("span").class("label").text(label))
}
