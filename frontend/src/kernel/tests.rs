//! The kernel without a browser: a machine that keeps what it is told.

mod consent;
mod gate;
mod resume;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use serde_json::{Value, json};

use shared::frame::{self, Limits, PolicySummary, Resumed, ServerMessage, Welcome};
use shared::mailbox::{self, Syscall, WORDS};

use super::edition::Edition;
use super::limits::{BLOCKED_AFTER_US, UNSHOWN_BYTES_MAX};
use super::link::LinkEvent;
use super::outside::{Fault, GuestMemory, Outside, Resource, ThreadStart};
use super::{Event, Kernel, ProcessId, WorkerId};
use crate::messages::{Batch, Command, LinkState, Notice, ProgramState, SourceFile};

const REQUEST: u32 = 0;
const ANSWER: u32 = 32_768;
const ANSWER_MAX: u32 = 16_384;
const PAGE: usize = 65_536;

#[derive(Clone)]
struct Memory(Rc<RefCell<Vec<u8>>>);

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
struct World {
    now_us: u64,
    wake_us: Option<u64>,
    running: BTreeMap<WorkerId, (Memory, ThreadStart)>,
    ended: HashSet<WorkerId>,
    mailboxes: BTreeMap<WorkerId, [i32; WORDS as usize]>,
    answers: BTreeMap<WorkerId, i32>,
    woken: HashSet<WorkerId>,
    connections: Vec<u32>,
    sent: Vec<(Value, Vec<u8>)>,
    fetched: Vec<(Resource, String)>,
    /// The guests that were asked for.
    loads: Vec<Edition>,
    /// The guests whose interpreters were started.
    made: Vec<Edition>,
    notices: Vec<Notice>,
    unsent_bytes: u64,
}

struct Fake(Rc<RefCell<World>>);

impl Outside for Fake {
    type Memory = Memory;

    fn now_us(&self) -> u64 {
        self.0.borrow().now_us
    }

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

/// A kernel and the world around it.
struct Tab {
    kernel: Kernel<Fake>,
    world: Rc<RefCell<World>>,
}

impl Tab {
    /// Returns a tab whose kernel is connected and has one warm interpreter.
    fn warm() -> Tab {
        let mut tab = Tab::open();
        tab.connect();
        let spare = tab.newest_worker();
        tab.ask(spare, json!("next_task"), b"");
        tab
    }

    fn open() -> Tab {
        let world = Rc::new(RefCell::new(World { now_us: 1_000_000, ..World::default() }));
        let mut tab = Tab { kernel: Kernel::new(Fake(world.clone())), world };
        tab.command(Command::Open {
            backend: "ws://host/ws".into(),
            guest: "/guest/python.wasm".into(),
            guest_tls: "/guest/python-tls.wasm".into(),
            library: "/library/index.json".into(),
            token: Some("5f0c".into()),
            room: None,
        });
        let listing = br#"{"files":[["os.py",9]]}"#.to_vec();
        tab.kernel.update(Event::Fetched { what: Resource::Listing, result: Ok(listing) });
        tab.kernel.update(Event::GuestLoaded(Edition::Plain, Ok(())));
        tab
    }

    fn connect(&mut self) {
        let connection = *self.world.borrow().connections.last().unwrap();
        self.kernel.update(Event::Link { connection, event: LinkEvent::Opened });
        let hello = json!({"hello": {"protocol": 1, "resume": "later", "token": "5f0c"}});
        assert_eq!(self.take_sent()[0].0, hello);
        self.welcome(None, None);
    }

    fn welcome(&mut self, resume: Option<&str>, resumed: Option<u64>) {
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
            policy: PolicySummary { summary: "all".into() },
            resume: resume.map(str::to_owned),
            resumed: resumed.map(|received| Resumed { received }),
        };
        self.tell(&ServerMessage::Welcome(welcome).encode());
    }

