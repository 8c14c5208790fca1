//! A program's thread: its worker and its mailbox.

use js_sys::{Array, Atomics, Int32Array, Object, Reflect, SharedArrayBuffer};
use shared::mailbox::{
    STATE_DONE, STATE_PENDING, Syscall, WORD_RESULT, WORD_STATE, WORD_WAKE, WORDS,
};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Url, Worker, WorkerOptions, WorkerType};

use super::super::files::HOME;
use super::super::outside::ThreadStart;
use super::super::{Event, WorkerId};
use super::deliver;
use super::memory::WasmMemory;

/// Bytes of a word.
const WORD_BYTES: u32 = 4;

/// A worker for threads of programs. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct ThreadWorker {
    worker: Worker,
    buffer: SharedArrayBuffer,
    words: Int32Array,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl ThreadWorker {
    /// Starts a worker. `base` is where this worker's own script is.
    pub(super) fn start(id: WorkerId, base: &str) -> Result<Self, JsValue> {
        let url = Url::new_with_base("program.js", base)?.href();
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&url, &options)?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            deliver(read(id, &event.data()));
        });
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            // A worker whose script cannot be fetched gives an event without a message.
            let message = Reflect::get(&event, &"message".into()).ok();
            let message = message.and_then(|message| message.as_string()).unwrap_or_default();
            deliver(Event::Broke { worker: id, message });
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let buffer = SharedArrayBuffer::new(WORDS * WORD_BYTES);
        let words = Int32Array::new(&buffer);
        Ok(Self { worker, buffer, words, _on_message: on_message, _on_error: on_error })
    }

    /// Tells the worker to run a thread (see `web/program.js`).
    pub(super) fn run(
        &self,
        memory: &WasmMemory,
        start: ThreadStart,
        traced: bool,
    ) -> Result<(), JsValue> {
        let (role, tid, argument) = match start {
            ThreadStart::Main => ("main", 0, 0),
            ThreadStart::Thread { tid, argument } => ("thread", tid, argument),
        };
        let strings =
            |list: &[&str]| list.iter().map(|text| JsValue::from(*text)).collect::<Array>();
        let home = format!("HOME={HOME}");
        // The console moves no cursor, so nothing is to look for a pager either.
        let environment =
            [home.as_str(), "USER=user", "LANG=C.UTF-8", "TZ=UTC", "TERM=dumb", "NO_COLOR=1"];
        let message = Object::new();
        let fields: [(&str, &JsValue); 9] = [
            ("module", memory.module()),
            ("memory", memory.as_js()),
            ("mailbox", &self.buffer),
            ("traced", &traced.into()),
            ("role", &role.into()),
            ("tid", &tid.into()),
            ("startArg", &argument.into()),
            ("args", &strings(&["python"])),
            ("env", &strings(&environment)),
        ];
        for (name, value) in fields {
            Reflect::set(&message, &name.into(), value)?;
        }
        self.worker.post_message(&message)
    }

    /// Returns the mailbox if a system call is pending in it.
    pub(super) fn pending_call(&self) -> Option<[i32; WORDS as usize]> {
        let state = Atomics::load(&self.words, WORD_STATE).ok()?;
        let mut words = [0; WORDS as usize];
        (state == STATE_PENDING).then(|| self.words.copy_to(&mut words))?;
        Some(words)
    }

    /// Answers the pending system call and wakes the thread.
    pub(super) fn answer(&self, result: i32) {
        self.words.set_index(WORD_RESULT, result);
        self.set(WORD_STATE, STATE_DONE);
    }

    /// Ends the thread's sleep, if it sleeps.
    pub(super) fn wake(&self) {
        self.set(WORD_WAKE, 1);
    }

    fn set(&self, word: u32, value: i32) {
        let woken = Atomics::store(&self.words, word, value)
            .and_then(|_| Atomics::notify(&self.words, word));
        if let Err(error) = woken {
            web_sys::console::error_2(&"a thread could not be woken:".into(), &error);
        }
    }
}

impl Drop for ThreadWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// Reads what a worker says.
fn read(worker: WorkerId, data: &JsValue) -> Event {
    if data.is_null() {
        return Event::Nudge(worker);
    }
    let notice = data.dyn_ref::<Array>().and_then(|words| {
        let syscall = Syscall::from_number(words.get(0).as_f64()? as i32)?;
        let text = words.get(2).as_string().unwrap_or_default();
        Some(Event::Told { worker, syscall, argument: words.get(1).as_f64()? as i32, text })
    });
    notice.unwrap_or_else(|| Event::Broke {
        worker,
        message: data.as_string().unwrap_or_else(|| "it said something unknown".to_owned()),
    })
}
