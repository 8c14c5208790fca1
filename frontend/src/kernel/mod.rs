//! The kernel worker: what an operating system is to the programs in the tab.
//!
//! It owns the WebSocket, the programs with their threads, memories, fds and files, and tells
//! the page in batches what happened. It never waits: everything that happens to it is one
//! [`Event`], and [`Kernel::update`] deals with it.
//!
//! # Layout
//!
//! - [`outside`]: the browser as a trait, so that all the rest runs and is tested on the host.
//! - [`programs`]: the page's commands; what each program is doing.
//! - [`edition`]: which interpreter a program needs.
//! - [`spares`]: warm interpreters and workers.
//! - [`process`]: one interpreter: its threads and what they wait for.
//! - [`interrupt`]: signals; Stop, once, is one.
//! - [`syscalls`]: what a thread asks through its mailbox.
//! - [`gate`], [`holding`]: what holds a call before it is made, and the holding.
//! - [`lookup`]: the names that calls reach for.
//! - [`calls`]: socket calls: fds to the session's ids, the wire, and back.
//! - [`input`]: what calls that wait for sockets hear of the standard input.
//! - [`link`]: the connection to the backend.
//! - [`together`]: what visitors of a room show each other.
//! - [`trace`]: where the time of a call goes, if somebody asks.
//! - [`fds`], [`files`], [`library`], [`wasi`], [`stdio`], [`recorder`], [`module`]: what these
//!   are made of.
//! - `browser` (in the browser only): workers, timers and fetches.

#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod calls;
pub mod edition;
pub mod errno;
pub mod fds;
pub mod files;
pub mod gate;
pub mod holding;
pub mod input;
pub mod interrupt;
pub mod library;
pub mod limits;
pub mod link;
pub mod lookup;
pub mod module;
pub mod outside;
pub mod process;
pub mod programs;
pub mod recorder;
pub mod spares;
pub mod stdio;
pub mod syscalls;
pub mod together;
pub mod trace;
pub mod wasi;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, VecDeque};

use shared::frame::{self, CallId, ClientMessage, FrameError, Hello, ServerMessage, Welcome};
use shared::mailbox::Syscall;

use crate::messages::{Command, LinkState, Notice, ProgramName};
use calls::Pending;
use edition::Edition;
use files::Files;
use gate::Gate;
use library::{Library, Listing};
use link::journal::Journal;
use link::{Link, LinkEvent, Welcomed};
use outside::{Outside, Resource};
use process::{Process, ThreadId};
use programs::Program;
use recorder::Recorder;
use together::Together;
use trace::Trace;

/// Names a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(pub u32);

/// Names a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub u32);

/// Everything that can happen to the kernel worker.
#[derive(Debug)]
pub enum Event {
    /// The page asks for something.
    Command(Command),
    /// A worker says that there is something in its mailbox.
    Nudge(WorkerId),
    /// A worker makes a system call that waits for no answer.
    Told { worker: WorkerId, syscall: Syscall, argument: i32, text: String },
    /// A worker broke down.
    Broke { worker: WorkerId, message: String },
    /// A guest's module is there, or why not.
    GuestLoaded(Edition, Result<(), String>),
    /// Something was fetched, or why not.
    Fetched { what: Resource, result: Result<Vec<u8>, String> },
    /// A WebSocket tells something.
    Link { connection: u32, event: LinkEvent },
    /// It is the time that was asked for.
    Timer,
}

