//! The room: who is there, what this page shows the others, and what they show.

use std::collections::BTreeSet;
use std::ops::Range;

use shared::frame::RoomState;

use crate::messages::Command;
use crate::page::event::Effect;
use crate::page::state::State;
use crate::page::together::mixer::{HOLD_US, OWN, Piece};
use crate::page::together::{KNOWN_MAX, Other};
use crate::session::recording::{CallEnded, CallNumber, CallOutcome, CallStarted};
use crate::session::shown::{Item, Over, Shown};
use crate::timeline::rows;

use super::{kernel, limits, look, screen};

/// What stands where a program's calls end because nobody shows them any more.
const NO_LONGER_SHOWN: &str = "no longer shown";
/// Microseconds that something shown may lie back: older than that it stands at the beginning
/// of what is known, and does not stretch the whole time.
const BACK_US_MAX: u64 = 10_000_000;

/// Switches on or off that the room sees what programs here do.
pub(super) fn share(state: &mut State, sharing: bool, out: &mut Vec<Effect>) {
    if sharing && (state.host.surroundings.framed || state.host.room.is_none()) {
        return;
    }
    state.together.wanted = sharing;
    if !sharing {
        state.together.outgoing.stop();
    }
    out.push(Effect::Post(Command::Share(sharing)));
}

/// The backend says who is in the room.
pub(super) fn room_changed(state: &mut State, room: &RoomState, out: &mut Vec<Effect>) {
    let before: BTreeSet<u32> =
        state.host.room.iter().flat_map(|room| &room.members).map(|member| member.id).collect();
    let others = || room.members.iter().filter(|member| member.id != room.you);
    let newcomers = others().any(|member| !before.contains(&member.id));
    let sharing: BTreeSet<u32> =
        others().filter(|member| member.sharing).map(|member| member.id).collect();
    for member in others().filter(|member| member.sharing) {
        let other = state.together.others.entry(member.id).or_default();
        if !std::mem::replace(&mut other.sharing, true) {
            other.name.clone_from(&member.name);
            let text = format!("{} shows the room what their programs do.", member.name);
            screen::toast(state, text, false);
        }
    }
    let ended =
        state.together.others.iter().filter(|(id, other)| other.sharing && !sharing.contains(id));
    let ended: Vec<u32> = ended.map(|(id, _)| *id).collect();
    for id in ended {
        close(state, id, out);
    }
    state.host.room = Some(room.clone());
    if newcomers {
        state.together.outgoing.retell(state.now_ms);
    }
    begin(state, out);
}

/// The clocks are compared.
pub(super) fn clock_told(state: &mut State, ahead_us: i64, out: &mut Vec<Effect>) {
    state.together.ahead_us = Some(ahead_us);
    begin(state, out);
}

/// The room is gone, with the session.
pub(super) fn room_lost(state: &mut State, out: &mut Vec<Effect>) {
    let others: Vec<u32> = state.together.others.keys().copied().collect();
    for id in others {
        close(state, id, out);
    }
    state.together.others.clear();
    state.together.ahead_us = None;
    state.together.outgoing.stop();
    state.together.ended |= std::mem::take(&mut state.together.wanted);
    state.host.room = None;
}

/// Tells whether the others in the room see what programs here do.
fn shows(state: &State) -> bool {
    let room = state.host.room.as_ref();
    let told = room.is_some_and(|room| {
        room.members.iter().any(|member| member.id == room.you && member.sharing)
    });
    state.together.wanted && told && state.together.ahead_us.is_some()
}

/// Begins to show, once everything is there for it: first what is open already.
fn begin(state: &mut State, out: &mut Vec<Effect>) {
    let shows = shows(state);
    let outgoing = &mut state.together.outgoing;
    if shows && !std::mem::replace(&mut outgoing.begun, true) {
        outgoing.retell_at_ms = Some(state.now_ms);
    }
    tell(state, out);
}

