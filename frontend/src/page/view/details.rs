//! What is known of the selected call, and why a failed one failed.

use shared::limit::LimitName;

use crate::page::event::Event;
use crate::page::node::{Element, div, el, span};
use crate::page::state::State;
use crate::session::recording::Recorded;
use crate::timeline::explain::{Card, explain};
use crate::timeline::format;
use crate::timeline::rows::{failure, row};

use super::{mark, room};

/// Makes the strip below the list. Where nothing is selected, the newest error explains itself.
pub(super) fn details(state: &State) -> Element {
    let calls = &state.calls;
    let strip = div("details").key("details").attr("aria-live", "polite");
    let number = calls.selected.or(calls.failed);
    let Some(call) = number.and_then(|number| calls.recording.find(number)) else {
        return strip.children(missing(state));
    };
    let card = failure(call).map(|failure| explain(call, failure, &calls.sockets.listeners()));
    let limit = failure(call).and_then(|failure| failure.limit).map(LimitName::name);
    let card = card.as_ref().map(|card| card_of(card).maybe("data-limit", limit));
    strip.child(head(state, call)).option(card).children(missing(state))
}

/// Says what the timeline lacks.
fn missing(state: &State) -> impl Iterator<Item = Element> {
    let sentences = [state.calls.recording.forgotten(), room::gaps(state)];
    sentences.into_iter().flatten().map(|text| span("sys", text))
}

fn head(state: &State, call: &Recorded) -> Element {
    let now_us = (state.now_ms.max(0.0) * 1000.0) as u64;
    let row = row(call, 0, now_us);
    let lane = state.lane(&row.program);
    let others = state.together.is_others(&row.program);
    let site = call.started.site.as_ref().map(|site| {
        if others {
            // Its code is not on this page.
            return span("soft", format!("line {}", site.line));
        }
        el("button")
            .class("link")
            .attr("type", "button")
            .text(format!("{}, line {}", site.file, site.line))
            .on("click", Event::Jump { program: site.file.clone(), line: site.line })
    });
    let socket = call.started.call.socket().map(|socket| span("soft", format!("fd {}", socket.0)));
    let host = call.ended.as_ref().map(|ended| {
        let (whole, host) = (format::duration(row.duration_us), format::duration(ended.host_us));
        span("soft num", format!("{whole}, of which {host} on the host"))
    });
    div("about")
        .child(mark(lane))
        .child(el("code").text(row.call))
        .option(site)
        .option(socket)
        .option(host)
}

fn card_of(card: &Card) -> Element {
    div("why")
        .attr("data-role", "explanation")
        .child(
            el("h3")
                .child(span("", "✕").attr("aria-hidden", "true"))
                .child(span("", card.title.clone()))
                .child(el("code").text(card.code.clone())),
        )
        .child(el("p").text(format!("{} {}", card.fact, card.advice)))
        .option(card.here.as_ref().map(|here| el("p").class("here").text(here.clone())))
}
