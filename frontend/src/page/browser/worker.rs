//! The kernel worker's messages.

use std::rc::Rc;

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use shared::frame;

use crate::messages::{Batch, Command};
use crate::page::event::Event;

use super::access;
use super::app::{self, send};

/// The kernel worker; none where the page may not share memory, as no program could run.
pub(super) struct Kernel {
    worker: Option<Worker>,
}

impl Kernel {
    /// Takes over the worker that the page's start script began to load.
    pub(super) fn new(worker: JsValue) -> Result<Self, JsValue> {
        let Ok(worker) = worker.dyn_into::<Worker>() else { return Ok(Kernel { worker: None }) };
        let hear = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| hear(&event));
        worker.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        hear.forget();
        let fail = Closure::<dyn FnMut(ErrorEvent)>::new(|event: ErrorEvent| {
            let message = match event.message() {
                message if message.is_empty() => "it could not be loaded".to_owned(),
                message => message,
            };
            send(Event::KernelFailed(format!(
                "The kernel worker failed: {message}. Reload the page."
            )));
        });
        worker.set_onerror(Some(fail.as_ref().unchecked_ref()));
        fail.forget();
        Ok(Kernel { worker: Some(worker) })
    }

    /// Opens the session.
    pub(super) fn open(&self) -> Result<(), JsValue> {
        if self.worker.is_none() {
            return Ok(());
        }
        let location = app::window()?.location();
        let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
        let origin = location.origin()?;
        let absolute = |path: String| format!("{origin}{path}");
        let room = access::room(&location)?;
        let way = access::way(room.as_ref())?;
        let framed = app::with(|app| app.state.borrow().host.surroundings.framed);
        if framed != Some(false) {
            self.post(&Command::Framed)?;
        }
        self.post(&Command::Open {
            backend: format!("{scheme}://{}/ws?way={way}", location.host()?),
            guest: absolute(meta("sockpit-guest")?),
            guest_tls: absolute(meta("sockpit-guest-tls")?),
            library: absolute(meta("sockpit-library")?),
            token: access::token(),
            room,
            trace: app::asks(&location.search()?, "trace=1"),
        })
    }

    /// Sends a command.
    pub(super) fn post(&self, command: &Command) -> Result<(), JsValue> {
        let Some(worker) = &self.worker else { return Ok(()) };
        let frame = frame::join(frame::to_json(command).as_bytes(), command.payload());
        worker.post_message(&Uint8Array::from(frame.as_slice()).buffer())
    }
}

/// Returns what index.html says about where something is.
fn meta(name: &str) -> Result<String, JsValue> {
    let found = app::document()?.query_selector(&format!("meta[name='{name}']"))?;
    found
        .and_then(|meta| meta.get_attribute("content"))
        .ok_or_else(|| JsValue::from_str(&format!("index.html has no {name}")))
}

fn hear(event: &MessageEvent) {
    let bytes = Uint8Array::new(&event.data()).to_vec();
    let batch = frame::split(&bytes).ok().and_then(|(header, payload)| {
        let batch: Batch = serde_json::from_slice(header).ok()?;
        Some((batch, payload.to_vec()))
    });
    match batch {
        Some((batch, payload)) => send(Event::Kernel(Rc::new(batch), Rc::new(payload))),
        None => {
            // Both are built from one source; a mismatch is a page from two builds.
            let shown = Reflect::get(event, &"data".into()).unwrap_or_default();
            app::web_sys_log(&shown);
            let text = "The page and its kernel worker are of different builds. Reload the page.";
            send(Event::KernelFailed(text.into()));
        }
    }
}
