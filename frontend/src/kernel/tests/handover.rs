//! A program's files, handed to another program and received from it.

use std::collections::BTreeSet;

use super::*;

fn sendmsg(rights: Value) -> Value {
    let control = json!([{"level": 1, "kind": 1, "len": 0, "rights": rights}]);
    json!({"op": "sendmsg", "socket": 3, "address": null, "control": control, "flags": [],
        "wait": "forever"})
}

/// Receives a message with rights, and returns the program's names for them and its flags.
fn receive(tab: &mut Tab, main: WorkerId, rights: &Value, peeks: bool) -> (Value, Value) {
    let flags = if peeks { json!(["peek"]) } else { json!([]) };
    tab.call(
        main,
        json!({"op": "recvmsg", "socket": 3, "len": 1, "control_len": 64, "flags": flags,
            "wait": "forever"}),
    );
    let (id, _) = tab.last_call();
    let control = json!([{"level": 1, "kind": 1, "len": 0, "rights": rights}]);
    let message = json!({"len": 0, "offset": 0, "peer": null, "flags": [], "control": control});
    tab.tell(&json!({"id": id, "ok": message, "host_us": 5}).to_string());
    let answer = tab.answer(main).unwrap();
    (answer["ok"]["control"][0]["rights"].clone(), answer["ok"]["flags"].clone())
}

#[test]
fn files_are_numbers_on_their_way_and_new_fds_where_they_arrive() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.call(main, sendmsg(json!([{"file": 1}, {"socket": 3}, {"file": 2}])));
    let (id, call) = tab.last_call();
    tab.tell(&json!({"id": id, "ok": {"len": 0, "offset": null}, "host_us": 5}).to_string());
    let on_the_way = call["control"][0]["rights"].clone();
    assert_eq!(on_the_way[1], json!({"socket": 70}));
    assert_ne!(on_the_way[0], on_the_way[2]);

    let (looked_at, flags) = receive(&mut tab, main, &on_the_way, true);
    assert_eq!(flags, json!([]));
    let (taken, flags) = receive(&mut tab, main, &on_the_way, false);
    assert_eq!(flags, json!([]));
    let mut fds = BTreeSet::from([1, 2]);
    for rights in [looked_at, taken] {
        for at in [0, 2] {
            let fd = rights[at]["file"].as_u64().unwrap();
            assert!(fds.insert(fd), "{fd} is open already");
        }
    }

    // What was taken is there no more: it is cut off, and the message says so.
    let (rest, flags) = receive(&mut tab, main, &on_the_way, false);
    assert_eq!(rest.as_array().unwrap().len(), 1);
    assert_eq!(flags, json!(["ctrunc"]));
}

#[test]
fn a_file_that_is_not_open_cannot_be_handed_over() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    tab.take_sent();
    tab.call(main, sendmsg(json!([{"file": 99}])));
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "EBADF");
    assert_eq!(tab.take_sent(), []);
}
