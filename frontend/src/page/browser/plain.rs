//! The editor of a page that was built without npm: a text area with line numbers.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

use super::app;

/// Pixels of a line; `web/style` says the same.
const LINE_PIXELS: i32 = 20;

/// A text area with line numbers.
#[derive(Clone)]
pub(super) struct PlainEditor {
    area: HtmlTextAreaElement,
    numbers: web_sys::Element,
}

impl PlainEditor {
    pub(super) fn new(
        parent: &web_sys::Element,
        doc: &str,
        label: &str,
        changed: &JsValue,
    ) -> Result<Self, JsValue> {
        let document = app::document()?;
        parent.set_text_content(None);
        let numbers = document.create_element("div")?;
        numbers.set_attribute("class", "plain-numbers")?;
        numbers.set_attribute("aria-hidden", "true")?;
        let area: HtmlTextAreaElement = document.create_element("textarea")?.unchecked_into();
        area.set_attribute("class", "plain-text")?;
        area.set_attribute("aria-label", label)?;
        area.set_attribute("spellcheck", "false")?;
        area.set_attribute("wrap", "off")?;
        area.set_value(doc);
        parent.append_child(&numbers)?;
        parent.append_child(&area)?;
        let editor = PlainEditor { area, numbers };
        editor.number();
        editor.listen(changed.clone().unchecked_into())?;
        Ok(editor)
    }

    fn listen(&self, changed: Function) -> Result<(), JsValue> {
        let (typing, tabbing, scrolling) = (self.clone(), self.clone(), self.clone());
        let tell = move |editor: &PlainEditor| {
            editor.number();
            if let Err(error) = changed.call1(&JsValue::NULL, &editor.area.value().into()) {
                app::web_sys_log(&error);
            }
        };
        let also_tell = tell.clone();
        let input = Closure::<dyn FnMut()>::new(move || tell(&typing));
        let mut leaves = false;
        let keydown = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
            // Esc, then Tab, leaves the editor.
            if event.key() == "Tab" && !event.shift_key() && !leaves {
                event.prevent_default();
                tabbing.insert("    ");
                also_tell(&tabbing);
            }
            leaves = event.key() == "Escape";
        });
        let scroll = Closure::<dyn FnMut()>::new(move || {
            scrolling.numbers.set_scroll_top(scrolling.area.scroll_top());
        });
        let area = &self.area;
        area.add_event_listener_with_callback("input", input.as_ref().unchecked_ref())?;
        area.add_event_listener_with_callback("keydown", keydown.as_ref().unchecked_ref())?;
        area.add_event_listener_with_callback("scroll", scroll.as_ref().unchecked_ref())?;
        input.forget();
        keydown.forget();
        scroll.forget();
        Ok(())
    }

    fn insert(&self, text: &str) {
        let start = self.area.selection_start().ok().flatten().unwrap_or(0);
        let end = self.area.selection_end().ok().flatten().unwrap_or(start);
        if let Err(error) = self.area.set_range_text_with_start_and_end(text, start, end) {
            app::web_sys_log(&error);
            return;
        }
        let caret = start + text.len() as u32;
        if let Err(error) = self.area.set_selection_range(caret, caret) {
            app::web_sys_log(&error);
        }
    }

    fn number(&self) {
        let lines = self.area.value().split('\n').count();
        let numbers: String = (1..=lines).map(|line| format!("{line}\n")).collect();
        self.numbers.set_text_content(Some(&numbers));
    }

    pub(super) fn set_doc(&self, doc: &str) {
        self.area.set_value(doc);
        self.number();
    }

    /// Says which lines stand out, beside the numbers; 0 is none.
    pub(super) fn mark(&self, selected: u32, blocked: u32, error: u32) {
        let sign = |line: u32| match line {
            line if line == error => "✕ ",
            line if line == blocked => "▶ ",
            line if line == selected => "● ",
            _ => "",
        };
        let lines = self.area.value().split('\n').count() as u32;
        let numbers: String = (1..=lines).map(|line| format!("{}{line}\n", sign(line))).collect();
        self.numbers.set_text_content(Some(&numbers));
    }

    pub(super) fn reveal(&self, line: u32) {
        let top = i32::try_from(line).unwrap_or(i32::MAX).saturating_sub(4).max(0);
        self.area.set_scroll_top(top.saturating_mul(LINE_PIXELS));
    }

    pub(super) fn focus(&self) {
        if let Err(error) = self.area.focus() {
            app::web_sys_log(&error);
        }
    }
}
