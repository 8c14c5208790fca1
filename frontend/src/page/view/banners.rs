//! What concerns the whole page: trouble, where the session came from, what an example teaches.

use shared::frame::ClosingReason;

use crate::messages::{LinkState, StageTimes, TraceSummary};
use crate::page::event::Event;
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::{Offer, Origin, Saved, State};
use crate::page::update::link;

use super::{button, icon_button, lesson, limits, words};

/// Makes the strips under the top bar.
pub(super) fn banners(state: &State) -> Vec<Element> {
    let mut banners = Vec::new();
    if !state.can_run() {
        banners.push(not_isolated(state));
    }
    // What fails for want of the backend needs no strip of its own.
    if let Some(trouble) = state.host.trouble.as_ref().filter(|_| !state.host.was_lost) {
        let close = icon_button("s quiet", "x", "Dismiss").on("click", Event::DismissTrouble);
        banners.push(strip("trouble", "bad", trouble).attr("role", "alert").child(close));
    }
    banners.extend(link_state(state));
    banners.extend(limits::strip(state));
    if let Some(reason) = &state.host.bad_link {
        banners.push(bad_link(reason));
    }
    if let Some(bytes) = state.too_large() {
        banners.push(too_large(bytes));
    }
    if let Some(reason) = &state.host.not_kept {
        banners.push(not_kept(reason));
    }
    banners.extend(lesson(state));
    banners.extend(state.host.trace.as_ref().map(trace));
    banners
}

/// Shows where the time of calls goes.
fn trace(trace: &TraceSummary) -> Element {
    let stage = |times: &StageTimes| {
        div("stage")
            .child(el("dt").text(times.stage.title()))
            .child(el("dd").text(format!("{} µs", times.p50_us)))
            .child(el("dd").class("soft").text(format!("p99 {}", times.p99_us)))
    };
    let stages = el("dl").children(trace.stages.iter().map(stage));
    let calls = trace.calls;
    strip("trace", "", &format!("Where a call's time goes, the median of {calls} calls"))
        .child(stages)
}

fn strip(key: &'static str, class: &str, text: &str) -> Element {
    let name = if class == "bad" { "x" } else { "info" };
    div(&format!("banner {class}"))
        .key(key)
        .attr("data-banner", key)
        .child(icon(name))
        .child(el("p").text(text))
}

/// Says that the backend is away, and what is done about it.
fn link_state(state: &State) -> Option<Element> {
    let (_, sentence) = words::connection(state);
    let (label, wait) = match &state.host.link {
        Some(LinkState::Interrupted { .. }) => {
            let left = words::seconds_left(state);
            (Some("Try now"), Some(format!("Giving up in {left} s.")))
        }
        Some(LinkState::Lost { .. }) => {
            let left = words::seconds_left(state);
            (Some("Try now"), Some(format!("Trying again in {left} s.")))
        }
        Some(LinkState::Full { .. }) => {
            let left = words::seconds_left(state);
            (Some("Try now"), Some(format!("Trying again in {left} s.")))
        }
        Some(LinkState::Closed(_)) => (Some("Connect again"), None),
        Some(LinkState::Connecting) if state.host.was_lost => (None, None),
        _ => return None,
    };
    let again = label.map(|label| {
        button("s", Some("redo"), label)
            .attr("data-action", "reconnect")
            .on("click", Event::Reconnect)
    });
    // The seconds are for the eyes: read aloud, they would drown everything else.
    let wait = wait.map(|wait| span("num wait", wait).attr("aria-hidden", "true"));
    let live = el("p").attr("role", "status").text(sentence);
    let strip = div("banner bad").key("link").attr("data-banner", "link");
    let room = matches!(&state.host.link,
        Some(LinkState::Closed(closing)) if closing.reason == ClosingReason::Room);
    let ways = room.then(|| {
        [
            ("Start another room", "start-room", Event::StartRoom),
            ("Go on alone", "leave-room", Event::LeaveRoom),
        ]
        .map(|(label, action, event)| {
            button("s", None, label).attr("data-action", action).on("click", event)
        })
    });
    let ways = ways.into_iter().flatten();
    Some(strip.child(icon("x")).child(live).option(wait).children(ways).option(again))
}