    fn lose(&mut self) {
        let connection = *self.world.borrow().connections.last().unwrap();
        let event = LinkEvent::Closed { message: "gone".into() };
        self.kernel.update(Event::Link { connection, event });
    }

    fn tell(&mut self, header: &str) {
        let connection = *self.world.borrow().connections.last().unwrap();
        self.kernel.update(Event::Link { connection, event: LinkEvent::Text(header.to_owned()) });
    }

    fn command(&mut self, command: Command) {
        self.kernel.update(Event::Command(command));
    }

    fn run(&mut self, program: &str) -> WorkerId {
        let files = vec![SourceFile { name: program.into(), text: "pass".into() }];
        let spare = self.newest_worker();
        self.command(Command::Run { program: program.into(), files, args: Vec::new() });
        spare
    }

    fn newest_worker(&self) -> WorkerId {
        *self.world.borrow().running.keys().next_back().unwrap()
    }

    /// Makes a system call.
    fn syscall(&mut self, worker: WorkerId, syscall: Syscall, args: &[u32]) {
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

    fn memory(&self, worker: WorkerId) -> Memory {
        self.world.borrow().running[&worker].0.clone()
    }

    /// Makes a request.
    fn ask(&mut self, worker: WorkerId, request: Value, payload: &[u8]) {
        let frame = frame::join(request.to_string().as_bytes(), payload);
        self.memory(worker).write(REQUEST, &frame).unwrap();
        let args = [REQUEST, frame.len() as u32, ANSWER, ANSWER_MAX];
        self.syscall(worker, Syscall::Call, &args);
    }

    fn call(&mut self, worker: WorkerId, call: Value) {
        self.part(worker, call, false, b"");
    }

    fn part(&mut self, worker: WorkerId, call: Value, more: bool, payload: &[u8]) {
        let site = json!({"file": "a.py", "line": 3});
        let call =
            json!({"call": {"method": call["op"], "site": site, "more": more, "call": call}});
        self.ask(worker, call, payload);
    }

    /// Returns the answer to the last request, if it is there.
    fn answer(&self, worker: WorkerId) -> Option<Value> {
        let len = *self.world.borrow().answers.get(&worker)?;
        let frame = self.memory(worker).copy_of(ANSWER, len as u32).unwrap();
        Some(serde_json::from_slice(frame::split(&frame).unwrap().0).unwrap())
    }

    fn take_sent(&mut self) -> Vec<(Value, Vec<u8>)> {
        std::mem::take(&mut self.world.borrow_mut().sent)
    }

    /// Returns the last message that was sent, its id replaced by nothing, and the id.
    fn last_call(&mut self) -> (u64, Value) {
        let (header, _) = self.take_sent().pop().unwrap();
        (header["id"].as_u64().unwrap(), header["call"].clone())
    }

    /// Lets time pass.
    fn pass(&mut self, us: u64) {
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
    fn notices(&mut self) -> Vec<Notice> {
        self.pass(40_000);
        std::mem::take(&mut self.world.borrow_mut().notices)
    }

    fn states(&mut self) -> Vec<ProgramState> {
        self.states_of_programs().into_iter().map(|(_, state)| state).collect()
    }

    fn states_of_programs(&mut self) -> Vec<(String, ProgramState)> {
        let states = self.notices().into_iter().filter_map(|notice| match notice {
            Notice::State { program, state } => Some((program, state)),
            _ => None,
        });
        states.collect()
    }

    /// Makes a socket and returns its fd.
    fn socket(&mut self, worker: WorkerId, id_of_session: u32) -> u64 {
        self.call(worker, json!({"op": "socket", "family": "inet", "kind": "stream", "proto": 0}));
        let (id, _) = self.last_call();
        let answer = json!({"id": id, "ok": {"socket": id_of_session}, "host_us": 1});
        self.tell(&answer.to_string());
        self.answer(worker).unwrap()["ok"]["socket"].as_u64().unwrap()
    }
}

const EXITED: ProgramState = ProgramState::Exited { code: 0, error: None };

#[test]
fn a_warm_interpreter_runs_a_program_and_serves_its_prompt() {
    let mut tab = Tab::warm();
    assert!(tab.notices().contains(&Notice::Warm));
    let main = tab.run("a.py");
    assert_eq!(tab.answer(main), Some(json!({"ok": {"run": {"file": "a.py", "args": []}}})));
    assert_eq!(tab.states(), [ProgramState::Loading, ProgramState::Running]);

    let finished =
        json!({"finished": {"run": {"exit_code": 0, "error": null, "threads_left": false}}});
    tab.ask(main, finished, b"");
    assert_eq!(tab.answer(main), Some(json!({"ok": {}})));
    tab.ask(main, json!("next_task"), b"");
    assert_eq!(tab.answer(main), None);
    assert_eq!(tab.states(), [EXITED]);

    let source = "1 + 1".to_owned();
    tab.command(Command::Prompt { program: "a.py".into(), source, files: Vec::new() });
    assert_eq!(tab.answer(main), Some(json!({"ok": {"prompt": {"source": "1 + 1"}}})));
    tab.ask(main, json!({"finished": {"prompt": {"error": null}}}), b"");
    assert_eq!(tab.states(), [ProgramState::Running, EXITED]);
}

#[test]
fn fds_are_the_programs_own() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    assert_eq!(tab.socket(main, 70), 3);
    assert_eq!(tab.socket(main, 71), 4);
    tab.call(main, json!({"op": "accept", "socket": 4, "wait": "forever"}));
    let (id, call) = tab.last_call();
    assert_eq!(call, json!({"op": "accept", "socket": 71, "wait": "forever"}));
    let address = json!({"inet": ["127.0.0.1", 9]});
    let reply = json!({"socket": 99, "local": address, "peer": address});
    tab.tell(&json!({"id": id, "ok": reply, "host_us": 5}).to_string());
    assert_eq!(tab.answer(main).unwrap()["ok"]["socket"], 5);
    tab.call(main, json!({"op": "close", "socket": 4}));
    let (id, call) = tab.last_call();
    assert_eq!(call["socket"], 71);
    tab.tell(&json!({"id": id, "ok": {}, "host_us": 5}).to_string());
    tab.call(main, json!({"op": "listen", "socket": 4, "backlog": 1}));
    assert!(tab.take_sent().is_empty());
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "EBADF");
    let poll = json!({"op": "poll", "entries": [{"socket": 4, "events": ["in"]}], "wait": "never"});
    tab.call(main, poll);
    let invalid = json!({"ok": {"ready": [{"socket": 4, "events": ["nval"]}]}});
    assert_eq!(tab.answer(main), Some(invalid));
}

