//! Many sockets, many sessions: memory, waiting times, and what an idle backend does.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::Effort;
use crate::client::{Client, SOCKET, connect, on, recv};
use crate::peers::{Peer, Role};
use crate::process::{Server, Threads};
use crate::rows::{Row, Rows, percentile, times};

const PART: &str = "Many";

const SOCKETS: usize = 10_000;
const SOCKET_KIB_MAX: f64 = 4.0;
const SESSIONS: usize = 2_000;
const SOCKETS_EACH: usize = 5;
const CALLS_ALONE: usize = 1000;
/// Calls that each of the sessions makes, one in so much time.
const CALLS_EACH: usize = 5;
const CALL_INTERVAL: Duration = Duration::from_secs(1);
/// For how long nobody does anything: longer than the backend's looks after its clients are apart.
const IDLE: Duration = Duration::from_secs(16);
const IDLE_QUICK: Duration = Duration::from_secs(3);
const P99_RATIO_MAX: f64 = 10.0;

pub(crate) async fn measure(backend: &Path, effort: Effort, rows: &mut Rows) -> Result<()> {
    let deaf = Peer::start(Role::Deaf)?;
    sockets(backend, &deaf, effort, rows).await?;
    sessions(backend, &deaf, effort, rows).await
}

/// What an open socket costs, and one on which a call waits.
async fn sockets(backend: &Path, deaf: &Peer, effort: Effort, rows: &mut Rows) -> Result<()> {
    let most = ["--sockets-max", "20000", "--calls-in-flight-max", "20000"];
    let backend = Server::backend(backend, Threads::All, &most)?;
    let mut client = Client::session(&backend.authority).await?;
    let count = effort.of(SOCKETS);
    // What a session needs anyway is not what a socket costs.
    client.connected(deaf.port).await?;
    let before = backend.resident_kib()?;
    let mut sockets = Vec::new();
    for _ in 0..count {
        let socket = client.socket().await?;
        client.call(&connect(socket, deaf.port), &[]).await?;
        sockets.push(socket);
    }
    let open = backend.resident_kib()?;
    for socket in sockets {
        client.ask(&recv(socket, 1), &[]).await?;
    }
    client.flush().await?;
    // The answer says that everything before it was read.
    client.call(SOCKET, &[]).await?;
    let waiting = backend.resident_kib()?;
    for (what, kib) in
        [("idle, connected", open - before), ("a call waits on it", waiting - before)]
    {
        let each = kib / count as f64;
        let has_budget = what.starts_with("idle");
        rows.add(Row {
            part: PART.to_owned(),
            what: format!("memory of a socket, {count} of them: {what}"),
            value: format!("{each:.2} KiB"),
            budget: (if has_budget { "≤ 4 KiB" } else { "" }).to_owned(),
            met: has_budget.then_some(each <= SOCKET_KIB_MAX),
            ..Row::default()
        });
    }
    Ok(())
}

/// A class, and then some.
async fn sessions(backend: &Path, deaf: &Peer, effort: Effort, rows: &mut Rows) -> Result<()> {
    let backend = Server::backend(backend, Threads::All, &["--sockets-max", "64"])?;
    let mut unloaded = alone(&backend, deaf).await?;
    let tabs = at_rest(&backend, deaf, effort, rows).await?;
    let count = tabs.len();
    let mut loaded = at_work(tabs).await?;
    for percent in [50, 99] {
        let (loaded, unloaded) =
            (percentile(&mut loaded, percent), percentile(&mut unloaded, percent));
        let has_budget = percent == 99;
        rows.add(Row {
            part: PART.to_owned(),
            what: format!("a call of {count} sessions with one a second each, p{percent}"),
            value: format!("{loaded:.0} µs"),
            floor: format!("{unloaded:.0} µs alone"),
            ratio: times(loaded / unloaded),
            budget: (if has_budget { "≤ 10×" } else { "" }).to_owned(),
            met: has_budget.then_some(loaded / unloaded <= P99_RATIO_MAX),
        });
    }
    Ok(())
}

/// Returns how long the calls of a session take while it is the only one.
async fn alone(backend: &Server, deaf: &Peer) -> Result<Vec<f64>> {
    let mut client = Client::session(&backend.authority).await?;
    let socket = client.connected(deaf.port).await?;
    let mut times = Vec::new();
    for _ in 0..CALLS_ALONE {
        one_call(&mut client, socket).await?;
    }
    for _ in 0..CALLS_ALONE {
        // At the pace of many together, so that both include waking up.
        tokio::time::sleep(Duration::from_millis(1)).await;
        times.push(one_call(&mut client, socket).await?);
    }
    Ok(times)
}

/// Opens sessions that do nothing, with a socket of each.
async fn at_rest(
    backend: &Server,
    deaf: &Peer,
    effort: Effort,
    rows: &mut Rows,
) -> Result<Vec<(Client, u32)>> {
    let count = effort.of(SESSIONS);
    let before = backend.resident_kib()?;
    let mut tabs = Vec::new();
    for _ in 0..count {
        tabs.push((Client::session(&backend.authority).await?, 0));
    }
    let bare = (backend.resident_kib()? - before) / count as f64;
    for (client, socket) in &mut tabs {
        for _ in 0..SOCKETS_EACH {
            *socket = client.connected(deaf.port).await?;
        }
    }
    let each = (backend.resident_kib()? - before) / count as f64;
    let cpu = backend.cpu_seconds()?;
    let idle = if effort.quick { IDLE_QUICK } else { IDLE };
    tokio::time::sleep(idle).await;
    let idle = (backend.cpu_seconds()? - cpu) / idle.as_secs_f64() * 100.0;
    let with_sockets = format!("with {SOCKETS_EACH} sockets each");
    for (what, value) in [
        (format!("memory of a session, {count} idle ones"), format!("{bare:.1} KiB")),
        (
            format!("memory of a session, {count} idle ones {with_sockets}"),
            format!("{each:.1} KiB"),
        ),
        (
            format!("processor for {count} idle sessions {with_sockets}"),
            format!("{idle:.1} % of a core"),
        ),
    ] {
        rows.add(Row { part: PART.to_owned(), what, value, ..Row::default() });
    }
    Ok(tabs)
}

/// Every session makes a call a second, each at a time of its own; returns how long they took.
async fn at_work(tabs: Vec<(Client, u32)>) -> Result<Vec<f64>> {
    let count = tabs.len();
    let ready = Arc::new(Barrier::new(count));
    let mut tasks = JoinSet::new();
    for (number, (mut client, socket)) in tabs.into_iter().enumerate() {
        let ready = Arc::clone(&ready);
        tasks.spawn(async move {
            ready.wait().await;
            let begun = tokio::time::Instant::now();
            let offset = CALL_INTERVAL.mul_f64(number as f64 / count as f64);
            let mut times = Vec::new();
            for turn in 0..CALLS_EACH {
                let due = begun + offset + CALL_INTERVAL * u32::try_from(turn)?;
                tokio::time::sleep_until(due).await;
                times.push(one_call(&mut client, socket).await?);
            }
            Ok::<_, anyhow::Error>(times)
        });
    }
    let mut all = Vec::new();
    while let Some(times) = tasks.join_next().await {
        all.extend(times.context("a session failed")??);
    }
    Ok(all)
}

async fn one_call(client: &mut Client, socket: u32) -> Result<f64> {
    let call = on("getsockname", socket);
    let begun = Instant::now();
    client.call(&call, &[]).await?;
    Ok(begun.elapsed().as_secs_f64() * 1e6)
}
