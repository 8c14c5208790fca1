//! The kernel without a browser: what programs ask, what the page hears, what the backend is sent.

mod consent;
mod editions;
mod gate;
mod handover;
mod input;
mod interrupts;
mod machine;
mod resume;
mod tab;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use shared::frame;
use shared::mailbox::{self, Syscall, WORDS};

use super::edition::Edition;
use super::limits::{BLOCKED_AFTER_US, UNSHOWN_BYTES_MAX};
use super::link::LinkEvent;
use super::outside::{GuestMemory, ThreadStart};
use super::{Event, WorkerId};
use crate::messages::{Command, LinkState, Notice, ProgramState, SourceFile};
use machine::{ANSWER, ANSWER_MAX};
use tab::Tab;

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
fn what_a_traceback_needs_is_fetched_while_there_is_a_backend() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    let fetched = |tab: &Tab| {
        let world = tab.world.borrow();
        world.fetched.iter().filter(|(_, url)| url.contains("traceback")).count()
    };
    tab.pass(BLOCKED_AFTER_US * 2);
    assert_eq!(fetched(&tab), 0, "a program that does not wait may never need it");
    tab.call(main, json!({"op": "accept", "socket": 3, "wait": "forever"}));
    tab.pass(BLOCKED_AFTER_US * 2);
    assert_eq!(fetched(&tab), 1);
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
        ("WORD_ASKED_US", mailbox::WORD_ASKED_US.into()),
        ("WORD_WOKEN_US", mailbox::WORD_WOKEN_US.into()),
        ("WORDS", WORDS.into()),
        ("STATE_IDLE", mailbox::STATE_IDLE.into()),
        ("STATE_PENDING", mailbox::STATE_PENDING.into()),
        ("STATE_DONE", mailbox::STATE_DONE.into()),
    ];
    assert_eq!(constants, ours.map(|(name, number)| (name.to_owned(), number)).into());
}