#[test]
fn a_call_is_recorded_with_its_bytes_and_the_programs_fd() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.notices();
    let sendall = json!({"op": "sendall", "socket": 3, "flags": [], "wait": "forever"});
    tab.part(main, sendall.clone(), true, b"12345");
    let (id, _) = tab.last_call();
    tab.tell(&json!({"id": id, "ok": {"len": 5, "offset": 0}, "host_us": 2}).to_string());
    tab.part(main, sendall, false, b"678");
    let (id, _) = tab.last_call();
    tab.tell(&json!({"id": id, "ok": {"len": 3, "offset": 5}, "host_us": 3}).to_string());
    let notices = tab.notices();
    let [Notice::CallStarted(start), Notice::CallContinued { bytes, .. }, Notice::CallEnded(end)] =
        &notices[..]
    else {
        panic!("{notices:?}");
    };
    assert_eq!((&start.bytes, bytes), (&(0..5), &(5..8)));
    assert_eq!(start.call.socket().unwrap().0, 3);
    assert_eq!(end.host_us, 5);
    let whole = crate::session::recording::CallOutcome::Ok(json!({"len": 8, "offset": 0}));
    assert_eq!(end.outcome, whole);
}

#[test]
fn stop_leaves_nothing_behind() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.call(main, json!({"op": "accept", "socket": 3, "wait": "forever"}));
    let (accept, _) = tab.last_call();
    tab.command(Command::Stop { program: "a.py".into() });
    let sent: Vec<Value> = tab.take_sent().into_iter().map(|(header, _)| header).collect();
    assert_eq!(sent[0], json!({"cancel": accept}));
    assert_eq!(sent[1]["call"], json!({"op": "close", "socket": 70}));
    assert!(tab.world.borrow().ended.contains(&main));
    assert_eq!(tab.states().last(), Some(&ProgramState::Stopped));

    // A connection that was accepted before the cancel arrived is closed as well.
    let address = json!({"inet": ["127.0.0.1", 9]});
    let reply = json!({"socket": 99, "local": address, "peer": address});
    tab.tell(&json!({"id": accept, "ok": reply, "host_us": 5}).to_string());
    assert_eq!(tab.last_call().1, json!({"op": "close", "socket": 99}));
}

