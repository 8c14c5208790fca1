use shared::errno::Errno;
use shared::frame::{CallId, Outcome, ServerMessage};
use tokio_tungstenite::tungstenite::Message;

use crate::support::client::Client;
use crate::support::server::start_server;

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_name_and_the_connection_stays() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let binary = |bytes: &[u8]| Message::Binary(bytes.to_vec().into());
    for message in [
        Message::Text("".into()),
        Message::Text("[]".into()),
        Message::Text("{\"id\":1".into()),
        Message::Text(r#"{"fly":1}"#.into()),
        Message::Text(r#"{"id":-1,"call":{"op":"gethostname"}}"#.into()),
        Message::Text("[".repeat(100_000).into()),
        binary(b""),
        binary(b"\0\0"),
        binary(b"\0\0\0\x09{}"),
        binary(b"\xff\xff\xff\xff{}"),
        binary(b"\0\0\0\x02\xff\xfe"),
    ] {
        client.send_raw(message).await;
        assert_eq!(client.receive_refusal().await.errno, Errno::EINVAL);
    }
    client.tcp().await;
}

#[tokio::test]
async fn a_call_that_is_not_known_is_answered_under_its_id() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    for (call, names) in [
        (r#"{"op":"fly"}"#, "fly"),
        (r#"{"op":"close","socket":3,"extra":1}"#, "extra"),
        (r#"{"op":"close"}"#, "socket"),
        (r#"{"op":"close","socket":-3}"#, "-3"),
        ("null", "call"),
    ] {
        client.send_raw(Message::Text(format!(r#"{{"id":7,"call":{call}}}"#).into())).await;
        match client.receive().await {
            Some((ServerMessage::Answer(answer), _)) => {
                assert_eq!(answer.id, CallId(7));
                let Outcome::Error(failure) = answer.outcome else { panic!("it worked: {call}") };
                assert_eq!(failure.errno, Errno::EINVAL);
                assert!(failure.message.contains(names), "{failure}");
            }
            other => panic!("no answer to {call}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn bytes_where_none_belong_are_refused() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let failure = client.call_with(shared::call::Gethostname {}, b"x").await.unwrap_err();
    assert_eq!(failure.errno, Errno::EINVAL);
}
