//! One call at a time.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use tokio_tungstenite::tungstenite::Message;

use crate::Effort;
use crate::client::{self, Client, request};
use crate::peers::{Peer, Role};
use crate::process::{Server, Threads};
use crate::rows::{Row, Rows, median, percentile, times};

const PART: &str = "One call";

const CALLS: usize = 8_000;
const WARM_UP: usize = 500;

/// The budget of a call that is hardly more than its way there and back.
const RATIO_MAX: f64 = 1.15;

/// How long the calls of a round took, in microseconds.
struct Round(Vec<f64>);

impl Round {
    fn at(&self, percent: usize) -> f64 {
        percentile(&mut self.0.clone(), percent)
    }
}

/// What one call costs against a bare echo of the same message, each server on one thread.
pub(crate) async fn measure(backend: &Path, effort: Effort, rows: &mut Rows) -> Result<()> {
    let backend = Server::backend(backend, Threads::One, &[])?;
    let echo = Server::floor("echo", Threads::One)?;
    let mut session = Client::session(&backend.authority).await?;
    let mut bare = Client::bare(&echo.authority, "/ws").await?;
    // Whoever took the bytes would have to be woken, and that is no cost of the call.
    let sink = session.connected(Peer::start(Role::Deaf)?.port).await?;
    let source = session.connected(Peer::start(Role::Source)?.port).await?;
    let kinds = [
        ("getsockname", client::on("getsockname", sink), &[][..], true),
        ("send of 1 byte", client::send("send", sink), &[7][..], false),
        ("recv of 1 byte", client::recv(source, 1), &[][..], false),
    ];
    for (name, call, payload, has_budget) in kinds {
        let (mut floors, mut calls) = (Vec::new(), Vec::new());
        for _ in 0..effort.rounds {
            floors.push(round(&mut bare, &call, payload, effort).await?);
            calls.push(round(&mut session, &call, payload, effort).await?);
        }
        let middle = |percent| {
            let of =
                |rounds: &[Round]| median(rounds.iter().map(|round| round.at(percent)).collect());
            (of(&calls), of(&floors))
        };
        for percent in [50, 99] {
            let (call, floor) = middle(percent);
            let ratio = call / floor;
            let in_budget = has_budget && percent == 50;
            rows.add(Row {
                part: PART.to_owned(),
                what: format!("{name}, p{percent}"),
                value: format!("{call:.1} µs"),
                floor: format!("{floor:.1} µs echo"),
                ratio: times(ratio),
                budget: (if in_budget { "≤ 1.15×" } else { "" }).to_owned(),
                met: in_budget.then_some(ratio <= RATIO_MAX),
            });
        }
    }
    Ok(())
}

async fn round(client: &mut Client, call: &str, payload: &[u8], effort: Effort) -> Result<Round> {
    let mut times = Vec::new();
    for number in 0..effort.of(CALLS) + WARM_UP {
        // Written beforehand: what is measured is the server.
        let message = request(number as u64, call, payload);
        let begun = Instant::now();
        client.put(message).await?;
        client.flush().await?;
        let answer = client.message().await?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        check(&answer)?;
        client.acknowledge(&answer).await?;
    }
    Ok(Round(times.split_off(WARM_UP)))
}

fn check(answer: &Message) -> Result<()> {
    let bytes = match answer {
        Message::Text(text) => text.as_bytes(),
        Message::Binary(bytes) => bytes.get(4..).context("a short frame")?,
        _ => bail!("no answer"),
    };
    if bytes.windows(8).take(40).any(|part| part == br#""error":"#) {
        bail!("a call failed: {}", String::from_utf8_lossy(bytes));
    }
    Ok(())
}
