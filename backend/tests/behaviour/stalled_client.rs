use std::time::Duration;

use futures_util::SinkExt;
use shared::call::{Flag, Recv, Wait};
use shared::frame::{CallId, ClientMessage};
use tokio_tungstenite::tungstenite::Message;

use crate::support::client::Client;
use crate::support::server::start_server;

/// How long nothing may move before the client counts as stalled.
const STILL: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_client_that_takes_no_answers_is_read_no_further_and_holds_nobody_up() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    let (a, b) = client.tcp_pair().await;
    client.sendall(a, &[7; 200_000]).await;
    // Each answer carries up to 200,000 bytes, and nobody reads one.
    let recv = Recv { socket: b, len: 200_000, flags: vec![Flag::Peek], wait: Wait::Forever };
    let mut asked = 0;
    loop {
        asked += 1;
        let message = ClientMessage::Call { id: CallId(asked + 1000), call: recv.clone().into() };
        let sent = client.socket.send(Message::Text(message.encode().into()));
        if tokio::time::timeout(STILL, sent).await.is_err() {
            break;
        }
        assert!(asked < 2_000_000, "the backend reads requests without end");
    }
    let mut other = Client::connect(&server).await;
    let (c, d) = other.tcp_pair().await;
    other.sendall(c, b"x").await;
    assert_eq!(other.recv(d, 1).await.1, b"x");
}
