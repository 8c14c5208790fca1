//! The gallery, the reference, the lesson and the tour.

use std::rc::Rc;

use serde::de::DeserializeOwned;

use crate::page::event::{Effect, Focus, Learn};
use crate::page::examples::{self, Example};
use crate::page::state::{Book, Dialog, Origin, Shelf, State};
use crate::page::tour::{STEPS, Tour};

use super::{document, screen};

pub(super) fn take(state: &mut State, event: Learn, out: &mut Vec<Effect>) {
    match event {
        Learn::Loaded(book, text) => loaded(state, book, text, out),
        Learn::Want(book) => want(state, book, out),
        Learn::Search(words) => search(state, words),
        Learn::OpenFound => open_found(state, out),
        Learn::Group(group) => state.learn.group = group,
        Learn::Card(name) => show_card(state, name, out),
        Learn::CardBy(places) => card_by(state, places, out),
        Learn::OpenCard(name) => open_card(state, &name, out),
        Learn::FoldLesson => state.learn.folded = Some(!state.lesson_folded()),
        Learn::TourStart => tour_start(state, out),
        Learn::TourBy(steps) => tour_by(state, steps, out),
        Learn::TourEnd => tour_end(state, out),
    }
}

/// A dialog is about to open: has loaded what it shows.
pub(super) fn opening(state: &mut State, dialog: &Dialog, out: &mut Vec<Effect>) {
    match dialog {
        Dialog::Examples => want(state, Book::Examples, out),
        Dialog::Reference => want(state, Book::Reference, out),
        _ => return,
    }
    state.learn.search.clear();
    state.learn.group = None;
}

/// Loads a book, unless it is here or on its way.
fn want(state: &mut State, book: Book, out: &mut Vec<Effect>) {
    fn ask<T>(shelf: &mut Shelf<T>) -> bool {
        let asks = matches!(shelf, Shelf::Unread | Shelf::Failed(_));
        if asks {
            *shelf = Shelf::Coming;
        }
        asks
    }
    let asks = match book {
        Book::Examples => ask(&mut state.learn.gallery),
        Book::Reference => ask(&mut state.learn.reference),
    };
    if asks {
        out.push(Effect::FetchBook(book));
    }
}

fn loaded(state: &mut State, book: Book, text: Result<String, String>, out: &mut Vec<Effect>) {
    match book {
        Book::Examples => state.learn.gallery = read(text),
        Book::Reference => state.learn.reference = read(text),
    }
    if let Some(id) = state.learn.wanted.take_if(|_| book == Book::Examples) {
        put_example(state, id, out);
    }
}

fn read<T: DeserializeOwned>(text: Result<String, String>) -> Shelf<T> {
    let read = |text: String| shared::json::read(&text).map_err(|error| error.to_string());
    match text.and_then(read) {
        Ok(content) => Shelf::Here(Rc::new(content)),
        Err(error) => Shelf::Failed(error),
    }
}

/// The visitor chose an example.
pub(super) fn open_example(state: &mut State, id: &str, out: &mut Vec<Effect>) {
    want_example(state, id.to_owned(), out);
}

/// Puts an example on the page, now or when the gallery is there.
pub(super) fn want_example(state: &mut State, id: String, out: &mut Vec<Effect>) {
    let first = examples::first();
    if id == first.id {
        return put(state, &first, out);
    }
    if state.learn.gallery.get().is_some() {
        return put_example(state, id, out);
    }
    state.learn.wanted = Some(id);
    want(state, Book::Examples, out);
}

fn put_example(state: &mut State, id: String, out: &mut Vec<Effect>) {
    let text = match &state.learn.gallery {
        Shelf::Here(gallery) => {
            let gallery = Rc::clone(gallery);
            if let Some(example) = gallery.find(&id) {
                return put(state, example, out);
            }
            format!("There is no example called {id:?}.")
        }
        Shelf::Failed(error) => format!("The examples could not be loaded: {error}."),
        Shelf::Unread | Shelf::Coming => return,
    };
    screen::toast(state, text, true);
}

fn put(state: &mut State, example: &Example, out: &mut Vec<Effect>) {
    let origin = Origin::Example(example.id.clone());
    document::load(state, example.session(), origin, out);
    state.document.lesson = Some(example.lesson());
    document::show_fragment(state, out);
}

