use shared::call::{Sendall, Wait};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::support::client::Client;
use crate::support::server::start_server;

#[tokio::test]
async fn a_large_sendall_waits_for_a_slow_reader_and_others_go_on() {
    let server = start_server().await;
    let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = Client::connect(&server).await;
    let socket = client.connect_to(outside.local_addr().unwrap()).await;
    let (mut stream, _) = outside.accept().await.unwrap();
    let (a, b) = client.tcp_pair().await;
    // Far more than the buffers of both ends hold.
    let sendall = Sendall { socket, flags: vec![], wait: Wait::Forever };
    let mut sends = Vec::new();
    for part in 0..80_u8 {
        sends.push(client.begin_with(sendall.clone(), &vec![part; 262_144]).await);
    }
    client.sendall(a, b"x").await;
    assert_eq!(client.recv(b, 1).await.1, b"x");
    let reader = tokio::spawn(async move {
        let mut part = vec![0; 262_144];
        for expected in 0..80_u8 {
            stream.read_exact(&mut part).await.unwrap();
            assert!(part.iter().all(|byte| *byte == expected));
        }
    });
    for send in sends {
        assert_eq!(client.finish(send).await.unwrap().0.len, 262_144);
    }
    reader.await.unwrap();
}
