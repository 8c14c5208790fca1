//! What the page can do.

use wasm_bindgen::prelude::*;
use web_sys::{Document, HtmlElement, KeyboardEvent, Window};

use crate::page::event::{Announcement, Effect, Event, Focus};
use crate::page::look::LookEvent;
use crate::page::state::{Copied, Theme};

use super::app::{self, App, send};
use super::{editors, files, promises, storage};

const THEME: &str = "sockpit.theme";
const TOUR: &str = "sockpit.tour";
/// What in a dialog can have the keyboard.
const FOCUSABLE: &str = "input, textarea, button:not([disabled]), a[href]";

/// What waits for the next picture, and what is to be written down.
#[derive(Default)]
pub(super) struct Later {
    focus: Option<Focus>,
    scroll: Option<f64>,
    reveal: Option<(u64, u32)>,
    /// Something was written: a console that stood at its end stays there.
    wrote: bool,
    /// What is to be written down.
    pub desk: storage::Desk,
    /// What had the keyboard before a dialog opened.
    before_dialog: Option<HtmlElement>,
}

/// What was waiting for the picture.
pub(super) struct Waited {
    focus: Option<Focus>,
    scroll: Option<f64>,
    reveal: Option<(u64, u32)>,
}

impl Later {
    pub(super) fn take(&mut self) -> Waited {
        Waited { focus: self.focus.take(), scroll: self.scroll.take(), reveal: self.reveal.take() }
    }

    /// Returns the outputs that stand at their end, if something was written since.
    pub(super) fn outputs_at_end(
        &mut self,
        document: &Document,
    ) -> Result<Vec<web_sys::Element>, JsValue> {
        const NEAR_PIXELS: i32 = 24;
        let mut found = Vec::new();
        if !std::mem::take(&mut self.wrote) {
            return Ok(found);
        }
        let outputs = document.query_selector_all("[data-follow]")?;
        for index in 0..outputs.length() {
            let Some(output) =
                outputs.item(index).and_then(|node| node.dyn_into::<web_sys::Element>().ok())
            else {
                continue;
            };
            let left = output.scroll_height() - output.scroll_top() - output.client_height();
            if left <= NEAR_PIXELS {
                found.push(output);
            }
        }
        Ok(found)
    }
}

/// Carries an effect out, or notes it for after the next picture.
pub(super) fn carry_out(app: &'static App, effect: Effect) -> Result<(), JsValue> {
    match effect {
        Effect::Post(command) => app.kernel.borrow().post(&command)?,
        Effect::Keep(draft) => app.later.borrow_mut().desk.keep(*draft),
        Effect::DropDraft { id, at_ms } => storage::drop_draft(&id, at_ms)?,
        Effect::Current(id) => storage::note_current(id.as_deref())?,
        Effect::KeepSizes(sizes) => app.later.borrow_mut().desk.keep_sizes(sizes),
        Effect::ForgetFragment => set_fragment("")?,
        Effect::SetFragment(fragment) => set_fragment(&format!("#{fragment}"))?,
        Effect::Copy { what, text } => copy(what, text)?,
        Effect::Save { name, text } => files::save(&name, &text.into())?,
        Effect::SaveBytes { name, bytes } => {
            files::save(&name, js_sys::Uint8Array::from(bytes.as_slice()).as_ref())?;
        }
        Effect::PickFile => files::pick()?,
        Effect::Fetch(path) => files::fetch(path)?,
        Effect::StartRoom => super::access::start_room()?,
        Effect::LeaveRoom => app::window()?.location().set_search("")?,
        Effect::OpenTab(address) => {
            app::window()?.open_with_url_and_target_and_features(&address, "_blank", "noopener")?;
        }
        Effect::Focus(Focus::Back) => {
            let back = app.later.borrow_mut().before_dialog.take();
            if let Some(back) = back {
                back.focus()?;
            }
        }
        Effect::Focus(focus) => {
            if focus == Focus::Dialog {
                let active = app::document()?.active_element();
                // A dialog that follows another one leads back to where the first one did.
                let within = active.as_ref().and_then(|active| active.closest(".dlg").ok()?);
                if within.is_none() {
                    app.later.borrow_mut().before_dialog =
                        active.and_then(|active| active.dyn_into().ok());
                }
            }
            app.later.borrow_mut().focus = Some(focus);
        }
        Effect::Reveal { id, line } => app.later.borrow_mut().reveal = Some((id, line)),
        Effect::StayAtEnd => app.later.borrow_mut().wrote = true,
        Effect::ScrollAcross(left) => {
            let rows = app::document()?.query_selector("[data-role='timeline']")?;
            if let Some(rows) = rows {
                rows.set_scroll_left(left.round() as i32);
            }
        }
        Effect::Scroll(top) => app.later.borrow_mut().scroll = Some(top),
        Effect::KeepTheme(theme) => keep_theme(theme)?,
        Effect::FetchBook(book) => super::books::fetch(app, book),
        Effect::KeepTourSeen => keep_tour_seen()?,
        Effect::Announce(announcement) => {
            if let Announcement::Output { .. } | Announcement::Prompt { .. } = announcement {
                app.later.borrow_mut().wrote = true;
            }
            promises::announce(app, &announcement);
        }
    }
    Ok(())
}

