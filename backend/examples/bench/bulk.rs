//! Many bytes: throughput and processor time against a plain pipe.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio_tungstenite::tungstenite::Message;

use crate::Effort;
use crate::client::{Client, recv, send};
use crate::peers::{Peer, Role};
use crate::process::{Server, Threads};
use crate::rows::{Row, Rows, median, times};

const PART: &str = "Bulk";

const ROUND_BYTES: usize = 256 << 20;
const GIB: f64 = (1 << 30) as f64;
const CPU_SECONDS_PER_GIB_MAX: f64 = 1.0;

/// Bytes of a call, and calls in flight. A program's call of 1 MiB is several of the wire's
/// largest.
const SHAPES: [(usize, usize); 4] = [(64 << 10, 1), (64 << 10, 2), (256 << 10, 1), (256 << 10, 2)];

/// How the pipe that is asked is asked.
const ASKED: (usize, usize) = (64 << 10, 2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Down,
    Up,
}

#[derive(Debug, Default)]
struct Figures {
    megabytes_per_second: Vec<f64>,
    cpu_seconds: f64,
    bytes: usize,
}

impl Figures {
    fn throughput(&self) -> f64 {
        median(self.megabytes_per_second.clone())
    }

    fn cpu_seconds_per_gib(&self) -> f64 {
        self.cpu_seconds / (self.bytes as f64 / GIB)
    }
}

/// Downloads and uploads, in calls of several sizes.
pub(crate) async fn measure(backend: &Path, effort: Effort, rows: &mut Rows) -> Result<()> {
    let backend = Server::backend(backend, Threads::All, &[])?;
    let pipe = Server::floor("pipe", Threads::All)?;
    for direction in [Direction::Down, Direction::Up] {
        let peer = Peer::start(match direction {
            Direction::Down => Role::Source,
            Direction::Up => Role::Sink,
        })?;
        let (mut floor, mut asked) = (Figures::default(), Figures::default());
        let mut figures: Vec<_> = SHAPES.map(|shape| (shape, Figures::default())).into();
        for _ in 0..effort.rounds {
            round(&pipe, effort, &mut floor, through_pipe(&pipe, direction, &peer, effort)).await?;
            if direction == Direction::Down {
                round(&pipe, effort, &mut asked, through_asked_pipe(&pipe, &peer, effort)).await?;
            }
            for ((call_bytes, in_flight), figures) in &mut figures {
                let transfer =
                    through_calls(&backend, direction, &peer, *call_bytes, *in_flight, effort);
                round(&backend, effort, figures, transfer).await?;
            }
        }
        for ((call_bytes, in_flight), figures) in &figures {
            report(direction, *call_bytes, *in_flight, figures, &floor, rows);
            if direction == Direction::Down && (*call_bytes, *in_flight) == ASKED {
                report_asked(figures, &asked, rows);
            }
        }
    }
    Ok(())
}

async fn round(
    server: &Server,
    effort: Effort,
    figures: &mut Figures,
    transfer: impl Future<Output = Result<Duration>>,
) -> Result<()> {
    let cpu = server.cpu_seconds()?;
    let took = transfer.await?;
    let bytes = effort.of(ROUND_BYTES);
    figures.cpu_seconds += server.cpu_seconds()? - cpu;
    figures.bytes += bytes;
    figures.megabytes_per_second.push(bytes as f64 / 1e6 / took.as_secs_f64());
    Ok(())
}

async fn through_pipe(
    pipe: &Server,
    direction: Direction,
    peer: &Peer,
    effort: Effort,
) -> Result<Duration> {
    const FRAME_BYTES: usize = 64 << 10;
    let path = format!("/ws/{}", peer.port);
    let mut client = Client::bare(&pipe.authority, &path).await?;
    let bytes = effort.of(ROUND_BYTES);
    let begun = Instant::now();
    match direction {
        Direction::Down => {
            let mut received = 0;
            while received < bytes {
                received += client.message().await?.len();
            }
        }
        Direction::Up => {
            let end = peer.taken() + bytes;
            for _ in 0..bytes / FRAME_BYTES {
                client.put(Message::Binary(vec![7; FRAME_BYTES].into())).await?;
                client.flush().await?;
            }
            // The pipe says nothing of what it has passed on.
            while peer.taken() < end {
                tokio::time::sleep(Duration::from_micros(100)).await;
            }
        }
    }
    Ok(begun.elapsed())
}

