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
//! - [`rows`]: what came of it; [`table`]: all of that, with what the page's measurements found.

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

mod table;

use std::path::{Path, PathBuf};

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
    /// Write the rows into this file instead of printing a table
    #[arg(long)]
    json: Option<PathBuf>,
    #[command(subcommand)]
    instead: Option<Instead>,
}

/// Something to do instead of measuring.
#[derive(Debug, Subcommand)]
enum Instead {
    /// Serve a WebSocket that sends back what it gets, and an empty page to open it from
    Echo,
    /// Serve a WebSocket that is joined to one TCP connection
    Pipe,
    /// Print one table of the rows in these files
    Table {
        rows: Vec<PathBuf>,
        /// Put the table into this document too
        #[arg(long)]
        document: Option<PathBuf>,
    },
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
    match &arguments.instead {
        Some(Instead::Echo) => return in_threads(floors::serve(floors::echo())),
        Some(Instead::Pipe) => return in_threads(floors::serve(floors::pipe())),
        Some(Instead::Table { rows, document }) => return tell(rows, document.as_deref()),
        None => {}
    }
    // Ten thousand sockets have ten thousand other ends.
    backend::server::raise_descriptor_limit();
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
    match &arguments.json {
        Some(path) => rows.write(path)?,
        None => table::print(&rows),
    }
    Ok(())
}

fn tell(rows: &[PathBuf], document: Option<&Path>) -> Result<()> {
    let rows = Rows::read(rows)?;
    table::print(&rows);
    document.map_or(Ok(()), |document| table::put_into(document, &rows))
}

fn in_threads(server: impl Future<Output = Result<()>>) -> Result<()> {
    Builder::new_multi_thread().enable_all().build()?.block_on(server)
}
