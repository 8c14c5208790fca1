//! Files: those the visitor saves, picks or drops, and those that lie beside the page.

use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::page::event::Event;
use crate::session::tape::FILE_BYTES_MAX;

use super::app::{self, send};

/// Gives the visitor a file. `content` is a string or an array of bytes.
pub(super) fn save(name: &str, content: &JsValue) -> Result<(), JsValue> {
    let options = web_sys::BlobPropertyBag::new();
    let kind = if content.is_string() { "application/json" } else { "application/octet-stream" };
    options.set_type(kind);
    let parts = Array::of1(content);
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let address = web_sys::Url::create_object_url_with_blob(&blob)?;
    let anchor: web_sys::HtmlAnchorElement = app::document()?.create_element("a")?.unchecked_into();
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    web_sys::Url::revoke_object_url(&address)
}

/// Asks the visitor for a file.
pub(super) fn pick() -> Result<(), JsValue> {
    let input: web_sys::HtmlInputElement =
        app::document()?.create_element("input")?.unchecked_into();
    input.set_type("file");
    let picked = input.clone();
    let changed = Closure::once_into_js(move || {
        let files = Reflect::get(&picked, &"files".into()).unwrap_or_default();
        first(&files);
    });
    input.add_event_listener_with_callback("change", changed.unchecked_ref())?;
    input.click();
    Ok(())
}

/// Begins to listen to files that are dropped on the page.
pub(super) fn listen(window: &web_sys::Window) -> Result<(), JsValue> {
    for name in ["dragover", "drop"] {
        let hear = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            let Some(files) = dropped(&event) else { return };
            // Without this the browser would leave the page for the file.
            event.prevent_default();
            if name == "drop" {
                event.stop_propagation();
                first(&files);
            }
        });
        window.add_event_listener_with_callback_and_bool(
            name,
            hear.as_ref().unchecked_ref(),
            true,
        )?;
        hear.forget();
    }
    Ok(())
}

/// Returns the files of a drag, if it is one of files.
fn dropped(event: &web_sys::Event) -> Option<JsValue> {
    let data = Reflect::get(event, &"dataTransfer".into()).ok()?;
    let kinds = Reflect::get(&data, &"types".into()).ok()?;
    let has_files = Array::from(&kinds).iter().any(|kind| kind == JsValue::from_str("Files"));
    if has_files { Reflect::get(&data, &"files".into()).ok() } else { None }
}

/// Reads the first file of a list.
fn first(files: &JsValue) {
    let Ok(file) = Reflect::get_u32(files, 0) else { return };
    let Ok(file) = file.dyn_into::<web_sys::Blob>() else { return };
    let name = Reflect::get(&file, &"name".into()).ok().and_then(|name| name.as_string());
    let name = name.unwrap_or_else(|| "The file".into());
    if file.size() > FILE_BYTES_MAX as f64 {
        send(Event::FileFailed(format!("{name} is larger than a recording can be.")));
        return;
    }
    wasm_bindgen_futures::spawn_local(async move {
        let read = JsFuture::from(file.array_buffer()).await;
        arrived(name, read.map_err(|_| "it could not be read".to_owned()));
    });
}

fn arrived(name: String, read: Result<JsValue, String>) {
    match read {
        Ok(buffer) => {
            let bytes = Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>()).to_vec();
            send(Event::File { name, bytes: Rc::new(bytes) });
        }
        Err(reason) => {
            let text = format!("{name} cannot be opened: {reason}. The page stays as it was.");
            send(Event::FileFailed(text));
        }
    }
}

/// Reads a file that lies beside the page. The page's policy lets it read from nowhere else.
pub(super) fn fetch(path: String) -> Result<(), JsValue> {
    let window = app::window()?;
    wasm_bindgen_futures::spawn_local(async move {
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let read = load(&window, &path).await;
        arrived(name, read);
    });
    Ok(())
}

async fn load(window: &web_sys::Window, path: &str) -> Result<JsValue, String> {
    let refused = |_: JsValue| "it is not beside this page".to_owned();
    let here = window.location().href().map_err(refused)?;
    let address = web_sys::Url::new_with_base(path, &here).map_err(refused)?;
    if address.origin() != window.location().origin().map_err(refused)? {
        return Err("it is not beside this page".into());
    }
    let response = JsFuture::from(window.fetch_with_str(&address.href())).await.map_err(refused)?;
    let response: web_sys::Response = response.dyn_into().map_err(refused)?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    JsFuture::from(response.array_buffer().map_err(refused)?).await.map_err(refused)
}
