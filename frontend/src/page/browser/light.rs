//! What is selected in one column of a dump lights up in the other.
//!
//! Each column is one text, so the light is a highlight of the browser's and no element of the
//! page; where a browser has no highlights, only the selection itself shows.

use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Element, Range, Window};

use crate::page::event::Event;
use crate::page::look::{LookEvent, Picked};
use crate::timeline::hex;

use super::app::{self, send};

/// The highlight's name in `web/style`.
const LIGHT: &str = "bytes";

/// Begins to listen to what is selected.
pub(super) fn listen(window: &Window) -> Result<(), JsValue> {
    let hear = Closure::<dyn FnMut()>::new(|| {
        if let Err(error) = selection_changed() {
            app::web_sys_log(&error);
        }
    });
    let document = window.document().ok_or_else(|| JsValue::from_str("there is no document"))?;
    document.add_event_listener_with_callback("selectionchange", hear.as_ref().unchecked_ref())?;
    hear.forget();
    Ok(())
}

fn selection_changed() -> Result<(), JsValue> {
    let Some(selection) = app::window()?.get_selection()? else { return Ok(()) };
    if selection.range_count() == 0 {
        return Ok(());
    }
    let range = selection.get_range_at(0)?;
    let node = range.start_container()?;
    let column = node.parent_element().and_then(|parent| parent.closest("[data-bytes]").ok()?);
    let Some(column) = column.filter(|_| range.end_container().is_ok_and(|end| end == node)) else {
        return Ok(());
    };
    let Some(dump) = column.closest("[data-dump]")? else { return Ok(()) };
    let count: usize =
        dump.get_attribute("data-columns").and_then(|text| text.parse().ok()).unwrap_or(16);
    let is_hex = column.get_attribute("data-bytes").as_deref() == Some("hex");
    let (from, to) = (range.start_offset()? as usize, range.end_offset()? as usize);
    let byte = if is_hex { hex::hex_byte } else { hex::text_byte };
    let (start, mut end) = (byte(from, count), byte(to, count));
    if is_hex && to > hex::hex_place(end, count) {
        // The last byte is selected by half.
        end += 1;
    }
    if from == to {
        end = start;
    }
    light(&dump, is_hex, start, end, count)?;
    let name = dump.get_attribute("data-dump").unwrap_or_default();
    let picked = (start < end).then_some(Picked { dump: name, start, end });
    let known = app::with(|app| app.state.borrow().look.picked == picked);
    if known == Some(false) {
        send(Event::Look(LookEvent::Picked(picked)));
    }
    Ok(())
}

/// Lights bytes in the column where they are not selected.
fn light(
    dump: &Element,
    is_hex: bool,
    start: usize,
    end: usize,
    count: usize,
) -> Result<(), JsValue> {
    let global = js_sys::global();
    let css = Reflect::get(&global, &"CSS".into())?;
    let highlights = Reflect::get(&css, &"highlights".into())?;
    if highlights.is_undefined() {
        return Ok(());
    }
    let other = if is_hex { "[data-bytes='text']" } else { "[data-bytes='hex']" };
    let node = dump.query_selector(other)?.and_then(|column| column.first_child());
    let (Some(node), true) = (node, start < end) else {
        let delete: Function = Reflect::get(&highlights, &"delete".into())?.dyn_into()?;
        delete.call1(&highlights, &LIGHT.into())?;
        return Ok(());
    };
    let length = node.text_content().unwrap_or_default().encode_utf16().count();
    let (from, to) = if is_hex {
        (hex::text_place(start, count), hex::text_place(end - 1, count) + 1)
    } else {
        (hex::hex_place(start, count), hex::hex_place(end - 1, count) + 2)
    };
    let range = Range::new()?;
    range.set_start(&node, from.min(length) as u32)?;
    range.set_end(&node, to.min(length) as u32)?;
    let make: Function = Reflect::get(&global, &"Highlight".into())?.dyn_into()?;
    let highlight = Reflect::construct(&make, &js_sys::Array::of1(&range))?;
    let set: Function = Reflect::get(&highlights, &"set".into())?.dyn_into()?;
    set.call2(&highlights, &LIGHT.into(), &highlight)?;
    Ok(())
}
