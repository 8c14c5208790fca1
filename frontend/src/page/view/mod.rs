//! From the state to what is seen. Nothing here decides anything.

pub mod banners;
pub mod bytes;
pub mod details;
pub mod dialogs;
pub mod narrow;
pub mod output;
pub mod pane;
pub mod prompt;
pub mod sockets;
#[cfg(test)]
mod tests;
pub mod timeline;
pub mod top;
pub mod words;

use super::node::{Element, div, el, icon};
use super::state::{Dock, Place, State};

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
        .children(state.programs.iter().enumerate().map(|(lane, p)| pane::pane(state, p, lane)));
    let work = el("main")
        .class("work")
        .attr("data-place", place)
        .attr("data-count", count.min(3).to_string())
        .child(narrow::strip(state))
        .child(panes)
        .child(timeline::panel(state))
        .child(dock_of(state).attr("data-dock", dock));
    let notices = el("section")
        .class("banners")
        .key("banners")
        .attr("aria-label", "Notices")
        .children(banners::banners(state));
    div("shell")
        .bool("data-embed", state.host.surroundings.embedded)
        .child(top::bar(state))
        .child(notices)
        .child(work.key("work"))
        .child(narrow::navigation(state).key("nav"))
        .option(dialogs::dialog(state).map(|dialog| dialog.key("dialog")))
        .child(banners::toast(state).key("toast"))
}

fn dock_of(state: &State) -> Element {
    div("dock").child(bytes::panel(state)).child(sockets::panel(state))
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
