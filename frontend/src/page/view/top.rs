//! The bar at the top.

use crate::messages::LinkState;
use crate::page::event::Event;
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::{Dialog, Origin, State, Theme};

use super::{button, icon_button, pace, room, words};

/// Makes the bar.
pub(super) fn bar(state: &State) -> Element {
    el("header")
        .class("top")
        .key("top")
        .bool("data-running", state.any_active())
        .child(name(state))
        .child(actions(state))
        .child(tools(state))
}

fn name(state: &State) -> Element {
    let document = &state.document;
    let title = if document.title.is_empty() { "Untitled" } else { &document.title };
    let origin = match (&document.origin, document.edited) {
        (Origin::Example(_), false) => "example",
        (Origin::Example(_), true) => "example, edited",
        (Origin::Card(_), false) => "from the reference",
        (Origin::Card(_), true) => "from the reference, edited",
        (Origin::Link, false) => "from a link",
        (Origin::Link, true) => "from a link, edited",
        (Origin::File, false) => "from a file",
        (Origin::File, true) => "from a file, edited",
        (Origin::Script, false) => "",
        (Origin::Script, true) => "edited",
        (Origin::Own, _) => "kept on this machine",
    };
    let logo = el("svg")
        .class("logo")
        .attr("viewBox", "0 0 26 20")
        .attr("aria-hidden", "true")
        .child(el("path").attr("d", "M1 10h4.5M14.6 3.4a7 7 0 1 0 0 13.2"))
        .child(el("circle").attr("cx", "14").attr("cy", "10").attr("r", "3").class("dot"))
        .child(el("path").attr("d", "M17.5 10H25").class("wire"));
    div("left")
        .child(div("brand").child(logo).child(el("h1").text("Sockpit")))
        .child(span("rule hide-s", ""))
        .child(span("title", title))
        .child(span("muted origin hide-m", origin))
}

fn actions(state: &State) -> Element {
    let active = state.any_active();
    // A narrow window has it in the strip about pace.
    let wide = !state.screen.narrow;
    let run = button("pri", Some("play"), "Run all")
        .attr("data-action", "run-all")
        .attr("title", "Run all programs in order (Ctrl Enter)")
        .flag("disabled", !state.can_run())
        .child(el("kbd").attr("aria-hidden", "true").class("hide-s").text("Ctrl ⏎"))
        .on("click", Event::RunAll);
    let again = state.programs.iter().any(|program| program.interrupted);
    let (label, title) = if again {
        ("Stop all now", "End what was interrupted and goes on (Ctrl .)")
    } else {
        ("Stop all", "Stop all programs: KeyboardInterrupt, as Ctrl-C (Ctrl .)")
    };
    let stop = button("stop-all", Some("stop"), label)
        .attr("data-action", "stop-all")
        .attr("title", title)
        .flag("disabled", !active)
        .on("click", Event::StopAll);
    div("middle").child(run).option(wide.then(|| pace::switch(state))).child(stop)
}

fn tools(state: &State) -> Element {
    let theme = match state.screen.theme {
        Theme::System => "Theme: as the system (Alt L)",
        Theme::Light => "Theme: light (Alt L)",
        Theme::Dark => "Theme: dark (Alt L)",
    };
    if state.host.surroundings.embedded {
        let open = button("quiet", Some("out"), "Open in a tab")
            .attr("data-action", "open-tab")
            .attr("title", "Open this session in a tab of its own")
            .on("click", Event::OpenTab);
        return div("right").child(connection(state)).child(open);
    }
    div("right")
        .option(room::chip(state))
        .child(connection(state))
        .child(span("rule hide-m", ""))
        .child(
            button("quiet", Some("grid"), "Examples")
                .attr("data-action", "examples")
                .attr("title", "Examples (Ctrl O)")
                .on("click", Event::OpenDialog(Dialog::Examples)),
        )
        .child(
            button("quiet", Some("book"), "Reference")
                .attr("data-action", "reference")
                .attr("title", "Reference (F1)")
                .on("click", Event::OpenDialog(Dialog::Reference)),
        )
        .child(
            button("quiet", Some("share"), "Share")
                .attr("data-action", "share")
                .attr("title", "Share by link (Ctrl S)")
                .on("click", Event::Share),
        )
        .child(icon_button("quiet hide-s", "theme", theme).on("click", Event::NextTheme))
        .child(
            icon_button("quiet hide-s", "help", "Keyboard shortcuts (?)")
                .attr("data-action", "keys")
                .on("click", Event::OpenDialog(Dialog::Keys)),
        )
}

fn connection(state: &State) -> Element {
    let (word, sentence) = words::connection(state);
    let (class, icon_name) = match &state.host.link {
        Some(LinkState::Open(_)) if state.host.surroundings.isolated => ("good", "house"),
        None | Some(LinkState::Connecting) if state.can_run() => ("", "house"),
        _ => ("bad", "x"),
    };
    el("button")
        .class(format!("chip host {class}"))
        .attr("type", "button")
        .attr("data-action", "reach")
        .attr("title", format!("{sentence} What programs reach …"))
        .child(icon(icon_name))
        .child(span("label", word))
        .child(span("vh", format!(". {sentence}")).attr("role", "status"))
        .on("click", Event::OpenDialog(Dialog::Reach))
}
