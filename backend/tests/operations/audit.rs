use std::path::Path;

use serde_json::Value;
use shared::call::{Connect, Recvfrom, Sendto, Wait};
use shared::errno::Errno;

use crate::process::{Process, scratch};
use crate::support::client::{Client, loopback};

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// Returns the one line with these values.
#[track_caller]
fn find<'a>(lines: &'a [Value], wanted: &[(&str, &str)]) -> &'a Value {
    let fits = |line: &&Value| wanted.iter().all(|(key, value)| line[key] == *value);
    let found: Vec<_> = lines.iter().filter(fits).collect();
    assert_eq!(found.len(), 1, "{wanted:?} in {lines:#?}");
    found[0]
}

#[tokio::test]
async fn each_destination_has_a_line_and_its_bytes_another() {
    let path = scratch("audit");
    let file = path.to_str().unwrap();
    let process = Process::start(&["--audit", file, "--deny", "tcp-connect 127.0.0.1:9"]).await;
    let mut client = Client::connect(&process.server).await;
    let (listener, address) = client.listener().await;
    let shared::address::Address::Inet(_, port) = address.clone() else { panic!() };
    for _ in 0..3 {
        let socket = client.tcp().await;
        let connect = Connect { socket, address: address.clone(), wait: Wait::Forever };
        client.call(connect).await.unwrap();
        let accepted = client.accept(listener).await.socket;
        client.sendall(socket, &[1; 100]).await;
        client.recv(accepted, 40).await;
    }
    let socket = client.tcp().await;
    let refused = Connect { socket, address: loopback(9), wait: Wait::Forever };
    assert_eq!(client.fail(refused.clone()).await, Errno::EACCES);
    assert_eq!(client.fail(refused).await, Errno::EACCES);
    let (one, other) = (client.udp().await, client.udp().await);
    let bind = shared::call::Bind { socket: other, address: loopback(0) };
    let to = client.call(bind).await.unwrap().local;
    let send = Sendto { socket: one, flags: vec![], address: to.clone(), wait: Wait::Forever };
    client.call_with(send, b"12345").await.unwrap();
    let recv = Recvfrom { socket: other, len: 9, flags: vec![], wait: Wait::Forever };
    client.call(recv).await.unwrap();
    let shared::address::Address::Inet(_, udp_port) = to else { panic!() };
    drop(client);
    process.until(|metrics| metrics["sockpit_sessions"] == 0.0).await;

    let lines = lines(&path);
    let session = lines[0]["session"].clone();
    for line in &lines {
        assert_eq!((&line["session"], &line["client"]), (&session, &"127.0.0.1".into()), "{line}");
        humantime::parse_rfc3339(line["time"].as_str().unwrap()).unwrap();
    }
    assert_eq!(lines[0]["event"], "open");
    let tcp = format!("127.0.0.1:{port}");
    let first = find(&lines, &[("event", "use"), ("use", "tcp-connect"), ("destination", &tcp)]);
    assert_eq!((&first["verdict"], &first["origin"]), (&"allow".into(), &"preset open".into()));
    let total = |usage: &str, destination: &str| {
        let wanted = [("event", "total"), ("use", usage), ("destination", destination)];
        let line = find(&lines, &wanted);
        ["times", "sent", "received"].map(|key| line[key].as_u64().unwrap())
    };
    assert_eq!(total("tcp-connect", &tcp), [3, 300, 0]);
    assert_eq!(total("tcp-accept", "127.0.0.1"), [3, 0, 120]);
    assert_eq!(total("tcp-connect", "127.0.0.1:9"), [2, 0, 0]);
    assert_eq!(total("udp-send", &format!("127.0.0.1:{udp_port}")), [1, 5, 0]);
    assert_eq!(total("udp-receive", "127.0.0.1"), [1, 0, 5]);
    let refused = find(&lines, &[("event", "use"), ("verdict", "deny")]);
    assert_eq!((&refused["rule"], &refused["origin"]), (&1.into(), &"--deny".into()));
    let last = lines.last().unwrap();
    assert_eq!((&last["event"], &last["reason"]), (&"close".into(), &"broken".into()));
    assert_eq!((&last["sent"], &last["received"]), (&305.into(), &125.into()));
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_file_that_was_renamed_is_opened_anew_when_asked() {
    let (path, old) = (scratch("audit"), scratch("audit-old"));
    let process = Process::start(&["--audit", path.to_str().unwrap()]).await;
    drop(Client::connect(&process.server).await);
    process.until(|metrics| metrics["sockpit_sessions_opened_total"] == 1.0).await;
    std::fs::rename(&path, &old).unwrap();
    process.signal("HUP").await;
    let reopened = async {
        while !path.exists() {
            tokio::task::yield_now().await
        }
    };
    tokio::time::timeout(crate::support::client::PATIENCE, reopened).await.unwrap();
    drop(Client::connect(&process.server).await);
    process.until(|metrics| metrics["sockpit_sessions_opened_total"] == 2.0).await;
    process.until(|metrics| metrics["sockpit_sessions"] == 0.0).await;
    let sessions = |path: &Path| lines(path).iter().filter(|line| line["event"] == "open").count();
    assert_eq!((sessions(&old), sessions(&path)), (1, 1));
    for path in [path, old] {
        std::fs::remove_file(path).unwrap();
    }
}
