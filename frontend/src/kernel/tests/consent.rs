//! Consent: what is asked about, and what an answer covers.

use super::gate::host;
use super::interrupts::{interrupter, take_notice, with_interrupter};
use super::*;
use crate::messages::{Consent, Granted, Pace, Reach, Rule, Why};
use crate::session::recording::CallOutcome;

#[test]
fn this_machine_needs_no_consent() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    for host in ["127.0.0.1", "localhost", "127.8.8.8", "0.0.0.0"] {
        tab.connect_to(main, host, 80);
        tab.reply(json!({"local": {"inet": ["127.0.0.1", 4]}}));
    }
    let bind = json!({"op": "bind", "socket": 3, "address": {"inet": ["127.0.0.1", 80]}});
    tab.call(main, bind);
    tab.reply(bound());
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
    tab.resolved("192.0.2.1");
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
fn to_listen_on_every_address_asks() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    let bind = |address: Value| json!({"op": "bind", "socket": 3, "address": address});
    for every in ["0.0.0.0", "", "0", "0x0.0"] {
        tab.call(main, bind(json!({"inet": [every, 9000]})));
        let (ticket, asked) = tab.question();
        assert_eq!((asked.reach, asked.port), (Reach::Bind, Some(9000)), "{every:?}");
        tab.consent(ticket, Consent::Once);
        tab.reply(bound());
    }
    for every in ["::", "::ffff:0.0.0.0", "0:0:0:0:0:0:0:0"] {
        tab.call(main, bind(json!({"inet6": [every, 9000, 0, 0]})));
        let (ticket, asked) = tab.question();
        assert_eq!((asked.reach, asked.port), (Reach::Bind, Some(9000)), "{every:?}");
        tab.consent(ticket, Consent::Once);
        tab.reply(bound());
    }
    // A name may lead there too.
    tab.command(Command::Grant(Rule::Host { host: "every.example".into(), port: None }));
    tab.call(main, bind(json!({"inet": ["every.example", 9000]})));
    tab.resolved("0.0.0.0");
    assert_eq!(tab.question().1.host, "0.0.0.0");
}

#[test]
fn a_yes_to_a_port_is_none_to_another_and_a_no_holds() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    let bind = |port: u16| json!({"op": "bind", "socket": 3, "address": {"inet": ["", port]}});
    tab.call(main, bind(9000));
    let (ticket, _) = tab.question();
    tab.consent(ticket, Consent::Session);
    tab.reply(bound());
    tab.call(main, bind(9000));
    tab.reply(bound());
    tab.call(main, bind(9001));
    let (ticket, _) = tab.question();
    tab.consent(ticket, Consent::No);
    assert_eq!(tab.errno(main).as_deref(), Some("EACCES"));
    let message = tab.answer(main).unwrap()["error"]["message"].to_string();
    assert!(message.contains("a.py was not allowed to open 0.0.0.0:9001"), "{message}");
    tab.call(main, bind(9001));
    assert_eq!(tab.errno(main).as_deref(), Some("EACCES"));
    tab.command(Command::Grant(Rule::Host { host: "0.0.0.0".into(), port: None }));
    tab.call(main, bind(9002));
    assert!(tab.is_sent());
}

