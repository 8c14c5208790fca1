use std::time::{Duration, Instant};

use shared::call::{Accept, Wait};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::support::client::{Client, recv_forever};
use crate::support::server::start_server;

#[tokio::test]
async fn a_client_that_leaves_takes_its_sockets_along() {
    let server = start_server().await;
    let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for polite in [true, false] {
        let mut client = Client::connect(&server).await;
        let socket = client.connect_to(outside.local_addr().unwrap()).await;
        let (mut stream, _) = outside.accept().await.unwrap();
        let (listener, address) = client.listener().await;
        client.begin(recv_forever(socket)).await;
        client.begin(Accept { socket: listener, wait: Wait::Forever }).await;
        // Once this is answered, the two before it are in flight.
        client.tcp().await;
        let begun = Instant::now();
        if polite {
            client.socket.close(None).await.unwrap();
        }
        drop(client);
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0, "the peer sees the end");
        assert!(begun.elapsed() < Duration::from_secs(1));
        let address = address.to_socket_addr().unwrap();
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens");
    }
}

#[tokio::test]
async fn an_id_means_nothing_in_another_session() {
    let server = start_server().await;
    let mut first = Client::connect(&server).await;
    let mut second = Client::connect(&server).await;
    let socket = first.tcp().await;
    let named = shared::call::Getsockname { socket };
    first.call(named.clone()).await.unwrap();
    assert_eq!(second.fail(named).await, shared::errno::Errno::EBADF);
}