fn search(state: &mut State, words: String) {
    state.learn.search = words;
    state.learn.group = None;
    state.learn.card = None;
}

/// Opens what a search found first.
fn open_found(state: &mut State, out: &mut Vec<Effect>) {
    if state.screen.dialog == Some(Dialog::Reference) {
        return card_by(state, 0, out);
    }
    let found = state.learn.gallery.get().and_then(|gallery| {
        let groups = gallery.search(&state.learn.search);
        groups.first().and_then(|(_, examples)| examples.first().map(|e| e.id.clone()))
    });
    if let Some(id) = found {
        open_example(state, &id, out);
    }
}

/// Shows a card, or the list of all of them.
pub(super) fn show_card(state: &mut State, name: Option<String>, out: &mut Vec<Effect>) {
    if state.screen.dialog != Some(Dialog::Reference) {
        screen::open_dialog(state, Dialog::Reference, out);
    }
    state.learn.card = name;
}

fn card_by(state: &mut State, places: i64, out: &mut Vec<Effect>) {
    let Some(reference) = state.learn.reference.get() else { return };
    let found = reference.search(&state.learn.search);
    let names: Vec<&str> =
        found.iter().flat_map(|(_, cards)| cards.iter().map(|card| card.name.as_str())).collect();
    let shown = state.learn.card.as_deref();
    let at = shown.and_then(|shown| names.iter().position(|name| *name == shown)).unwrap_or(0);
    let last = names.len().saturating_sub(1);
    let next = at.saturating_add_signed(places as isize).min(last);
    if let Some(name) = names.get(next).map(|name| (*name).to_owned()) {
        show_card(state, Some(name), out);
    }
}

fn open_card(state: &mut State, name: &str, out: &mut Vec<Effect>) {
    let Some(reference) = state.learn.reference.get() else { return };
    let Some(session) = reference.find(name).map(|card| card.session()) else { return };
    document::load(state, session, Origin::Card(name.to_owned()), out);
    document::show_fragment(state, out);
}

/// Offers the tour on a first visit, and never over something that somebody asked for.
pub(super) fn offer_tour(state: &mut State, fragment: &str) {
    let around = &state.host.surroundings;
    let asked = !fragment.trim_start_matches('#').is_empty();
    let strange = around.embedded || around.framed || !around.isolated;
    if !around.tour_seen && !asked && !strange && !state.document.edited {
        state.learn.tour = Tour::Offered;
    }
}

/// The visitor has begun without the tour: its offer is in the way now, and it is found again
/// under `?`.
pub(super) fn withdraw_offer(state: &mut State) {
    if state.learn.tour == Tour::Offered {
        state.learn.tour = Tour::Off;
    }
}

fn tour_start(state: &mut State, out: &mut Vec<Effect>) {
    screen::close_dialog(state, out);
    state.host.surroundings.tour_seen = true;
    out.push(Effect::KeepTourSeen);
    go_to(state, 0, out);
}

fn tour_by(state: &mut State, steps: i64, out: &mut Vec<Effect>) {
    let Tour::At(at) = state.learn.tour else { return };
    match at.saturating_add_signed(steps as isize) {
        next if next < STEPS.len() => go_to(state, next, out),
        _ => tour_end(state, out),
    }
}

fn go_to(state: &mut State, step: usize, out: &mut Vec<Effect>) {
    state.learn.tour = Tour::At(step);
    state.screen.place = STEPS[step].place;
    out.push(Effect::Focus(Focus::Tour));
}

fn tour_end(state: &mut State, out: &mut Vec<Effect>) {
    state.learn.tour = Tour::Off;
    state.screen.place = Default::default();
    state.host.surroundings.tour_seen = true;
    out.push(Effect::KeepTourSeen);
}

