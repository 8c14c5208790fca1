//! What is kept on this machine: the visitor's drafts, the sizes of the parts.
//!
//! A draft has an entry of its own in `localStorage`, so that two tabs never overwrite each
//! other's; which draft a tab shows is in its `sessionStorage`.

use wasm_bindgen::prelude::*;
use web_sys::{Storage, StorageEvent, Window};

use crate::page::drafts::{Draft, Kept};
use crate::page::event::Event;
use crate::page::sizes::Sizes;

use super::app::{self, send};

const DRAFT: &str = "sockpit.draft.";
const CURRENT: &str = "sockpit.current";
const SIZES: &str = "sockpit.sizes";
/// Milliseconds after the last change before a draft is written down: not at every key.
const KEEP_AFTER_MS: f64 = 400.0;

/// What is to be written down.
#[derive(Default)]
pub(super) struct Desk {
    draft: Option<(f64, Draft)>,
    sizes: Option<(f64, Sizes)>,
    /// The browser refused the last draft, and the page says so.
    refused: bool,
}

impl Desk {
    /// Notes a draft; one that waits under another name is written at once.
    pub(super) fn keep(&mut self, draft: Draft) {
        if self.draft.as_ref().is_some_and(|(_, waiting)| waiting.id != draft.id) {
            self.write_draft();
        }
        self.draft = Some((app::now_ms() + KEEP_AFTER_MS, draft));
    }

    /// Notes the sizes.
    pub(super) fn keep_sizes(&mut self, sizes: Sizes) {
        self.sizes = Some((app::now_ms() + KEEP_AFTER_MS, sizes));
    }

    /// Writes down what has been still for a while.
    pub(super) fn write_if_due(&mut self) {
        let now_ms = app::now_ms();
        if self.draft.as_ref().is_some_and(|(due, _)| *due <= now_ms) {
            self.write_draft();
        }
        if self.sizes.as_ref().is_some_and(|(due, _)| *due <= now_ms) {
            self.write_sizes();
        }
    }

    /// Writes everything down.
    pub(super) fn write_now(&mut self) {
        self.write_draft();
        self.write_sizes();
    }

    fn write_draft(&mut self) {
        let Some((_, draft)) = self.draft.take() else { return };
        let written = write_draft(&draft);
        if written.is_err() == self.refused {
            return;
        }
        self.refused = written.is_err();
        // The event is worked on once whoever holds this desk is done with it.
        let event = Event::NotKept(written.err());
        wasm_bindgen_futures::spawn_local(async move { send(event) });
    }

    fn write_sizes(&mut self) {
        let Some((_, sizes)) = self.sizes.take() else { return };
        let written = local().and_then(|storage| {
            storage.set_item(SIZES, &shared::frame::to_json(&sizes)).map_err(|_| FULL.to_owned())
        });
        // Sizes that are not kept are no loss worth a sentence.
        drop(written);
    }
}

const FULL: &str = "its storage is full";

fn local() -> Result<Storage, String> {
    let storage = app::window().and_then(|window| window.local_storage());
    storage.ok().flatten().ok_or_else(|| "its storage is switched off".to_owned())
}

fn session() -> Option<Storage> {
    app::window().ok()?.session_storage().ok().flatten()
}

fn write_draft(draft: &Draft) -> Result<(), String> {
    let key = format!("{DRAFT}{}", draft.id);
    let text = shared::frame::to_json(draft);
    local()?.set_item(&key, &text).map_err(|_| FULL.to_owned())
}

/// Forgets a draft, unless another tab has changed it since.
pub(super) fn drop_draft(id: &str, at_ms: f64) -> Result<(), JsValue> {
    let Ok(storage) = local() else { return Ok(()) };
    let key = format!("{DRAFT}{id}");
    let newer = storage.get_item(&key)?.and_then(|text| read_draft(&text));
    if newer.is_some_and(|draft| draft.at_ms > at_ms) {
        return Ok(());
    }
    storage.remove_item(&key)
}

/// Notes which draft this tab shows, for when it is loaded again.
pub(super) fn note_current(id: Option<&str>) -> Result<(), JsValue> {
    let Some(storage) = session() else { return Ok(()) };
    match id {
        Some(id) => storage.set_item(CURRENT, id),
        None => storage.remove_item(CURRENT),
    }
}

/// Returns what was kept from earlier visits.
pub(super) fn remembered() -> Kept {
    let current = session().and_then(|storage| storage.get_item(CURRENT).ok().flatten());
    let mut drafts = Vec::new();
    if let Ok(storage) = local() {
        for index in 0..storage.length().unwrap_or(0) {
            let Ok(Some(key)) = storage.key(index) else { continue };
            if key.starts_with(DRAFT)
                && let Ok(Some(text)) = storage.get_item(&key)
            {
                drafts.extend(read_draft(&text));
            }
        }
    }
    Kept { current, drafts }
}

/// Reads a draft; what cannot be read is from another age, and left alone.
fn read_draft(text: &str) -> Option<Draft> {
    shared::json::read(text).ok()
}

/// Returns the sizes from an earlier visit.
pub(super) fn remembered_sizes() -> Option<Sizes> {
    let text = local().ok()?.get_item(SIZES).ok().flatten()?;
    let sizes: Sizes = shared::json::read(&text).ok()?;
    Some(sizes.checked())
}

/// Hears which drafts other tabs write.
pub(super) fn listen(window: &Window) -> Result<(), JsValue> {
    let hear = Closure::<dyn FnMut(StorageEvent)>::new(|event: StorageEvent| {
        let id = event.key().and_then(|key| key.strip_prefix(DRAFT).map(str::to_owned));
        if let Some(id) = id {
            send(Event::DraftTaken(id));
        }
    });
    window.add_event_listener_with_callback("storage", hear.as_ref().unchecked_ref())?;
    hear.forget();
    Ok(())
}
