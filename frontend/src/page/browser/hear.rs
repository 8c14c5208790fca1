//! What the visitor does.

use wasm_bindgen::prelude::*;
use web_sys::{HtmlInputElement, HtmlTextAreaElement, KeyboardEvent, Window};

use crate::page::event::Event;
use crate::page::keys::{Key, Shortcut, shortcut};
use crate::page::node::{Deed, Handler};

use super::app::{self, App, send};
use super::effects;

/// Pixels up to which a window is narrow; `web/style` says the same.
const NARROW_PIXELS: f64 = 640.0;

/// Begins to listen, on the root for everything inside it.
pub(super) fn listen(window: &Window, root: &web_sys::Element) -> Result<(), JsValue> {
    for name in ["click", "dblclick", "input", "keydown"] {
        on(root, name, false, move |event| heard(name, &event))?;
    }
    // Scrolling does not bubble.
    on(root, "scroll", true, |event| heard("scroll", &event))?;
    // Before the editors hear of it: they have other uses for Ctrl Enter.
    on(window, "keydown", true, |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
            key_down(event);
        }
    })?;
    on(window, "hashchange", false, |_| {
        let fragment = app::window().and_then(|window| window.location().hash());
        if let Ok(fragment) = fragment {
            send(Event::Fragment(fragment));
        }
    })?;
    on(window, "pagehide", false, |_| {
        app::with(|app| app.later.borrow_mut().desk.write_now());
    })?;
    on(window, "resize", false, |_| {
        measure_window();
        app::with(effects::measure_timeline);
    })?;
    measure_window();
    super::light::listen(window)?;
    super::gestures::listen(root)
}

/// Tells the state whether the window is narrow.
fn measure_window() {
    let width = app::window().and_then(|window| window.inner_width());
    let width = width.ok().and_then(|width| width.as_f64());
    send(Event::Narrow(width.is_some_and(|width| width <= NARROW_PIXELS)));
}

fn on(
    target: &web_sys::EventTarget,
    name: &str,
    capture: bool,
    hear: impl FnMut(web_sys::Event) + 'static,
) -> Result<(), JsValue> {
    let hear = Closure::<dyn FnMut(web_sys::Event)>::new(hear);
    target.add_event_listener_with_callback_and_bool(
        name,
        hear.as_ref().unchecked_ref(),
        capture,
    )?;
    hear.forget();
    Ok(())
}

/// Finds the innermost element that answers.
fn heard(name: &'static str, event: &web_sys::Event) {
    app::with(|app| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let mut at = target.clone();
        while let Some(element) = at {
            // The handler is called after the stage is given back: it may lead to a drawing.
            if let Some(handler) = handler(app, &element, name)
                && let Some(answer) = (handler.0)(&deed(event, &element, target.as_ref()))
            {
                if name == "keydown" {
                    event.prevent_default();
                }
                send(answer);
                return;
            }
            at = element.parent_element();
        }
    });
}

fn handler(app: &App, element: &web_sys::Element, name: &str) -> Option<Handler> {
    let stage = app.stage.borrow();
    let heard = stage.handlers_of(element)?;
    heard.iter().find(|(event, _)| *event == name).map(|(_, handler)| handler.clone())
}

fn deed(
    event: &web_sys::Event,
    element: &web_sys::Element,
    target: Option<&web_sys::Element>,
) -> Deed {
    let field = target.unwrap_or(element);
    let value = match (field.dyn_ref::<HtmlInputElement>(), field.dyn_ref::<HtmlTextAreaElement>())
    {
        (Some(input), _) => input.value(),
        (None, Some(area)) => area.value(),
        (None, None) => String::new(),
    };
    let (first_line, last_line) = caret_lines(field, &value);
    let key = event.dyn_ref::<KeyboardEvent>();
    // While an input method composes, Enter chooses a word and does not end the line.
    let key = key.filter(|key| !key.is_composing());
    Deed {
        value,
        key: key.map(KeyboardEvent::key).unwrap_or_default(),
        shift: key.is_some_and(KeyboardEvent::shift_key),
        ctrl: key.is_some_and(|key| key.ctrl_key() || key.meta_key()),
        alt: key.is_some_and(KeyboardEvent::alt_key),
        first_line,
        last_line,
        scroll_top: f64::from(element.scroll_top()),
        height: f64::from(element.client_height()),
        on_itself: target == Some(element),
    }
}

/// Tells whether a field's caret is in its first and in its last line.
fn caret_lines(field: &web_sys::Element, value: &str) -> (bool, bool) {
    let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() else { return (true, true) };
    let place = |at: Option<u32>| at.map_or(0, |at| at as usize);
    // The browser counts in UTF-16.
    let units: Vec<u16> = value.encode_utf16().collect();
    let start = place(area.selection_start().ok().flatten()).min(units.len());
    let end = place(area.selection_end().ok().flatten()).min(units.len());
    let newline = u16::from(b'\n');
    (!units[..start].contains(&newline), !units[end..].contains(&newline))
}

fn key_down(event: &KeyboardEvent) {
    app::with(|app| {
        let modal = {
            let state = app.state.borrow();
            state.screen.dialog.is_some() || state.gate.question.is_some()
        };
        if event.key() == "Tab" && modal {
            effects::keep_focus_in_dialog(event);
            return;
        }
        let key = key(event);
        let found = shortcut(&app.state.borrow(), &key);
        let Some(found) = found else { return };
        event.prevent_default();
        event.stop_propagation();
        match found {
            Shortcut::Send(answer) => send(answer),
            Shortcut::Focus(focus) => {
                if let Err(error) = effects::focus(app, &focus) {
                    app::web_sys_log(&error);
                }
            }
        }
    });
}

fn key(event: &KeyboardEvent) -> Key {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let inside =
        |selector: &str| target.as_ref().and_then(|target| target.closest(selector).ok().flatten());
    Key {
        key: event.key(),
        code: event.code(),
        ctrl: event.ctrl_key() || event.meta_key(),
        alt: event.alt_key(),
        shift: event.shift_key(),
        in_field: inside("input, textarea, select, [contenteditable]").is_some(),
        in_console: inside(".con").is_some(),
        program: inside("[data-program]").and_then(|pane| pane.get_attribute("data-program")),
    }
}
