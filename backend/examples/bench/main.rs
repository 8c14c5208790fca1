//! What the backend costs, against floors measured in the same run.
//!
//! `scripts/bench` builds and runs it, and `docs/performance.md` explains the rows. The backend
//! and the floors are processes of their own, so that their processor time and their memory can
//! be told from the client's. Rounds alternate between a floor and the backend, and what is
//! printed is the median of the rounds.
//!
//! - [`floors`]: a bare WebSocket echo, and a plain pipe from one WebSocket to one connection.
//! - [`client`]: the client, the same for the backend and its floors.
//! - [`peers`]: whom the backend's sockets talk to.
//! - [`process`]: servers as processes, and what they use.
//! - [`calls`], [`bulk`], [`cycles`], [`beside`], [`many`], [`stall`]: what is measured.
//! - [`rows`]: the table.

mod floors;

mod client;

mod peers;

mod process;

mod calls;

mod bulk;

mod cycles;

mod beside;

mod many;

mod stall;

mod rows;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use rows::Rows;
use tokio::runtime::Builder;

#[derive(Debug, Parser)]
struct Arguments {
    /// The backend's executable
    #[arg(long, env = "SOCKPIT_BACKEND")]
    backend: Option<PathBuf>,
    /// Two minutes of the client's and the page's measurements together
    #[arg(long)]
    quick: bool,
    /// What to measure; everything, if nothing is named
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Write the rows into this file too
    #[arg(long)]
    json: Option<PathBuf>,
    #[command(subcommand)]
    floor: Option<Floor>,
}

/// Something to serve instead of measuring.
#[derive(Debug, Clone, Copy, Subcommand)]
enum Floor {
    /// A WebSocket that sends back what it gets, and an empty page to open it from
    Echo,
    /// A WebSocket that is joined to one TCP connection
    Pipe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Calls,
    Bulk,
    Cycles,
    Beside,
    Many,
    Stall,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Effort {
    rounds: usize,
    /// One tenth and less of everything that is counted.
    quick: bool,
}

impl Effort {
    fn of(self, whole: usize) -> usize {
        if self.quick { whole / 4 } else { whole }
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.floor {
        Some(Floor::Echo) => return in_threads(floors::serve(floors::echo())),
        Some(Floor::Pipe) => return in_threads(floors::serve(floors::pipe())),
        None => {}
    }
    let backend = match &arguments.backend {
        Some(backend) => backend.clone(),
        None => process::beside_this_one("backend")?,
    };
    let effort = Effort { rounds: 5, quick: arguments.quick };
    let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    let mut rows = Rows::default();
    // The client has one thread, as a tab has one kernel worker.
    let client = Builder::new_current_thread().enable_all().build()?;
    client.block_on(async {
        if wanted(Part::Calls) {
            calls::measure(&backend, effort, &mut rows).await?;
        }
        if wanted(Part::Bulk) {
            bulk::measure(&backend, effort, &mut rows).await?;
        }
        if wanted(Part::Cycles) {
            cycles::measure(&backend, effort, &mut rows).await?;
        }
        if wanted(Part::Beside) {
            beside::measure(&backend, effort, &mut rows).await?;
        }
        if wanted(Part::Many) {
            many::measure(&backend, effort, &mut rows).await?;
        }
        if wanted(Part::Stall) {
            stall::measure(&backend, effort, &mut rows).await?;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    rows.print();
    match &arguments.json {
        Some(path) => rows.write(path),
        None => Ok(()),
    }
}

fn in_threads(server: impl Future<Output = Result<()>>) -> Result<()> {
    Builder::new_multi_thread().enable_all().build()?.block_on(server)
}
