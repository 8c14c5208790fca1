//! A small exchange on one socket while another one of the same session downloads.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;

use crate::Effort;
use crate::client::{Client, recv, send};
use crate::peers::{Peer, Role};
use crate::process::{Server, Threads};
use crate::rows::{Row, Rows, median, percentile, times};

const PART: &str = "Side by side";

const EXCHANGES: usize = 2_000;
const DOWNLOADS_IN_FLIGHT: usize = 2;
const RATIO_MAX: f64 = 3.0;
const DOWNLOAD_BYTES: usize = 64 << 10;

/// An echo, alone and beside a download as fast as it goes.
pub(crate) async fn measure(backend: &Path, effort: Effort, rows: &mut Rows) -> Result<()> {
    let backend = Server::backend(backend, Threads::All, &[])?;
    let (echo, source) = (Peer::start(Role::Echo)?, Peer::start(Role::Source)?);
    let (mut alone, mut loaded) = (Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        let mut client = Client::session(&backend.authority).await?;
        let socket = client.connected(echo.port).await?;
        alone.push(exchanges(&mut client, socket, None, effort).await?);
        let download = client.connected(source.port).await?;
        loaded.push(exchanges(&mut client, socket, Some(download), effort).await?);
    }
    let (alone, loaded) = (median(alone), median(loaded));
    let ratio = loaded / alone;
    rows.add(Row {
        part: PART.to_owned(),
        what: "echo beside a full download, p50".to_owned(),
        value: format!("{loaded:.0} µs"),
        floor: format!("{alone:.0} µs alone"),
        ratio: times(ratio),
        budget: "≤ 3×".to_owned(),
        met: Some(ratio <= RATIO_MAX),
    });
    Ok(())
}

/// Returns the p50 of sending a byte and receiving it, in microseconds.
async fn exchanges(
    client: &mut Client,
    socket: u32,
    download: Option<u32>,
    effort: Effort,
) -> Result<f64> {
    let more = download.map(|download| recv(download, DOWNLOAD_BYTES));
    let (send, recv) = (send("send", socket), recv(socket, 16));
    if let Some(more) = &more {
        for _ in 0..DOWNLOADS_IN_FLIGHT {
            client.ask(more, &[]).await?;
        }
    }
    let mut times = Vec::new();
    while times.len() < effort.of(EXCHANGES) {
        let begun = Instant::now();
        for (call, payload) in [(&send, &b"x"[..]), (&recv, &[])] {
            let id = client.ask(call, payload).await?;
            client.flush().await?;
            loop {
                let answer = client.answer().await?;
                if answer.id == id {
                    break;
                }
                if let Some(more) = &more {
                    client.ask(more, &[]).await?;
                    client.flush().await?;
                }
            }
        }
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(percentile(&mut times, 50))
}
