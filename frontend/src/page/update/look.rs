//! How the visitor looks at the timeline, the bytes and the sockets.

use crate::page::event::Effect;
use crate::page::lanes::{self, ROWS_BELOW};
use crate::page::look::{Form, LookEvent, ROW_PIXELS, ROW_PIXELS_MAX, ROW_PIXELS_MIN, Spelling};
use crate::page::state::{Copied, State};
use crate::page::view::calls::ROW_HEIGHT;
use crate::session::recording::CallNumber;
use crate::session::shown::Over;
use crate::timeline::format;
use crate::timeline::rows::Filter;

use super::screen;

pub(super) fn update(state: &mut State, event: LookEvent, out: &mut Vec<Effect>) {
    match event {
        LookEvent::Form(form) => form_changed(state, form, out),
        LookEvent::Zoom { factor, at } => zoom(state, state.look.row * factor, at, out),
        LookEvent::ZoomReset => zoom(state, ROW_PIXELS, 0.0, out),
        LookEvent::Measured { width } => state.look.width = width,
        LookEvent::ScrolledAcross(left) => state.look.left = left,
        LookEvent::Moment(part) => moment(state, part, out),
        LookEvent::SelectAcross(lanes) => select_across(state, lanes, out),
        LookEvent::Socket(key) => {
            let mut filter = state.calls.shown.filter().clone();
            filter.socket = if filter.socket.as_ref() == Some(&key) { None } else { Some(key) };
            set_filter(state, filter);
        }
        LookEvent::ClearFilter => set_filter(state, Filter::default()),
        LookEvent::Bytes(tab) => {
            state.look.bytes = tab;
            state.look.picked = None;
        }
        LookEvent::Picked(picked) => state.look.picked = picked,
        LookEvent::CopyBytes(spelling) => copy_bytes(state, spelling, out),
        LookEvent::CopyText { text, place } => {
            out.push(Effect::Copy { what: Copied::Place(place), text });
        }
        LookEvent::WhyToggle => state.look.why_open = !state.look.why_open,
    }
}

/// Returns how high a row of the timeline is.
pub(super) fn row_height(state: &State) -> f64 {
    match state.look.form {
        Form::Diagram => state.look.row,
        Form::Calls => ROW_HEIGHT,
    }
}

/// Returns how high all of the timeline is.
pub(super) fn height(state: &State) -> f64 {
    let rows = match state.look.form {
        Form::Diagram if state.calls.sequence.is_empty() => 0,
        Form::Diagram => state.calls.sequence.len() + ROWS_BELOW,
        Form::Calls => state.calls.shown.numbers().len(),
    };
    rows as f64 * row_height(state)
}

/// Scrolls so that a call is in sight.
pub(super) fn show_call(state: &mut State, number: CallNumber, out: &mut Vec<Effect>) {
    let row = match state.look.form {
        Form::Diagram => state.calls.sequence.place(number).map(|place| place.start as usize),
        Form::Calls => state.calls.shown.numbers().binary_search(&number).ok(),
    };
    let Some(row) = row else { return };
    let top = row as f64 * row_height(state);
    let bottom = top + row_height(state) - state.screen.scroll_height;
    let seen = state.screen.scroll_top.clamp(bottom.min(top), top);
    scroll_to(state, seen, out);
}

pub(super) fn set_filter(state: &mut State, filter: Filter) {
    let calls = &mut state.calls;
    calls.shown.set_filter(filter, &calls.recording);
    calls.sequence.refilter(&calls.recording, calls.shown.filter(), calls.shown.numbers());
}

/// A program ended: its lane does, too.
pub(super) fn program_ended(state: &mut State, over: &Over) {
    let Over { program, at_us, words, bad, by_itself: _ } = over;
    state.calls.sequence.end_program(program, *at_us, words.clone(), *bad);
}

fn form_changed(state: &mut State, form: Form, out: &mut Vec<Effect>) {
    state.look.form = form;
    match state.calls.selected {
        _ if state.screen.follow => screen::scroll_to_end(state, out),
        Some(number) => show_call(state, number, out),
        None => scroll_to(state, 0.0, out),
    }
}

