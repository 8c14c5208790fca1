//! Keeping what the visitor wrote, on this machine only.

use crate::page::drafts::{Draft, keep_bounds};
use crate::page::event::Effect;
use crate::page::state::State;

/// Keeps the session as it is now; gives it a draft of its own if it has none.
pub(super) fn keep(state: &mut State, out: &mut Vec<Effect>) {
    if state.host.surroundings.embedded || state.too_large().is_some() {
        return;
    }
    let id = match state.document.draft.clone() {
        Some(id) => id,
        None => {
            let id = new_id(state);
            out.push(Effect::Current(Some(id.clone())));
            state.document.draft = Some(id.clone());
            id
        }
    };
    out.push(Effect::Keep(Box::new(Draft { id, at_ms: state.now_ms, session: state.session() })));
}

/// Puts the session among the others if it is the visitor's own; returns its draft's name.
pub(super) fn put_away(state: &mut State, out: &mut Vec<Effect>) -> Option<String> {
    if !state.document.edited || state.host.surroundings.embedded {
        return None;
    }
    if state.document.draft.is_none() {
        // Another tab took the draft over, and this one was not changed since.
        keep(state, out);
    }
    let id = state.document.draft.clone()?;
    let draft = Draft { id: id.clone(), at_ms: state.now_ms, session: state.session() };
    // Of two drafts that say the same, the older one is not worth keeping.
    let (double, others): (Vec<Draft>, Vec<Draft>) = std::mem::take(&mut state.recent)
        .into_iter()
        .filter(|recent| recent.id != id)
        .partition(|recent| recent.session == draft.session);
    state.recent = others;
    drop_all(double, out);
    state.recent.insert(0, draft);
    drop_all(keep_bounds(&mut state.recent), out);
    Some(id)
}

/// Another tab writes the draft that is on this page: the next change begins another one.
pub(super) fn taken(state: &mut State, id: &str) {
    if state.document.draft.as_deref() == Some(id) {
        state.document.draft = None;
    }
}

/// Forgets the visitor's other sessions.
pub(super) fn forget_recent(state: &mut State, out: &mut Vec<Effect>) {
    drop_all(std::mem::take(&mut state.recent), out);
    state.undo = None;
}

fn drop_all(drafts: Vec<Draft>, out: &mut Vec<Effect>) {
    let drop = |draft: Draft| Effect::DropDraft { id: draft.id, at_ms: draft.at_ms };
    out.extend(drafts.into_iter().map(drop));
}

/// Names a draft: no other tab began one at the same time.
fn new_id(state: &mut State) -> String {
    state.drafts_begun += 1;
    format!("{:.0}-{}", state.now_ms * 1000.0, state.drafts_begun)
}
