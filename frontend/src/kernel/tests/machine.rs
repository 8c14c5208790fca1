//! A machine that keeps what it is told, in the browser's place.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use shared::frame;
use shared::mailbox::WORDS;

use crate::kernel::edition::Edition;
use crate::kernel::outside::{Fault, GuestMemory, Outside, Resource, ThreadStart};
use crate::kernel::{ProcessId, WorkerId};
use crate::messages::{Batch, Notice};

pub(super) const REQUEST: u32 = 0;
pub(super) const ANSWER: u32 = 32_768;
pub(super) const ANSWER_MAX: u32 = 16_384;
const PAGE: usize = 65_536;

#[derive(Clone)]
pub(super) struct Memory(Rc<RefCell<Vec<u8>>>);

impl GuestMemory for Memory {
    fn contains(&self, at: u32, len: u32) -> bool {
        u64::from(at) + u64::from(len) <= PAGE as u64
    }

    fn read(&self, at: u32, into: &mut [u8]) -> Result<(), Fault> {
        let memory = self.0.borrow();
        into.copy_from_slice(memory.get(at as usize..at as usize + into.len()).ok_or(Fault)?);
        Ok(())
    }

    fn write(&self, at: u32, bytes: &[u8]) -> Result<(), Fault> {
        let mut memory = self.0.borrow_mut();
        let part = memory.get_mut(at as usize..at as usize + bytes.len()).ok_or(Fault)?;
        part.copy_from_slice(bytes);
        Ok(())
    }
}

/// What the kernel did.
#[derive(Default)]
pub(super) struct World {
    pub(super) now_us: u64,
    pub(super) wake_us: Option<u64>,
    pub(super) running: BTreeMap<WorkerId, (Memory, ThreadStart)>,
    pub(super) ended: HashSet<WorkerId>,
    pub(super) mailboxes: BTreeMap<WorkerId, [i32; WORDS as usize]>,
    pub(super) answers: BTreeMap<WorkerId, i32>,
    pub(super) woken: HashSet<WorkerId>,
    pub(super) connections: Vec<u32>,
    pub(super) sent: Vec<(Value, Vec<u8>)>,
    pub(super) fetched: Vec<(Resource, String)>,
    /// The guests that were asked for.
    pub(super) loads: Vec<Edition>,
    /// The guests whose interpreters were started.
    pub(super) made: Vec<Edition>,
    pub(super) notices: Vec<Notice>,
    pub(super) unsent_bytes: u64,
}

pub(super) struct Fake(pub(super) Rc<RefCell<World>>);

impl Outside for Fake {
    type Memory = Memory;

    fn now_us(&self) -> u64 {
        self.0.borrow().now_us
    }

    fn trace(&mut self, _on: bool) {}

    fn wake_at(&mut self, at_us: u64) {
        self.0.borrow_mut().wake_us = Some(at_us);
    }

    fn load_guest(&mut self, edition: Edition, _url: &str) {
        self.0.borrow_mut().loads.push(edition);
    }

    fn fetch(&mut self, what: Resource, url: &str) {
        self.0.borrow_mut().fetched.push((what, url.to_owned()));
    }

    fn new_memory(&mut self, _process: ProcessId, edition: Edition) -> Result<Memory, String> {
        self.0.borrow_mut().made.push(edition);
        Ok(Memory(Rc::new(RefCell::new(vec![0; PAGE]))))
    }

    fn start_worker(&mut self, _worker: WorkerId) -> Result<(), String> {
        Ok(())
    }

    fn run_thread(
        &mut self,
        worker: WorkerId,
        memory: &Memory,
        start: ThreadStart,
    ) -> Result<(), String> {
        self.0.borrow_mut().running.insert(worker, (memory.clone(), start));
        Ok(())
    }

    fn end_worker(&mut self, worker: WorkerId) {
        let mut world = self.0.borrow_mut();
        world.running.remove(&worker);
        world.ended.insert(worker);
    }

    fn pending_call(&self, worker: WorkerId) -> Option<[i32; WORDS as usize]> {
        self.0.borrow().mailboxes.get(&worker).copied()
    }

    fn answer(&mut self, worker: WorkerId, result: i32) {
        let mut world = self.0.borrow_mut();
        world.mailboxes.remove(&worker);
        world.answers.insert(worker, result);
    }

    fn wake(&mut self, worker: WorkerId) {
        self.0.borrow_mut().woken.insert(worker);
    }

    fn connect(&mut self, connection: u32, _url: &str) -> Result<(), String> {
        self.0.borrow_mut().connections.push(connection);
        Ok(())
    }

    fn send(&mut self, header: &str, payload: &[u8]) {
        let header = serde_json::from_str(header).unwrap();
        self.0.borrow_mut().sent.push((header, payload.to_vec()));
    }

    fn unsent_bytes(&self) -> u64 {
        self.0.borrow().unsent_bytes
    }

    fn disconnect(&mut self) {}

    fn post(&mut self, batch: Vec<u8>) {
        let (header, _) = frame::split(&batch).unwrap();
        let batch: Batch = serde_json::from_slice(header).unwrap();
        self.0.borrow_mut().notices.extend(batch.notices);
    }
}
