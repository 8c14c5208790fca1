//! What an example teaches, above the programs: what it shows, where to look, what to try.

use crate::page::event::{Event, Learn};
use crate::page::examples::Lesson;
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::State;

use super::icon_button;

/// Makes the lesson of the example that is open.
pub(super) fn lesson(state: &State, lesson: &Lesson) -> Element {
    let folded = state.lesson_folded();
    let fold = icon_button(
        "s quiet",
        if folded { "unfold" } else { "fold" },
        if folded { "Show the lesson" } else { "Fold the lesson" },
    )
    .bool("aria-expanded", !folded)
    .attr("data-action", "fold-lesson")
    .on("click", Event::Learn(Learn::FoldLesson));
    let close = icon_button("s quiet", "x", "Close the lesson").on("click", Event::CloseNotes);
    let text = if folded { line(lesson) } else { columns(lesson) };
    div("banner lesson")
        .key("lesson")
        .attr("role", "note")
        .attr("aria-label", "About this example")
        .bool("data-folded", folded)
        .option(folded.then(|| icon("info")))
        .child(text)
        .child(div("acts").child(fold).child(close))
}

/// A line of it, where there is little room or the visitor wants the room.
fn line(lesson: &Lesson) -> Element {
    el("p")
        .key("line")
        .text(lesson.about.clone())
        .child(span("soft", format!(" {}", lesson.try_this)))
}

fn columns(lesson: &Lesson) -> Element {
    let column = |title: &'static str, text: &str| {
        div("lesson-part").child(el("h2").text(title)).child(el("p").text(text.to_owned()))
    };
    div("lesson-parts")
        .key("parts")
        .child(column("What it shows", &lesson.about))
        .child(column("What to look at", &lesson.look))
        .child(column("Try", &lesson.try_this))
}