#[test]
fn to_listen_without_an_address_is_to_listen_on_every_address() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    let listen = |fd: u64| json!({"op": "listen", "socket": fd, "backlog": 5});
    let bare = tab.socket(main, 70);
    tab.call(main, listen(bare));
    let (ticket, asked) = tab.question();
    assert_eq!((asked.reach, asked.host.as_str(), asked.port), (Reach::Bind, "0.0.0.0", Some(0)));
    assert!(!tab.is_sent());
    tab.consent(ticket, Consent::No);
    assert_eq!(tab.errno(main).as_deref(), Some("EACCES"));

    // One that was bound listens where it was bound, and so does its duplicate.
    let there = tab.socket(main, 71);
    let local = json!({"inet": ["127.0.0.1", 0]});
    tab.call(main, json!({"op": "bind", "socket": there, "address": local}));
    tab.reply(bound());
    tab.call(main, json!({"op": "dup", "socket": there}));
    tab.reply(json!({"socket": 72}));
    let copy = tab.answer(main).unwrap()["ok"]["socket"].as_u64().unwrap();
    for fd in [there, copy] {
        tab.call(main, listen(fd));
        tab.reply(bound());
    }
    // A number that is used again says nothing about the socket that has it now.
    tab.call(main, json!({"op": "close", "socket": copy}));
    tab.reply(json!({}));
    let next = tab.socket(main, 73);
    assert_eq!(next, copy);
    tab.call(main, listen(next));
    assert_eq!(tab.errno(main).as_deref(), Some("EACCES"));
}

#[test]
fn where_nobody_else_gets_in_every_address_is_the_sessions_own() {
    let mut tab = Tab::warm();
    tab.kernel.gate.grants.contained = true;
    let main = tab.run("a.py");
    let bare = tab.socket(main, 70);
    for every in ["0.0.0.0", ""] {
        let address = json!({"inet": [every, 9000]});
        tab.call(main, json!({"op": "bind", "socket": bare, "address": address}));
        tab.reply(bound());
    }
    let bare = tab.socket(main, 71);
    tab.call(main, json!({"op": "listen", "socket": bare, "backlog": 5}));
    tab.reply(bound());
    // An address of the host is one all the same.
    let address = json!({"inet": ["192.0.2.9", 9000]});
    tab.call(main, json!({"op": "bind", "socket": bare, "address": address}));
    assert_eq!(tab.question().1.reach, Reach::Bind);
}

#[test]
fn in_a_frame_programs_reach_each_other_and_nobody_else() {
    let mut tab = Tab::warm();
    tab.command(Command::Framed);
    let main = tab.run("a.py");
    let server = tab.socket(main, 70);
    let address = json!({"inet": ["127.0.0.1", 0]});
    tab.call(main, json!({"op": "bind", "socket": server, "address": address}));
    tab.reply(json!({"local": {"inet": ["127.0.0.1", 9000]}}));
    tab.socket(main, 71);
    for own in ["127.0.0.1", "localhost", "127.1", "0.0.0.0", ""] {
        tab.connect_to(main, own, 9000);
        tab.reply(connected());
    }
    let strange = [("127.0.0.1", 6379), ("127.0.0.2", 9000), ("localhost", 22), ("0.0.0.0", 80)];
    for (host, port) in strange {
        tab.connect_to(main, host, port);
        let (ticket, asked) = tab.question();
        assert_eq!((asked.reach, asked.port), (Reach::Connect, Some(port)), "{host}");
        tab.consent(ticket, Consent::No);
        assert_eq!(tab.errno(main).as_deref(), Some("EACCES"));
    }
    // ::1 is another address than 127.0.0.1, also by name.
    for host in ["::1", "localhost", "::"] {
        let address = json!({"inet6": [host, 9000, 0, 0]});
        let connect = json!({"op": "connect", "socket": 4, "address": address, "wait": "forever"});
        tab.call(main, connect);
        let (ticket, _) = tab.question();
        tab.consent(ticket, Consent::No);
    }
    // Whoever sent a datagram gets an answer.
    let sendto = |port: u16| json!({"op": "sendto", "socket": 4, "address": {"inet": ["127.0.0.1", port]}, "flags": [], "wait": "forever"});
    tab.call(
        main,
        json!({"op": "recvfrom", "socket": 4, "len": 9, "flags": [], "wait": "forever"}),
    );
    tab.reply(json!({"len": 0, "offset": null, "peer": {"inet": ["127.0.0.1", 5353]}}));
    tab.call(main, sendto(5353));
    tab.reply(json!({"len": 0}));
    tab.call(main, sendto(5354));
    tab.question();
}