/// Does what waited for the picture.
pub(super) fn after_drawing(app: &'static App, waited: Waited) -> Result<(), JsValue> {
    if let Some(top) = waited.scroll
        && let Some(rows) = app::document()?.query_selector("[data-role='timeline']")?
    {
        rows.set_scroll_top(top.round() as i32);
    }
    measure_timeline(app);
    if let Some((id, line)) = waited.reveal {
        editors::reveal(app, id, line);
    }
    match waited.focus {
        Some(wanted) => focus(app, &wanted),
        None => Ok(()),
    }
}

/// Gives the keyboard to a part of the page.
pub(super) fn focus(app: &'static App, focus: &Focus) -> Result<(), JsValue> {
    let selector = match focus {
        Focus::Editor(id) => {
            editors::focus(app, *id);
            return Ok(());
        }
        Focus::Prompt(id) => format!("[data-prompt='{id}']"),
        Focus::Input(id) => format!("[data-input='{id}']"),
        Focus::Timeline => "[data-role='timeline']".into(),
        Focus::Filter => "[data-role='filter']".into(),
        Focus::Bytes => ".bytes [tabindex]".into(),
        Focus::Sockets => ".sockets [tabindex]".into(),
        Focus::Dialog => ".dlg .body input, .dlg .body button".into(),
        Focus::Tour => ".tour .pri".into(),
        Focus::Back => return Ok(()),
    };
    if let Some(found) = app::document()?.query_selector(&selector)? {
        if let Some(field) =
            found.dyn_ref::<web_sys::HtmlInputElement>().filter(|_| *focus == Focus::Dialog)
        {
            field.select();
        }
        if let Some(found) = found.dyn_ref::<HtmlElement>() {
            found.focus()?;
        }
    }
    Ok(())
}

/// Tab goes round inside an open dialog.
pub(super) fn keep_focus_in_dialog(event: &KeyboardEvent) {
    let Ok(document) = app::document() else { return };
    let Ok(Some(dialog)) = document.query_selector("[aria-modal='true']") else { return };
    let Ok(all) = dialog.query_selector_all(FOCUSABLE) else { return };
    let at = |index: u32| all.item(index).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let (Some(first), Some(last)) = (at(0), all.length().checked_sub(1).and_then(at)) else {
        return;
    };
    let active = document.active_element();
    let active = active.as_ref();
    let outside = active.is_none_or(|active| !dialog.contains(Some(active)));
    let goes_to = if event.shift_key() && (outside || active == Some(first.as_ref())) {
        last
    } else if !event.shift_key() && (outside || active == Some(last.as_ref())) {
        first
    } else {
        return;
    };
    event.prevent_default();
    if let Err(error) = goes_to.focus() {
        app::web_sys_log(&error);
    }
}

