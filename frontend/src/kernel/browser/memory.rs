//! A program's `WebAssembly.Memory`.

use std::cell::{Cell, RefCell};

use js_sys::{Object, Reflect, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::*;

use super::super::outside::{Fault, GuestMemory};
use super::guest::GuestModule;
use super::message_of;

/// A memory that a program's threads share, a view of it, and the guest that it is for.
#[derive(Debug)]
pub struct WasmMemory {
    module: WebAssembly::Module,
    memory: WebAssembly::Memory,
    /// The whole memory as it was when the view was made; it may have grown since.
    view: RefCell<Uint8Array>,
    len: Cell<u64>,
}

impl WasmMemory {
    pub(super) fn new(guest: &GuestModule) -> Result<Self, String> {
        let limits = guest.limits;
        let make = || {
            let wanted = Object::new();
            Reflect::set(&wanted, &"initial".into(), &limits.initial.into())?;
            Reflect::set(&wanted, &"maximum".into(), &limits.maximum.into())?;
            Reflect::set(&wanted, &"shared".into(), &true.into())?;
            WebAssembly::Memory::new(&wanted)
        };
        let memory = make().map_err(|error| {
            format!("The browser has no memory for an interpreter: {}", message_of(&error))
        })?;
        let view = RefCell::new(Uint8Array::new(&memory.buffer()));
        let module = guest.module.clone();
        let memory = Self { module, memory, view, len: Cell::new(0) };
        memory.refresh();
        Ok(memory)
    }

    pub(super) fn as_js(&self) -> &JsValue {
        &self.memory
    }

    pub(super) fn module(&self) -> &JsValue {
        &self.module
    }

    /// Makes the view anew: the memory's buffer is another object after it has grown.
    fn refresh(&self) {
        let view = Uint8Array::new(&self.memory.buffer());
        let len = Reflect::get(&view, &"length".into()).ok().and_then(|len| len.as_f64());
        self.len.set(len.unwrap_or(0.0) as u64);
        self.view.replace(view);
    }

    fn part(&self, at: u32, len: usize) -> Result<Uint8Array, Fault> {
        let len = u32::try_from(len).map_err(|_| Fault)?;
        let end = at.checked_add(len).ok_or(Fault)?;
        if !self.contains(at, len) {
            return Err(Fault);
        }
        Ok(self.view.borrow().subarray(at, end))
    }
}

impl GuestMemory for WasmMemory {
    fn contains(&self, at: u32, len: u32) -> bool {
        let end = u64::from(at) + u64::from(len);
        if end > self.len.get() {
            self.refresh();
        }
        end <= self.len.get()
    }

    fn read(&self, at: u32, into: &mut [u8]) -> Result<(), Fault> {
        self.part(at, into.len())?.copy_to(into);
        Ok(())
    }

    fn write(&self, at: u32, bytes: &[u8]) -> Result<(), Fault> {
        self.part(at, bytes.len())?.copy_from(bytes);
        Ok(())
    }
}