/// The kernel worker's state.
#[derive(Debug)]
pub struct Kernel<O: Outside> {
    outside: O,
    /// The guests' modules.
    images: BTreeMap<Edition, Image>,
    library_url: String,
    /// What the backend wants to know before it lets the page in.
    entry: Hello,
    library: Library,
    /// The files that a new process begins with, once the library's listing is there.
    template: Option<Files>,
    programs: BTreeMap<ProgramName, Program>,
    /// Programs that wait for an interpreter, first come first served.
    queue: VecDeque<ProgramName>,
    processes: BTreeMap<ProcessId, Process<O::Memory>>,
    next_process: u32,
    workers: HashMap<WorkerId, (ProcessId, ThreadId)>,
    /// Workers that wait to be told what to run.
    idle_workers: Vec<WorkerId>,
    next_worker: u32,
    /// A spare broke down; none is started until somebody wants one.
    spares_broken: bool,
    /// When the spares are to be made complete again.
    spares_us: Option<u64>,
    link: Link,
    pending: HashMap<CallId, Pending>,
    /// What the backend may not have got, and what we have.
    journal: Journal,
    /// The session can be resumed, so what is sent is noted.
    journaling: bool,
    next_call: u64,
    /// Where calls stand before they are made.
    gate: Gate,
    recorder: Recorder,
    /// Where the time of calls goes, if the page wants to know.
    trace: Option<Trace>,
    together: Together,
    /// When what programs are doing is to be looked at.
    look_us: Option<u64>,
    /// When the timer is set to.
    wake_us: Option<u64>,
}

/// A guest's module: where it is, and whether it is here.
#[derive(Debug)]
struct Image {
    url: String,
    state: ImageState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ImageState {
    /// Nobody wanted it yet, or it could not be loaded. Goes to `Loading` when somebody wants
    /// to run something.
    Absent,
    /// Goes to `Ready` or `Absent`.
    Loading,
    Ready,
}

impl<O: Outside> Kernel<O> {
    pub fn new(outside: O) -> Self {
        Kernel {
            outside,
            images: BTreeMap::new(),
            library_url: String::new(),
            entry: Hello::plain(),
            library: Library::default(),
            template: None,
            programs: BTreeMap::new(),
            queue: VecDeque::new(),
            processes: BTreeMap::new(),
            next_process: 1,
            workers: HashMap::new(),
            idle_workers: Vec::new(),
            next_worker: 1,
            spares_broken: false,
            spares_us: None,
            link: Link::default(),
            pending: HashMap::new(),
            journal: Journal::default(),
            journaling: false,
            next_call: 1,
            gate: Gate::default(),
            recorder: Recorder::default(),
            trace: None,
            together: Together::default(),
            look_us: None,
            wake_us: None,
        }
    }

    /// Deals with an event.
    pub fn update(&mut self, event: Event) {
        if let Some(trace) = &mut self.trace {
            trace.arrived(self.outside.now_us());
        }
        match event {
            Event::Command(command) => self.command(command),
            Event::Nudge(worker) => self.nudged(worker),
            Event::Told { worker, syscall, argument, text } => {
                self.told(worker, syscall, argument, &text);
            }
            Event::Broke { worker, message } => self.worker_broke(worker, message),
            Event::GuestLoaded(edition, result) => self.guest_loaded(edition, result),
            Event::Fetched { what, result } => self.fetched(what, result),
            Event::Link { connection, event } if self.link.is_current(connection) => {
                self.link_event(event);
            }
            Event::Link { .. } => {}
            Event::Timer => self.wake_us = None,
        }
        self.settle();
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Open { backend, guest, guest_tls, library, token, room, trace } => {
                self.trace = trace.then(Trace::default);
                self.outside.trace(trace);
                self.entry = Hello { token, room, ..Hello::plain() };
                let guests = [(Edition::Plain, guest), (Edition::Tls, guest_tls)];
                self.open(backend, guests, library);
            }
            Command::Run { program, files, args } => self.run(program, files, args),
            Command::Interrupt { program } => self.interrupt(&program),
            Command::Stop { program } => self.stop(&program),
            Command::Input { program, text } => self.type_in(&program, &text),
            Command::Eof { program } => self.end_input(&program),
            Command::Prompt { program, source, files } => self.prompt(program, source, files),
            Command::Complete { program, line } => self.complete(program, line),
            Command::Shown { program, bytes } => self.shown(&program, bytes),
            Command::Forget { program } => self.forget(&program),
            command @ (Command::Pace(_)
            | Command::Step { .. }
            | Command::Breakpoints(_)
            | Command::Repeat(_)
            | Command::Consent { .. }
            | Command::Framed
            | Command::Grant(_)
            | Command::Revoke(_)
            | Command::ForgetConsent) => self.gate_command(command),
            command @ (Command::Share(_) | Command::Show { .. }) => self.room_command(command),
            Command::Reconnect => {
                if !self.link.is_open() {
                    self.connect();
                }
            }
        }
    }

