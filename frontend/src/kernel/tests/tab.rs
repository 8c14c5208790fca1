//! A kernel and the world around it, and what a test lets programs and the page do.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};

use shared::frame::{self, Limits, PolicySummary, Resumed, ServerMessage, Welcome};
use shared::mailbox::{self, Syscall, WORDS};

use super::machine::{ANSWER, ANSWER_MAX, Fake, Memory, REQUEST, World};
use crate::kernel::edition::Edition;
use crate::kernel::link::LinkEvent;
use crate::kernel::outside::{GuestMemory, Resource};
use crate::kernel::{Event, Kernel, WorkerId};
use crate::messages::{Command, Notice, ProgramState, SourceFile};

/// A kernel and the world around it.
pub(super) struct Tab {
    pub(super) kernel: Kernel<Fake>,
    pub(super) world: Rc<RefCell<World>>,
}

impl Tab {
    /// Returns a tab whose kernel is connected and has one warm interpreter.
    pub(super) fn warm() -> Tab {
        let mut tab = Tab::open();
        tab.connect();
        let spare = tab.newest_worker();
        tab.ask(spare, json!("next_task"), b"");
        tab
    }

    pub(super) fn open() -> Tab {
        let world = Rc::new(RefCell::new(World { now_us: 1_000_000, ..World::default() }));
        let mut tab = Tab { kernel: Kernel::new(Fake(world.clone())), world };
        tab.command(Command::Open {
            backend: "ws://host/ws".into(),
            guest: "/guest/python.wasm".into(),
            guest_tls: "/guest/python-tls.wasm".into(),
            library: "/library/index.json".into(),
            token: Some("5f0c".into()),
            room: None,
            trace: false,
        });
        let listing = br#"{"files":[["os.py",9],["__pycache__/traceback.pyc",9]]}"#.to_vec();
        tab.kernel.update(Event::Fetched { what: Resource::Listing, result: Ok(listing) });
        tab.kernel.update(Event::GuestLoaded(Edition::Plain, Ok(())));
        tab
    }

    pub(super) fn connect(&mut self) {
        let connection = *self.world.borrow().connections.last().unwrap();
        self.kernel.update(Event::Link { connection, event: LinkEvent::Opened });
        let hello = json!({"hello": {"protocol": 1, "resume": "later", "token": "5f0c"}});
        assert_eq!(self.take_sent()[0].0, hello);
        self.welcome(None, None);
    }

    pub(super) fn welcome(&mut self, resume: Option<&str>, resumed: Option<u64>) {
        let welcome = Welcome {
            protocol: 1,
            platform: "linux".into(),
            limits: Limits {
                frame_bytes_max: 4096,
                transfer_bytes_max: 4096,
                sockets_max: 9,
                calls_in_flight_max: 9,
                resume_ms_max: 1000,
            },
            bounds: Vec::new(),
            policy: PolicySummary { summary: "all".into(), exposes: true },
            resume: resume.map(str::to_owned),
            resumed: resumed.map(|received| Resumed { received }),
        };
        self.tell(&ServerMessage::Welcome(welcome).encode());
    }

    pub(super) fn lose(&mut self) {
        let connection = *self.world.borrow().connections.last().unwrap();
        let event = LinkEvent::Closed { message: "gone".into() };
        self.kernel.update(Event::Link { connection, event });
    }

    pub(super) fn tell(&mut self, header: &str) {
        let connection = *self.world.borrow().connections.last().unwrap();
        self.kernel.update(Event::Link { connection, event: LinkEvent::Text(header.to_owned()) });
    }

    pub(super) fn command(&mut self, command: Command) {
        self.kernel.update(Event::Command(command));
    }

    pub(super) fn run(&mut self, program: &str) -> WorkerId {
        let files = vec![SourceFile { name: program.into(), text: "pass".into() }];
        let spare = self.newest_worker();
        self.command(Command::Run { program: program.into(), files, args: Vec::new() });
        spare
    }

    pub(super) fn newest_worker(&self) -> WorkerId {
        *self.world.borrow().running.keys().next_back().unwrap()
    }

