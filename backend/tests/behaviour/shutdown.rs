use shared::call::Accept;
use shared::call::Wait;
use shared::errno::Errno;
use shared::frame::{ClosingReason, ServerMessage};
use tokio::time::timeout;

use crate::support::client::{Client, PATIENCE, recv_forever};
use crate::support::server::start_server;

#[tokio::test]
async fn sessions_get_their_answers_and_are_told_why() {
    let server = start_server().await;
    let mut idle = Client::connect(&server).await;
    let mut client = Client::connect(&server).await;
    let (listener, _) = client.listener().await;
    let (a, _b) = client.tcp_pair().await;
    let recv = client.begin(recv_forever(a)).await;
    let accept = client.begin(Accept { socket: listener, wait: Wait::Forever }).await;
    // Once this is answered, the two before it are in flight.
    client.tcp().await;
    let stopped = server.stop();
    assert_eq!(client.finish(recv).await.unwrap_err().errno, Errno::EINTR);
    assert_eq!(client.finish(accept).await.unwrap_err().errno, Errno::EINTR);
    for client in [&mut client, &mut idle] {
        match client.receive().await {
            Some((ServerMessage::Closing(closing), _)) => {
                assert_eq!(closing.reason, ClosingReason::Shutdown);
            }
            other => panic!("no closing: {other:?}"),
        }
        assert!(client.receive().await.is_none());
    }
    timeout(PATIENCE, stopped).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_listen_does_not_hold_the_end_up() {
    let server = start_server().await;
    let mut client = Client::connect(&server).await;
    client.tcp().await;
    let stopped = server.stop();
    timeout(PATIENCE, stopped).await.unwrap().unwrap().unwrap();
}
