//! Serves the playground.

use std::process::ExitCode;

use backend::config::Config;
use backend::server;
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::parse();
    match serve(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("sockpit: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> Result<(), String> {
    config.check()?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| config.explain_bind_failure(&error))?;
    let address = listener.local_addr().map_err(|error| format!("no local address: {error}"))?;
    let interrupted = interrupted().map_err(|error| format!("cannot wait for signals: {error}"))?;
    server::raise_descriptor_limit();
    println!("Sockpit is at http://{address}/");
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
