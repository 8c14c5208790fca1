//! What concerns the whole page: trouble, where the session came from, what an example teaches.

use crate::messages::LinkState;
use crate::page::event::Event;
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::{Origin, State};
use crate::page::update::{lesson_of, link};

use super::{button, icon_button, words};

/// Makes the strips under the top bar.
pub(super) fn banners(state: &State) -> Vec<Element> {
    let mut banners = Vec::new();
    if !state.host.surroundings.isolated {
        banners.push(not_isolated(state));
    }
    if let Some(trouble) = &state.host.trouble {
        let close = icon_button("s quiet", "x", "Dismiss").on("click", Event::DismissTrouble);
        banners.push(strip("trouble", "bad", trouble).attr("role", "alert").child(close));
    }
    if let Some(link @ (LinkState::Lost { .. } | LinkState::Closed(_))) = &state.host.link {
        let (_, sentence) = words::connection(state);
        let label =
            if matches!(link, LinkState::Lost { .. }) { "Try now" } else { "Connect again" };
        let again = button("s", Some("redo"), label).on("click", Event::Reconnect);
        banners.push(strip("link", "bad", &sentence).attr("role", "status").child(again));
    }
    banners.extend(lesson(state));
    banners
}

fn strip(key: &str, class: &str, text: &str) -> Element {
    let name = if class == "bad" { "x" } else { "info" };
    div(&format!("banner {class}")).key(key).child(icon(name)).child(el("p").text(text))
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
    let close = icon_button("s quiet", "x", "Close the notes").on("click", Event::CloseNotes);
    let strip = div("banner lesson").key("lesson").child(icon("info"));
    let text = match (&state.document.origin, lesson_of(state)) {
        (_, Some((summary, try_this))) => el("p")
            .text(format!("{summary} "))
            .child(span("try", "Try: ").text(""))
            .child(span("soft", try_this)),
        (Origin::Link, None) if !state.document.ran && !state.host.surroundings.embedded => {
            let sentence = "Opened from a link. Nothing runs until you press Run.";
            el("p").child(span("strong", sentence)).option(notes(state))
        }
        (_, None) => el("p").child(notes(state)?),
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
    div(if bad { "toast bad" } else { "toast" })
        .attr("role", "status")
        .attr("aria-live", "polite")
        .flag("hidden", toast.is_none())
        .child(el("p").text(toast.map(|toast| toast.text.clone()).unwrap_or_default()))
        .child(icon_button("s quiet", "x", "Dismiss").on("click", Event::DismissToast))
}