/// Sends what is to be shown.
pub(super) fn tell(state: &mut State, out: &mut Vec<Effect>) {
    if !state.together.outgoing.begun {
        return;
    }
    let now_ms = state.now_ms;
    let outgoing = &mut state.together.outgoing;
    let mut items = Vec::new();
    if outgoing.is_retold(now_ms) {
        items = outgoing.ledger_items();
    }
    items.append(&mut outgoing.pending);
    if items.is_empty() {
        return;
    }
    for (item, _) in &mut items {
        if let Some(at_us) = state.together.host_us(item.at_us()) {
            item.set_at_us(at_us);
        }
    }
    for message in state.together.outgoing.messages(items, now_ms) {
        let (show, payload) = (message.show, message.payload);
        out.push(Effect::Post(Command::Show { show, payload }));
    }
}

/// A call of this page began.
pub(super) fn started(
    state: &mut State,
    started: &CallStarted,
    payload: &[u8],
    out: &mut Vec<Effect>,
) {
    if state.host.room.is_some() {
        state.together.outgoing.ledger.begin(started);
    }
    let bytes = slice(payload, &started.bytes);
    let item = || Item::Started { call: started.clone(), sent: bytes.len() as u64 };
    if passes_on(state, item, bytes) {
        let number = state.together.mixer.begin_own(started.number);
        let started = CallStarted { number, ..started.clone() };
        kernel::call_started(&mut state.calls, &started, payload, out);
    }
}

/// A call of this page that is in several parts sends more.
pub(super) fn continued(
    state: &mut State,
    number: CallNumber,
    range: &Range<usize>,
    at_us: u64,
    payload: &[u8],
) {
    let bytes = slice(payload, range);
    let sent = bytes.len() as u64;
    let item = || Item::Continued { number, bytes: range.clone(), sent, at_us };
    if passes_on(state, item, bytes) {
        let number = state.together.mixer.own(number);
        state.calls.recording.proceed(number, range, payload);
    }
}

/// A call of this page ended.
pub(super) fn ended(state: &mut State, ended: &CallEnded, payload: &[u8], out: &mut Vec<Effect>) {
    if state.host.room.is_some() {
        state.together.outgoing.ledger.end(ended);
    }
    let bytes = slice(payload, &ended.bytes);
    let item = || Item::Ended { call: ended.clone(), received: bytes.len() as u64 };
    if passes_on(state, item, bytes) {
        let number = state.together.mixer.end_own(ended.number);
        end(state, &CallEnded { number, ..ended.clone() }, payload, out);
    }
}

/// A program of this page ended.
pub(super) fn over(state: &mut State, over: Over) {
    state.together.outgoing.ledger.end_program(&over.program);
    let item = || Item::Over(over.clone());
    if passes_on(state, item, &[]) {
        end_program(state, &over);
    }
}

/// Another session comes on the page, and what runs is ended.
pub(super) fn leave_session(state: &mut State, out: &mut Vec<Effect>) {
    let at_us = now_us(state);
    let active = state.programs.iter().filter(|program| program.is_active());
    let names: Vec<String> = active.map(|program| program.name.clone()).collect();
    for program in names {
        let words = "closed".to_owned();
        over(state, Over { program, at_us, words, bad: false, by_itself: false });
    }
    tell(state, out);
    release_all(state, out);
}

/// Shows the room what happened here. Returns whether it goes on at once; otherwise it waits
/// for what others show.
fn passes_on(state: &mut State, item: impl Fn() -> Item, bytes: &[u8]) -> bool {
    let together = &mut state.together;
    if together.outgoing.begun {
        together.outgoing.pending.push((item(), bytes.to_vec()));
    }
    if !together.others_share() && !together.mixer.waits() {
        return true;
    }
    let mut item = item();
    item.set_bytes(0..bytes.len());
    together.mixer.add(Piece { source: OWN, item, payload: bytes.to_vec() });
    false
}

/// Another visitor shows something.
pub(super) fn shown(state: &mut State, from: u32, lost: u64, show: &str, payload: &[u8]) {
    let now_us = now_us(state);
    let Some(other) = state.together.others.get_mut(&from).filter(|other| other.sharing) else {
        return;
    };
    let Ok(Shown { items, left_out }) = shared::json::read(show) else { return };
    other.gaps |= lost > 0 || left_out > 0;
    for item in items {
        let at_us = state.together.tab_us(item.at_us()).unwrap_or(now_us);
        let bytes = slice(payload, &item.bytes()).to_vec();
        let together = std::cell::RefCell::new(&mut state.together);
        let name = |program: &str| together.borrow_mut().name(from, program);
        let Some(mut item) = item.cleaned(name) else { continue };
        let together = together.into_inner();
        item.set_at_us(at_us.clamp(now_us.saturating_sub(BACK_US_MAX), now_us));
        item.set_bytes(0..bytes.len());
        let Some(other) = together.others.get_mut(&from) else { return };
        let is_news = match &item {
            Item::Started { call, .. } => {
                if !other.running.contains(&call.program) {
                    other.running.push(call.program.clone());
                }
                is_news(other, call.number)
            }
            Item::Over(over) => {
                other.running.retain(|program| *program != over.program);
                true
            }
            Item::Continued { .. } | Item::Ended { .. } => true,
        };
        if is_news {
            together.mixer.add(Piece { source: from, item, payload: bytes });
        }
    }
}

