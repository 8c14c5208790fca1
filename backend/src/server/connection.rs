//! One connection: TLS where it is spoken, HTTP, and who is at the other end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tower_service::Service;

use crate::budget::{Descriptors, Permit};
use crate::limits::{REQUEST_HEAD_BYTES_MAX, Waits};
use crate::tls::Tls;

/// What a request's handler knows of the connection on which it came.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) peer: SocketAddr,
    received: Arc<AtomicU64>,
    _seat: Arc<Seat>,
}

/// A connection counts among the backend's, and among its address's, for as long as this lives.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) among_all: Option<OwnedSemaphorePermit>,
    pub(super) among_its_address: Option<Permit>,
    pub(super) descriptors: Arc<Descriptors>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        drop((self.among_all.take(), self.among_its_address.take()));
        self.descriptors.note_freed();
    }
}

impl Connection {
    pub(super) fn new(peer: SocketAddr, seat: Seat) -> Self {
        Self { peer, received: Arc::default(), _seat: Arc::new(seat) }
    }

    /// Returns how many bytes have arrived.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

/// What serves connections.
#[derive(Debug, Clone)]
pub(super) struct Reception {
    pub(super) tls: Option<Arc<Tls>>,
    /// Answers over TLS, or in plain where none is spoken.
    pub(super) router: Router,
    /// Answers those who speak plain HTTP where TLS is spoken.
    pub(super) plain: Router,
    pub(super) waits: Waits,
    pub(super) stop: CancellationToken,
}

/// The first byte of a TLS connection: a handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 22;

impl Reception {
    /// Serves a connection until either side ends it. What it becomes at `/ws` goes on without.
    pub(super) async fn serve(self, stream: TcpStream, connection: Connection) {
        // Without this a call can take 44 ms: its answer waits for the acknowledgement of the
        // one before. If it cannot be set, the connection works all the same.
        drop(stream.set_nodelay(true));
        let Some(tls) = self.tls.clone() else {
            let router = self.router.clone();
            return self.serve_http(stream, connection, router).await;
        };
        let handshake = async {
            let mut first = [0];
            if stream.peek(&mut first).await? == 1 && first != [TLS_HANDSHAKE] {
                return Ok(Err(stream));
            }
            tls.acceptor(Instant::now()).accept(stream).await.map(Ok)
        };
        let shaken = tokio::select! {
            biased;
            shaken = timeout(self.waits.handshake_max(), handshake) => shaken,
            () = self.stop.cancelled() => return,
        };
        match shaken {
            Ok(Ok(Ok(stream))) => {
                let router = self.router.clone();
                self.serve_http(stream, connection, router).await;
            }
            Ok(Ok(Err(stream))) => {
                let router = self.plain.clone();
                self.serve_http(stream, connection, router).await;
            }
            // Scanners and old clients do this all the time; there is nobody to tell.
            Ok(Err(_)) | Err(_) => {}
        }
    }

    async fn serve_http<S>(self, stream: S, connection: Connection, router: Router)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let metered = Metered { stream, received: Arc::clone(&connection.received) };
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(connection.clone());
            let mut router = router.clone();
            async move {
                let answered = router.call(request).await;
                Ok::<_, Infallible>(answered.unwrap_or_else(|never| match never {}))
            }
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.waits.request_head_max())
            .max_buf_size(REQUEST_HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(metered), service)
            .with_upgrades();
        let mut serving = pin!(serving);
        // Clients break connections all the time; there is nobody to tell.
        tokio::select! {
            biased;
            _ended = serving.as_mut() => return,
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(self.waits.connection_max()) => {}
        }
        serving.as_mut().graceful_shutdown();
        // The last answer's time is bounded too: its reader may be in no hurry.
        drop(timeout(self.waits.connection_max(), serving).await);
    }
}

/// Counts the bytes that arrive.
#[derive(Debug)]
struct Metered<S> {
    stream: S,
    received: Arc<AtomicU64>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let len = buffer.filled().len() - before;
        self.received.fetch_add(len as u64, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
