//! The floor under every socket call: a WebSocket that sends back what it gets.
//!
//! `scripts/bench` measures a worker's round trip to it, in a page as isolated as the
//! playground, and compares a socket call from Python with that.

use std::io::Result;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    // As the backend does: without it a small frame may wait for the one before it.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            eprintln!("failed to set TCP_NODELAY: {error}");
        }
    });
    axum::serve(listener, app()).await
}

fn app() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/ws", any(|upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(echo) }))
}

async fn page() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE.as_str(), "text/html"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
    ];
    (headers, "<!doctype html><title>echo</title>")
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let answer = matches!(message, Message::Text(_) | Message::Binary(_));
        if answer && socket.send(message).await.is_err() {
            return;
        }
    }
}
