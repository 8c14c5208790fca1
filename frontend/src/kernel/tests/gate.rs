//! Calls at the gate: step mode, slow motion, breakpoints, repeated orders and consent.

use super::machine::REQUEST;
use super::*;
use crate::messages::{Breakpoints, Consent, Destination, HeldCall, Pace, Repetition, Turn, Why};
use shared::guest::Site;

impl Tab {
    /// Returns a tab in which two programs run.
    pub(super) fn two() -> (Tab, WorkerId, WorkerId) {
        let mut tab = Tab::warm();
        let first = tab.run("a.py");
        tab.pass(2_000_000);
        let spare = tab.newest_worker();
        tab.ask(spare, json!("next_task"), b"");
        let second = tab.run("b.py");
        tab.notices();
        tab.take_sent();
        (tab, first, second)
    }

    pub(super) fn hostname(&mut self, worker: WorkerId) {
        self.call(worker, json!({"op": "gethostname"}));
    }

    pub(super) fn connect_to(&mut self, worker: WorkerId, host: &str, port: u16) {
        let address = json!({"inet": [host, port]});
        let call = json!({"op": "connect", "socket": 3, "address": address, "wait": "forever"});
        self.call(worker, call);
    }

    pub(super) fn look_up(&mut self, worker: WorkerId, host: &str, service: &str) {
        let call = json!({"op": "getaddrinfo", "host": host, "service": service, "family": null,
            "kind": null, "proto": 0, "flags": 0});
        self.call(worker, call);
    }

    /// Answers the one call that was sent; fails if there is none or more than one.
    pub(super) fn reply(&mut self, reply: Value) {
        let sent = self.take_sent();
        let [(header, _)] = &sent[..] else { panic!("{sent:?}") };
        let id = header["id"].as_u64().unwrap();
        self.tell(&json!({"id": id, "ok": reply, "host_us": 1}).to_string());
    }

    pub(super) fn resolved(&mut self, address: &str) {
        let entry = json!({"family": "inet", "kind": "stream", "proto": 6, "canonical_name": "",
            "address": {"inet": [address, 80]}});
        self.reply(json!({"entries": [entry]}));
    }

    pub(super) fn is_sent(&self) -> bool {
        !self.world.borrow().sent.is_empty()
    }

    pub(super) fn held(&mut self) -> Vec<HeldCall> {
        let held = self.notices().into_iter().filter_map(|notice| match notice {
            Notice::Held(call) => Some(*call),
            _ => None,
        });
        held.collect()
    }

    /// Returns the one question that was asked since.
    pub(super) fn question(&mut self) -> (u64, Destination) {
        let held = self.held();
        let [HeldCall { ticket, why: Why::Consent(destination), .. }] = &held[..] else {
            panic!("{held:?}")
        };
        (*ticket, destination.clone())
    }

    pub(super) fn consent(&mut self, ticket: u64, consent: Consent) {
        self.command(Command::Consent { ticket, consent });
    }

    pub(super) fn step(&mut self, program: &str) {
        self.command(Command::Step { program: program.into(), thread: None });
    }

    /// Returns the error that the thread got, if it got one.
    pub(super) fn errno(&self, worker: WorkerId) -> Option<String> {
        self.answer(worker)?["error"]["errno"].as_str().map(str::to_owned)
    }
}

pub(super) fn host(name: &str) -> Value {
    json!({ "name": name })
}

#[test]
fn in_step_mode_every_program_halts_and_the_visitor_says_who_goes() {
    let (mut tab, first, second) = Tab::two();
    tab.command(Command::Pace(Pace::Step));
    tab.hostname(first);
    tab.hostname(second);
    let held = tab.held();
    let programs: Vec<&str> = held.iter().map(|call| call.program.as_str()).collect();
    assert_eq!(programs, ["a.py", "b.py"]);
    assert_eq!(held[0].why, Why::Step);
    assert_eq!(held[0].site.as_ref().unwrap().line, 3);
    assert!(!tab.is_sent());

    tab.step("b.py");
    tab.reply(host("h"));
    assert!(tab.answer(second).is_some());
    assert_eq!(tab.answer(first), None);
    // It halts again before its next call.
    tab.hostname(second);
    assert!(!tab.is_sent());
    tab.command(Command::Pace(Pace::Free));
    assert_eq!(tab.take_sent().len(), 2);
}

#[test]
fn a_call_is_recorded_when_it_is_made_and_not_when_it_is_held() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.command(Command::Pace(Pace::Step));
    tab.hostname(main);
    let begun = |notice: &Notice| matches!(notice, Notice::CallStarted(_));
    assert!(!tab.notices().iter().any(begun));
    tab.pass(5_000_000);
    tab.step("a.py");
    let let_go_us = tab.world.borrow().now_us;
    let notices = tab.notices();
    assert!(matches!(notices[0], Notice::LetGo { made: true, .. }));
    let Notice::CallStarted(call) = &notices[1] else { panic!("{notices:?}") };
    assert_eq!(call.at_us, let_go_us);
}

#[test]
fn the_parts_of_a_sendall_are_one_step() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.command(Command::Pace(Pace::Step));
    let sendall = json!({"op": "sendall", "socket": 3, "flags": [], "wait": "forever"});
    tab.part(main, sendall.clone(), true, b"12345");
    assert!(!tab.is_sent());
    tab.step("a.py");
    assert_eq!(tab.world.borrow().sent[0].1, b"12345");
    tab.reply(json!({"len": 5, "offset": 0}));
    tab.part(main, sendall, false, b"678");
    assert!(tab.is_sent());
}

