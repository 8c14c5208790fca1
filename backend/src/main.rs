//! Serves the playground.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use backend::audit::Audit;
use backend::config::{Config, Told};
use backend::server::Observers;
use backend::{export, logging, memory, server};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The exit code for flags that make no sense, as clap's.
const USAGE: u8 = 2;

/// The exit code of a process that a second signal ended: as a shell counts SIGINT.
const INTERRUPTED: i32 = 130;

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
    logging::begin(config.operations.log_format, config.operations.log_level);
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
    let no_signals = |error| format!("cannot wait for signals: {error}");
    let observers = observers(&config).await?;
    if let Some(audit) = &observers.audit {
        reopen_on_hangup(Arc::clone(audit)).map_err(no_signals)?;
    }
    let interrupted = interrupted().map_err(no_signals)?;
    server::raise_descriptor_limit();
    memory::keep_freed();
    println!("Sockpit is at {}", config.url(address));
    if let Some(listener) = &observers.metrics {
        let address = listener.local_addr().map_err(|error| format!("no address: {error}"))?;
        println!("Metrics are at http://{address}/metrics");
    }
    server::run_observed(listener, config, observers, interrupted)
        .await
        .map_err(|error| error.to_string())
}

async fn observers(config: &Config) -> Result<Observers, String> {
    let operations = &config.operations;
    let metrics = match operations.metrics {
        Some(address) => Some(
            TcpListener::bind(address)
                .await
                .map_err(|error| format!("cannot listen on {address} for metrics: {error}"))?,
        ),
        None => None,
    };
    let audit = operations.audit.as_ref().map(|path| {
        Audit::open(path)
            .map_err(|error| format!("cannot write the audit {}: {error}", path.display()))
    });
    Ok(Observers { metrics, audit: audit.transpose()?.map(Arc::new) })
}

/// Opens the audit's file again with every `SIGHUP`, which is how logrotate asks for it.
fn reopen_on_hangup(audit: Arc<Audit>) -> std::io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if let Err(error) = audit.reopen() {
                tracing::error!(%error, "the audit's file cannot be opened again");
            }
        }
    });
    Ok(())
}

/// Returns a future that ends when somebody asks the process to: Ctrl-C or `SIGTERM`. Asked
/// again, the process ends at once.
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        let mut asked = async move || {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        asked().await;
        tokio::spawn(async move {
            asked().await;
            std::process::exit(INTERRUPTED);
        });
    })
}
