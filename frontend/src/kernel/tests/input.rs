//! `select`, `poll` and `epoll` that watch the standard input beside sockets.

use super::*;

/// Asks whether the standard input or the socket 3 can be read.
fn both(wait: &str) -> Value {
    json!({"op": "poll", "wait": wait, "entries": [
        {"socket": 0, "events": ["in"]}, {"socket": 3, "events": ["in"]},
    ]})
}

fn type_in(tab: &mut Tab, text: &str) {
    tab.command(Command::Input { program: "a.py".into(), text: text.into() });
}

fn reply(tab: &mut Tab, id: u64, reply: &Value) {
    tab.tell(&json!({"id": id, "ok": reply, "host_us": 5}).to_string());
}

fn interrupted(tab: &mut Tab, id: u64) {
    let failure = json!({"errno": "EINTR", "message": ""});
    tab.tell(&json!({"id": id, "error": failure, "host_us": 5}).to_string());
}

#[test]
fn what_is_typed_ends_a_wait_for_sockets() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.call(main, both("forever"));
    let (id, call) = tab.last_call();
    assert_eq!(call["entries"], json!([{"socket": 70, "events": ["in"]}]));
    tab.pass(BLOCKED_AFTER_US);
    let states = tab.states();
    let Some(ProgramState::Blocked(blocked)) = states.last() else { panic!("{states:?}") };
    assert!(blocked.reads_input);
    type_in(&mut tab, "hello\n");
    assert_eq!(tab.take_sent()[0].0, json!({"cancel": id}));
    interrupted(&mut tab, id);
    let ready = json!({"ok": {"ready": [{"socket": 0, "events": ["in"]}]}});
    assert_eq!(tab.answer(main).unwrap(), ready);
}

#[test]
fn typed_text_does_not_let_a_call_wait_and_is_told_beside_sockets() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    type_in(&mut tab, "hello\n");
    tab.call(main, both("forever"));
    let (id, call) = tab.last_call();
    assert_eq!(call["wait"], "never");
    reply(&mut tab, id, &json!({"ready": [{"socket": 70, "events": ["in"]}]}));
    let ready = json!([{"socket": 3, "events": ["in"]}, {"socket": 0, "events": ["in"]}]);
    assert_eq!(tab.answer(main).unwrap()["ok"]["ready"], ready);

    // Alone it is nothing to ask the backend about.
    let alone = json!({"op": "poll", "wait": "forever", "entries": [
        {"socket": 0, "events": ["in"]},
    ]});
    tab.call(main, alone);
    assert_eq!(tab.take_sent(), []);
    let ready = json!([{"socket": 0, "events": ["in"]}]);
    assert_eq!(tab.answer(main).unwrap()["ok"]["ready"], ready);
}

#[test]
fn nothing_typed_is_not_reported_and_its_end_is() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.call(main, both("forever"));
    let (id, _) = tab.last_call();
    reply(&mut tab, id, &json!({"ready": [{"socket": 70, "events": ["in"]}]}));
    let ready = json!([{"socket": 3, "events": ["in"]}]);
    assert_eq!(tab.answer(main).unwrap()["ok"]["ready"], ready);
    tab.call(main, both("forever"));
    let (id, _) = tab.last_call();
    tab.command(Command::Eof { program: "a.py".into() });
    assert_eq!(tab.take_sent()[0].0, json!({"cancel": id}));
    interrupted(&mut tab, id);
    let ready = json!([{"socket": 0, "events": ["in"]}]);
    assert_eq!(tab.answer(main).unwrap()["ok"]["ready"], ready);
}

#[test]
fn a_closed_socket_beside_it_is_reported_as_such() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.call(main, both("forever"));
    let ready = json!([{"socket": 3, "events": ["nval"]}]);
    assert_eq!(tab.answer(main).unwrap()["ok"]["ready"], ready);
}

#[test]
fn an_epoll_instance_watches_it_without_the_backend() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    let control = |change: &str, events: u32| {
        json!({"op": "epoll_ctl", "epoll": 3, "socket": 0, "change": change, "events": events,
            "data": 9})
    };
    let wait = json!({"op": "epoll_wait", "epoll": 3, "max": 10, "wait": "forever"});
    let errno = |tab: &Tab| tab.answer(main).unwrap()["error"]["errno"].clone();
    tab.take_sent();
    tab.call(main, control("modify", 1));
    assert_eq!(errno(&tab), "ENOENT");
    tab.call(main, control("add", 1));
    assert!(tab.answer(main).unwrap().get("ok").is_some());
    tab.call(main, control("add", 1));
    assert_eq!(errno(&tab), "EEXIST");
    assert_eq!(tab.take_sent(), []);

    tab.call(main, wait.clone());
    let (id, _) = tab.last_call();
    type_in(&mut tab, "x\n");
    assert_eq!(tab.take_sent()[0].0, json!({"cancel": id}));
    interrupted(&mut tab, id);
    let ready = json!([{"data": 9, "events": 1}]);
    assert_eq!(tab.answer(main).unwrap()["ok"]["ready"], ready);

    // To be reported once, and then no more.
    tab.call(main, control("modify", 1 | 1 << 30));
    for expected in [json!([{"data": 9, "events": 1}]), json!([])] {
        tab.call(main, wait.clone());
        let (id, _) = tab.last_call();
        reply(&mut tab, id, &json!({"ready": []}));
        assert_eq!(tab.answer(main).unwrap()["ok"]["ready"], expected);
    }
}
