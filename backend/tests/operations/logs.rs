use shared::address::{Address, Family, Kind};
use shared::call::{Bind, Setsockopt};
use shared::frame::{ClientMessage, EnterRoom, Hello, Resume, ServerMessage};
use tokio_tungstenite::tungstenite::Message;

use crate::process::{Process, scratch};
use crate::support::client::{Client, look_up};

/// What no operator is to read, each somewhere in what the visitor sends.
const SECRETS: [&str; 7] = [
    "the-token-of-the-backend",
    "bytes-that-were-sent",
    "room-that-nobody-guesses",
    "name-of-the-visitor",
    "path-of-a-socket",
    "bytes-of-an-option",
    "what-is-no-message",
];

/// Runs a session that sends every secret, and returns what the operator can read of it.
async fn written(format: &str) -> [String; 3] {
    let [token, bytes, room, visitor, path, option, malformed] = SECRETS;
    let audit = scratch("audit");
    let audit_flag = audit.to_str().unwrap();
    let flags =
        ["--token", token, "--log-level", "debug", "--log-format", format, "--audit", audit_flag];
    let process = Process::start(&flags).await;
    let room = EnterRoom { name: room.into(), visitor: Some(visitor.into()) };
    let hello = Hello {
        token: Some(token.into()),
        resume: Some(Resume::Later),
        room: Some(room.clone()),
        ..Hello::plain()
    };
    let (client, welcome) = Client::greet(&process.server, hello.clone()).await;
    let Some(ServerMessage::Welcome(welcome)) = welcome else { panic!("{welcome:?}") };
    let secret = welcome.resume.unwrap();
    drop(client);
    let resume = Some(Resume::Session { token: secret.clone(), received: 0 });
    let (mut client, _) = Client::greet(&process.server, Hello { resume, ..hello }).await;
    // A visitor hears who is in the room.
    client.receive().await;
    client.send_raw(Message::Text(format!("{{\"{malformed}\":1}}").into())).await;
    client.receive_refusal().await;
    let (a, b) = client.tcp_pair().await;
    client.sendall(a, bytes.as_bytes()).await;
    assert_eq!(client.recv(b, 100).await.1, bytes.as_bytes());
    let unix = client.socket(Family::Unix, Kind::Stream).await;
    client.call(Bind { socket: unix, address: Address::Unix(path.into()) }).await.unwrap();
    let call = Setsockopt {
        socket: a,
        level: libc::IPPROTO_TCP,
        option: libc::TCP_CONGESTION,
        value: shared::call::OptionValue::Payload,
    };
    client.call_with(call, option.as_bytes()).await.unwrap_err();
    client.call(look_up("127.0.0.1")).await.unwrap();
    client.send(ClientMessage::Ack { received: 1 }, &[]).await;
    client.tcp().await;
    let metrics = format!("{:?}", process.scrape().await);
    process.signal("TERM").await;
    let log = process.end().await.log;
    let audited = std::fs::read_to_string(&audit).unwrap();
    std::fs::remove_file(audit).unwrap();
    for secret in SECRETS.iter().copied().chain([secret.as_str()]) {
        for (what, text) in [("log", &log), ("audit", &audited), ("metrics", &metrics)] {
            assert!(!text.contains(secret), "{secret} is in the {what}:\n{text}");
        }
    }
    [log, audited, metrics]
}

#[tokio::test]
async fn neither_bytes_nor_secrets_are_ever_written() {
    let [log, audited, metrics] = written("json").await;
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    // What is written shows that there was something to write.
    let calls = lines.iter().filter(|line| line["op"] == "sendall").count();
    assert_eq!(calls, 1, "{log}");
    let ended = lines.iter().find(|line| line["message"] == "a session ended").expect(&log);
    assert_eq!((&ended["reason"], &ended["level"]), (&"shutdown".into(), &"INFO".into()));
    assert!(audited.contains("\"use\":\"unix\"") && metrics.contains("setsockopt"));

    let [log, ..] = written("text").await;
    assert!(log.contains(" a session begins session="), "{log}");
}

#[tokio::test]
async fn the_level_decides_what_is_written() {
    for (level, begins, calls) in
        [("warn", false, false), ("info", true, false), ("debug", true, true)]
    {
        let process = Process::start(&["--log-level", level]).await;
        Client::connect(&process.server).await.tcp().await;
        process.signal("TERM").await;
        let log = process.end().await.log;
        assert_eq!(log.contains("a session begins"), begins, "{level}: {log}");
        assert_eq!(log.contains("a call is answered"), calls, "{level}: {log}");
    }
}
