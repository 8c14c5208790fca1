//! The tour: its offer, and its card beside the part of the page that it lights up.

use crate::page::event::{Event, Learn};
use crate::page::node::{Element, div, el, span};
use crate::page::state::State;
use crate::page::tour::{STEPS, Step, Tour};

use super::{button, icon_button};

/// Returns what the tour lights up.
pub(super) fn part(state: &State) -> &'static str {
    step(state).map_or("", |(_, step)| step.part)
}

fn step(state: &State) -> Option<(usize, &'static Step)> {
    let Tour::At(at) = state.learn.tour else { return None };
    STEPS.get(at).map(|step| (at, step))
}

/// Makes the tour's card. It covers nothing that it speaks of, and takes nothing away: the page
/// stays usable all the while.
pub(super) fn card(state: &State) -> Option<Element> {
    if state.screen.dialog.is_some() {
        return None;
    }
    match state.learn.tour {
        Tour::Off => None,
        Tour::Offered => Some(offer()),
        Tour::At(_) => step(state).map(|(at, step)| shown(at, step)),
    }
}

fn frame(label: &'static str) -> Element {
    el("aside").class("tour").key("tour").attr("aria-label", label)
}

fn end(label: &'static str) -> Element {
    button("s quiet", None, label)
        .attr("data-action", "tour-end")
        .on("click", Event::Learn(Learn::TourEnd))
}

fn offer() -> Element {
    let start = button("s pri", None, "Show me around")
        .attr("data-action", "tour-start")
        .on("click", Event::Learn(Learn::TourStart));
    frame("Tour offer")
        .attr("data-part", "offer")
        .child(el("h2").text("New here?"))
        .child(el("p").text("A tour of six stops, one minute. Or press Run all and look."))
        .child(div("acts").child(start).child(end("No, thanks")))
}

fn shown(at: usize, step: &Step) -> Element {
    let go = |steps: i64| Event::Learn(Learn::TourBy(steps));
    let last = at + 1 == STEPS.len();
    let next = button("s pri", None, if last { "Done" } else { "Next" })
        .attr("data-action", "tour-next")
        .on("click", go(1));
    let back = (at > 0)
        .then(|| button("s", None, "Back").attr("data-action", "tour-back").on("click", go(-1)));
    let close = icon_button("s quiet", "x", "End the tour (Esc)")
        .attr("data-action", "tour-end")
        .on("click", Event::Learn(Learn::TourEnd));
    let text = div("text")
        .attr("role", "status")
        .child(el("h2").text(step.title))
        .child(el("p").text(step.text));
    frame("Tour")
        .attr("data-part", step.part)
        .child(text)
        .child(
            div("acts")
                .child(span("muted num", format!("{} of {}", at + 1, STEPS.len())))
                .child(span("sp", ""))
                .option(back)
                .child(next),
        )
        .child(close)
}