impl State {
    /// Tells whether the lesson shows a line only.
    pub fn lesson_folded(&self) -> bool {
        self.learn.folded.unwrap_or(self.screen.narrow || self.host.surroundings.embedded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::event::Event;
    use crate::page::state::Surroundings;
    use crate::page::update::update;

    const EXAMPLES: &str = r#"{"groups": [{"name": "All", "about": "", "examples": [
        {"id": "one", "title": "One", "about": "It is one.", "look": "There.", "try": "Two?",
         "level": 1, "programs": [{"name": "main.py", "code": "pass"}]}]}]}"#;

    fn opened(fragment: &str, surroundings: Surroundings) -> (State, Vec<Effect>) {
        let mut state = State::default();
        let (theme, fragment) = (Default::default(), fragment.to_owned());
        let opened = Event::Opened { surroundings, theme, kept: None, fragment };
        let effects = update(&mut state, opened);
        (state, effects)
    }

    fn visitor() -> Surroundings {
        Surroundings { isolated: true, ..Surroundings::default() }
    }

    fn learn(state: &mut State, event: Learn) -> Vec<Effect> {
        update(state, Event::Learn(event))
    }

    #[test]
    fn a_link_to_an_example_loads_the_gallery_and_then_the_example() {
        let (mut state, effects) = opened("#example=one", visitor());
        assert!(effects.contains(&Effect::FetchBook(Book::Examples)));
        assert_eq!(state.learn.wanted.as_deref(), Some("one"));
        learn(&mut state, Learn::Loaded(Book::Examples, Ok(EXAMPLES.into())));
        assert_eq!(state.document.title, "One");
        assert_eq!(state.document.lesson.as_ref().unwrap().look, "There.");
        assert_eq!(state.learn.wanted, None);
    }

    #[test]
    fn what_cannot_be_loaded_is_said_and_can_be_asked_for_again() {
        let (mut state, _) = opened("#example=one", visitor());
        let title = state.document.title.clone();
        learn(&mut state, Learn::Loaded(Book::Examples, Err("the backend is gone".into())));
        assert!(state.screen.toast.as_ref().unwrap().text.contains("the backend is gone"));
        assert_eq!(state.document.title, title);
        let effects = update(&mut state, Event::OpenDialog(Dialog::Examples));
        assert!(effects.contains(&Effect::FetchBook(Book::Examples)));
        let again = learn(&mut state, Learn::Want(Book::Examples));
        assert!(again.is_empty(), "it is on its way");
    }

    #[test]
    fn an_example_that_is_not_there_leaves_the_page_as_it_was() {
        let (mut state, _) = opened("#example=two", visitor());
        let title = state.document.title.clone();
        learn(&mut state, Learn::Loaded(Book::Examples, Ok(EXAMPLES.into())));
        assert!(state.screen.toast.as_ref().unwrap().text.contains("\"two\""));
        assert_eq!(state.document.title, title);
    }

    #[test]
    fn a_link_to_a_card_opens_the_reference() {
        let (state, effects) = opened("#reference=recv", visitor());
        assert_eq!(state.screen.dialog, Some(Dialog::Reference));
        assert_eq!(state.learn.card.as_deref(), Some("recv"));
        assert!(effects.contains(&Effect::FetchBook(Book::Reference)));
    }

    #[test]
    fn the_tour_is_offered_once_and_only_to_a_new_visitor() {
        assert_eq!(opened("", visitor()).0.learn.tour, Tour::Offered);
        assert_eq!(opened("#example=one", visitor()).0.learn.tour, Tour::Off);
        for surroundings in [
            Surroundings { tour_seen: true, ..visitor() },
            Surroundings { embedded: true, ..visitor() },
            Surroundings { framed: true, ..visitor() },
        ] {
            assert_eq!(opened("", surroundings).0.learn.tour, Tour::Off);
        }
    }

    #[test]
    fn the_offer_of_the_tour_makes_way_for_a_run() {
        let (mut state, _) = opened("", visitor());
        update(&mut state, Event::RunAll);
        assert_eq!(state.learn.tour, Tour::Off);
    }

    #[test]
    fn the_tour_goes_on_back_and_to_its_end() {
        let (mut state, _) = opened("", visitor());
        let effects = learn(&mut state, Learn::TourStart);
        assert!(effects.contains(&Effect::KeepTourSeen));
        assert_eq!(state.learn.tour, Tour::At(0));
        learn(&mut state, Learn::TourBy(-1));
        assert_eq!(state.learn.tour, Tour::At(0));
        for _ in 0..STEPS.len() {
            learn(&mut state, Learn::TourBy(1));
        }
        assert_eq!(state.learn.tour, Tour::Off);
    }
}
