//! The kernel worker in the browser: workers, timers, fetches and messages.

mod guest;
mod memory;
mod workers;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use js_sys::{Array, ArrayBuffer, Uint8Array};
use shared::frame;
use shared::mailbox::WORDS;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Performance};

use self::guest::GuestModule;
use self::memory::WasmMemory;
use self::workers::ThreadWorker;
use super::edition::Edition;
use super::link::LinkEvent;
use super::link::websocket::Connection;
use super::outside::{Outside, Resource, ThreadStart};
use super::{Event, Kernel, ProcessId, WorkerId};
use crate::messages::{Batch, Command, Notice};

thread_local! {
    static KERNEL: RefCell<Option<Kernel<Browser>>> = const { RefCell::new(None) };
    /// The guests' modules; they come while the kernel is not at work.
    static GUESTS: RefCell<BTreeMap<Edition, GuestModule>> = const { RefCell::new(BTreeMap::new()) };
}

/// Starts the kernel worker. Called once, by `web/kernel.js`.
#[wasm_bindgen]
pub fn start_kernel() -> Result<(), JsValue> {
    std::panic::set_hook(Box::new(|panic| {
        let message = format!("The kernel worker broke down: {panic}");
        web_sys::console::error_1(&message.as_str().into());
        let header = frame::to_json(&Batch {
            notices: vec![Notice::Trouble { message }],
            times_us: Vec::new(),
        });
        if let Ok(scope) = scope() {
            post(&scope, &frame::join(header.as_bytes(), &[]));
        }
    }));
    let scope = scope()?;
    let on_timer = Closure::<dyn FnMut()>::new(|| deliver(Event::Timer));
    let performance = scope.performance().ok_or("there is no clock")?;
    let time_origin_ms = performance.time_origin();
    let browser = Browser {
        scope: scope.clone(),
        performance,
        time_origin_ms,
        on_timer,
        timer: None,
        workers: HashMap::new(),
        connection: None,
        traced: false,
    };
    KERNEL.set(Some(Kernel::new(browser)));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        match command(&event.data()) {
            Ok(command) => deliver(Event::Command(command)),
            Err(message) => web_sys::console::error_2(&"not a command:".into(), &message.into()),
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // It is needed for as long as the worker lives.
    on_message.forget();
    Ok(())
}

/// Hands an event to the kernel.
fn deliver(event: Event) {
    KERNEL.with(|kernel| {
        // It is taken only while it deals with an event, and nothing it does hands it another
        // one; after it has panicked there is nobody to hand one to.
        if let Ok(mut kernel) = kernel.try_borrow_mut()
            && let Some(kernel) = kernel.as_mut()
        {
            kernel.update(event);
        }
    });
}

fn scope() -> Result<DedicatedWorkerGlobalScope, JsValue> {
    Ok(js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>()?)
}

fn command(data: &JsValue) -> Result<Command, String> {
    let buffer = data.dyn_ref::<ArrayBuffer>().ok_or("it is not an ArrayBuffer")?;
    let bytes = Uint8Array::new(buffer).to_vec();
    let (header, payload) = frame::split(&bytes).map_err(|error| error.to_string())?;
    let command: Command = serde_json::from_slice(header).map_err(|error| error.to_string())?;
    Ok(command.with_payload(payload))
}

fn post(scope: &DedicatedWorkerGlobalScope, batch: &[u8]) {
    let buffer = Uint8Array::from(batch).buffer();
    let sent = scope.post_message_with_transfer(&buffer, &Array::of1(&buffer));
    if let Err(error) = sent {
        web_sys::console::error_2(&"a batch could not be sent:".into(), &error);
    }
}

/// Returns what a JavaScript error says.
fn message_of(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}

/// The browser, as the kernel worker uses it.
#[derive(Debug)]
pub struct Browser {
    scope: DedicatedWorkerGlobalScope,
    performance: Performance,
    time_origin_ms: f64,
    on_timer: Closure<dyn FnMut()>,
    timer: Option<i32>,
    workers: HashMap<WorkerId, ThreadWorker>,
    connection: Option<Connection>,
    /// Threads note when they ask and wake.
    traced: bool,
}

impl Outside for Browser {
    type Memory = WasmMemory;

    fn now_us(&self) -> u64 {
        ((self.time_origin_ms + self.performance.now()) * 1000.0) as u64
    }

    fn trace(&mut self, on: bool) {
        self.traced = on;
    }

    fn wake_at(&mut self, at_us: u64) {
        if let Some(timer) = self.timer.take() {
            self.scope.clear_timeout_with_handle(timer);
        }
        let pause_ms = at_us.saturating_sub(self.now_us()).div_ceil(1000);
        let set = self.scope.set_timeout_with_callback_and_timeout_and_arguments_0(
            self.on_timer.as_ref().unchecked_ref(),
            i32::try_from(pause_ms).unwrap_or(i32::MAX),
        );
        self.timer = set.ok();
    }

    fn load_guest(&mut self, edition: Edition, url: &str) {
        let (scope, url) = (self.scope.clone(), url.to_owned());
        spawn_local(async move {
            let loaded = guest::load(&scope, &url).await.map(|module| {
                GUESTS.with_borrow_mut(|guests| guests.insert(edition, module));
            });
            deliver(Event::GuestLoaded(edition, loaded));
        });
    }

    fn fetch(&mut self, what: Resource, url: &str) {
        let (scope, url) = (self.scope.clone(), url.to_owned());
        spawn_local(async move {
            let result = guest::fetch_bytes(&scope, &url).await;
            deliver(Event::Fetched { what, result });
        });
    }

    fn new_memory(&mut self, _process: ProcessId, edition: Edition) -> Result<WasmMemory, String> {
        GUESTS.with_borrow(|guests| {
            let guest = guests.get(&edition).ok_or("The interpreter is not loaded.")?;
            WasmMemory::new(guest)
        })
    }

    fn start_worker(&mut self, worker: WorkerId) -> Result<(), String> {
        let location = self.scope.location().href();
        let started = ThreadWorker::start(worker, &location).map_err(|error| message_of(&error))?;
        self.workers.insert(worker, started);
        Ok(())
    }

    fn run_thread(
        &mut self,
        worker: WorkerId,
        memory: &WasmMemory,
        start: ThreadStart,
    ) -> Result<(), String> {
        let worker = self.workers.get(&worker).ok_or("The worker is gone.")?;
        worker.run(memory, start, self.traced).map_err(|error| message_of(&error))
    }

    fn end_worker(&mut self, worker: WorkerId) {
        self.workers.remove(&worker);
    }

    fn pending_call(&self, worker: WorkerId) -> Option<[i32; WORDS as usize]> {
        self.workers.get(&worker)?.pending_call()
    }

    fn answer(&mut self, worker: WorkerId, result: i32) {
        if let Some(worker) = self.workers.get(&worker) {
            worker.answer(result);
        }
    }

    fn wake(&mut self, worker: WorkerId) {
        if let Some(worker) = self.workers.get(&worker) {
            worker.wake();
        }
    }

    fn connect(&mut self, connection: u32, url: &str) -> Result<(), String> {
        self.connection = None;
        let tell = move |event: LinkEvent| deliver(Event::Link { connection, event });
        self.connection = Some(Connection::open(url, tell).map_err(|error| message_of(&error))?);
        Ok(())
    }

    fn send(&mut self, header: &str, payload: &[u8]) {
        if let Some(connection) = &self.connection
            && let Err(error) = connection.send(header, payload)
        {
            // A connection that cannot send closes, and that is an event of its own.
            web_sys::console::error_2(&"a message could not be sent:".into(), &error);
        }
    }

    fn unsent_bytes(&self) -> u64 {
        self.connection.as_ref().map_or(0, Connection::unsent_bytes)
    }

    fn disconnect(&mut self) {
        self.connection = None;
    }

    fn post(&mut self, batch: Vec<u8>) {
        post(&self.scope, &batch);
    }
}
