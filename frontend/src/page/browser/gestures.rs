//! What hands do with the timeline: wheel and pinch zoom, a drag pans, and a drag on the strip
//! chooses the time.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{AddEventListenerOptions, Element, PointerEvent, WheelEvent};

use crate::page::event::Event;
use crate::page::look::LookEvent;

use super::app::{self, send};

const TIMELINE: &str = "[data-role='timeline']";
const STRIP: &str = "[data-role='strip']";
/// How much a pixel of the wheel zooms: a notch of 100 pixels by about a fifth.
const ZOOM_PER_PIXEL: f64 = 0.002;
/// Pixels of a wheel's line, where the browser counts in lines.
const LINE_PIXELS: f64 = 16.0;
/// Pixels that a pressed pointer may tremble before it is a drag and no click.
const DRAG_PIXELS: f64 = 4.0;

/// What pressed pointers are doing.
#[derive(Default)]
struct Hands {
    drag: Option<Drag>,
    /// Touching fingers, by their ids, with their places.
    fingers: Vec<(i32, f64, f64)>,
}

enum Drag {
    /// The diagram follows the mouse.
    Pan { timeline: Element, x: f64, y: f64, left: i32, top: i32, moved: bool },
    /// The strip shows the time below the pointer.
    Strip(Element),
}

/// Begins to listen, on the root for everything inside it.
pub(super) fn listen(root: &Element) -> Result<(), JsValue> {
    // Zooming has to keep the browser from zooming the whole page.
    on(root, "wheel", |event: WheelEvent| {
        let Some(timeline) = inside(&event, TIMELINE) else { return };
        if !event.ctrl_key() && !event.meta_key() {
            return;
        }
        event.prevent_default();
        let pixels =
            if event.delta_mode() == 0 { event.delta_y() } else { event.delta_y() * LINE_PIXELS };
        let factor = (-pixels * ZOOM_PER_PIXEL).exp();
        let at = f64::from(event.client_y()) - timeline.get_bounding_client_rect().top();
        send(Event::Look(LookEvent::Zoom { factor, at }));
    })?;
    let hands: &'static RefCell<Hands> = Box::leak(Box::new(RefCell::new(Hands::default())));
    on(root, "pointerdown", move |event| pressed(hands, &event))?;
    on(root, "pointermove", move |event| moved(hands, &event))?;
    on(root, "pointerup", move |event| released(hands, &event))?;
    on(root, "pointercancel", move |event| released(hands, &event))?;
    on_scroll(root)
}

fn on<E: JsCast + 'static>(
    root: &Element,
    name: &str,
    mut hear: impl FnMut(E) + 'static,
) -> Result<(), JsValue> {
    let hear =
        Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| hear(event.unchecked_into()));
    let options = AddEventListenerOptions::new();
    options.set_passive(false);
    root.add_event_listener_with_callback_and_add_event_listener_options(
        name,
        hear.as_ref().unchecked_ref(),
        &options,
    )?;
    hear.forget();
    Ok(())
}

/// The heads of the lanes go along when the diagram is scrolled sideways.
fn on_scroll(root: &Element) -> Result<(), JsValue> {
    let hear = Closure::<dyn FnMut(web_sys::Event)>::new(|event: web_sys::Event| {
        if let Some(timeline) = inside(&event, TIMELINE) {
            let left = f64::from(timeline.scroll_left());
            let known = app::with(|app| app.state.borrow().look.left);
            if known.is_some_and(|known| known != left) {
                send(Event::Look(LookEvent::ScrolledAcross(left)));
            }
        }
    });
    root.add_event_listener_with_callback_and_bool("scroll", hear.as_ref().unchecked_ref(), true)?;
    hear.forget();
    Ok(())
}

fn inside(event: &web_sys::Event, selector: &str) -> Option<Element> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest(selector).ok().flatten()
}