#[test]
fn what_a_program_changes_after_it_asked_does_not_count() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.connect_to(main, "192.0.2.1", 80);
    let (ticket, _) = tab.question();
    tab.memory(main).write(REQUEST, &[b'x'; 200]).unwrap();
    tab.consent(ticket, Consent::Once);
    assert_eq!(tab.last_call().1["address"], json!({"inet": ["192.0.2.1", 80]}));
}

#[test]
fn a_held_call_goes_with_its_program() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.connect_to(main, "192.0.2.1", 80);
    let (ticket, _) = tab.question();
    tab.command(Command::Stop { program: "a.py".into() });
    let notices = tab.notices();
    assert!(notices.contains(&Notice::LetGo { ticket, made: false }));
    let stopped = Notice::State { program: "a.py".into(), state: ProgramState::Stopped };
    assert!(notices.contains(&stopped));
    // Only the socket is closed; there is no call to cancel.
    assert_eq!(tab.last_call().1, json!({"op": "close", "socket": 70}));
    // An answer that was on its way does nothing.
    tab.consent(ticket, Consent::Session);
    assert!(!tab.is_sent());
}

#[test]
fn slow_motion_lets_a_call_go_when_its_time_is_over() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.command(Command::Pace(Pace::Slow { hold_ms: 500 }));
    tab.hostname(main);
    tab.pass(499_000);
    assert!(!tab.is_sent());
    tab.pass(1_000);
    tab.reply(host("h"));
    tab.hostname(main);
    assert!(!tab.is_sent());
    tab.command(Command::Pace(Pace::Free));
    assert!(tab.is_sent());
}

#[test]
fn a_breakpoint_halts_its_method_and_its_line_alone() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    let methods = vec!["accept".to_owned()];
    tab.command(Command::Breakpoints(Breakpoints { methods, sites: Vec::new() }));
    tab.hostname(main);
    tab.reply(host("h"));
    let sites = vec![Site { file: "a.py".into(), line: 3 }];
    tab.command(Command::Breakpoints(Breakpoints { methods: Vec::new(), sites }));
    tab.hostname(main);
    assert_eq!(tab.held()[0].why, Why::Breakpoint);
    tab.step("a.py");
    assert!(tab.is_sent());
    tab.reply(host("h"));
    tab.hostname(main);
    tab.command(Command::Pace(Pace::Free));
    assert!(tab.is_sent(), "continuing goes on from a breakpoint");
}

fn turn(program: &str, beside: &[u32]) -> Turn {
    let method = "gethostname".to_owned();
    Turn { program: program.into(), thread: 0, method, beside: beside.to_vec() }
}

#[test]
fn an_order_is_repeated_whoever_comes_first() {
    let (mut tab, first, second) = Tab::two();
    // b's call had been made while a's was still waiting; a's next one came after both.
    let order = [turn("a.py", &[]), turn("b.py", &[0]), turn("a.py", &[])];
    tab.command(Command::Repeat(order.to_vec()));
    tab.hostname(second);
    assert!(!tab.is_sent());
    tab.hostname(first);
    let sent = tab.take_sent();
    assert_eq!(sent.len(), 2, "both are let go, in turn");
    let ids: Vec<u64> = sent.iter().map(|(header, _)| header["id"].as_u64().unwrap()).collect();
    let answer = |id: u64| json!({"id": id, "ok": {"name": "h"}, "host_us": 1}).to_string();
    tab.tell(&answer(ids[0]));
    tab.hostname(first);
    assert!(!tab.is_sent(), "b's call had ended by then");
    tab.tell(&answer(ids[1]));
    assert!(tab.is_sent());
    let over = |notice: &Notice| *notice == Notice::Repetition(Repetition::Complete);
    assert!(tab.notices().iter().any(over));
}

#[test]
fn a_program_that_departs_from_the_order_halts_everything() {
    let (mut tab, first, second) = Tab::two();
    tab.command(Command::Repeat(vec![turn("a.py", &[]), turn("b.py", &[])]));
    tab.hostname(second);
    tab.call(first, json!({"op": "socket", "family": "inet", "kind": "stream", "proto": 0}));
    let notices = tab.notices();
    let diverged = notices.iter().find_map(|notice| match notice {
        Notice::Repetition(Repetition::Diverged { message }) => Some(message.as_str()),
        _ => None,
    });
    assert_eq!(diverged, Some("a.py is about to call socket() where it called gethostname()."));
    assert!(!tab.is_sent());
    tab.step("a.py");
    tab.step("b.py");
    assert_eq!(tab.take_sent().len(), 2);
}

#[test]
fn a_program_that_ends_early_departs_from_the_order() {
    let (mut tab, first, _) = Tab::two();
    tab.command(Command::Repeat(vec![turn("a.py", &[])]));
    let run = json!({"exit_code": 0, "error": null, "threads_left": false});
    tab.ask(first, json!({"finished": {"run": run}}), b"");
    let diverged = |notice: &Notice| {
        matches!(notice, Notice::Repetition(Repetition::Diverged { message })
            if message == "a.py ended where it called gethostname().")
    };
    assert!(tab.notices().iter().any(diverged));
}
