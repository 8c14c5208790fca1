//! What nothing that answers over a WebSocket can be faster than.

use anyhow::Result;
use axum::Router;
use axum::extract::Path;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use axum::serve::ListenerExt;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Bytes that the pipe reads at a time.
const PIPE_BYTES: usize = 64 * 1024;

/// Serves a floor on a port that the host chooses, and prints where.
pub(crate) async fn serve(floor: Router) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    // As the backend does: without it a small frame may wait for the one before it.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            eprintln!("failed to set TCP_NODELAY: {error}");
        }
    });
    Ok(axum::serve(listener, floor).await?)
}

/// A WebSocket that sends back what it gets, and a page as isolated as the playground, from
/// whose workers it is measured.
pub(crate) fn echo() -> Router {
    let echo = async |mut socket: WebSocket| {
        while let Some(Ok(message)) = socket.recv().await {
            let answer = matches!(message, Message::Text(_) | Message::Binary(_));
            if answer && socket.send(message).await.is_err() {
                return;
            }
        }
    };
    Router::new()
        .route("/", get(page))
        .route("/ws", any(async move |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo)))
}

async fn page() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE.as_str(), "text/html"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
    ];
    (headers, "<!doctype html><title>echo</title>")
}

/// A WebSocket whose messages go to a connection, and what comes from there to it. It pushes:
/// nobody asks for what it sends.
pub(crate) fn pipe() -> Router {
    let open = async |Path(port): Path<u16>, upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async move |socket| {
            // A broken pipe is the end of a round.
            drop(join(socket, port).await);
        })
    };
    let open_asked = async |Path(port): Path<u16>, upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async move |socket| drop(join_asked(socket, port).await))
    };
    Router::new().route("/ws/{port}", any(open)).route("/asked/{port}", any(open_asked))
}

/// A pipe that reads once for each message that asks it to, as one call is one system call. It
/// knows nothing of calls: what is between it and the backend is the backend's own part, and what
/// is between it and the pipe that pushes is the price of asking.
async fn join_asked(mut socket: WebSocket, port: u16) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut bytes = vec![0; PIPE_BYTES];
    while let Some(Ok(_)) = socket.recv().await {
        let len = stream.read(&mut bytes).await?;
        socket.send(Message::Binary(Bytes::copy_from_slice(&bytes[..len]))).await?;
    }
    Ok(())
}

async fn join(socket: WebSocket, port: u16) -> Result<()> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (mut down, mut up) = stream.into_split();
    let (mut sink, mut source) = socket.split();
    let download = async {
        let mut bytes = vec![0; PIPE_BYTES];
        loop {
            let len = down.read(&mut bytes).await?;
            if len == 0 {
                return Ok::<_, anyhow::Error>(());
            }
            sink.send(Message::Binary(Bytes::copy_from_slice(&bytes[..len]))).await?;
        }
    };
    let upload = async {
        while let Some(message) = source.next().await {
            match message? {
                Message::Binary(bytes) => up.write_all(&bytes).await?,
                Message::Close(_) => break,
                Message::Text(_) | Message::Ping(_) | Message::Pong(_) => {}
            }
        }
        Ok::<_, anyhow::Error>(())
    };
    tokio::select! {
        ended = download => ended,
        ended = upload => ended,
    }
}