fn zoom(state: &mut State, row: f64, at: f64, out: &mut Vec<Effect>) {
    if state.look.form != Form::Diagram {
        return;
    }
    let row = row.clamp(ROW_PIXELS_MIN, ROW_PIXELS_MAX);
    let fixed = (state.screen.scroll_top + at) / state.look.row;
    state.look.row = row;
    if state.screen.follow {
        screen::scroll_to_end(state, out);
    } else {
        scroll_to(state, fixed * row - at, out);
    }
}

fn moment(state: &mut State, part: f64, out: &mut Vec<Effect>) {
    let strip = state.calls.sequence.strip();
    let Some(origin_us) = strip.origin_us() else { return };
    let whole_us = lanes::strip_us(state) as f64;
    let at_us = origin_us + (part.clamp(0.0, 1.0) * whole_us) as u64;
    state.screen.follow = false;
    let top = match state.look.form {
        Form::Diagram => state.calls.sequence.slot_at(at_us) as f64,
        Form::Calls => {
            let began_before = |number: &CallNumber| {
                let call = state.calls.recording.find(*number);
                call.is_some_and(|call| call.started.at_us < at_us)
            };
            state.calls.shown.numbers().partition_point(began_before) as f64
        }
    };
    let middle = top * row_height(state) - state.screen.scroll_height / 2.0;
    scroll_to(state, middle, out);
}

/// Selects the call nearest to the selected one among those of the next lane that has any.
fn select_across(state: &mut State, lanes: i64, out: &mut Vec<Effect>) {
    let Some(number) = state.calls.selected else { return screen::select_by(state, 1, out) };
    let sequence = &state.calls.sequence;
    let Some(place) = sequence.place(number).copied() else { return };
    let order = lanes::order(state);
    let Some(here) = order.iter().position(|lane| *lane == place.lane as usize) else { return };
    let numbers = state.calls.shown.numbers();
    let Ok(at) = numbers.binary_search(&number) else { return };
    let mut wanted = here as i64 + lanes;
    while let Some(lane) = usize::try_from(wanted).ok().and_then(|wanted| order.get(wanted)) {
        let in_lane = |number: &&CallNumber| {
            sequence.place(**number).is_some_and(|place| place.lane as usize == *lane)
        };
        let before = numbers[..at].iter().rev().find(in_lane);
        let after = numbers[at..].iter().find(in_lane);
        let far = |number: &CallNumber| {
            sequence.place(*number).map_or(u32::MAX, |there| there.start.abs_diff(place.start))
        };
        if let Some(nearest) = before.into_iter().chain(after).min_by_key(|number| far(number)) {
            let nearest = *nearest;
            show_call(state, nearest, out);
            return screen::select(state, nearest, out);
        }
        wanted += lanes;
    }
}

/// Copies what is selected of the bytes, or all of them.
fn copy_bytes(state: &State, spelling: Spelling, out: &mut Vec<Effect>) {
    let call = state.calls.selected.and_then(|number| state.calls.recording.find(number));
    let Some(call) = call else { return };
    let picked = state.look.picked.as_ref();
    let sent = match picked {
        Some(picked) => picked.dump == "sent",
        None => call.received.total() == 0,
    };
    let kept = if sent { &call.sent.kept } else { &call.received.kept };
    let range = picked.map_or(0..kept.len(), |picked| {
        picked.start.min(kept.len())..picked.end.clamp(picked.start, kept.len().max(picked.start))
    });
    let Some(bytes) = kept.get(range) else { return };
    let (text, place) = match spelling {
        Spelling::Hex => {
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            (digits.join(" "), "hex")
        }
        Spelling::Text => (String::from_utf8_lossy(bytes).into_owned(), "text"),
        Spelling::Python => (format::literal(bytes), "python"),
    };
    out.push(Effect::Copy { what: Copied::Place(place), text });
}

fn scroll_to(state: &mut State, top: f64, out: &mut Vec<Effect>) {
    let most = (height(state) - state.screen.scroll_height).max(0.0);
    let top = top.clamp(0.0, most);
    if top != state.screen.scroll_top {
        state.screen.scroll_top = top;
        out.push(Effect::Scroll(top));
    }
}