    fn open(&mut self, backend: String, guests: [(Edition, String); 2], library: String) {
        self.link.set_url(backend);
        let image = |url| Image { url, state: ImageState::Absent };
        self.images = guests.map(|(edition, url)| (edition, image(url))).into();
        self.library_url = library;
        self.load_image(Edition::Plain);
        self.outside.fetch(Resource::Listing, &self.library_url);
        self.connect();
        self.fill_workers();
    }

    /// Loads a guest's module, unless it is here or on its way.
    fn load_image(&mut self, edition: Edition) {
        if let Some(image) = self.images.get_mut(&edition)
            && image.state == ImageState::Absent
        {
            image.state = ImageState::Loading;
            self.outside.load_guest(edition, &image.url);
        }
    }

    fn guest_loaded(&mut self, edition: Edition, result: Result<(), String>) {
        let state = if result.is_ok() { ImageState::Ready } else { ImageState::Absent };
        if let Some(image) = self.images.get_mut(&edition) {
            image.state = state;
        }
        match result {
            Ok(()) => self.assign(),
            Err(message) => self.no_interpreter(edition, message),
        }
    }

    fn is_loaded(&self, edition: Edition) -> bool {
        self.images.get(&edition).is_some_and(|image| image.state == ImageState::Ready)
    }

    fn fetched(&mut self, what: Resource, result: Result<Vec<u8>, String>) {
        match what {
            Resource::Listing => self.listing_fetched(result),
            Resource::LibraryFile(index) => {
                if let Err(message) = &result {
                    self.trouble(format!("A file of the standard library: {message}"));
                }
                self.library.arrived(index, result.ok());
                self.library_file_settled(index);
            }
        }
    }

    fn listing_fetched(&mut self, result: Result<Vec<u8>, String>) {
        let listing = result.and_then(|bytes| {
            serde_json::from_slice::<Listing>(&bytes).map_err(|error| error.to_string())
        });
        // Without the listing a program still has the modules inside of the interpreter.
        let listing = listing.unwrap_or_else(|message| {
            self.trouble(format!("The standard library's listing: {message}"));
            Listing::default()
        });
        self.template = Some(Files::new(&listing.files));
        self.library = Library::new(&self.library_url, listing);
        self.assign();
    }

    fn connect(&mut self) {
        let connection = self.link.connecting(self.outside.now_us());
        // While a session may come back, the page hears that it does, or that it did not.
        if !self.link.has_session() {
            self.note(Notice::Link(LinkState::Connecting));
        }
        if let Err(message) = self.outside.connect(connection, self.link.url()) {
            self.link_lost(message);
        }
    }

