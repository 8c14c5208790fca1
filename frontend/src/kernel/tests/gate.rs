//! Calls at the gate: step mode, slow motion, breakpoints, repeated orders and consent.

use super::*;
use crate::messages::{
    Breakpoints, Consent, Destination, HeldCall, Pace, Reach, Repetition, Rule, Turn, Why,
};
use crate::session::recording::CallOutcome;
use shared::guest::Site;

impl Tab {
    /// Returns a tab in which two programs run.
    fn two() -> (Tab, WorkerId, WorkerId) {
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

    fn hostname(&mut self, worker: WorkerId) {
        self.call(worker, json!({"op": "gethostname"}));
    }

    fn connect_to(&mut self, worker: WorkerId, host: &str, port: u16) {
        let address = json!({"inet": [host, port]});
        let call = json!({"op": "connect", "socket": 3, "address": address, "wait": "forever"});
        self.call(worker, call);
    }

    fn look_up(&mut self, worker: WorkerId, host: &str, service: &str) {
        let call = json!({"op": "getaddrinfo", "host": host, "service": service, "family": null,
            "kind": null, "proto": 0, "flags": 0});
        self.call(worker, call);
    }

    /// Answers the one call that was sent; fails if there is none or more than one.
    fn reply(&mut self, reply: Value) {
        let sent = self.take_sent();
        let [(header, _)] = &sent[..] else { panic!("{sent:?}") };
        let id = header["id"].as_u64().unwrap();
        self.tell(&json!({"id": id, "ok": reply, "host_us": 1}).to_string());
    }

    fn resolved(&mut self, address: &str) {
        let entry = json!({"family": "inet", "kind": "stream", "proto": 6, "canonical_name": "",
            "address": {"inet": [address, 80]}});
        self.reply(json!({"entries": [entry]}));
    }

    fn is_sent(&self) -> bool {
        !self.world.borrow().sent.is_empty()
    }

    fn held(&mut self) -> Vec<HeldCall> {
        let held = self.notices().into_iter().filter_map(|notice| match notice {
            Notice::Held(call) => Some(*call),
            _ => None,
        });
        held.collect()
    }

    /// Returns the one question that was asked since.
    fn question(&mut self) -> (u64, Destination) {
        let held = self.held();
        let [HeldCall { ticket, why: Why::Consent(destination), .. }] = &held[..] else {
            panic!("{held:?}")
        };
        (*ticket, destination.clone())
    }

    fn consent(&mut self, ticket: u64, consent: Consent) {
        self.command(Command::Consent { ticket, consent });
    }

    fn step(&mut self, program: &str) {
        self.command(Command::Step { program: program.into(), thread: None });
    }

    /// Returns the error that the thread got, if it got one.
    fn errno(&self, worker: WorkerId) -> Option<String> {
        self.answer(worker)?["error"]["errno"].as_str().map(str::to_owned)
    }
}

fn host(name: &str) -> Value {
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

#[test]
fn this_machine_needs_no_consent() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    for host in ["127.0.0.1", "localhost", "127.8.8.8", "0.0.0.0"] {
        tab.connect_to(main, host, 80);
        tab.reply(json!({"local": {"inet": ["127.0.0.1", 4]}}));
    }
    let bind = json!({"op": "bind", "socket": 3, "address": {"inet": ["0.0.0.0", 80]}});
    tab.call(main, bind);
    tab.reply(json!({"local": {"inet": ["0.0.0.0", 80]}}));
    tab.look_up(main, "localhost", "80");
    tab.resolved("127.0.0.1");
    // What this machine calls itself is known once it was asked for.
    tab.hostname(main);
    tab.reply(host("Lab-7"));
    tab.look_up(main, "lab-7", "80");
    tab.resolved("192.0.2.7");
    assert!(tab.held().is_empty());
    tab.connect_to(main, "192.0.2.7", 80);
    assert_eq!(tab.question().1.host, "192.0.2.7");
}

#[test]
fn a_name_that_was_allowed_covers_the_addresses_it_led_to() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.look_up(main, "Example.org.", "80");
    let (ticket, asked) = tab.question();
    assert_eq!(
        (asked.reach, asked.host.as_str(), asked.port),
        (Reach::Lookup, "example.org", Some(80))
    );
    assert!(!tab.is_sent());
    tab.consent(ticket, Consent::Session);
    tab.resolved("192.0.2.1");
    tab.connect_to(main, "192.0.2.1", 80);
    tab.reply(json!({"local": {"inet": ["127.0.0.1", 4]}}));
    // Another port, and another address, are other destinations.
    tab.connect_to(main, "192.0.2.1", 443);
    let (ticket, asked) = tab.question();
    assert_eq!((asked.names, asked.port), (vec!["example.org".to_owned()], Some(443)));
    tab.consent(ticket, Consent::Once);
    tab.reply(json!({"local": {"inet": ["127.0.0.1", 4]}}));
    tab.connect_to(main, "192.0.2.2", 80);
    assert_eq!(tab.question().1.names, [""; 0]);
}

