//! Accepts connections, serves the page, opens sessions, shuts down.
//!
//! # Tasks
//!
//! ```text
//! run
//! └── connection           one per HTTP connection
//!     └── session          takes over from it at /ws; all its calls run inside of it
//!         └── lookup       a name lookup, on a blocking thread, bounded
//! ```

mod gate;

mod page;

pub(crate) use page::CONTENT_POLICY;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use crate::call::Host;
use crate::config::Config;
use crate::limits::{
    ACCEPT_RETRY, OUTBOX_BYTES_MAX, OVERSIZE_FRAME_BYTES_MAX, PAGE_CONNECTIONS_MAX,
    READ_BUFFER_BYTES, REQUEST_HEAD_BYTES_MAX, REQUEST_HEAD_WAIT_MAX, WRITE_BUFFER_BYTES,
};
use crate::link::{ConnectionPermit, Link};
use crate::policy::Policy;
use crate::resolve::Resolver;
use crate::room::Rooms;
use crate::session::{self, Registry};
use crate::sys;
use gate::Gate;

/// Serves the page and its sessions until `shutdown` ends, then lets the sessions end.
pub async fn run(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let grace = Duration::from_millis(config.limits.shutdown_grace_ms);
    let policy =
        config.policy().map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))?;
    let server = Arc::new(Server::new(listener.local_addr()?, config, policy));
    let router = app(Arc::clone(&server));
    tokio::select! {
        biased;
        () = shutdown => {}
        () = accept(&listener, &server, &router) => {}
    }
    // Nobody new comes in; whoever is there is told and gets its answers.
    drop(listener);
    server.stop.cancel();
    server.tasks.close();
    // A task that takes longer ends with the runtime.
    drop(tokio::time::timeout(grace, server.tasks.wait()).await);
    Ok(())
}

/// Raises the soft limit of open descriptors, which is often 1024, to the hard one.
pub fn raise_descriptor_limit() {
    if let Err(error) = sys::raise_descriptor_limit() {
        eprintln!("sockpit: cannot raise the limit of open descriptors: {error}");
    }
}

/// What all connections share.
#[derive(Debug)]
struct Server {
    host: Arc<Host>,
    gate: Gate,
    sessions: Arc<Semaphore>,
    /// Sessions that outlive their connections.
    resumable: Arc<Registry>,
    connections: Arc<Semaphore>,
    /// Cancelled when the backend shuts down.
    stop: CancellationToken,
    /// Connections and sessions.
    tasks: TaskTracker,
}

impl Server {
    fn new(address: std::net::SocketAddr, config: Config, policy: Policy) -> Self {
        let Config { listen: _, allowed_hosts, access, rules, limits } = config;
        let sessions_max = limits.sessions_max as usize;
        Self {
            gate: Gate::new(address.ip(), allowed_hosts),
            sessions: Arc::new(Semaphore::new(sessions_max)),
            resumable: Arc::default(),
            connections: Arc::new(Semaphore::new(sessions_max + PAGE_CONNECTIONS_MAX)),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            host: Arc::new(Host {
                policy,
                resolver: Resolver::new(limits.lookups_max),
                limits,
                loopbacks: Arc::default(),
                expose_loopback: rules.expose_loopback,
                access,
                rooms: Rooms::default(),
            }),
        }
    }
}

fn app(server: Arc<Server>) -> Router {
    Router::new()
        .route("/ws", any(open_session))
        .fallback(page::serve)
        .layer(axum::middleware::map_response(page::isolate))
        .with_state(server)
}

async fn accept(listener: &TcpListener, server: &Arc<Server>, router: &Router) {
    loop {
        // A permit first, so that a connection is counted before it exists.
        let Ok(permit) = Arc::clone(&server.connections).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection =
                    serve_connection(stream, permit, router.clone(), server.stop.clone());
                server.tasks.spawn(connection);
            }
            Err(error) => {
                eprintln!("sockpit: cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

async fn serve_connection(
    stream: TcpStream,
    permit: OwnedSemaphorePermit,
    router: Router,
    stop: CancellationToken,
) {
    // Without this a call can take 44 ms: its answer waits for the acknowledgement of the one
    // before. If it cannot be set, the connection works all the same.
    drop(stream.set_nodelay(true));
    let permit: ConnectionPermit = Arc::new(permit);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(permit.clone());
        let mut router = router.clone();
        async move {
            Ok::<_, Infallible>(router.call(request).await.unwrap_or_else(|never| match never {}))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_HEAD_WAIT_MAX)
        .max_buf_size(REQUEST_HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // Clients break connections all the time; there is nobody to tell.
    drop(ended);
}

/// Opens a session, if the request comes from our own page or from no page at all.
async fn open_session(
    State(server): State<Arc<Server>>,
    Extension(connection): Extension<ConnectionPermit>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    if let Err(reason) = server.gate.check(&headers) {
        return (StatusCode::FORBIDDEN, reason).into_response();
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    // Permits first; dropping them is the decrement.
    let permit = Arc::clone(&server.sessions).try_acquire_owned().ok();
    let task = server.tasks.token();
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(OUTBOX_BYTES_MAX)
        .max_message_size(OVERSIZE_FRAME_BYTES_MAX)
        .max_frame_size(OVERSIZE_FRAME_BYTES_MAX)
        .on_upgrade(async move |socket| {
            let link = Link::new(socket, connection);
            let Server { host, resumable, stop, .. } = &*server;
            session::serve(link, permit, Arc::clone(host), Arc::clone(resumable), stop.clone())
                .await;
            drop(task);
        })
}