fn bad_link(reason: &str) -> Element {
    let text = format!(
        "The link cannot be opened: {reason}. The page stays as it was. Ask for the link again, \
         or start from an example."
    );
    let examples = button("s", Some("grid"), "Examples")
        .on("click", Event::OpenDialog(crate::page::state::Dialog::Examples));
    let close = icon_button("s quiet", "x", "Dismiss").on("click", Event::DismissLink);
    strip("bad-link", "bad", &text).attr("role", "alert").child(examples).child(close)
}

fn too_large(bytes: usize) -> Element {
    let most = words::thousands(shared::session::TEXT_BYTES_MAX);
    let text = format!(
        "This session is too large: {} bytes of text, and {most} is the most. It runs, but it \
         is not kept and cannot be shared until it is shorter.",
        words::thousands(bytes)
    );
    let save = button("s", Some("down"), "Save the longest program")
        .attr("data-action", "save-longest")
        .on("click", Event::SaveLongest);
    strip("too-large", "bad", &text).attr("role", "alert").child(save)
}

fn not_kept(reason: &str) -> Element {
    let text = format!(
        "The browser does not keep what you write here ({reason}). It is lost with this tab, \
         unless you save it or share it."
    );
    let save = button("s", Some("down"), "Save the session")
        .attr("data-action", "save-kept")
        .on("click", Event::Save(Saved::Session));
    let close = icon_button("s quiet", "x", "Dismiss").on("click", Event::NotKept(None));
    strip("not-kept", "bad", &text).attr("role", "alert").child(save).child(close)
}

fn not_isolated(state: &State) -> Element {
    let text = if state.host.surroundings.framed {
        "Programs need shared memory, which this frame is not given. They run in a tab of their own."
    } else {
        "Programs need shared memory, which the browser does not give this page. Open it on \
         http://127.0.0.1 or over https, in a current browser."
    };
    let open = el("a")
        .class("btn s")
        .attr("href", link(state))
        .attr("target", "_blank")
        .attr("rel", "noopener")
        .attr("data-role", "open-tab")
        .text("Open in a new tab");
    strip("isolated", "bad", text).attr("role", "alert").child(open)
}

fn lesson(state: &State) -> Option<Element> {
    if state.document.notes_closed {
        return None;
    }
    if let Some(lesson) = &state.document.lesson {
        return Some(lesson::lesson(state, lesson));
    }
    let close = icon_button("s quiet", "x", "Close the notes").on("click", Event::CloseNotes);
    let strip = div("banner lesson").key("lesson").child(icon("info"));
    let from_link = state.document.origin == Origin::Link && !state.document.ran;
    let text = if from_link && !state.host.surroundings.embedded {
        let site = state.host.surroundings.came_from.as_deref();
        let site = site.map(|site| format!(" on {site}")).unwrap_or_default();
        let sentence = format!("Opened from a link{site}. Nothing runs until you press Run.");
        el("p").child(span("strong", sentence)).option(notes(state))
    } else {
        el("p").child(notes(state)?)
    };
    Some(strip.child(text).child(close))
}

fn notes(state: &State) -> Option<Element> {
    let notes = state.document.notes.trim();
    (!notes.is_empty()).then(|| span("notes", format!(" {notes}")))
}

/// Makes the place where a sentence appears for a while.
pub(super) fn toast(state: &State) -> Element {
    let toast = state.screen.toast.as_ref();
    let bad = toast.is_some_and(|toast| toast.bad);
    let offer = toast.and_then(|toast| toast.offer).map(|offer| match offer {
        Offer::Undo => {
            button("s", Some("undo"), "Undo").attr("data-action", "undo").on("click", Event::Undo)
        }
        Offer::RunAll => button("s", Some("play"), "Run all")
            .attr("data-action", "run-again")
            .on("click", Event::RunAll),
    });
    div(if bad { "toast bad" } else { "toast" })
        .attr("role", "status")
        .attr("aria-live", "polite")
        .flag("hidden", toast.is_none())
        .child(el("p").text(toast.map(|toast| toast.text.clone()).unwrap_or_default()))
        .option(offer.map(|offer| offer.key("offer")))
        .child(icon_button("s quiet", "x", "Dismiss").key("x").on("click", Event::DismissToast))
}