#[test]
fn a_lost_connection_ends_calls_and_sockets() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.call(main, json!({"op": "accept", "socket": 3, "wait": "forever"}));
    tab.lose();
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "ENETDOWN");
    tab.call(main, json!({"op": "socket", "family": "inet", "kind": "stream", "proto": 0}));
    let error = tab.answer(main).unwrap()["error"].clone();
    assert_eq!(error["errno"], "ENETDOWN");
    assert!(error["message"].as_str().unwrap().contains("cargo run -p backend"));
    let lost = LinkState::Lost { message: "gone".into(), retry_in_ms: 500 };
    assert!(tab.notices().contains(&Notice::Link(lost)));

    tab.take_sent();
    tab.pass(500_000);
    tab.connect();
    assert_eq!(tab.socket(main, 1), 4);
    tab.call(main, json!({"op": "listen", "socket": 3, "backlog": 1}));
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "ENETDOWN");
    tab.call(main, json!({"op": "close", "socket": 3}));
    assert_eq!(tab.answer(main), Some(json!({"ok": {}})));
    assert!(tab.take_sent().is_empty());
}

#[test]
fn a_call_before_the_connection_stands_waits_for_it() {
    let mut tab = Tab::open();
    let main = tab.newest_worker();
    tab.ask(main, json!("next_task"), b"");
    tab.run("a.py");
    tab.call(main, json!({"op": "gethostname"}));
    assert_eq!(tab.answer(main), None);
    tab.connect();
    let (id, _) = tab.last_call();
    tab.tell(&json!({"id": id, "ok": {"name": "host"}, "host_us": 5}).to_string());
    assert_eq!(tab.answer(main), Some(json!({"ok": {"name": "host"}})));
}

#[test]
fn a_short_wait_is_not_shown_and_a_long_one_is() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.states();
    let recv = json!({"op": "recv", "socket": 3, "len": 9, "flags": [], "wait": "forever"});
    tab.call(main, recv.clone());
    let (id, _) = tab.last_call();
    tab.pass(BLOCKED_AFTER_US / 2);
    tab.tell(&json!({"id": id, "ok": {"len": 0, "offset": 0}, "host_us": 5}).to_string());
    assert_eq!(tab.states(), []);
    tab.call(main, recv);
    let (id, _) = tab.last_call();
    let states = tab.states();
    let [ProgramState::Blocked(blocked)] = &states[..] else { panic!("{states:?}") };
    assert_eq!(blocked.method, "recv");
    assert_eq!(blocked.site.as_ref().unwrap().line, 3);
    tab.tell(&json!({"id": id, "ok": {"len": 0, "offset": 0}, "host_us": 5}).to_string());
    assert_eq!(tab.states(), [ProgramState::Running]);
    tab.kernel.update(Event::Told {
        worker: main,
        syscall: Syscall::Sleep,
        argument: 200,
        text: String::new(),
    });
    let states = tab.states();
    assert!(matches!(&states[..], [ProgramState::Blocked(sleep)] if sleep.method == "sleep"));
    tab.pass(200_000);
    assert_eq!(tab.states(), [ProgramState::Running]);
}