#[test]
fn in_a_frame_an_isolated_loopback_is_the_sessions_own() {
    let mut tab = Tab::warm();
    tab.command(Command::Framed);
    tab.kernel.gate.grants.contained = true;
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.connect_to(main, "127.0.0.1", 6379);
    assert!(tab.is_sent());
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

fn bound() -> Value {
    json!({"local": {"inet": ["127.0.0.1", 4]}})
}

fn connected() -> Value {
    json!({"local": {"inet": ["127.0.0.1", 4]}, "peer": {"inet": ["192.0.2.1", 80]}})
}

#[test]
fn a_name_that_leads_inside_is_asked_about_again_by_its_address() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.look_up(main, "evil.example", "80");
    let (ticket, _) = tab.question();
    tab.consent(ticket, Consent::Session);
    tab.resolved("10.0.0.1");
    tab.connect_to(main, "10.0.0.1", 80);
    let (ticket, asked) = tab.question();
    assert_eq!((asked.host.as_str(), asked.inside), ("10.0.0.1", true));
    assert_eq!(asked.names, ["evil.example"]);
    // A yes is one to this address, and to no other that the name may lead to.
    tab.consent(ticket, Consent::Session);
    tab.reply(connected());
    tab.look_up(main, "evil.example", "80");
    tab.resolved("192.168.1.1");
    tab.connect_to(main, "192.168.1.1", 80);
    assert_eq!(tab.question().1.host, "192.168.1.1");
}

#[test]
fn once_is_no_yes_to_an_address_inside() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.look_up(main, "evil.example", "80");
    let (ticket, _) = tab.question();
    tab.consent(ticket, Consent::Once);
    tab.resolved("169.254.169.254");
    tab.connect_to(main, "169.254.169.254", 80);
    assert!(tab.question().1.inside);
}

#[test]
fn a_call_to_a_name_goes_to_the_address_that_was_looked_at() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.connect_to(main, "example.org", 80);
    let (ticket, asked) = tab.question();
    assert_eq!(asked.host, "example.org");
    tab.consent(ticket, Consent::Once);
    let lookup = tab.world.borrow().sent[0].0["call"].clone();
    assert_eq!(
        (lookup["op"].as_str(), lookup["host"].as_str()),
        (Some("getaddrinfo"), Some("example.org"))
    );
    tab.resolved("192.0.2.1");
    let sent = tab.world.borrow().sent[0].0["call"]["address"].clone();
    assert_eq!(sent, json!({"inet": ["192.0.2.1", 80]}));
    tab.reply(connected());
    // The program said the name, and that is what is recorded: one call.
    let started: Vec<_> = tab
        .notices()
        .into_iter()
        .filter_map(|notice| match notice {
            Notice::CallStarted(call) => Some(call.call),
            _ => None,
        })
        .collect();
    assert_eq!(
        serde_json::to_value(&started).unwrap()[0]["address"],
        json!({"inet": ["example.org", 80]})
    );
    assert_eq!(started.len(), 1);

    // Allowed once, it led outside; now it leads inside.
    tab.connect_to(main, "example.org", 80);
    let (ticket, _) = tab.question();
    tab.consent(ticket, Consent::Session);
    tab.resolved("192.168.0.1");
    let (ticket, asked) = tab.question();
    assert_eq!(
        (asked.host.as_str(), asked.names.as_slice()),
        ("192.168.0.1", &["example.org".to_owned()][..])
    );
    assert!(!tab.is_sent());
    tab.consent(ticket, Consent::No);
    assert_eq!(tab.errno(main).as_deref(), Some("EACCES"));
}