/// Downloads from a pipe that sends only what it is asked for.
async fn through_asked_pipe(pipe: &Server, peer: &Peer, effort: Effort) -> Result<Duration> {
    let path = format!("/asked/{}", peer.port);
    let mut client = Client::bare(&pipe.authority, &path).await?;
    let (call_bytes, in_flight) = ASKED;
    // As long as a call is.
    let ask = recv(1, call_bytes);
    let begun = Instant::now();
    for _ in 0..in_flight {
        client.ask(&ask, &[]).await?;
        client.flush().await?;
    }
    let mut received = 0;
    while received < effort.of(ROUND_BYTES) {
        received += client.message().await?.len();
        client.ask(&ask, &[]).await?;
        client.flush().await?;
    }
    Ok(begun.elapsed())
}

async fn through_calls(
    backend: &Server,
    direction: Direction,
    peer: &Peer,
    call_bytes: usize,
    in_flight: usize,
    effort: Effort,
) -> Result<Duration> {
    let mut client = Client::session(&backend.authority).await?;
    let socket = client.connected(peer.port).await?;
    let (call, payload) = match direction {
        Direction::Down => (recv(socket, call_bytes), Vec::new()),
        Direction::Up => (send("sendall", socket), vec![7; call_bytes]),
    };
    let bytes = effort.of(ROUND_BYTES);
    let begun = Instant::now();
    let mut done = 0;
    for _ in 0..in_flight {
        client.ask(&call, &payload).await?;
        client.flush().await?;
    }
    while done < bytes {
        let answer = client.answer().await?;
        done += match direction {
            Direction::Down => answer.bytes,
            Direction::Up => call_bytes,
        };
        client.ask(&call, &payload).await?;
        client.flush().await?;
    }
    Ok(begun.elapsed())
}

fn report(
    direction: Direction,
    call_bytes: usize,
    in_flight: usize,
    figures: &Figures,
    floor: &Figures,
    rows: &mut Rows,
) {
    let what = match direction {
        Direction::Down => "download",
        Direction::Up => "upload",
    };
    let what = format!("{what}, calls of {} KiB, {in_flight} in flight", call_bytes >> 10);
    let ratio = figures.throughput() / floor.throughput();
    let has_budget = in_flight == 2;
    rows.add(Row {
        part: PART.to_owned(),
        what: what.clone(),
        value: format!("{:.0} MB/s", figures.throughput()),
        floor: format!("{:.0} MB/s pipe", floor.throughput()),
        ratio: times(ratio),
        budget: (if has_budget { "≥ 1.00×" } else { "" }).to_owned(),
        met: has_budget.then_some(ratio >= 1.0),
    });
    let (cpu, floor) = (figures.cpu_seconds_per_gib(), floor.cpu_seconds_per_gib());
    rows.add(Row {
        part: PART.to_owned(),
        what: format!("{what}: processor"),
        value: format!("{cpu:.2} s/GiB"),
        floor: format!("{floor:.2} s/GiB pipe"),
        ratio: times(cpu / floor),
        budget: "≤ 1.0 s/GiB".to_owned(),
        met: Some(cpu <= CPU_SECONDS_PER_GIB_MAX),
    });
}

fn report_asked(figures: &Figures, asked: &Figures, rows: &mut Rows) {
    let (call_bytes, in_flight) = ASKED;
    let (rate, floor) = (figures.throughput(), asked.throughput());
    rows.add(Row {
        part: PART.to_owned(),
        what: format!(
            "download, calls of {} KiB, {in_flight} in flight, against a pipe that is asked",
            call_bytes >> 10
        ),
        value: format!("{rate:.0} MB/s"),
        floor: format!("{floor:.0} MB/s asked pipe"),
        ratio: times(rate / floor),
        ..Row::default()
    });
}