/// Makes the thread that takes notice of interrupts, as an interpreter does when it begins.
fn with_interrupter(tab: &mut Tab, main: WorkerId) {
    tab.syscall(main, Syscall::KeepThread, &[]);
    let running = tab.world.borrow().running.len();
    tab.syscall(main, Syscall::ThreadSpawn, &[99]);
    assert!(tab.world.borrow().answers[&main] > 0);
    assert_eq!(tab.world.borrow().running.len(), running, "it begins with the first interrupt");
}

fn interrupter(tab: &Tab) -> WorkerId {
    let started = ThreadStart::Thread { tid: 1, argument: 99 };
    let world = tab.world.borrow();
    *world.running.iter().find(|(_, (_, start))| *start == started).unwrap().0
}

/// The number of the signal that Stop sends.
const SIGINT: i32 = 2;

/// Lets the thread that has just begun take notice: it comes for the signal, and then for the next.
fn take_notice(tab: &mut Tab, interrupter: WorkerId) {
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
    assert_eq!(tab.world.borrow().answers[&interrupter], SIGINT);
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
}

#[test]
fn an_alarm_rings_when_its_time_has_come() {
    const SIGALRM: i32 = 14;
    const SIGUSR1: i32 = 10;
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    with_interrupter(&mut tab, main);
    // The second takes the place of the first, and -1 takes it back.
    for (signal, after_ms) in [(SIGALRM, 50), (SIGALRM, 100), (SIGALRM, -1), (SIGALRM, 200)] {
        tab.syscall(main, Syscall::Signal, &[signal as u32, after_ms as u32]);
    }
    tab.kernel.update(Event::Told {
        worker: main,
        syscall: Syscall::Sleep,
        argument: 9000,
        text: String::new(),
    });
    tab.pass(150_000);
    assert!(tab.world.borrow().running.values().all(|(_, start)| *start == ThreadStart::Main));
    tab.pass(100_000);
    let interrupter = interrupter(&tab);
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
    assert_eq!(tab.world.borrow().answers[&interrupter], SIGALRM);
    // Another that comes meanwhile waits its turn.
    tab.kernel.update(Event::Told {
        worker: main,
        syscall: Syscall::Awake,
        argument: 0,
        text: String::new(),
    });
    tab.syscall(main, Syscall::Signal, &[SIGUSR1 as u32, 0]);
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
    assert_eq!(tab.world.borrow().answers[&interrupter], SIGUSR1);
}

#[test]
fn an_interrupt_ends_a_call_after_the_program_took_notice() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    with_interrupter(&mut tab, main);
    tab.call(main, json!({"op": "accept", "socket": 3, "wait": "forever"}));
    let (id, _) = tab.last_call();
    tab.command(Command::Interrupt { program: "a.py".into() });
    assert_eq!(tab.take_sent(), []);
    let interrupter = interrupter(&tab);
    take_notice(&mut tab, interrupter);
    assert_eq!(tab.take_sent()[0].0, json!({"cancel": id}));
    tab.tell(
        &json!({"id": id, "error": {"errno": "EINTR", "message": ""}, "host_us": 5}).to_string(),
    );
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "EINTR");

    // The next one finds the main thread computing: its next wait ends.
    tab.command(Command::Interrupt { program: "a.py".into() });
    assert_eq!(tab.world.borrow().answers[&interrupter], SIGINT);
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
    tab.call(main, json!({"op": "accept", "socket": 3, "wait": "forever"}));
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "EINTR");
    assert_eq!(tab.take_sent(), []);
}

