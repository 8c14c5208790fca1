//! A real process that is asked to end.

use shared::call::{Accept, Wait};
use shared::errno::Errno;
use shared::frame::{ClosingReason, Hello, ServerMessage};

use crate::process::{Process, get};
use crate::support::client::{Client, recv_forever};

/// What `kill` and Ctrl-C come to when a process ends by itself after the second one.
const INTERRUPTED: i32 = 130;

/// Far longer than the test takes, so that only what ends it early can end it.
const DRAIN: [&str; 2] = ["--drain-ms", "60000"];

#[track_caller]
fn assert_told(answer: Option<ServerMessage>) {
    let Some(ServerMessage::Closing(closing)) = answer else { panic!("no closing: {answer:?}") };
    assert_eq!(closing.reason, ClosingReason::Shutdown);
}

async fn next(client: &mut Client) -> Option<ServerMessage> {
    client.receive().await.map(|(message, _)| message)
}

#[tokio::test]
async fn sessions_get_their_answers_and_a_reason_and_the_process_ends_well() {
    for signal in ["TERM", "INT"] {
        let process = Process::start(&[]).await;
        let mut client = Client::connect(&process.server).await;
        let (a, _b) = client.tcp_pair().await;
        let recv = client.begin(recv_forever(a)).await;
        let (listener, _) = client.listener().await;
        let accept = client.begin(Accept { socket: listener, wait: Wait::Forever }).await;
        client.tcp().await;
        process.signal(signal).await;
        assert_eq!(client.finish(recv).await.unwrap_err().errno, Errno::EINTR);
        assert_eq!(client.finish(accept).await.unwrap_err().errno, Errno::EINTR);
        assert_told(next(&mut client).await);
        assert!(next(&mut client).await.is_none());
        assert!(process.end().await.status.success(), "{signal}");
    }
}

#[tokio::test]
async fn while_it_drains_sessions_go_on_and_nobody_new_comes_in() {
    let process = Process::start(&DRAIN).await;
    assert_eq!(get(process.server.address, "/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(get(process.metrics, "/healthz").await, (200, "ok\n".to_owned()));
    let mut client = Client::connect(&process.server).await;
    process.signal("TERM").await;
    process.until(|metrics| metrics["sockpit_draining"] == 1.0).await;
    for address in [process.server.address, process.metrics] {
        assert_eq!(get(address, "/healthz").await, (503, "draining\n".to_owned()));
    }
    let (_, answer) = Client::greet(&process.server, Hello::plain()).await;
    assert_told(answer);
    client.tcp_pair().await;
    // With the last session, nothing is left to wait for.
    drop(client);
    assert!(process.end().await.status.success());
}

#[tokio::test]
async fn a_second_signal_ends_the_process_at_once() {
    let process = Process::start(&DRAIN).await;
    let mut client = Client::connect(&process.server).await;
    client.tcp().await;
    process.signal("TERM").await;
    process.until(|metrics| metrics["sockpit_draining"] == 1.0).await;
    process.signal("TERM").await;
    assert_eq!(process.end().await.status.code(), Some(INTERRUPTED));
}
