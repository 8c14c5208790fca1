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
    let mut alone = Client::session(&backend.authority).await?;
    let socket = alone.connected(deaf.port).await?;
    let mut unloaded = Vec::new();
    for number in 0..2000 {
        // At the same pace as below, so that both include waking up.
        if number >= 1000 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            unloaded.push(one_call(&mut alone, socket).await?);
        } else {
            one_call(&mut alone, socket).await?;
        }
    }
    drop(alone);
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
    let mut loaded = at_work(tabs, count).await?;
    rows.add(Row {
        part: PART.to_owned(),
        what: format!("memory of an idle session, {count} of them"),
        value: format!("{bare:.1} KiB"),
        ..Row::default()
    });
    rows.add(Row {
        part: PART.to_owned(),
        what: format!("memory of a session with {SOCKETS_EACH} sockets, {count} of them"),
        value: format!("{each:.1} KiB"),
        ..Row::default()
    });
    rows.add(Row {
        part: PART.to_owned(),
        what: format!(
            "processor of a backend with {count} idle sessions of {SOCKETS_EACH} sockets"
        ),
        value: format!("{idle:.1} % of a core"),
        ..Row::default()
    });
    let (loaded_p50, unloaded_p50) = (percentile(&mut loaded, 50), percentile(&mut unloaded, 50));
    rows.add(Row {
        part: PART.to_owned(),
        what: format!("a call of {count} sessions with one a second each, p50"),
        value: format!("{loaded_p50:.0} µs"),
        floor: format!("{unloaded_p50:.0} µs alone"),
        ratio: times(loaded_p50 / unloaded_p50),
        ..Row::default()
    });
    let (loaded, unloaded) = (percentile(&mut loaded, 99), percentile(&mut unloaded, 99));
    rows.add(Row {
        part: PART.to_owned(),
        what: format!("a call of {count} sessions with one a second each, p99"),
        value: format!("{loaded:.0} µs"),
        floor: format!("{unloaded:.0} µs alone"),
        ratio: times(loaded / unloaded),
        budget: "≤ 10×".to_owned(),
        met: Some(loaded / unloaded <= P99_RATIO_MAX),
    });
    Ok(())
}

/// Every session makes a call a second, each at a time of its own; returns how long they took.
async fn at_work(tabs: Vec<(Client, u32)>, count: usize) -> Result<Vec<f64>> {
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