#[test]
fn an_interrupt_ends_a_sleep_and_a_wait_for_input() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    with_interrupter(&mut tab, main);
    let text = json!({"method": "sleep", "site": {"file": "a.py", "line": 7}}).to_string();
    tab.kernel.update(Event::Told { worker: main, syscall: Syscall::Sleep, argument: 9000, text });
    let states = tab.states();
    let [.., ProgramState::Blocked(blocked)] = &states[..] else { panic!("{states:?}") };
    assert_eq!(blocked.site.as_ref().unwrap().line, 7);
    tab.command(Command::Interrupt { program: "a.py".into() });
    let interrupter = interrupter(&tab);
    take_notice(&mut tab, interrupter);
    assert!(tab.world.borrow().woken.contains(&main));

    tab.memory(main).write(64, &[128, 0, 0, 0, 9, 0, 0, 0]).unwrap();
    tab.syscall(main, Syscall::FdRead, &[0, 64, 1, 32]);
    assert_eq!(tab.states(), [ProgramState::Running, ProgramState::Input]);
    tab.command(Command::Interrupt { program: "a.py".into() });
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
    assert_eq!(tab.world.borrow().answers[&main], 6);
}

#[test]
fn a_program_that_cannot_take_notice_is_ended() {
    let mut tab = Tab::warm();
    tab.run("a.py");
    tab.states();
    tab.command(Command::Interrupt { program: "a.py".into() });
    assert_eq!(tab.states(), [ProgramState::Stopped]);
}

#[test]
fn a_wait_for_another_thread_is_shown() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.states();
    let told = |tab: &mut Tab, syscall, text: &str| {
        let text = text.to_owned();
        tab.kernel.update(Event::Told { worker: main, syscall, argument: 0, text });
    };
    told(&mut tab, Syscall::Wait, r#"{"method":"join","site":null}"#);
    let states = tab.states();
    assert!(matches!(&states[..], [ProgramState::Blocked(blocked)] if blocked.method == "join"));
    told(&mut tab, Syscall::Awake, "");
    assert_eq!(tab.states(), [ProgramState::Running]);
}

#[test]
fn input_is_waited_for_and_answered() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.states();
    let memory = tab.memory(main);
    memory.write_u32(500, 600).unwrap();
    memory.write_u32(504, 100).unwrap();
    tab.syscall(main, Syscall::FdRead, &[0, 500, 1, 508]);
    assert_eq!(tab.states(), [ProgramState::Input]);
    tab.command(Command::Input { program: "a.py".into(), text: "hello\n".into() });
    assert_eq!(tab.world.borrow().answers.get(&main), Some(&0));
    assert_eq!(memory.copy_of(600, 6).unwrap(), b"hello\n");
    assert_eq!(tab.states(), [ProgramState::Running]);
}

#[test]
fn a_flood_of_output_waits_for_the_page() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    let memory = tab.memory(main);
    memory.write(4096, &[b'x'; 16_384]).unwrap();
    memory.write_u32(500, 4096).unwrap();
    memory.write_u32(504, 16_384).unwrap();
    let mut written = 0;
    loop {
        tab.syscall(main, Syscall::FdWrite, &[1, 500, 1, 508]);
        if !tab.world.borrow().answers.contains_key(&main) {
            break;
        }
        written += 16_384;
        assert!(written <= UNSHOWN_BYTES_MAX, "nothing stops it");
    }
    tab.command(Command::Shown { program: "a.py".into(), bytes: 16_384 });
    assert_eq!(tab.world.borrow().answers.get(&main), Some(&0));
}

