//! Whom the backend's sockets talk to: servers on a thread of their own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Builder;

/// Bytes that a peer sends or takes at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// Connections that may wait to be accepted: all that a measurement opens at once.
const BACKLOG: u32 = 4096;

/// Time between two looks at whether who talks to a deaf peer is still there.
const DEAF_LOOK: Duration = Duration::from_secs(1);

/// What a peer does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// Sends without end.
    Source,
    /// Takes everything.
    Sink,
    /// Sends back what it gets.
    Echo,
    /// Takes nothing.
    Deaf,
}

/// A peer that serves for as long as the process lives.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) port: u16,
    /// Bytes that it has read.
    taken: Arc<AtomicUsize>,
}

impl Peer {
    pub(crate) fn start(role: Role) -> Result<Self> {
        let (told, port) = std::sync::mpsc::channel();
        let taken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&taken);
        std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let listener = listen()?;
                told.send(listener.local_addr()?.port())?;
                loop {
                    let (stream, _) = listener.accept().await?;
                    stream.set_nodelay(true)?;
                    tokio::spawn(serve(role, stream, Arc::clone(&count)));
                }
                #[expect(unreachable_code, reason = "it says what kind of error there is")]
                Ok::<_, anyhow::Error>(())
            })
        });
        Ok(Self { port: port.recv().context("a peer did not start")?, taken })
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

fn listen() -> Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    Ok(socket.listen(BACKLOG)?)
}

async fn serve(role: Role, mut stream: TcpStream, taken: Arc<AtomicUsize>) {
    match role {
        Role::Source => {
            let bytes = vec![7; CHUNK_BYTES];
            while stream.write_all(&bytes).await.is_ok() {}
        }
        Role::Sink => {
            let mut bytes = vec![0; CHUNK_BYTES];
            while let Ok(len @ 1..) = stream.read(&mut bytes).await {
                taken.fetch_add(len, Ordering::Relaxed);
            }
        }
        Role::Echo => {
            let mut bytes = [0; 4096];
            while let Ok(len @ 1..) = stream.read(&mut bytes).await {
                if stream.write_all(&bytes[..len]).await.is_err() {
                    return;
                }
            }
        }
        // It looks without taking: nothing there is the end.
        Role::Deaf => {
            while let Ok(1) = stream.peek(&mut [0]).await {
                tokio::time::sleep(DEAF_LOOK).await;
            }
        }
    }
}