#[test]
fn a_name_that_is_not_known_fails_as_the_call_would() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.command(Command::Grant(Rule::Host { host: "nowhere.example".into(), port: None }));
    tab.connect_to(main, "nowhere.example", 80);
    let id = tab.take_sent()[0].0["id"].as_u64().unwrap();
    let error = json!({"errno": "EAI_NONAME", "message": "Name or service not known"});
    tab.tell(&json!({"id": id, "error": error, "host_us": 1}).to_string());
    assert_eq!(tab.errno(main).as_deref(), Some("EAI_NONAME"));
    assert!(!tab.is_sent());
    // And so it does when the connection is lost meanwhile.
    tab.connect_to(main, "nowhere.example", 80);
    tab.lose();
    assert_eq!(tab.errno(main).as_deref(), Some("ENETDOWN"));
}

#[test]
fn an_interrupt_while_a_name_is_looked_up_ends_the_call() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    with_interrupter(&mut tab, main);
    tab.command(Command::Grant(Rule::Host { host: "example.org".into(), port: None }));
    tab.connect_to(main, "example.org", 80);
    let (id, _) = tab.last_call();
    tab.take_sent();
    tab.command(Command::Interrupt { program: "a.py".into() });
    let interrupter = interrupter(&tab);
    take_notice(&mut tab, interrupter);
    assert_eq!(tab.take_sent()[0].0, json!({"cancel": id}));
    // The answer was on its way already: the connection is not begun all the same.
    let entry = json!({"family": "inet", "kind": "stream", "proto": 6, "canonical_name": "",
        "address": {"inet": ["192.0.2.1", 80]}});
    let answer = json!({"id": id, "ok": {"entries": [entry]}, "host_us": 1});
    tab.tell(&answer.to_string());
    assert_eq!(tab.errno(main).as_deref(), Some("EINTR"));
    assert!(!tab.is_sent());
}

#[test]
fn every_datagram_to_a_new_destination_asks() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    let sendto = |host: &str| json!({"op": "sendto", "socket": 3, "address": {"inet": [host, 9]}, "flags": [], "wait": "forever"});
    tab.call(main, sendto("192.0.2.1"));
    let (ticket, asked) = tab.question();
    assert_eq!(asked.reach, Reach::Send);
    tab.consent(ticket, Consent::Session);
    tab.reply(json!({"len": 0}));
    tab.call(main, sendto("192.0.2.2"));
    let (ticket, _) = tab.question();
    tab.consent(ticket, Consent::No);
    let sendmsg = json!({"op": "sendmsg", "socket": 3, "address": {"inet": ["192.0.2.3", 9]},
        "control": [], "flags": [], "wait": "forever"});
    tab.call(main, sendmsg);
    assert_eq!(tab.question().1.host, "192.0.2.3");
}

#[test]
fn what_was_allowed_can_be_taken_back() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    let rule = |host: &str| Rule::Host { host: host.into(), port: Some(80) };
    tab.command(Command::Grant(rule("192.0.2.9")));
    tab.connect_to(main, "192.0.2.1", 80);
    let (ticket, _) = tab.question();
    tab.notices();
    tab.consent(ticket, Consent::Session);
    tab.reply(connected());
    let granted = tab.granted().unwrap();
    let of = |rule, by_script| Granted { rule, by_script };
    assert_eq!(granted, [of(rule("192.0.2.9"), true), of(rule("192.0.2.1"), false)]);
    tab.command(Command::Revoke(Some(rule("192.0.2.1"))));
    assert_eq!(tab.granted().unwrap(), [of(rule("192.0.2.9"), true)]);
    tab.connect_to(main, "192.0.2.1", 80);
    let (ticket, _) = tab.question();
    tab.consent(ticket, Consent::No);
    tab.command(Command::Revoke(None));
    assert_eq!(tab.granted().unwrap(), []);
    tab.connect_to(main, "192.0.2.9", 80);
    tab.question();
}

impl Tab {
    /// Returns what is allowed, as the page heard of it last.
    fn granted(&mut self) -> Option<Vec<Granted>> {
        let mut granted = self.notices().into_iter().filter_map(|notice| match notice {
            Notice::Granted(granted) => Some(granted),
            _ => None,
        });
        granted.next_back()
    }
}