#[test]
fn threads_start_and_end_and_a_broken_one_ends_the_program() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.syscall(main, Syscall::ThreadSpawn, &[1234]);
    assert_eq!(tab.world.borrow().answers[&main], 1);
    let spawned = |tab: &Tab| {
        let world = tab.world.borrow();
        let mut threads = world.running.iter().filter_map(|(worker, (_, start))| match start {
            ThreadStart::Thread { tid, argument: 1234 } => Some((*worker, *tid)),
            _ => None,
        });
        threads.next_back().unwrap()
    };
    let (thread, _) = spawned(&tab);
    tab.kernel.update(Event::Told {
        worker: thread,
        syscall: Syscall::ThreadExit,
        argument: 0,
        text: String::new(),
    });
    tab.syscall(main, Syscall::ThreadSpawn, &[1234]);
    assert_eq!(tab.world.borrow().answers[&main], 2);
    let (thread, tid) = spawned(&tab);
    assert_eq!(tid, 2);
    tab.kernel.update(Event::Broke { worker: thread, message: "unreachable".into() });
    let states = tab.states();
    assert!(
        matches!(states.last(), Some(ProgramState::Failed { message }) if message.contains("unreachable"))
    );
    assert!(tab.world.borrow().ended.contains(&main));
}

#[test]
fn a_program_waits_for_an_interpreter_and_hears_when_there_is_none() {
    let mut tab = Tab::open();
    let main = tab.run("a.py");
    assert_eq!(tab.states(), [ProgramState::Loading]);
    tab.kernel.update(Event::Broke { worker: main, message: "no room".into() });
    let states = tab.states();
    assert!(
        matches!(&states[..], [ProgramState::Failed { message }] if message.contains("no room"))
    );
    tab.run_again("a.py");
    let main = tab.newest_worker();
    tab.ask(main, json!("next_task"), b"");
    assert_eq!(tab.states(), [ProgramState::Loading, ProgramState::Running]);
}

impl Tab {
    fn run_again(&mut self, program: &str) {
        let command = Command::Run { program: program.into(), files: vec![], args: vec![] };
        self.command(command);
    }
}

#[test]
fn an_answer_that_does_not_fit_is_kept() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.call(main, json!({"op": "gethostname"}));
    let (id, _) = tab.last_call();
    let name = "h".repeat(ANSWER_MAX as usize);
    tab.tell(&json!({"id": id, "ok": {"name": name}, "host_us": 5}).to_string());
    let len = tab.world.borrow().answers[&main] as u32;
    assert!(len > ANSWER_MAX);
    tab.syscall(main, Syscall::Fetch, &[100, len]);
    assert_eq!(tab.world.borrow().answers[&main] as u32, len);
    let frame = tab.memory(main).copy_of(100, len).unwrap();
    let answer: Value = serde_json::from_slice(frame::split(&frame).unwrap().0).unwrap();
    assert_eq!(answer["ok"]["name"], name);
}

#[test]
fn a_request_at_a_bad_address_is_a_fault() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    for args in [[u32::MAX, 9, ANSWER, 9], [0, u32::MAX, ANSWER, 9], [0, 9, u32::MAX, 9]] {
        tab.syscall(main, Syscall::Call, &args);
        assert_eq!(tab.world.borrow().answers[&main], -21);
    }
    tab.ask(main, json!({"call": "nonsense"}), b"");
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "EINVAL");
}

