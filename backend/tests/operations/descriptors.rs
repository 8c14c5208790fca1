//! A process that has fewer descriptors than it was promised.

use std::time::Duration;

use shared::address::{Family, Kind};
use shared::call::{Close, Gethostname, Socket};
use shared::errno::Errno;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::timeout;

use crate::process::Process;
use crate::support::client::{Client, PATIENCE};

/// How long nobody is answered before it counts as being kept waiting.
const STILL: Duration = Duration::from_millis(300);

/// Takes from a running process the descriptors that it does not use yet.
async fn leave_no_descriptor(process: &Process) {
    let id = process.id();
    let open = std::fs::read_dir(format!("/proc/{id}/fd")).unwrap();
    let numbers = open.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let highest: u32 = numbers.map(|number| number.parse().unwrap()).max().unwrap();
    let set = Command::new("prlimit")
        .args(["--pid", &id.to_string(), &format!("--nofile={}", highest + 1)])
        .status();
    assert!(set.await.unwrap().success());
}

#[tokio::test]
async fn a_backend_without_descriptors_goes_on_and_accepts_when_there_are_some() {
    let process = Process::start(&[]).await;
    let mut client = Client::connect(&process.server).await;
    let create = Socket { family: Family::Inet, kind: Kind::Stream, proto: 0 };
    let socket = client.call(create.clone()).await.unwrap().socket;
    leave_no_descriptor(&process).await;
    // Gaps below the highest number may be left.
    let errno = loop {
        match client.call(create.clone()).await {
            Ok(_) => {}
            Err(failure) => break failure.errno,
        }
    };
    assert_eq!(errno, Errno::EMFILE);
    let mut visitor = TcpStream::connect(process.server.address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    visitor.write_all(request).await.unwrap();
    let mut response = Vec::new();
    let early = timeout(STILL, visitor.read_to_end(&mut response)).await;
    assert!(early.is_err(), "there is no descriptor for it: {response:?}");
    client.call(Gethostname {}).await.unwrap();
    client.call(Close { socket }).await.unwrap();
    timeout(PATIENCE, visitor.read_to_end(&mut response)).await.expect("an answer").unwrap();
    assert!(response.starts_with(b"HTTP/1.1 200"));
    process.signal("TERM").await;
    let ended = process.end().await;
    assert!(ended.status.success());
    let complaints = ended.log.matches("cannot be accepted").count();
    assert!((1..=10).contains(&complaints), "it tries now and then:\n{}", ended.log);
}

#[tokio::test]
async fn a_backend_with_few_descriptors_shares_them_out() {
    let process = Process::start(&["--descriptors-max", "64"]).await;
    // More who connect and say nothing than it takes; the others stand in line.
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(TcpStream::connect(process.server.address).await.unwrap());
    }
    let open = process.scrape().await["process_open_fds"];
    assert!(open < 64.0, "{open}");
    drop(silent);
    Client::connect(&process.server).await.tcp().await;
}
