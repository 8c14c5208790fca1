//! The gallery of examples.

use crate::page::event::{Event, Learn};
use crate::page::examples::{Example, Gallery, Group, LEVEL_MAX};
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::{Book, Origin, Shelf, State};

use super::{button, mark};

/// What the levels are called.
const LEVELS: [&str; LEVEL_MAX as usize] = ["First steps", "A step further", "In depth"];

/// Makes the gallery's dialog.
pub(super) fn body(state: &State) -> Element {
    let body =
        div("body shelf").child(search(state, "Find an example: a word, a method, an error"));
    match &state.learn.gallery {
        Shelf::Here(gallery) => {
            body.child(sidebar(state, gallery)).child(results(state, gallery).key("results"))
        }
        shelf => body.child(missing(shelf, Book::Examples)),
    }
}

/// Makes the field to search in; Enter opens what was found first.
pub(super) fn search(state: &State, label: &'static str) -> Element {
    let field = el("input")
        .attr("type", "search")
        .attr("data-role", "search")
        .attr("placeholder", label)
        .attr("aria-label", label)
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("value", state.learn.search.clone())
        .hear("input", |deed| Some(Event::Learn(Learn::Search(deed.value.clone()))))
        .hear("keydown", |deed| {
            let event = match deed.key.as_str() {
                "Enter" => Learn::OpenFound,
                "ArrowDown" => Learn::CardBy(1),
                "ArrowUp" => Learn::CardBy(-1),
                _ => return None,
            };
            Some(Event::Learn(event))
        });
    el("label").class("search").key("search").child(icon("search")).child(field)
}

/// Says that something is on its way, or why it is not.
pub(super) fn missing<T>(shelf: &Shelf<T>, book: Book) -> Element {
    let Shelf::Failed(error) = shelf else {
        return el("p").class("nothing soft").attr("role", "status").text("Loading…");
    };
    div("nothing")
        .attr("role", "alert")
        .child(el("p").text(format!("This could not be loaded: {error}.")))
        .child(button("s", Some("redo"), "Try again").on("click", Event::Learn(Learn::Want(book))))
}

fn sidebar(state: &State, gallery: &Gallery) -> Element {
    let entry = |name: &str, group: Option<&str>, count: usize| {
        let chosen = state.learn.group.as_deref() == group && state.learn.search.is_empty();
        el("button")
            .attr("type", "button")
            .bool("aria-pressed", chosen)
            .child(span("", name))
            .child(span("num muted", count.to_string()))
            .on("click", Event::Learn(Learn::Group(group.map(str::to_owned))))
    };
    let all = entry("All", None, gallery.all().count());
    let groups = gallery.groups.iter().map(|group| {
        let count = group.examples.len();
        entry(&group.name, Some(&group.name), count)
    });
    el("nav").class("groups").key("groups").attr("aria-label", "Groups").child(all).children(groups)
}

fn results(state: &State, gallery: &Gallery) -> Element {
    let wanted = |group: &Group| state.learn.group.as_ref().is_none_or(|name| *name == group.name);
    let found = gallery.search(&state.learn.search);
    let sections: Vec<Element> = found
        .into_iter()
        .filter(|(group, _)| wanted(group))
        .map(|(group, examples)| section(state, group, &examples))
        .collect();
    let nothing = sections.is_empty().then(|| {
        let text = format!("No example mentions “{}”.", state.learn.search);
        el("p").class("nothing soft").attr("role", "status").text(text)
    });
    let whole = state.learn.group.is_none() && state.learn.search.is_empty();
    div("results")
        .attr("tabindex", "-1")
        .children(sections)
        .option(nothing)
        .option((whole && !state.recent.is_empty()).then(|| yours(state)))
}

fn section(state: &State, group: &Group, examples: &[&Example]) -> Element {
    let head = div("group-head")
        .child(el("h2").text(group.name.clone()))
        .child(el("p").class("soft").text(group.about.clone()));
    let cards = examples.iter().map(|example| card(state, example));
    el("section").key(group.name.clone()).child(head).child(div("cards").children(cards))
}

fn card(state: &State, example: &Example) -> Element {
    let chip = |(lane, source): (usize, &crate::page::examples::Source)| {
        span("chip", "").child(mark(lane)).child(el("code").text(source.name.clone()))
    };
    let open = matches!(&state.document.origin, Origin::Example(id) if *id == example.id);
    el("button")
        .class("card")
        .key(example.id.clone())
        .attr("type", "button")
        .attr("data-example", example.id.clone())
        .bool("data-open", open)
        .child(
            div("card-head")
                .child(el("h3").text(example.title.clone()))
                .option(open.then(|| span("here", "on the page")))
                .child(level(example.level)),
        )
        .child(el("p").text(example.about.clone()))
        .child(el("p").class("try").child(el("b").text("Try: ")).text(example.try_this.clone()))
        .child(div("chips").children(example.programs.iter().enumerate().map(chip)))
        .on("click", Event::OpenExample(example.id.clone()))
}

/// Makes the dots that say how hard an example is.
fn level(level: u8) -> Element {
    let name = LEVELS[usize::from(level.clamp(1, LEVEL_MAX) - 1)];
    let dot = |at: u8| el("i").bool("data-on", at <= level);
    span("level", "")
        .attr("title", name)
        .children((1..=LEVEL_MAX).map(dot))
        .child(span("vh", format!("{name}. ")))
}

fn yours(state: &State) -> Element {
    let card = |(index, draft): (usize, &crate::page::drafts::Draft)| {
        let session = &draft.session;
        let names: Vec<&str> = session.programs.iter().map(|p| p.name.as_str()).collect();
        let title = if session.title.is_empty() { "Untitled" } else { &session.title };
        el("button")
            .class("card")
            .attr("type", "button")
            .child(el("h3").text(title))
            .child(el("p").text(names.join(", ")))
            .on("click", Event::OpenRecent(index))
    };
    let forget = button("s quiet", Some("trash"), "Forget these")
        .attr("data-action", "forget-recent")
        .on("click", Event::ForgetRecent);
    let about = "What you had on the page before, on this machine only.";
    let head = div("group-head")
        .child(el("h2").text("Yours"))
        .child(el("p").class("soft").text(about))
        .child(span("sp", ""))
        .child(forget);
    let cards = div("cards").children(state.recent.iter().enumerate().map(card));
    el("section").key("yours").child(head).child(cards)
}
