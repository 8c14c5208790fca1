//! What is open and where the visitor looks.

use crate::page::event::{Effect, Focus};
use crate::page::sizes::Divider;
use crate::page::state::{Dialog, Offer, PaneTab, Place, State, Theme, Toast};
use crate::session::recording::CallNumber;
use crate::timeline::rows::Filter;

use super::look;

/// How long a sentence stays.
const TOAST_MS: f64 = 8_000.0;
/// How long a sentence about trouble stays.
const TROUBLE_MS: f64 = 30_000.0;
/// How long a sentence stays that offers something: time to read it, to find it, to press it.
const OFFER_MS: f64 = 25_000.0;

/// Says something to the visitor, for a while.
pub(super) fn toast(state: &mut State, text: impl Into<String>, bad: bool) {
    let until_ms = state.now_ms + if bad { TROUBLE_MS } else { TOAST_MS };
    state.screen.toast = Some(Toast { text: text.into(), bad, until_ms, offer: None });
}

/// Says something to the visitor, and offers to do something about it.
pub(super) fn offer(state: &mut State, text: impl Into<String>, offer: Offer) {
    let until_ms = state.now_ms + OFFER_MS;
    let offer = Some(offer);
    state.screen.toast = Some(Toast { text: text.into(), bad: false, until_ms, offer });
}

pub(super) fn divide(state: &mut State, divider: Divider, percent: f64, out: &mut Vec<Effect>) {
    state.screen.sizes.set(divider, percent);
    out.push(Effect::KeepSizes(state.screen.sizes.clone()));
}

pub(super) fn divide_by(state: &mut State, divider: Divider, by: f64, out: &mut Vec<Effect>) {
    let percent = state.screen.sizes.percent(divider, state.programs.len());
    divide(state, divider, percent + by, out);
}

pub(super) fn divide_reset(state: &mut State, divider: Divider, out: &mut Vec<Effect>) {
    state.screen.sizes.reset(divider);
    out.push(Effect::KeepSizes(state.screen.sizes.clone()));
}

pub(super) fn show_tab(state: &mut State, name: &str, tab: PaneTab, out: &mut Vec<Effect>) {
    let Some(program) = state.program_mut(name) else { return };
    program.tab = tab;
    if tab == PaneTab::Prompt {
        out.push(Effect::Focus(Focus::Prompt(program.id)));
    }
}

pub(super) fn clear_console(state: &mut State, name: &str) {
    let Some(program) = state.program_mut(name) else { return };
    match program.tab {
        PaneTab::Console => {
            program.console.clear();
            program.python2 = None;
        }
        PaneTab::Prompt => program.prompt.transcript.clear(),
    }
}

pub(super) fn jump(state: &mut State, name: &str, line: u32, out: &mut Vec<Effect>) {
    let lane = state.lane(name);
    let Some(program) = state.program_mut(name) else {
        toast(state, format!("There is no program called {name} on the page."), false);
        return;
    };
    let id = program.id;
    state.screen.place = Place::Programs;
    state.screen.pane = lane;
    out.push(Effect::Reveal { id, line });
    // On a phone the keyboard would cover what is to be seen.
    if !state.screen.narrow {
        out.push(Effect::Focus(Focus::Editor(id)));
    }
}

/// Shows a program where there is room for one, and leaves the keyboard where it is.
pub(super) fn show_pane(state: &mut State, pane: usize) {
    if pane < state.programs.len() {
        state.screen.pane = pane;
        state.screen.place = Place::Programs;
    }
}

pub(super) fn focus_pane(state: &mut State, pane: usize, out: &mut Vec<Effect>) {
    if let Some(program) = state.programs.get(pane) {
        out.push(Effect::Focus(Focus::Editor(program.id)));
        state.screen.pane = pane;
        state.screen.place = Place::Programs;
    }
}

