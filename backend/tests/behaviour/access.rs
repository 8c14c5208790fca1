//! Who may open sessions, where the backend wants to know.

use backend::config::{Access, Config};
use shared::frame::{ClosingReason, Hello, Resume, ServerMessage};

use crate::support::client::Client;
use crate::support::server::{Server, start_server_with};

async fn start() -> Server {
    let access = Access { token: Some("5f0c9b".into()), ..Access::default() };
    start_server_with(Config { access, ..Config::default() }).await
}

#[tokio::test]
async fn only_the_token_opens_a_session() {
    let server = start().await;
    for token in [None, Some(""), Some("5f0c9"), Some("5f0c9c"), Some("5f0c9b0")] {
        let hello = Hello { token: token.map(str::to_owned), ..Hello::plain() };
        let (mut client, answer) = Client::greet(&server, hello).await;
        let Some(ServerMessage::Closing(closing)) = answer else { panic!("{token:?}: {answer:?}") };
        assert_eq!(closing.reason, ClosingReason::Token);
        assert!(client.receive().await.is_none());
    }
    let hello = Hello { token: Some("5f0c9b".into()), ..Hello::plain() };
    let (mut client, answer) = Client::greet(&server, hello).await;
    assert!(matches!(answer, Some(ServerMessage::Welcome(_))));
    client.tcp().await;
}

#[tokio::test]
async fn a_session_that_is_resumed_wants_the_token_too() {
    let server = start().await;
    let resume = Some(Resume::Later);
    let hello = Hello { token: Some("5f0c9b".into()), resume, ..Hello::plain() };
    let (_client, answer) = Client::greet(&server, hello).await;
    let Some(ServerMessage::Welcome(welcome)) = answer else { panic!("{answer:?}") };
    let resume = Resume::Session { token: welcome.resume.unwrap(), received: 0 };
    let hello = Hello { resume: Some(resume), ..Hello::plain() };
    let (_, answer) = Client::greet(&server, hello).await;
    let Some(ServerMessage::Closing(closing)) = answer else { panic!("{answer:?}") };
    assert_eq!(closing.reason, ClosingReason::Token);
}