    fn link_event(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Opened => {
                let hello = self.link.hello(self.journal.received());
                let Hello { token, room, .. } = self.entry.clone();
                let hello = ClientMessage::Hello(Hello { token, room, ..hello });
                self.outside.send(&hello.encode(), &[]);
            }
            LinkEvent::Text(header) => self.received(header.as_bytes(), &[]),
            LinkEvent::Binary(bytes) => match frame::split(&bytes) {
                Ok((header, payload)) => self.received(header, payload),
                Err(error) => self.unreadable(&error),
            },
            LinkEvent::Closed { message } => self.link_lost(message),
        }
    }

    fn received(&mut self, header: &[u8], payload: &[u8]) {
        match ServerMessage::decode(header) {
            Ok(ServerMessage::Answer(answer)) => {
                self.acknowledge(header.len() + payload.len());
                self.answered(answer, payload);
            }
            Ok(ServerMessage::Welcome(welcome)) => self.welcomed(welcome),
            Ok(ServerMessage::Refused(failure)) => {
                self.acknowledge(header.len());
                self.trouble(format!("The backend could not read a message: {failure}"));
            }
            Ok(ServerMessage::Closing(closing)) => {
                let state = self.link.closed(closing, self.outside.now_us());
                self.note(Notice::Link(state));
                self.lose_sockets();
            }
            Ok(ServerMessage::Room(room)) => self.room_changed(room),
            Ok(ServerMessage::Shown { note, show }) => {
                let now_us = self.outside.now_us();
                self.recorder.shown(note, show.get().to_owned(), payload, now_us);
            }
            Ok(ServerMessage::Clock(clock)) => self.clock_told(clock),
            Ok(ServerMessage::Limit(limit)) => self.note(Notice::Limit(limit)),
            Err(error) => self.unreadable(&error),
        }
    }

    fn welcomed(&mut self, welcome: Welcome) {
        self.gate.grants.contained = !welcome.policy.exposes;
        let had_session = self.link.has_session();
        let (state, welcomed) = self.link.welcomed(welcome);
        let received = match welcomed {
            Welcomed::Resumed { received } => received,
            Welcomed::New { resumable } => {
                if had_session {
                    self.lose_sockets();
                }
                self.journal.begin();
                self.journaling = resumable;
                0
            }
        };
        self.note(Notice::Link(state));
        self.rejoin(matches!(welcomed, Welcomed::Resumed { .. }));
        self.send_missing(received);
    }

    /// Counts what the backend has sent, and tells it now and then.
    fn acknowledge(&mut self, bytes: usize) {
        if let Some(received) = self.journal.receive(bytes)
            && self.journaling
        {
            self.outside.send(&ClientMessage::Ack { received }.encode(), &[]);
        }
    }

    fn unreadable(&mut self, error: &FrameError) {
        self.trouble(format!("A message of the backend could not be read: {error}"));
    }

    fn link_lost(&mut self, message: String) {
        if let Some(state) = self.link.lost(message, self.outside.now_us()) {
            self.link_changed(state);
        }
    }

    fn link_changed(&mut self, state: LinkState) {
        let is_lost = matches!(state, LinkState::Lost { .. });
        self.note(Notice::Link(state));
        if is_lost {
            self.lose_sockets();
        }
    }

    /// Does what time brings, and sets the timer for the next of it.
    fn settle(&mut self) {
        let now_us = self.outside.now_us();
        if self.link.is_overdue(now_us) {
            self.outside.disconnect();
            self.link_lost("The backend does not answer.".to_owned());
        }
        if self.link.is_given_up(now_us) {
            self.outside.disconnect();
            let state = self.link.give_up(now_us);
            self.link_changed(state);
        }
        if self.link.retry_is_due(now_us) {
            self.connect();
        }
        if self.look_us.is_some_and(|due_us| now_us >= due_us) {
            self.look(now_us);
        }
        if self.spares_us.is_some_and(|due_us| now_us >= due_us) {
            self.spares_us = None;
            self.fill_workers();
            self.fill_spares();
        }
        self.ring(now_us);
        self.let_calls_go(now_us);
        self.ask_clock(now_us);
        if let Some(summary) = self.trace.as_mut().and_then(|trace| trace.summary(now_us)) {
            self.recorder.note(Notice::Trace(summary), now_us);
        }
        if let Some(batch) = self.recorder.take(now_us) {
            self.outside.post(batch);
        }
        let due = [
            self.recorder.due_us(),
            self.look_us,
            self.spares_us,
            self.link.due_us(),
            self.gate.due_us(),
            self.together.due_us(),
            self.alarm_due_us(),
        ];
        if let Some(due_us) = due.into_iter().flatten().min()
            && self.wake_us.is_none_or(|wake_us| due_us < wake_us)
        {
            self.wake_us = Some(due_us);
            self.outside.wake_at(due_us);
        }
    }

    fn note(&mut self, notice: Notice) {
        let now_us = self.outside.now_us();
        self.recorder.note(notice, now_us);
    }

    fn trouble(&mut self, message: String) {
        self.note(Notice::Trouble { message });
    }
}