/// Tells the state how high the timeline is, when that changed.
pub(super) fn measure_timeline(app: &'static App) {
    let rows =
        app::document().and_then(|document| document.query_selector("[data-role='timeline']"));
    if let Ok(Some(rows)) = rows {
        let (top, height) = (f64::from(rows.scroll_top()), f64::from(rows.client_height()));
        let known = app.state.borrow().screen.scroll_height;
        if height > 0.0 && height != known {
            send(Event::Scrolled { top, height });
        }
        let width = f64::from(rows.client_width());
        let known = app.state.borrow().look.width;
        if width > 0.0 && width != known {
            send(Event::Look(LookEvent::Measured { width }));
        }
    }
}

fn copy(what: Copied, text: String) -> Result<(), JsValue> {
    let clipboard = app::window()?.navigator().clipboard();
    // Only a safe context has a clipboard, and a frame may be kept from it.
    if clipboard.is_undefined() {
        copy_by_hand(what, &text);
        return Ok(());
    }
    let done = Closure::once(move |_: JsValue| send(Event::Copied { what, done: true }));
    let promise = clipboard.write_text(&text);
    let failed = Closure::once(move |_: JsValue| copy_by_hand(what, &text));
    // Nobody waits for the promise of the two: they say themselves how it went.
    drop(promise.then2(&done, &failed));
    done.forget();
    failed.forget();
    Ok(())
}

/// Copies as it was done before there was a clipboard to write to, and says how it went.
fn copy_by_hand(what: Copied, text: &str) {
    let done = select_and_copy(text).unwrap_or(false);
    send(Event::Copied { what, done });
}

fn select_and_copy(text: &str) -> Result<bool, JsValue> {
    let document = app::document()?;
    let had = document.active_element().and_then(|active| active.dyn_into::<HtmlElement>().ok());
    let body = document.body().ok_or_else(|| JsValue::from_str("there is no body"))?;
    let area: web_sys::HtmlTextAreaElement = document.create_element("textarea")?.unchecked_into();
    area.set_attribute("class", "vh")?;
    area.set_value(text);
    body.append_child(&area)?;
    area.select();
    let command: js_sys::Function =
        js_sys::Reflect::get(&document, &"execCommand".into())?.dyn_into()?;
    let copied = command.call1(&document, &"copy".into());
    body.remove_child(&area)?;
    if let Some(had) = had {
        had.focus()?;
    }
    Ok(copied?.is_truthy())
}

/// Puts a fragment into the address bar, in the place of the one there.
fn set_fragment(fragment: &str) -> Result<(), JsValue> {
    let window = app::window()?;
    let location = window.location();
    let address = format!("{}{}{fragment}", location.pathname()?, location.search()?);
    window.history()?.replace_state_with_url(&JsValue::NULL, "", Some(&address))
}

/// Returns the theme that was chosen in an earlier visit.
pub(super) fn remembered_theme(window: &Window) -> Theme {
    let storage = window.local_storage().ok().flatten();
    let name = storage.and_then(|storage| storage.get_item(THEME).ok().flatten());
    match name.as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// Shows the page in a theme.
pub(super) fn show_theme(theme: Theme) {
    let root = app::document().ok().and_then(|document| document.document_element());
    let Some(root) = root else { return };
    let done = match app::theme_name(theme) {
        "" => root.remove_attribute("data-theme"),
        name => root.set_attribute("data-theme", name),
    };
    if let Err(error) = done {
        app::web_sys_log(&error);
    }
}

fn keep_theme(theme: Theme) -> Result<(), JsValue> {
    show_theme(theme);
    if let Some(storage) = app::window()?.local_storage()? {
        storage.set_item(THEME, app::theme_name(theme))?;
    }
    Ok(())
}

/// Tells whether the tour was taken or declined. Where nothing can be remembered it was: an
/// offer that comes back at every visit is a nuisance.
pub(super) fn tour_seen(window: &Window) -> bool {
    match window.local_storage() {
        Ok(Some(storage)) => storage.get_item(TOUR).is_ok_and(|seen| seen.is_some()),
        Ok(None) | Err(_) => true,
    }
}

fn keep_tour_seen() -> Result<(), JsValue> {
    match app::window()?.local_storage()? {
        Some(storage) => storage.set_item(TOUR, "seen"),
        None => Ok(()),
    }
}
