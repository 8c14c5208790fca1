//! What the kernel worker needs of the browser, as traits: its logic runs on the host as well.

use super::edition::Edition;
use super::{ProcessId, WorkerId};
use shared::mailbox::WORDS;

/// An address outside of a program's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault;

/// A program's memory. The program may write to it at any time, as to a real process's.
pub trait GuestMemory {
    /// Returns whether all these bytes are in the memory.
    fn contains(&self, at: u32, len: u32) -> bool;
    /// Copies bytes out of the memory.
    fn read(&self, at: u32, into: &mut [u8]) -> Result<(), Fault>;
    /// Copies bytes into the memory.
    fn write(&self, at: u32, bytes: &[u8]) -> Result<(), Fault>;

    /// Returns a copy of bytes. Checks the address before it takes memory for them.
    fn copy_of(&self, at: u32, len: u32) -> Result<Vec<u8>, Fault> {
        if !self.contains(at, len) {
            return Err(Fault);
        }
        let mut bytes = vec![0; len as usize];
        self.read(at, &mut bytes)?;
        Ok(bytes)
    }

    fn write_u32(&self, at: u32, value: u32) -> Result<(), Fault> {
        self.write(at, &value.to_le_bytes())
    }

    fn write_u64(&self, at: u32, value: u64) -> Result<(), Fault> {
        self.write(at, &value.to_le_bytes())
    }
}

/// What a worker is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadStart {
    /// The program itself: its main thread.
    Main,
    /// Another thread of it.
    Thread { tid: i32, argument: i32 },
}

/// The browser, as the kernel worker uses it. Nothing here waits; what takes time comes back
/// as an [`Event`](super::Event).
pub trait Outside {
    type Memory: GuestMemory;

    /// Returns microseconds since 1970, from the tab's monotonic clock.
    fn now_us(&self) -> u64;
    /// Whether threads are to note in their mailboxes when they ask and wake.
    fn trace(&mut self, on: bool);
    /// Asks for [`Event::Timer`](super::Event::Timer) at this time instead of any asked for
    /// before.
    fn wake_at(&mut self, at_us: u64);

    /// Loads a guest's module; ends in [`Event::GuestLoaded`](super::Event::GuestLoaded).
    fn load_guest(&mut self, edition: Edition, url: &str);
    /// Fetches a resource; ends in [`Event::Fetched`](super::Event::Fetched).
    fn fetch(&mut self, what: Resource, url: &str);
    /// Makes the memory of a new process, for a guest whose module is there.
    fn new_memory(&mut self, process: ProcessId, edition: Edition) -> Result<Self::Memory, String>;

    /// Starts a worker that waits to be told what to run.
    fn start_worker(&mut self, worker: WorkerId) -> Result<(), String>;
    /// Tells a worker to run a thread, of the guest that the memory was made for.
    fn run_thread(
        &mut self,
        worker: WorkerId,
        memory: &Self::Memory,
        start: ThreadStart,
    ) -> Result<(), String>;
    /// Ends a worker wherever it is.
    fn end_worker(&mut self, worker: WorkerId);
    /// Ends a worker's sleep, if it sleeps.
    fn wake(&mut self, worker: WorkerId);
    /// Returns a worker's mailbox if a system call is pending in it.
    fn pending_call(&self, worker: WorkerId) -> Option<[i32; WORDS as usize]>;
    /// Answers the system call of a worker.
    fn answer(&mut self, worker: WorkerId, result: i32);

    /// Opens a WebSocket, in place of the one before. Its events carry `connection`.
    fn connect(&mut self, connection: u32, url: &str) -> Result<(), String>;
    /// Sends a message: a text frame, or with a payload a binary one.
    fn send(&mut self, header: &str, payload: &[u8]);
    /// Returns how many bytes of messages have not left the tab.
    fn unsent_bytes(&self) -> u64;
    /// Closes the WebSocket.
    fn disconnect(&mut self);

    /// Sends a batch to the page.
    fn post(&mut self, batch: Vec<u8>);
}

/// Something to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The listing of the standard library.
    Listing,
    /// One file of it.
    LibraryFile(u32),
}
