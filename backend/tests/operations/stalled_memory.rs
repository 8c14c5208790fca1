use std::time::Duration;

use shared::call::{Recv, Wait};
use shared::frame::{Hello, Resume};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::process::Process;
use crate::support::client::Client;

/// How long nothing may move before the source counts as stalled.
const STILL: Duration = Duration::from_millis(200);

/// Bytes that a client asks for and reads none of.
const ASKED: usize = 500 * 262_144;

/// Bytes that the kernel's buffers hold on the way from a source to a backend to a client, and
/// ours with them: far fewer than were asked for.
const TAKEN_MAX: usize = ASKED / 2;

/// Bytes by which the backend grows meanwhile: what it keeps for a client that may come back
/// (1 MiB), what it has not yet written, and the calls that wait.
const GROWTH_MAX: f64 = 12.0 * 1024.0 * 1024.0;

#[tokio::test]
async fn a_client_that_stops_reading_a_stream_costs_little_memory() {
    for resume in [None, Some(Resume::Later)] {
        let process = Process::start(&[]).await;
        let outside = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hello = Hello { resume, ..Hello::plain() };
        let (mut client, _) = Client::greet(&process.server, hello).await;
        let socket = client.connect_to(outside.local_addr().unwrap()).await;
        let (mut source, _) = outside.accept().await.unwrap();
        let memory = async || process.scrape().await["process_resident_memory_bytes"];
        let before = memory().await;
        let recv = Recv { socket, len: 262_144, flags: vec![], wait: Wait::Forever };
        for _ in 0..ASKED / 262_144 {
            client.begin(recv.clone()).await;
        }
        let mut taken = 0;
        while let Ok(sent) = tokio::time::timeout(STILL, source.write(&[7; 65_536])).await {
            taken += sent.unwrap();
            assert!(taken < TAKEN_MAX, "the backend takes whatever comes");
        }
        let grown = memory().await - before;
        assert!(grown < GROWTH_MAX, "{grown} bytes more, {taken} taken");
        let mut other = Client::connect(&process.server).await;
        let (a, b) = other.tcp_pair().await;
        other.sendall(a, b"x").await;
        assert_eq!(other.recv(b, 1).await.1, b"x");
    }
}
