//! The host's limits: saying which one it was.

use shared::limit::{LimitName, LimitNotice};

use crate::page::state::State;
use crate::page::view::limits::sentence;

use super::screen;

/// Milliseconds for which a limit is not told of again: a loop may run into it a thousand times.
const TOLD_AGAIN_MS: f64 = 30_000.0;

/// The backend says that a limit slows the session down, or is about to end it.
pub(super) fn told(state: &mut State, notice: &LimitNotice) {
    state.host.limit_ends_ms = notice.ends_in_ms.map(|ms| state.now_ms + ms as f64);
    state.host.limit = Some(notice.clone());
}

/// What the backend said of a limit holds no longer, or was read.
pub(super) fn over(state: &mut State) {
    state.host.limit = None;
    state.host.limit_ends_ms = None;
}

/// A call ran into a limit.
pub(super) fn hit(state: &mut State, limit: LimitName) {
    let last_ms = state.host.limits_told.get(&limit);
    if last_ms.is_some_and(|last_ms| state.now_ms - last_ms < TOLD_AGAIN_MS) {
        return;
    }
    state.host.limits_told.insert(limit, state.now_ms);
    let text = format!("{} A call ran into that.", sentence(state, limit));
    screen::toast(state, text, true);
}
