//! Serves the playground.

use std::process::ExitCode;

use backend::config::{Config, Told};
use backend::server;
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The exit code for flags that make no sense, as clap's.
const USAGE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::parse();
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
    match serve(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("sockpit: {message}");
            ExitCode::FAILURE
        }
    }
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