pub(super) fn open_dialog(state: &mut State, dialog: Dialog, out: &mut Vec<Effect>) {
    super::learn::opening(state, &dialog, out);
    state.screen.dialog = Some(dialog);
    out.push(Effect::Focus(Focus::Dialog));
}

pub(super) fn close_dialog(state: &mut State, out: &mut Vec<Effect>) {
    if state.screen.dialog.take().is_some() {
        out.push(Effect::Focus(Focus::Back));
    }
}

pub(super) fn next_theme(state: &mut State, out: &mut Vec<Effect>) {
    state.screen.theme = match state.screen.theme {
        Theme::System => Theme::Light,
        Theme::Light => Theme::Dark,
        Theme::Dark => Theme::System,
    };
    out.push(Effect::KeepTheme(state.screen.theme));
}

pub(super) fn filter_text(state: &mut State, text: String) {
    let filter = Filter { text, ..state.calls.shown.filter().clone() };
    look::set_filter(state, filter);
}

/// Shows one program's calls, or all again when it is asked for a second time.
pub(super) fn filter_program(state: &mut State, name: String) {
    let mut filter = state.calls.shown.filter().clone();
    filter.program = if filter.program.as_ref() == Some(&name) { None } else { Some(name) };
    look::set_filter(state, filter);
}

pub(super) fn follow(state: &mut State, out: &mut Vec<Effect>) {
    state.screen.follow = !state.screen.follow;
    if state.screen.follow {
        scroll_to_end(state, out);
    }
}

/// Keeps the newest call in sight.
pub(super) fn scroll_to_end(state: &mut State, out: &mut Vec<Effect>) {
    let end = (look::height(state) - state.screen.scroll_height).max(0.0);
    if (state.screen.scroll_top - end).abs() > 0.5 {
        state.screen.scroll_top = end;
        out.push(Effect::Scroll(end));
    }
}

pub(super) fn scrolled(state: &mut State, top: f64, height: f64, out: &mut Vec<Effect>) {
    // A hidden timeline has no height; it is measured again when it is shown.
    if height < 1.0 {
        return;
    }
    let went_up = top + 1.0 < state.screen.scroll_told;
    let at_end = top + height + look::row_height(state) >= look::height(state);
    if went_up && !at_end {
        state.screen.follow = false;
    }
    let grew = state.screen.scroll_height != height;
    state.screen.scroll_told = top;
    state.screen.scroll_top = top;
    state.screen.scroll_height = height;
    if grew && state.screen.follow {
        scroll_to_end(state, out);
    }
}

pub(super) fn select(state: &mut State, number: CallNumber, out: &mut Vec<Effect>) {
    for program in &mut state.programs {
        program.marked_line = None;
    }
    state.calls.selected = Some(number);
    state.look.picked = None;
    state.look.copied = None;
    let site = state.calls.recording.find(number).and_then(|call| call.started.site.clone());
    let Some(site) = site else { return };
    if let Some(program) = state.program_mut(&site.file) {
        program.marked_line = Some(site.line);
        out.push(Effect::Reveal { id: program.id, line: site.line });
    }
}

pub(super) fn select_by(state: &mut State, rows: i64, out: &mut Vec<Effect>) {
    let numbers = state.calls.shown.numbers();
    if numbers.is_empty() {
        return;
    }
    let last = numbers.len() - 1;
    let now = state.calls.selected.and_then(|number| numbers.binary_search(&number).ok());
    let next = match now {
        Some(index) => index.saturating_add_signed(rows as isize).min(last),
        None if rows > 0 => 0,
        None => last,
    };
    let number = numbers[next];
    state.screen.follow = state.screen.follow && next == last;
    look::show_call(state, number, out);
    select(state, number, out);
}

pub(super) fn clear_calls(state: &mut State) {
    let calls = &mut state.calls;
    calls.recording.clear();
    calls.shown.clear();
    calls.sequence.clear();
    calls.origin_us = None;
    calls.selected = None;
    calls.failed = None;
    calls.waiting.clear();
    for program in &mut state.programs {
        program.marked_line = None;
    }
}