    /// Makes a system call.
    pub(super) fn syscall(&mut self, worker: WorkerId, syscall: Syscall, args: &[u32]) {
        let mut words = [0; WORDS as usize];
        words[mailbox::WORD_NUMBER as usize] = syscall as i32;
        for (word, arg) in words[mailbox::WORD_ARGUMENTS as usize..].iter_mut().zip(args) {
            *word = *arg as i32;
        }
        let mut world = self.world.borrow_mut();
        world.mailboxes.insert(worker, words);
        world.answers.remove(&worker);
        drop(world);
        self.kernel.update(Event::Nudge(worker));
    }

    pub(super) fn memory(&self, worker: WorkerId) -> Memory {
        self.world.borrow().running[&worker].0.clone()
    }

    /// Makes a request.
    pub(super) fn ask(&mut self, worker: WorkerId, request: Value, payload: &[u8]) {
        let frame = frame::join(request.to_string().as_bytes(), payload);
        self.memory(worker).write(REQUEST, &frame).unwrap();
        let args = [REQUEST, frame.len() as u32, ANSWER, ANSWER_MAX];
        self.syscall(worker, Syscall::Call, &args);
    }

    pub(super) fn call(&mut self, worker: WorkerId, call: Value) {
        self.part(worker, call, false, b"");
    }

    pub(super) fn part(&mut self, worker: WorkerId, call: Value, more: bool, payload: &[u8]) {
        let site = json!({"file": "a.py", "line": 3});
        let call =
            json!({"call": {"method": call["op"], "site": site, "more": more, "call": call}});
        self.ask(worker, call, payload);
    }

    /// Returns the answer to the last request, if it is there.
    pub(super) fn answer(&self, worker: WorkerId) -> Option<Value> {
        let len = *self.world.borrow().answers.get(&worker)?;
        let frame = self.memory(worker).copy_of(ANSWER, len as u32).unwrap();
        Some(serde_json::from_slice(frame::split(&frame).unwrap().0).unwrap())
    }

    pub(super) fn take_sent(&mut self) -> Vec<(Value, Vec<u8>)> {
        std::mem::take(&mut self.world.borrow_mut().sent)
    }

    /// Returns the last message that was sent, its id replaced by nothing, and the id.
    pub(super) fn last_call(&mut self) -> (u64, Value) {
        let (header, _) = self.take_sent().pop().unwrap();
        (header["id"].as_u64().unwrap(), header["call"].clone())
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, us: u64) {
        let end = self.world.borrow().now_us + us;
        loop {
            let wake_us = self.world.borrow_mut().wake_us.take_if(|wake_us| *wake_us <= end);
            let Some(wake_us) = wake_us else { break };
            let mut world = self.world.borrow_mut();
            world.now_us = world.now_us.max(wake_us);
            drop(world);
            self.kernel.update(Event::Timer);
        }
        self.world.borrow_mut().now_us = end;
    }

    /// Returns what the page was told.
    pub(super) fn notices(&mut self) -> Vec<Notice> {
        self.pass(40_000);
        std::mem::take(&mut self.world.borrow_mut().notices)
    }

    pub(super) fn states(&mut self) -> Vec<ProgramState> {
        self.states_of_programs().into_iter().map(|(_, state)| state).collect()
    }

    pub(super) fn states_of_programs(&mut self) -> Vec<(String, ProgramState)> {
        let states = self.notices().into_iter().filter_map(|notice| match notice {
            Notice::State { program, state } => Some((program, state)),
            _ => None,
        });
        states.collect()
    }

    /// Makes a socket and returns its fd.
    pub(super) fn socket(&mut self, worker: WorkerId, id_of_session: u32) -> u64 {
        self.call(worker, json!({"op": "socket", "family": "inet", "kind": "stream", "proto": 0}));
        let (id, _) = self.last_call();
        let answer = json!({"id": id, "ok": {"socket": id_of_session}, "host_us": 1});
        self.tell(&answer.to_string());
        self.answer(worker).unwrap()["ok"]["socket"].as_u64().unwrap()
    }

    pub(super) fn run_again(&mut self, program: &str) {
        let command = Command::Run { program: program.into(), files: vec![], args: vec![] };
        self.command(command);
    }
}
