//! The timeline: what stands around the diagram and the list.

use crate::page::event::Event;
use crate::page::look::{Form, LookEvent};
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::State;
use crate::session::recording::CallNumber;

use super::words::{count, lane_class};
use super::{calls, details, diagram, icon_button, mark, strip, stuck};

/// Lanes that stand at their full distance; more stand closer together.
const LANES_WIDE_MAX: usize = 4;

/// Makes the timeline's panel.
pub(super) fn panel(state: &State) -> Element {
    let section = el("section")
        .class("tl")
        .key("timeline")
        .attr("aria-label", "Timeline")
        .bool("data-crowded", state.programs.len() > LANES_WIDE_MAX)
        .attr("data-form", if state.look.form == Form::Diagram { "diagram" } else { "calls" })
        .child(bar(state))
        .child(strip::strip(state));
    let section = match state.look.form {
        Form::Diagram => section.child(diagram::heads(state)).child(diagram::diagram(state)),
        Form::Calls => section.child(lanes(state)).child(calls::list(state)),
    };
    section.child(stuck::account(state)).child(details::details(state))
}

fn bar(state: &State) -> Element {
    let calls = &state.calls;
    let (all, shown) = (calls.recording.len(), calls.shown.numbers().len());
    let open = calls.shown.filter().is_open();
    let words = if open {
        count(all, "call", "calls")
    } else {
        format!("{shown} of {}", count(all, "call", "calls"))
    };
    let socket = calls.shown.filter().socket.as_ref().map(|key| {
        el("button")
            .class("btn s only")
            .attr("type", "button")
            .attr("title", "Show every call again")
            .child(span("", format!("{} fd {}", key.program, key.fd.0)))
            .child(icon("x"))
            .on("click", Event::Look(LookEvent::ClearFilter))
    });
    let clear = icon_button("s quiet", "trash", "Clear the timeline")
        .attr("data-action", "clear-timeline")
        .flag("disabled", all == 0)
        .on("click", Event::ClearCalls);
    let follow = el("button")
        .class("btn s")
        .attr("type", "button")
        .attr("data-action", "follow")
        .attr("title", "Follow the newest call (.)")
        .bool("aria-pressed", state.screen.follow)
        .child(icon("down"))
        .child(span("label", "Follow"))
        .on("click", Event::FollowToggle);
    div("bar")
        .child(el("h2").text("Timeline"))
        .child(span("muted num count", words))
        .child(span("sp", ""))
        .option(socket)
        .child(filter(state))
        .child(forms(state))
        .children(zooms(state))
        .child(super::replay::launcher(state))
        .child(clear)
        .child(follow)
}

fn filter(state: &State) -> Element {
    el("label")
        .class("filter")
        .attr("title", "Filter by words (F): a call, a program, a port, fd 4, error")
        .child(icon("filter"))
        .child(span("vh", "Filter the calls"))
        .child(
            el("input")
                .attr("type", "search")
                .attr("placeholder", "Filter")
                .attr("data-role", "filter")
                .attr("autocomplete", "off")
                .attr("spellcheck", "false")
                .attr("value", state.calls.shown.filter().text.clone())
                .hear("input", |deed| Some(Event::FilterText(deed.value.clone()))),
        )
}

fn forms(state: &State) -> Element {
    let form = |form: Form, name: &str, label: &str, action: &str| {
        icon_button("s", name, label)
            .attr("data-action", action)
            .bool("aria-pressed", state.look.form == form)
            .on("click", Event::Look(LookEvent::Form(form)))
    };
    div("seg")
        .attr("role", "group")
        .attr("aria-label", "Show the calls as")
        .child(form(Form::Diagram, "seq", "Diagram", "show-diagram"))
        .child(form(Form::Calls, "list", "List of calls", "show-calls"))
}

fn zooms(state: &State) -> Vec<Element> {
    if state.look.form != Form::Diagram || state.screen.narrow {
        return Vec::new();
    }
    let zoom = |name: &str, label: &str, factor: f64, action: &str| {
        icon_button("s quiet zoom", name, label)
            .attr("data-action", action)
            .on("click", Event::Look(LookEvent::Zoom { factor, at: 0.0 }))
    };
    vec![
        zoom("minus", "Smaller rows (−)", 0.8, "zoom-out"),
        zoom("plus", "Larger rows (+)", 1.25, "zoom-in"),
    ]
}

/// Makes the heads of the lanes; one of them alone can be shown.
fn lanes(state: &State) -> Element {
    let only = state.calls.shown.filter().program.as_ref();
    let head = |(lane, name): (usize, &String)| {
        el("button")
            .class(format!("lane {}", lane_class(lane)))
            .key(name.clone())
            .attr("type", "button")
            .attr("title", format!("Show only the calls of {name}"))
            .bool("aria-pressed", only == Some(name))
            .child(mark(lane))
            .child(span("", name.clone()))
            .on("click", Event::FilterProgram(name.clone()))
    };
    let own = state.programs.iter().map(|program| &program.name);
    let names = own.chain(&state.together.programs);
    div("lanes")
        .key("lanes")
        .child(el("small").class("time").text("time, s"))
        .children(names.enumerate().map(head))
}

/// Makes the part that scrolls, still empty. Both forms answer the same keys.
pub(super) fn rows_of(state: &State, active: Option<CallNumber>) -> Element {
    let diagram = state.look.form == Form::Diagram;
    let numbers = state.calls.shown.numbers();
    div("rows")
        .key(if diagram { "diagram" } else { "rows" })
        .attr("data-role", "timeline")
        // A list of choices without one is no list.
        .attr("role", if numbers.is_empty() { "group" } else { "listbox" })
        .attr("tabindex", "0")
        .attr("aria-label", "Socket calls")
        .maybe("aria-activedescendant", active.map(|number| format!("call-{number}")))
        .hear("scroll", |deed| Some(Event::Scrolled { top: deed.scroll_top, height: deed.height }))
        .hear("keydown", move |deed| key(&deed.key, deed.ctrl || deed.alt, diagram))
}

fn key(key: &str, with_others: bool, diagram: bool) -> Option<Event> {
    if with_others {
        return None;
    }
    let look = |event| Some(Event::Look(event));
    match key {
        "ArrowDown" => Some(Event::SelectBy(1)),
        "ArrowUp" => Some(Event::SelectBy(-1)),
        "PageDown" => Some(Event::SelectBy(15)),
        "PageUp" => Some(Event::SelectBy(-15)),
        "End" => Some(Event::SelectBy(i64::from(i32::MAX))),
        "Home" => Some(Event::SelectBy(i64::from(i32::MIN))),
        "ArrowLeft" if diagram => look(LookEvent::SelectAcross(-1)),
        "ArrowRight" if diagram => look(LookEvent::SelectAcross(1)),
        "+" | "=" if diagram => look(LookEvent::Zoom { factor: 1.25, at: 0.0 }),
        "-" if diagram => look(LookEvent::Zoom { factor: 0.8, at: 0.0 }),
        "0" if diagram => look(LookEvent::ZoomReset),
        "c" => look(LookEvent::Bytes(crate::page::look::BytesTab::Conversation)),
        _ => None,
    }
}

/// Says why there is nothing to see.
pub(super) fn empty(state: &State) -> Element {
    let text = if state.calls.recording.is_empty() {
        "Every socket call appears here as it happens: who made it, which call on the other side \
         it met, which bytes went across, how long it took. Press Run all."
    } else {
        "No call matches the filter."
    };
    el("p").class("empty").key("empty").text(text)
}