#[test]
fn the_script_has_the_same_numbers() {
    let script = include_str!("../../../web/mailbox.js");
    let mut syscalls = BTreeMap::new();
    let mut constants = BTreeMap::new();
    for line in script.lines() {
        if let Some((name, number)) = line.trim().split_once("\": ") {
            let number: i32 = number.trim_end_matches(',').parse().unwrap();
            syscalls.insert(name.trim_start_matches('"').to_owned(), number);
        } else if let Some(rest) = line.strip_prefix("export const ")
            && let Some((name, number)) = rest.trim_end_matches(';').split_once(" = ")
            && let Ok(number) = number.parse::<i64>()
        {
            constants.insert(name.to_owned(), number);
        }
    }
    let ours: BTreeMap<String, i32> =
        Syscall::ALL.iter().map(|call| (call.import().to_owned(), *call as i32)).collect();
    assert_eq!(syscalls, ours);
    let ours = [
        ("WORD_STATE", i64::from(mailbox::WORD_STATE)),
        ("WORD_NUMBER", mailbox::WORD_NUMBER.into()),
        ("WORD_RESULT", mailbox::WORD_RESULT.into()),
        ("WORD_WAKE", mailbox::WORD_WAKE.into()),
        ("WORD_ARGUMENTS", mailbox::WORD_ARGUMENTS.into()),
        ("ARGUMENTS_MAX", mailbox::ARGUMENTS_MAX.into()),
        ("WORDS", WORDS.into()),
        ("STATE_IDLE", mailbox::STATE_IDLE.into()),
        ("STATE_PENDING", mailbox::STATE_PENDING.into()),
        ("STATE_DONE", mailbox::STATE_DONE.into()),
    ];
    assert_eq!(constants, ours.map(|(name, number)| (name.to_owned(), number)).into());
}

/// Runs a program with this text.
fn run_text(tab: &mut Tab, name: &str, text: &str) {
    let files = vec![SourceFile { name: name.into(), text: text.into() }];
    tab.command(Command::Run { program: name.into(), files, args: Vec::new() });
}

fn state(program: &str, state: ProgramState) -> (String, ProgramState) {
    (program.to_owned(), state)
}

#[test]
fn a_program_with_tls_gets_the_interpreter_that_has_it() {
    let mut tab = Tab::warm();
    run_text(&mut tab, "tls.py", "import ssl");
    assert_eq!(tab.world.borrow().loads, [Edition::Plain, Edition::Tls]);
    // The spare is not for it, but for whoever comes after it.
    run_text(&mut tab, "plain.py", "import socket");
    let states = [
        state("tls.py", ProgramState::Loading),
        state("plain.py", ProgramState::Loading),
        state("plain.py", ProgramState::Running),
    ];
    assert_eq!(tab.states_of_programs(), states);
    let before: HashSet<WorkerId> = tab.world.borrow().running.keys().copied().collect();
    tab.kernel.update(Event::GuestLoaded(Edition::Tls, Ok(())));
    assert_eq!(tab.world.borrow().made.last(), Some(&Edition::Tls));
    let running: Vec<WorkerId> = tab.world.borrow().running.keys().copied().collect();
    let worker = running.into_iter().find(|worker| !before.contains(worker)).unwrap();
    tab.ask(worker, json!("next_task"), b"");
    assert_eq!(tab.states_of_programs(), [state("tls.py", ProgramState::Running)]);
    // The module is kept.
    run_text(&mut tab, "tls.py", "import ssl");
    assert_eq!(tab.world.borrow().loads, [Edition::Plain, Edition::Tls]);
    assert_eq!(tab.world.borrow().made.iter().filter(|made| **made == Edition::Tls).count(), 2);
}

#[test]
fn where_tls_cannot_be_loaded_only_programs_that_want_it_fail() {
    let mut tab = Tab::warm();
    run_text(&mut tab, "tls.py", "import ssl");
    tab.kernel.update(Event::GuestLoaded(Edition::Tls, Err("no network".into())));
    run_text(&mut tab, "plain.py", "import socket");
    let states = [
        state("tls.py", ProgramState::Loading),
        state("tls.py", ProgramState::Failed { message: "no network".into() }),
        state("plain.py", ProgramState::Loading),
        state("plain.py", ProgramState::Running),
    ];
    assert_eq!(tab.states_of_programs(), states);
    // Wanted again, it is asked for again.
    run_text(&mut tab, "tls.py", "import ssl");
    assert_eq!(tab.world.borrow().loads, [Edition::Plain, Edition::Tls, Edition::Tls]);
}
