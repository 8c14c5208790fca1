//! Open, one byte each way, close: how many times in a second.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Effort;
use crate::client::{Client, SOCKET, connect, on, recv, send};
use crate::peers::{Peer, Role};
use crate::process::{Server, Threads};
use crate::rows::{Row, Rows, median, times};

const PART: &str = "Open and close";

const CYCLES: usize = 20_000;
const IN_FLIGHT: usize = 64;
const PER_SECOND_MIN: f64 = 12_000.0;

/// Where a cycle is: the call whose answer it waits for.
#[derive(Debug, Clone, Copy)]
enum Step {
    Opening,
    Connecting(u32),
    Sending(u32),
    Receiving(u32),
    Closing,
}

/// Cycles one after another and many at once; the floor is the same without a backend.
pub(crate) async fn measure(backend: &Path, effort: Effort, rows: &mut Rows) -> Result<()> {
    let backend = Server::backend(backend, Threads::All, &[])?;
    let peer = Peer::start(Role::Echo)?;
    for (in_flight, cycles) in [(1, CYCLES / 4), (IN_FLIGHT, CYCLES)] {
        let cycles = effort.of(cycles);
        let (mut floors, mut rates) = (Vec::new(), Vec::new());
        for _ in 0..effort.rounds {
            floors.push(without_backend(peer.port, cycles, in_flight).await?);
            rates.push(through_calls(&backend, peer.port, cycles, in_flight).await?);
        }
        let (rate, floor) = (median(rates), median(floors));
        let has_budget = in_flight == IN_FLIGHT;
        rows.add(Row {
            part: PART.to_owned(),
            what: format!("open, a byte each way, close: {in_flight} in flight"),
            value: format!("{rate:.0} /s"),
            floor: format!("{floor:.0} /s direct"),
            ratio: times(rate / floor),
            budget: (if has_budget { "≥ 12,000 /s" } else { "" }).to_owned(),
            met: has_budget.then_some(rate >= PER_SECOND_MIN),
        });
    }
    Ok(())
}

async fn through_calls(
    backend: &Server,
    port: u16,
    cycles: usize,
    in_flight: usize,
) -> Result<f64> {
    let mut client = Client::session(&backend.authority).await?;
    let mut steps = HashMap::new();
    let (mut begun, mut done) = (0, 0);
    let start = Instant::now();
    while done < cycles {
        while begun < cycles && steps.len() < in_flight {
            steps.insert(client.ask(SOCKET, &[]).await?, Step::Opening);
            begun += 1;
        }
        client.flush().await?;
        // Answers that come together are dealt with together, as by a kernel worker.
        let mut next = Some(client.answer().await?);
        while let Some(answer) = next {
            let step = steps.remove(&answer.id).context("an answer that nobody waits for")?;
            let asked = match step {
                Step::Opening => {
                    let socket = answer.socket.context("no socket")?;
                    let id = client.ask(&connect(socket, port), &[]).await?;
                    Some((id, Step::Connecting(socket)))
                }
                Step::Connecting(socket) => {
                    let id = client.ask(&send("send", socket), b"x").await?;
                    Some((id, Step::Sending(socket)))
                }
                Step::Sending(socket) => {
                    let id = client.ask(&recv(socket, 16), &[]).await?;
                    Some((id, Step::Receiving(socket)))
                }
                Step::Receiving(socket) => {
                    ensure!(answer.bytes == 1, "{} bytes came back", answer.bytes);
                    Some((client.ask(&on("close", socket), &[]).await?, Step::Closing))
                }
                Step::Closing => None,
            };
            match asked {
                Some((id, step)) => drop(steps.insert(id, step)),
                None => done += 1,
            }
            next = client.answer_at_hand().await?;
        }
    }
    Ok(cycles as f64 / start.elapsed().as_secs_f64())
}

async fn without_backend(port: u16, cycles: usize, in_flight: usize) -> Result<f64> {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..in_flight {
        tasks.spawn(async move {
            for _ in 0..cycles / in_flight {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
                stream.write_all(b"x").await?;
                let mut byte = [0];
                ensure!(stream.read(&mut byte).await? == 1, "no byte came back");
            }
            Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok((cycles / in_flight * in_flight) as f64 / start.elapsed().as_secs_f64())
}