#[test]
fn once_is_one_lookup_and_one_connection() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.look_up(main, "example.org", "80");
    let (ticket, _) = tab.question();
    tab.consent(ticket, Consent::Once);
    tab.resolved("192.0.2.1");
    tab.connect_to(main, "192.0.2.1", 80);
    tab.reply(json!({"local": {"inet": ["127.0.0.1", 4]}}));
    tab.connect_to(main, "192.0.2.1", 80);
    let (ticket, _) = tab.question();
    tab.consent(ticket, Consent::Once);
    tab.reply(json!({"local": {"inet": ["127.0.0.1", 4]}}));
    tab.connect_to(main, "192.0.2.1", 80);
    tab.question();
}

#[test]
fn a_refusal_is_eacces_and_holds_until_the_next_run() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.notices();
    tab.connect_to(main, "192.0.2.1", 80);
    let (ticket, _) = tab.question();
    tab.consent(ticket, Consent::No);
    assert_eq!(tab.errno(main).as_deref(), Some("EACCES"));
    let message = tab.answer(main).unwrap()["error"]["message"].to_string();
    assert!(message.contains("the visitor refused it: a.py"), "{message}");
    // The timeline has it, though it never left the tab.
    let ended = tab.notices().into_iter().find_map(|notice| match notice {
        Notice::CallEnded(ended) => Some(ended.outcome),
        _ => None,
    });
    assert!(matches!(ended, Some(CallOutcome::Error(_))));
    tab.connect_to(main, "192.0.2.1", 80);
    assert_eq!(tab.errno(main).as_deref(), Some("EACCES"), "a loop does not ask for ever");
    assert!(tab.held().is_empty());
    assert!(!tab.is_sent());
}

#[test]
fn a_consent_answers_every_program_that_asks_for_the_same() {
    let (mut tab, first, second) = Tab::two();
    for (worker, socket) in [(first, 70), (second, 71)] {
        tab.socket(worker, socket);
        tab.connect_to(worker, "192.0.2.1", 80);
    }
    let held = tab.held();
    assert_eq!(held.len(), 2);
    tab.consent(held[0].ticket, Consent::Session);
    assert_eq!(tab.take_sent().len(), 2);
    tab.command(Command::ForgetConsent);
    tab.connect_to(first, "192.0.2.1", 80);
}

#[test]
fn a_script_of_the_page_can_allow_a_destination() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    let rule = Rule::Host { host: "EXAMPLE.org".into(), port: Some(80) };
    tab.command(Command::Grant(rule));
    tab.connect_to(main, "example.org", 80);
    tab.reply(json!({"local": {"inet": ["127.0.0.1", 4]}}));
    tab.connect_to(main, "example.org", 81);
    tab.question();
    tab.command(Command::Grant(Rule::Any));
    assert!(tab.is_sent(), "what was asked is answered by it");
}

#[test]
fn opening_a_port_to_the_network_asks() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    let address = json!({"inet": ["192.0.2.9", 9000]});
    tab.call(main, json!({"op": "bind", "socket": 3, "address": address}));
    let (_, asked) = tab.question();
    assert_eq!((asked.reach, asked.port), (Reach::Bind, Some(9000)));
}

#[test]
fn step_mode_comes_before_the_question() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.command(Command::Pace(Pace::Step));
    tab.connect_to(main, "192.0.2.1", 80);
    assert_eq!(tab.held()[0].why, Why::Step);
    tab.step("a.py");
    let (ticket, _) = tab.question();
    // Continuing is no consent.
    tab.command(Command::Pace(Pace::Free));
    assert!(!tab.is_sent());
    tab.consent(ticket, Consent::Once);
    assert!(tab.is_sent());
}