/// Tells whether a call was not shown before: newcomers are told what others know already.
fn is_news(other: &mut Other, number: CallNumber) -> bool {
    let news = number >= other.known_from && other.known.insert(number);
    while other.known.len() > KNOWN_MAX {
        if let Some(oldest) = other.known.pop_first() {
            other.known_from = oldest + 1;
        }
    }
    news
}

/// Lets go on what has waited long enough.
pub(super) fn release(state: &mut State, out: &mut Vec<Effect>) {
    let before_us = match state.together.others_share() {
        true => now_us(state).saturating_sub(HOLD_US),
        false => u64::MAX,
    };
    release_before(state, before_us, out);
}

/// Lets everything go on: what comes next is something new.
pub(super) fn release_all(state: &mut State, out: &mut Vec<Effect>) {
    release_before(state, u64::MAX, out);
}

fn release_before(state: &mut State, before_us: u64, out: &mut Vec<Effect>) {
    while let Some(Piece { item, payload, .. }) = state.together.mixer.next(before_us) {
        if state.replay.is_some() {
            // As with what happens here, nothing is added while a recording is replayed.
            continue;
        }
        let lack = item.total().saturating_sub(payload.len() as u64);
        match item {
            Item::Started { call, .. } => {
                kernel::call_started(&mut state.calls, &call, &payload, out);
                state.calls.recording.lack(call.number, [lack, 0]);
            }
            Item::Continued { number, bytes, .. } => {
                state.calls.recording.proceed(number, &bytes, &payload);
                state.calls.recording.lack(number, [lack, 0]);
            }
            Item::Ended { call, .. } => {
                end(state, &call, &payload, out);
                state.calls.recording.lack(call.number, [0, lack]);
            }
            Item::Over(over) => end_program(state, &over),
        }
    }
}

fn end(state: &mut State, ended: &CallEnded, payload: &[u8], out: &mut Vec<Effect>) {
    kernel::call_ended(&mut state.calls, ended, payload, out);
    if let Some(call) = state.calls.recording.find(ended.number) {
        state.summary.call_ended(call, state.now_ms);
        let own = !state.together.is_others(&call.started.program);
        if let Some(limit) = rows::failure(call).and_then(|failure| failure.limit).filter(|_| own) {
            limits::hit(state, limit);
        }
    }
}

fn end_program(state: &mut State, over: &Over) {
    state.calls.sockets.end_program(&over.program, over.by_itself);
    look::program_ended(state, over);
}

/// Another visitor shows nothing any more: their calls do not go on here.
fn close(state: &mut State, id: u32, out: &mut Vec<Effect>) {
    release_all(state, out);
    let at_us = now_us(state);
    let Some(other) = state.together.others.get_mut(&id) else { return };
    other.sharing = false;
    other.known.clear();
    other.known_from = 0;
    let running = std::mem::take(&mut other.running);
    for number in state.together.mixer.close(id) {
        let outcome = CallOutcome::Abandoned;
        end(state, &CallEnded { number, at_us, host_us: 0, outcome, bytes: 0..0 }, &[], out);
    }
    for program in running {
        let words = NO_LONGER_SHOWN.to_owned();
        end_program(state, &Over { program, at_us, words, bad: false, by_itself: false });
    }
}

fn now_us(state: &State) -> u64 {
    (state.now_ms.max(0.0) * 1000.0) as u64
}

/// Returns a range of a payload, or nothing where the range lies outside of it.
fn slice<'a>(payload: &'a [u8], range: &Range<usize>) -> &'a [u8] {
    payload.get(range.clone()).unwrap_or_default()
}
