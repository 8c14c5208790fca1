//! The browser's `WebSocket`.

use js_sys::{ArrayBuffer, Uint8Array};
use shared::frame;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

use super::LinkEvent;

/// An open, or opening, WebSocket. It is closed when this is dropped.
#[derive(Debug)]
pub struct Connection {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Connection {
    /// Opens a WebSocket and hands what it tells to `deliver`.
    pub fn open(url: &str, deliver: impl Fn(LinkEvent) + Clone + 'static) -> Result<Self, JsValue> {
        let socket = WebSocket::new(url)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let tell = deliver.clone();
        let on_open = Closure::<dyn FnMut(Event)>::new(move |_| tell(LinkEvent::Opened));
        let tell = deliver.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            if let Some(text) = data.as_string() {
                tell(LinkEvent::Text(text));
            } else if let Ok(buffer) = data.dyn_into::<ArrayBuffer>() {
                tell(LinkEvent::Binary(Uint8Array::new(&buffer).to_vec()));
            }
        });
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            deliver(LinkEvent::Closed { message: reason(&event) });
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self { socket, _on_open: on_open, _on_message: on_message, _on_close: on_close })
    }

    /// Sends a message: a text frame, or with a payload a binary one.
    pub fn send(&self, header: &str, payload: &[u8]) -> Result<(), JsValue> {
        if payload.is_empty() {
            self.socket.send_with_str(header)
        } else {
            self.socket.send_with_u8_array(&frame::join(header.as_bytes(), payload))
        }
    }

    /// Returns how many bytes of messages wait to be sent.
    pub fn unsent_bytes(&self) -> u64 {
        u64::from(self.socket.buffered_amount())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Closing fails only for codes and reasons that are not given here.
        self.socket.close().ok();
    }
}

fn reason(event: &CloseEvent) -> String {
    match event.reason() {
        reason if reason.is_empty() => {
            format!("The backend does not answer (code {}).", event.code())
        }
        reason => reason,
    }
}
