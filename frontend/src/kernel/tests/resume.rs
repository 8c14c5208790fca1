//! The connection breaks, and the session goes on.

use super::*;
use crate::kernel::limits::ACK_AFTER_MESSAGES;

impl Tab {
    /// Returns a tab with a program whose session can be resumed.
    fn resumable() -> (Tab, WorkerId) {
        let mut tab = Tab::open();
        let connection = tab.connection();
        tab.kernel.update(Event::Link { connection, event: LinkEvent::Opened });
        tab.welcome(Some("secret"), None);
        let main = tab.newest_worker();
        tab.ask(main, json!("next_task"), b"");
        tab.run("a.py");
        tab.take_sent();
        (tab, main)
    }

    fn connection(&self) -> u32 {
        *self.world.borrow().connections.last().unwrap()
    }

    /// The network is back; returns the hello.
    fn reopen(&mut self) -> Value {
        let before = self.connection();
        self.pass(150_000);
        let connection = self.connection();
        assert_ne!(connection, before, "nobody tried to connect");
        self.kernel.update(Event::Link { connection, event: LinkEvent::Opened });
        self.take_sent().pop().unwrap().0["hello"].clone()
    }

    fn answer_to(&mut self, id: u64) {
        self.tell(&json!({"id": id, "ok": {"name": "host"}, "host_us": 5}).to_string());
    }

    /// Returns the ids of the calls that were sent.
    fn ids(&mut self) -> Vec<u64> {
        self.take_sent().iter().filter_map(|(header, _)| header["id"].as_u64()).collect()
    }
}

fn gethostname() -> Value {
    json!({"op": "gethostname"})
}

#[test]
fn a_call_that_got_through_is_not_made_twice() {
    let (mut tab, main) = Tab::resumable();
    tab.call(main, gethostname());
    let (id, _) = tab.last_call();
    tab.lose();
    assert_eq!(tab.answer(main), None);
    let hello = tab.reopen();
    assert_eq!(hello["resume"], json!({"session": {"token": "secret", "received": 0}}));
    tab.welcome(Some("secret"), Some(1));
    assert!(tab.ids().is_empty());
    tab.answer_to(id);
    assert_eq!(tab.answer(main), Some(json!({"ok": {"name": "host"}})));
}

#[test]
fn a_call_that_was_lost_on_the_way_is_sent_again() {
    let (mut tab, main) = Tab::resumable();
    assert_eq!(tab.socket(main, 70), 3);
    tab.call(main, gethostname());
    let (id, _) = tab.last_call();
    tab.lose();
    let hello = tab.reopen();
    assert_eq!(hello["resume"]["session"]["received"], 1);
    tab.welcome(Some("secret"), Some(1));
    assert_eq!(tab.ids(), [id]);
}

#[test]
fn a_call_made_while_the_connection_is_gone_waits_for_it() {
    let (mut tab, main) = Tab::resumable();
    tab.lose();
    tab.call(main, gethostname());
    assert_eq!(tab.answer(main), None);
    assert!(tab.take_sent().is_empty());
    tab.reopen();
    tab.welcome(Some("secret"), Some(0));
    let id = tab.ids()[0];
    tab.answer_to(id);
    assert!(tab.answer(main).is_some());
}

#[test]
fn sockets_of_a_program_stopped_meanwhile_are_closed_when_the_connection_is_back() {
    let (mut tab, main) = Tab::resumable();
    tab.socket(main, 70);
    tab.lose();
    tab.command(Command::Forget { program: "a.py".into() });
    tab.reopen();
    tab.welcome(Some("secret"), Some(1));
    let sent = tab.take_sent();
    assert_eq!(sent.last().unwrap().0["call"], json!({"op": "close", "socket": 70}));
}

#[test]
fn a_backend_that_does_not_know_the_session_ends_what_was_in_flight() {
    let (mut tab, main) = Tab::resumable();
    assert_eq!(tab.socket(main, 70), 3);
    tab.call(main, json!({"op": "accept", "socket": 3, "wait": "forever"}));
    tab.lose();
    tab.reopen();
    tab.welcome(Some("another"), None);
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "ENETDOWN");
    assert!(tab.ids().iter().all(|id| *id > 2), "the new session gets no old call");
    tab.call(main, json!({"op": "listen", "socket": 3, "backlog": 1}));
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "ENETDOWN");
    tab.call(main, gethostname());
    assert_eq!(tab.ids().len(), 1);
}

#[test]
fn a_connection_that_does_not_come_back_in_time_ends_the_session() {
    let (mut tab, main) = Tab::resumable();
    tab.call(main, gethostname());
    tab.lose();
    tab.pass(990_000);
    assert_eq!(tab.answer(main), None);
    tab.pass(20_000);
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "ENETDOWN");
    let notices = tab.notices();
    let told: Vec<_> = notices
        .iter()
        .filter_map(|notice| match notice {
            Notice::Link(LinkState::Interrupted { left_ms, .. }) => Some(*left_ms),
            Notice::Link(LinkState::Lost { .. }) => Some(0),
            _ => None,
        })
        .collect();
    assert_eq!((told.first(), told.last()), (Some(&1000), Some(&0)));
}

#[test]
fn answers_are_acknowledged_now_and_then() {
    let (mut tab, main) = Tab::resumable();
    let mut acks = Vec::new();
    for _ in 0..ACK_AFTER_MESSAGES {
        tab.call(main, gethostname());
        let id = tab.ids()[0];
        tab.answer_to(id);
        acks.extend(tab.take_sent().into_iter().map(|(header, _)| header));
    }
    assert_eq!(acks, [json!({"ack": ACK_AFTER_MESSAGES})]);
}
