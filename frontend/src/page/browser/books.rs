//! Loads what is not part of the first load: the gallery and the reference.

use js_sys::JsString;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Response;

use crate::page::event::{Event, Learn};
use crate::page::state::Book;

use super::app::{self, App, send};

/// Loads a book and tells the state.
pub(super) fn fetch(app: &'static App, book: Book) {
    let url = format!("{}{}", app.folder, book.file());
    spawn_local(async move {
        let text = load(&url).await.map_err(|error| reason(&error));
        send(Event::Learn(Learn::Loaded(book, text)));
    });
}

async fn load(url: &str) -> Result<String, JsValue> {
    let response = JsFuture::from(app::window()?.fetch_with_str(url)).await?;
    let response: Response = response.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from_str(&format!("the backend answers {}", response.status())));
    }
    let text: JsString = JsFuture::from(response.text()?).await?.dyn_into()?;
    Ok(text.into())
}

fn reason(error: &JsValue) -> String {
    let message = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    message.or_else(|| error.as_string()).unwrap_or_else(|| "the browser gave no reason".into())
}
