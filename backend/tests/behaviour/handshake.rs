use shared::PROTOCOL_VERSION;
use shared::call::Gethostname;
use shared::errno::Errno;
use shared::frame::{CallId, ClientMessage, ClosingReason, Hello, ServerMessage};

use crate::support::client::Client;
use crate::support::server::start_server;

#[tokio::test]
async fn the_welcome_tells_the_limits() {
    let server = start_server().await;
    let (_client, welcome) = Client::connect_with_welcome(&server).await;
    assert_eq!(welcome.protocol, PROTOCOL_VERSION);
    assert_eq!(welcome.platform, "linux");
    assert_eq!(welcome.limits.transfer_bytes_max, 262_144);
    assert!(!welcome.policy.summary.is_empty());
}

#[tokio::test]
async fn another_version_is_told_why_it_cannot_stay() {
    let server = start_server().await;
    let mut client = Client::connect_raw(&server).await;
    let hello = Hello { protocol: PROTOCOL_VERSION + 1, ..Hello::plain() };
    client.send(ClientMessage::Hello(hello), &[]).await;
    match client.receive().await {
        Some((ServerMessage::Closing(closing), _)) => {
            assert_eq!(closing.reason, ClosingReason::Version);
        }
        other => panic!("no closing: {other:?}"),
    }
    assert!(client.receive().await.is_none());
}

#[tokio::test]
async fn hello_comes_first_and_once() {
    let server = start_server().await;
    let mut client = Client::connect_raw(&server).await;
    let call = || ClientMessage::Call { id: CallId(1), call: Gethostname {}.into() };
    let hello = || ClientMessage::Hello(Hello::plain());
    client.send(call(), &[]).await;
    assert_eq!(client.receive_refusal().await.errno, Errno::EPROTO);
    client.send(hello(), &[]).await;
    assert!(matches!(client.receive().await, Some((ServerMessage::Welcome(_), _))));
    client.send(hello(), &[]).await;
    assert_eq!(client.receive_refusal().await.errno, Errno::EPROTO);
    client.call(Gethostname {}).await.unwrap();
}
