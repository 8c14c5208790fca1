//! A backend in a process of its own, as operators run it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::client::PATIENCE;
use crate::support::server::Server;

pub(crate) struct Process {
    pub(crate) server: Server,
    /// Where `/metrics` is.
    pub(crate) metrics: SocketAddr,
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    /// Reads its standard error, which would block the process when full.
    log: JoinHandle<String>,
}

/// What a process left behind.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Its standard error: the log.
    pub(crate) log: String,
}

impl Process {
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_backend"))
            .args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"])
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut errors = child.stderr.take().unwrap();
        let log = tokio::spawn(async move {
            let mut log = String::new();
            errors.read_to_string(&mut log).await.unwrap();
            log
        });
        let server = Server::elsewhere(address_in(&mut output).await);
        let metrics = address_in(&mut output).await;
        Self { server, metrics, child, output, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    pub(crate) async fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await.unwrap();
        assert!(sent.success());
    }

    /// Waits for the end.
    pub(crate) async fn end(mut self) -> Ended {
        let log = timeout(PATIENCE, self.log).await.unwrap().unwrap();
        while timeout(PATIENCE, self.output.next_line()).await.unwrap().unwrap().is_some() {}
        let status = timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap();
        Ended { status, log }
    }

    /// Returns what is counted now: the value of each line, by its name and labels.
    pub(crate) async fn scrape(&self) -> BTreeMap<String, f64> {
        let (status, body) = get(self.metrics, "/metrics").await;
        assert_eq!(status, 200);
        assert!(body.ends_with("# EOF\n"), "{body}");
        let lines = body.lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| {
                let (name, value) = line.rsplit_once(' ').expect(line);
                (name.to_owned(), value.parse().expect(line))
            })
            .collect()
    }

    /// Waits until a scrape shows what is wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&BTreeMap<String, f64>) -> bool) {
        let mut last = self.scrape().await;
        let shown = async {
            while !wanted(&last) {
                last = self.scrape().await;
            }
        };
        let in_time = timeout(PATIENCE, shown).await.is_ok();
        assert!(in_time, "the metrics never show it: {last:#?}");
    }
}

async fn address_in(output: &mut Lines<BufReader<ChildStdout>>) -> SocketAddr {
    let line = timeout(PATIENCE, output.next_line()).await.unwrap().unwrap().expect("a line");
    let (_, rest) = line.split_once("http://").expect(&line);
    rest.split('/').next().unwrap().parse().expect(&line)
}

/// Asks for a page; returns the status and the body.
pub(crate) async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        panic!("a chunked body: {head}")
    } else {
        body.to_owned()
    };
    (status, body)
}

/// A file's name that nothing else has.
pub(crate) fn scratch(name: &str) -> PathBuf {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("{name}-{}-{number}", std::process::id()))
}
