//! The rim: shows the picture, carries out effects, hears events. No decisions.
//!
//! - [`app`]: the state and its queue of events; when to draw.
//! - [`show`]: makes the document look like a picture.
//! - [`hear`]: what the visitor does.
//! - [`effects`]: what the page can do.
//! - [`editors`]: the editors, which look after their own insides.
//! - [`worker`]: the kernel worker's messages.
//! - [`books`]: the gallery and the reference, which are loaded when they are first opened.
//! - [`promises`] is `window.sockpit`.

mod access;
mod app;
mod books;
mod drag;
mod editors;
mod effects;
mod files;
mod gestures;
mod hear;
mod light;
mod plain;
mod promises;
mod show;
mod storage;
mod worker;

use wasm_bindgen::prelude::*;

/// Starts the page. `options` has `kernel`, the kernel worker (or nothing where none can run),
/// and `editor`, a promise of the editor's module (or of nothing). Returns the methods of
/// `window.sockpit`.
#[wasm_bindgen]
pub fn start_page(options: JsValue) -> Result<JsValue, JsValue> {
    app::start(&options)
}
