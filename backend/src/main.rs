//! Serves the playground.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use backend::config::{Config, Told};
use backend::{export, server};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The exit code for flags that make no sense, as clap's.
const USAGE: u8 = 2;

/// Serves Sockpit: Python in the browser tab, real sockets on this machine.
#[derive(Debug, Parser)]
#[command(name = "sockpit", version, max_term_width = 100)]
struct Arguments {
    /// Write the page into this folder, for any web server, and serve nothing
    ///
    /// What is written opens, edits and replays sessions; running them needs a backend.
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,

    #[command(flatten)]
    config: Config,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { export: folder, config } = Arguments::parse();
    match config.tell() {
        Ok(None) => {}
        Ok(Some(Told { text, yes })) => {
            print!("{text}");
            return if yes { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Err(message) => {
            eprintln!("sockpit: {message}");
            return ExitCode::from(USAGE);
        }
    }
    let outcome = match &folder {
        Some(folder) => export(folder),
        None => serve(config).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("sockpit: {message}");
            ExitCode::FAILURE
        }
    }
}

fn export(folder: &Path) -> Result<(), String> {
    let files = export::export(folder)
        .map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
    println!("Sockpit's page is in {}, {files} files for any web server", folder.display());
    Ok(())
}

async fn serve(config: Config) -> Result<(), String> {
    let config = config.settle()?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| config.explain_bind_failure(&error))?;
    let address = listener.local_addr().map_err(|error| format!("no local address: {error}"))?;
    let interrupted = interrupted().map_err(|error| format!("cannot wait for signals: {error}"))?;
    server::raise_descriptor_limit();
    println!("Sockpit is at {}", config.url(address));
    server::run(listener, config, interrupted).await.map_err(|error| error.to_string())
}

/// Returns a future that ends when somebody asks the process to: Ctrl-C or `SIGTERM`.
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
