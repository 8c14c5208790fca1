//! The reference: a list of cards, and the card that is shown.

use crate::page::event::{Event, Learn};
use crate::page::node::{Element, div, el, span};
use crate::page::reference::{Card, Chapter, Reference};
use crate::page::state::{Book, Shelf, State};

use super::{button, gallery};

/// Makes the reference's dialog.
pub(super) fn body(state: &State) -> Element {
    let body = div("body shelf ref")
        .bool("data-card", state.learn.card.is_some())
        .child(gallery::search(state, "Find a method, a constant, an error"));
    match &state.learn.reference {
        Shelf::Here(reference) => contents(state, reference, body),
        shelf => body.child(gallery::missing(shelf, Book::Reference)),
    }
}

fn contents(state: &State, reference: &Reference, body: Element) -> Element {
    let found = reference.search(&state.learn.search);
    let first = found.first().and_then(|(_, cards)| cards.first().copied());
    let chosen = state.learn.card.as_deref();
    let shown = chosen.and_then(|name| reference.find(name)).or(first);
    let unknown = chosen.filter(|name| reference.find(name).is_none());
    let chapters = found.iter().map(|(chapter, cards)| entries(chapter, cards, shown));
    let list = el("nav").class("index").key("index").attr("aria-label", "Names").children(chapters);
    let shown = match (unknown, shown) {
        (Some(name), _) => nothing(format!("There is no card for “{name}”.")),
        (None, None) => nothing(format!("No card mentions “{}”.", state.learn.search)),
        (None, Some(shown)) => card(shown, reference).key(shown.name.clone()),
    };
    body.child(list).child(shown)
}

fn nothing(text: String) -> Element {
    div("refcard").key("nothing").child(back()).child(el("p").class("nothing soft").text(text))
}

fn entries(chapter: &Chapter, cards: &[&Card], shown: Option<&Card>) -> Element {
    let entry = |card: &&Card| {
        let here = shown.is_some_and(|shown| shown.name == card.name);
        let entry = el("button")
            .attr("type", "button")
            .attr("data-card", card.name.clone())
            .child(el("code").text(card.name.clone()))
            .on("click", Event::Learn(Learn::Card(Some(card.name.clone()))));
        if here { entry.attr("aria-current", "true") } else { entry }
    };
    let title = el("h2").text(chapter.title.clone());
    el("section").key(chapter.title.clone()).child(title).children(cards.iter().map(entry))
}

/// Where there is room for one of the two, this goes from the card to the list.
fn back() -> Element {
    button("s quiet back", Some("left"), "All names").on("click", Event::Learn(Learn::Card(None)))
}

fn card(card: &Card, reference: &Reference) -> Element {
    let text = |class: &'static str, text: &str| {
        (!text.is_empty()).then(|| el("p").class(class).text(text.to_owned()))
    };
    let waits = (!card.waits.is_empty()).then(|| {
        div("fact").child(el("h3").text("When it waits")).child(el("p").text(card.waits.clone()))
    });
    el("article")
        .class("refcard")
        .attr("aria-labelledby", "card-title")
        .child(back())
        .child(el("h2").attr("id", "card-title").text(card.name.clone()))
        .child(el("pre").class("signature").child(el("code").text(card.signature.clone())))
        .option(text("lead", &card.summary))
        .option(text("more", &card.text))
        .option(pairs("values", "", &card.values))
        .option(waits)
        .option(pairs("errors", "Errors", &card.errors))
        .child(snippet(card))
        .option(neighbours(card, reference))
}

/// Makes a list of names and what they mean.
fn pairs(class: &'static str, title: &'static str, pairs: &[(String, String)]) -> Option<Element> {
    let pair = |(name, about): &(String, String)| {
        let name = el("dt").child(el("code").text(name.clone()));
        div("pair").child(name).child(el("dd").text(about.clone()))
    };
    let list = el("dl").class(class).children(pairs.iter().map(pair));
    let title = (!title.is_empty()).then(|| el("h3").text(title));
    (!pairs.is_empty()).then(|| div("fact").option(title).child(list))
}

fn snippet(card: &Card) -> Element {
    let open = button("s pri", Some("play"), "Open in the playground")
        .attr("data-action", "open-card")
        .on("click", Event::Learn(Learn::OpenCard(card.name.clone())));
    let code = |name: &'static str, code: &str| {
        let label = (!name.is_empty()).then(|| span("muted file", name));
        let code = el("pre")
            .attr("tabindex", "0")
            .attr("aria-label", "Program")
            .child(el("code").text(code.trim_end().to_owned()));
        div("program").option(label).child(code)
    };
    let programs = if card.server.is_empty() {
        vec![code("", &card.code)]
    } else {
        vec![code("server.py", &card.server), code("client.py", &card.code)]
    };
    let prints = (!card.prints.is_empty()).then(|| {
        div("program prints")
            .child(span("muted file", "prints"))
            .child(el("pre").child(el("code").text(card.prints.trim_end().to_owned())))
    });
    div("fact snippet")
        .child(div("snippet-head").child(el("h3").text("Example")).child(open))
        .children(programs)
        .option(prints)
}

fn neighbours(card: &Card, reference: &Reference) -> Option<Element> {
    let known = card.see.iter().filter(|name| reference.find(name).is_some());
    let link = |name: &String| {
        el("button")
            .class("btn s")
            .attr("type", "button")
            .child(el("code").text(name.clone()))
            .on("click", Event::Learn(Learn::Card(Some(name.clone()))))
    };
    let links: Vec<Element> = known.map(link).collect();
    (!links.is_empty()).then(|| div("see").child(span("muted", "See also")).children(links))
}