fn place(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

fn pressed(hands: &RefCell<Hands>, event: &PointerEvent) {
    let (x, y) = place(event);
    if let Some(strip) = inside(event, STRIP) {
        event.prevent_default();
        // The drag goes on outside of the strip; where it cannot, it just ends there.
        drop(strip.set_pointer_capture(event.pointer_id()));
        show_moment(&strip, x);
        hands.borrow_mut().drag = Some(Drag::Strip(strip));
        return;
    }
    let Some(timeline) = inside(event, TIMELINE) else { return };
    if event.pointer_type() == "touch" {
        hands.borrow_mut().fingers.push((event.pointer_id(), x, y));
    } else if event.button() == 0 && inside(event, ".diagram").is_some() {
        let (left, top) = (timeline.scroll_left(), timeline.scroll_top());
        hands.borrow_mut().drag = Some(Drag::Pan { timeline, x, y, left, top, moved: false });
    }
}

fn moved(hands: &RefCell<Hands>, event: &PointerEvent) {
    let (x, y) = place(event);
    let mut hands = hands.borrow_mut();
    if hands.fingers.len() == 2 {
        let pinched = pinch(&mut hands.fingers, event.pointer_id(), x, y);
        drop(hands);
        if let (Some((factor, middle)), Some(timeline)) = (pinched, inside(event, TIMELINE)) {
            event.prevent_default();
            let at = middle - timeline.get_bounding_client_rect().top();
            send(Event::Look(LookEvent::Zoom { factor, at }));
        }
        return;
    }
    match &mut hands.drag {
        None => {}
        Some(Drag::Strip(strip)) => {
            let strip = strip.clone();
            drop(hands);
            show_moment(&strip, x);
        }
        Some(Drag::Pan { timeline, x: from_x, y: from_y, left, top, moved }) => {
            let (dx, dy) = (x - *from_x, y - *from_y);
            if !*moved && dx.abs().max(dy.abs()) > DRAG_PIXELS {
                *moved = true;
                drop(timeline.set_pointer_capture(event.pointer_id()));
                drop(timeline.class_list().add_1("panning"));
            }
            if *moved {
                let (timeline, left, top) = (timeline.clone(), *left, *top);
                // Scrolling is heard of as such, and may come at once.
                drop(hands);
                timeline.set_scroll_top(top - dy as i32);
                timeline.set_scroll_left(left - dx as i32);
            }
        }
    }
}

fn released(hands: &RefCell<Hands>, event: &PointerEvent) {
    let mut hands = hands.borrow_mut();
    hands.fingers.retain(|(id, ..)| *id != event.pointer_id());
    if let Some(Drag::Pan { timeline, moved: true, .. }) = hands.drag.take() {
        drop(timeline.class_list().remove_1("panning"));
    }
}

/// Returns how much further two fingers are apart, and the height between them.
fn pinch(fingers: &mut [(i32, f64, f64)], id: i32, x: f64, y: f64) -> Option<(f64, f64)> {
    let apart = |fingers: &[(i32, f64, f64)]| match fingers {
        [(_, ax, ay), (_, bx, by)] => (ax - bx).hypot(ay - by),
        _ => 0.0,
    };
    let before = apart(fingers);
    let finger = fingers.iter_mut().find(|(there, ..)| *there == id)?;
    (finger.1, finger.2) = (x, y);
    let after = apart(fingers);
    let middle = fingers.iter().map(|(.., y)| y).sum::<f64>() / fingers.len() as f64;
    (before > 1.0 && after > 1.0).then_some((after / before, middle))
}

fn show_moment(strip: &Element, x: f64) {
    // The drawing stands in the strip with a margin.
    let drawing = strip.query_selector("svg").ok().flatten();
    let frame = drawing.as_ref().unwrap_or(strip).get_bounding_client_rect();
    if frame.width() > 0.0 {
        send(Event::Look(LookEvent::Moment((x - frame.left()) / frame.width())));
    }
}
