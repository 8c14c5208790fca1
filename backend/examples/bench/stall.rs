//! Somebody stops reading: what that costs, and whom.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::time::timeout;

use crate::Effort;
use crate::client::{Client, on, recv, send};
use crate::peers::{Peer, Role};
use crate::process::{Server, Threads};
use crate::rows::{Row, Rows, percentile, times};

const PART: &str = "Nobody reads";

const CALL_BYTES: usize = 256 << 10;
/// Calls that are asked for at once: more than every buffer on the way holds.
const CALLS: usize = 256;
/// A call that has not gone on for so long is stuck.
const STUCK: Duration = Duration::from_secs(1);
/// What waiting calls may have to send (`WAITING_BYTES_MAX`), and buffers on the way.
const GROWN_KIB_MAX: f64 = 36.0 * 1024.0;
const CALLS_BESIDE: usize = 2_000;

pub(crate) async fn measure(backend: &Path, effort: Effort, rows: &mut Rows) -> Result<()> {
    let (source, deaf) = (Peer::start(Role::Source)?, Peer::start(Role::Deaf)?);
    let server = Server::backend(backend, Threads::All, &[])?;
    let mut other = Client::session(&server.authority).await?;
    let beside = other.connected(deaf.port).await?;
    let unloaded = exchange(&mut other, beside, effort).await?;

    let before = server.resident_kib()?;
    let mut client = Client::session(&server.authority).await?;
    let socket = client.connected(source.port).await?;
    // It asks for 64 MiB and takes nothing of it.
    for _ in 0..CALLS {
        client.ask(&recv(socket, CALL_BYTES), &[]).await?;
    }
    client.flush().await?;
    tokio::time::sleep(STUCK).await;
    report("a client that takes no answers", before, &server, rows)?;
    let loaded = exchange(&mut other, beside, effort).await?;
    drop(client);

    let before = server.resident_kib()?;
    let mut client = Client::session(&server.authority).await?;
    let socket = client.connected(deaf.port).await?;
    let payload = vec![7; CALL_BYTES];
    for _ in 0..CALLS {
        let sent = async {
            client.ask(&send("sendall", socket), &payload).await?;
            client.flush().await
        };
        match timeout(STUCK, sent).await {
            Ok(sent) => sent?,
            Err(_) => break,
        }
    }
    report("a peer that takes no bytes", before, &server, rows)?;
    rows.add(Row {
        part: PART.to_owned(),
        what: "a call of another session meanwhile, p50".to_owned(),
        value: format!("{loaded:.0} µs"),
        floor: format!("{unloaded:.0} µs alone"),
        ratio: times(loaded / unloaded),
        ..Row::default()
    });
    Ok(())
}

fn report(what: &str, before: f64, server: &Server, rows: &mut Rows) -> Result<()> {
    let grown = server.resident_kib()? - before;
    rows.add(Row {
        part: PART.to_owned(),
        what: format!("memory for {what}, of 64 MiB"),
        value: format!("{:.1} MiB", grown / 1024.0),
        budget: "≤ 36 MiB".to_owned(),
        met: Some(grown <= GROWN_KIB_MAX),
        ..Row::default()
    });
    Ok(())
}

async fn exchange(client: &mut Client, socket: u32, effort: Effort) -> Result<f64> {
    let call = on("getsockname", socket);
    let mut times = Vec::new();
    for _ in 0..effort.of(CALLS_BESIDE) {
        let begun = Instant::now();
        client.call(&call, &[]).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(percentile(&mut times, 50))
}
