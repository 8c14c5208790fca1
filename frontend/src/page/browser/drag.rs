//! Dragging: dividers between the parts of the page, and programs to another place.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{Element, PointerEvent, Window};

use crate::page::event::Event;
use crate::page::sizes::Divider;
use crate::page::state::Dragged;

use super::app::{self, send};

/// Pixels a pointer may tremble before a press on a program's head is a drag.
const TREMBLE_PIXELS: f64 = 6.0;

/// What the pointer has in its hand.
enum Held {
    Divider {
        divider: Divider,
        /// Where its share begins, and how long the whole is, in pixels.
        from: f64,
        length: f64,
        grip: Element,
    },
    /// A program's head was pressed; it is a drag once the pointer has moved.
    Program { id: u64, from: f64, moved: bool },
}

thread_local! {
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

type Heard = fn(&PointerEvent);

/// Begins to listen.
pub(super) fn listen(window: &Window) -> Result<(), JsValue> {
    let handlers: [(&str, Heard); 4] = [
        ("pointerdown", down),
        ("pointermove", moved),
        ("pointerup", up),
        ("pointercancel", cancel),
    ];
    for (name, handler) in handlers {
        let hear = Closure::<dyn FnMut(PointerEvent)>::new(move |event| handler(&event));
        window.add_event_listener_with_callback(name, hear.as_ref().unchecked_ref())?;
        hear.forget();
    }
    // A drag of a program's name ends with a click on it, which is not meant.
    let click = Closure::<dyn FnMut(web_sys::Event)>::new(|event: web_sys::Event| {
        if SWALLOW.with(|swallow| swallow.replace(false)) {
            event.stop_propagation();
            event.prevent_default();
        }
    });
    window.add_event_listener_with_callback_and_bool(
        "click",
        click.as_ref().unchecked_ref(),
        true,
    )?;
    click.forget();
    Ok(())
}

thread_local! {
    static SWALLOW: RefCell<bool> = const { RefCell::new(false) };
}

fn hold(held: Option<Held>) {
    HELD.with(|slot| *slot.borrow_mut() = held);
}

fn down(event: &PointerEvent) {
    SWALLOW.with(|swallow| swallow.replace(false));
    let first = event.is_primary() && event.button() == 0;
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(target) = target.filter(|_| first) else { return };
    if let Ok(Some(grip)) = target.closest("[data-divider]") {
        hold(divider(&grip));
        // What is under the pointer hears nothing of it; a pointer that is gone needs no capture.
        drop(grip.set_pointer_capture(event.pointer_id()));
        event.prevent_default();
        if let Some(grip) = grip.dyn_ref::<web_sys::HtmlElement>() {
            drop(grip.focus());
        }
    } else if event.pointer_type() == "mouse"
        && let Ok(Some(head)) = target.closest("[data-drag]")
        && target.closest(".btn").ok().flatten().is_none()
    {
        let id = head.get_attribute("data-drag").and_then(|id| id.parse().ok());
        let from = f64::from(event.client_x());
        hold(id.map(|id| Held::Program { id, from, moved: false }));
    }
}

/// Measures what a divider divides.
fn divider(grip: &Element) -> Option<Held> {
    let divider = Divider::named(&grip.get_attribute("data-divider")?)?;
    let whole = grip.parent_element()?.parent_element()?;
    let rect = whole.get_bounding_client_rect();
    let (from, length) = match divider {
        Divider::Pane(_) => {
            let before = whole.previous_element_sibling()?.get_bounding_client_rect();
            (before.left(), rect.right() - before.left())
        }
        _ if divider.counts_from_end() => (rect.bottom(), rect.height()),
        _ if divider.is_upright() => (rect.left(), rect.width()),
        _ => (rect.top(), rect.height()),
    };
    (length > 0.0).then(|| Held::Divider { divider, from, length, grip: grip.clone() })
}

fn moved(event: &PointerEvent) {
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    let answer = HELD.with(|slot| match slot.borrow_mut().as_mut()? {
        Held::Divider { divider, from, length, grip } => {
            drop(grip.set_attribute("data-held", ""));
            let place = if divider.is_upright() { x } else { y };
            let share = if divider.counts_from_end() { *from - place } else { place - *from };
            Some(Event::Divide { divider: *divider, percent: 100.0 * share / *length })
        }
        Held::Program { id, from, moved } => {
            if !*moved && (x - *from).abs() < TREMBLE_PIXELS {
                return None;
            }
            *moved = true;
            Some(Event::ProgramDrag(Some(Dragged { id: *id, to: place_at(x, *id)? })))
        }
    });
    if let Some(answer) = answer {
        send(answer);
    }
}

/// Returns the place among the programs that a dragged one would take at this point.
fn place_at(x: f64, dragged: u64) -> Option<usize> {
    let heads = app::document().ok()?.query_selector_all("[data-drag]").ok()?;
    let head = |index| heads.item(index).and_then(|node| node.dyn_into::<Element>().ok());
    let mut place = 0;
    for index in 0..heads.length() {
        let head = head(index)?;
        if head.get_attribute("data-drag")? == dragged.to_string() {
            continue;
        }
        let rect = head.get_bounding_client_rect();
        if x > rect.left() + rect.width() / 2.0 {
            place += 1;
        }
    }
    Some(place)
}

fn up(_: &PointerEvent) {
    match HELD.with(|slot| slot.borrow_mut().take()) {
        Some(Held::Divider { grip, .. }) => drop(grip.remove_attribute("data-held")),
        Some(Held::Program { moved: true, .. }) => {
            SWALLOW.with(|swallow| swallow.replace(true));
            send(Event::ProgramDrop);
        }
        Some(Held::Program { moved: false, .. }) | None => {}
    }
}

fn cancel(_: &PointerEvent) {
    if let Some(Held::Divider { grip, .. }) = HELD.with(|slot| slot.borrow_mut().take()) {
        drop(grip.remove_attribute("data-held"));
    }
    send(Event::ProgramDrag(None));
}
