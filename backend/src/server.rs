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

mod connection;

mod gate;

mod page;

mod status;

mod visitor;

pub(crate) use connection::Connection;
pub(crate) use page::CONTENT_POLICY;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::Audit;
use crate::budget::{Descriptors, Permit, Place, Shares, Visitors};
use crate::call::Host;
use crate::config::Config;
use crate::limits::{
    ACCEPT_RETRY, Limits, OUTBOX_BYTES_MAX, OVERSIZE_FRAME_BYTES_MAX, READ_BUFFER_BYTES, Terms,
    WRITE_BUFFER_BYTES,
};
use crate::link::Link;
use crate::memory;
use crate::policy::Policy;
use crate::resolve::Resolver;
use crate::room::Rooms;
use crate::session::{self, Admission, Registry};
use crate::sys;
use crate::tls::Tls;
use connection::{Reception, Seat};
use gate::Gate;
use page::Secure;

/// What the operator sees of a backend, besides its log.
#[derive(Debug, Default)]
pub struct Observers {
    /// Where `/metrics` and `/healthz` are answered.
    pub metrics: Option<TcpListener>,
    pub audit: Option<Arc<Audit>>,
}

/// Serves the page and its sessions until `shutdown` ends, then lets the sessions end.
pub async fn run(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    run_observed(listener, config, Observers::default(), shutdown).await
}

/// Does what [`run`] does, and lets the operator see.
pub async fn run_observed(
    listener: TcpListener,
    config: Config,
    observers: Observers,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let Observers { metrics, audit } = observers;
    let grace = Duration::from_millis(config.limits.shutdown_grace_ms);
    let unusable = |message| io::Error::new(io::ErrorKind::InvalidInput, message);
    let policy = config.policy().map_err(unusable)?;
    let tls = config.tls.both().map(|(certificate, key)| Tls::load(certificate, key));
    let tls = tls.transpose().map_err(unusable)?.map(Arc::new);
    let drain = Duration::from_millis(config.operations.drain_ms);
    let address = listener.local_addr()?;
    let server = Arc::new(Server::new(address, config, policy, audit));
    let reception = reception(&server, tls);
    let _status = metrics.map(|listener| status::serve(listener, &server));
    tracing::info!(%address, "listening");
    {
        let mut accepting = pin!(accept(&listener, &server, &reception));
        tokio::select! {
            biased;
            () = shutdown => {}
            () = &mut accepting => {}
            () = memory::give_back(&server.host.metrics) => {}
        }
        let metrics = &server.host.metrics;
        metrics.begin_draining();
        tracing::info!(sessions = metrics.sessions(), "shutting down");
        // Whoever asks is answered still, and told that nobody new is taken.
        tokio::select! {
            biased;
            () = drained(&server, drain) => {}
            () = accepting => {}
        }
    }
    // Nobody new comes in; whoever is there is told and gets its answers.
    drop(listener);
    server.stop.cancel();
    server.tasks.close();
    // A task that takes longer ends with the runtime.
    let ended = timeout(grace, server.tasks.wait()).await;
    tracing::info!(in_time = ended.is_ok(), "ended");
    Ok(())
}

/// Waits until the last session has ended, at most as long as sessions may go on.
async fn drained(server: &Server, patience: Duration) {
    // With all permits in hand there is no session.
    let last = server.sessions.acquire_many(server.sessions_max);
    drop(timeout(patience, last).await);
}

/// Raises the soft limit of open descriptors, which is often 1024, to the hard one.
pub fn raise_descriptor_limit() {
    if let Err(error) = sys::raise_descriptor_limit() {
        tracing::warn!(%error, "the limit of open descriptors cannot be raised");
    }
}

/// What all connections share.
#[derive(Debug)]
struct Server {
    host: Arc<Host>,
    gate: Gate,
    sessions: Arc<Semaphore>,
    sessions_max: u32,
    visitors: Visitors,
    /// Sessions that outlive their connections.
    resumable: Arc<Registry>,
    connections: Arc<Semaphore>,
    /// Cancelled when the backend shuts down.
    stop: CancellationToken,
    /// Connections and sessions.
    tasks: TaskTracker,
}

impl Server {
    fn new(address: SocketAddr, config: Config, policy: Policy, audit: Option<Arc<Audit>>) -> Self {
        let terms = Terms::new(&config.limits, config.audience());
        if config.counts_nobody_by_address() {
            tracing::warn!(
                "limits by network address count nobody who comes through a proxy on this \
                 machine; --trusted-proxy 127.0.0.1 lets its X-Forwarded-For say who comes"
            );
        }
        let Config { listen: _, allowed_hosts, access, tls, rules, limits, operations: _ } = config;
        let Shares { connections, sessions: sessions_max, sockets } = shares(&limits);
        Self {
            gate: Gate::new(address.ip(), allowed_hosts, tls.both().is_some()),
            sessions: Arc::new(Semaphore::new(sessions_max as usize)),
            sessions_max,
            visitors: Visitors::new(terms.of_visitor()),
            resumable: Arc::default(),
            connections: Arc::new(Semaphore::new(connections as usize)),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            host: Arc::new(Host {
                policy: Arc::new(policy),
                resolver: Resolver::new(limits.lookups_max),
                limits,
                loopbacks: Arc::default(),
                expose_loopback: rules.expose_loopback,
                access,
                rooms: Rooms::default(),
                metrics: Arc::default(),
                audit,
                terms: Arc::new(terms),
                descriptors: Descriptors::new(sockets),
            }),
        }
    }
}

impl Server {
    /// Takes a seat among the connections of an address, where those are counted. A proxy's are
    /// not: it brings many visitors.
    fn seat_of_address(&self, peer: SocketAddr) -> Result<Option<Permit>, ()> {
        let ip = peer.ip().to_canonical();
        if ip.is_loopback() || visitor::is_proxy(ip, &self.host.access.trusted_proxy) {
            return Ok(None);
        }
        self.visitors.who(ip, Instant::now()).connection()
    }
}

/// Shares out the descriptors that this process may have.
fn shares(limits: &Limits) -> Shares {
    let host = sys::descriptor_limit().ok().and_then(|limit| u32::try_from(limit).ok());
    let granted = host.unwrap_or(u32::MAX).min(limits.descriptors_max.unwrap_or(u32::MAX));
    let shares = Shares::of(granted, limits.sessions_max, limits.lookups_max);
    let Shares { connections: _, sessions, sockets } = shares;
    if sessions < limits.sessions_max {
        tracing::warn!(granted, sessions, sockets, "descriptors are few, so fewer sessions fit");
    }
    shares
}

fn reception(server: &Arc<Server>, tls: Option<Arc<Tls>>) -> Reception {
    let headers = |secure| axum::middleware::map_response_with_state(Secure(secure), page::isolate);
    let router = Router::new()
        .route("/ws", any(open_session))
        .route("/healthz", get(status::health))
        .fallback(page::serve)
        .layer(headers(tls.is_some()))
        .with_state(Arc::clone(server));
    let plain = Router::new()
        .route("/healthz", get(status::health))
        .fallback(lead_to_tls)
        .layer(headers(false))
        .with_state(Arc::clone(server));
    let waits = server.host.limits.waits.clone();
    Reception { tls, router, plain, waits, stop: server.stop.clone() }
}

async fn accept(listener: &TcpListener, server: &Arc<Server>, reception: &Reception) {
    loop {
        // A permit first, so that a connection is counted before it exists.
        let Ok(permit) = Arc::clone(&server.connections).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                // One address too many connections: closed, as by a packet filter.
                let Ok(among_its_address) = server.seat_of_address(peer) else { continue };
                let descriptors = Arc::clone(&server.host.descriptors);
                let seat = Seat { among_all: Some(permit), among_its_address, descriptors };
                let connection = Connection::new(peer, seat);
                server.tasks.spawn(reception.clone().serve(stream, connection));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                // What is short is most likely descriptors.
                drop(timeout(ACCEPT_RETRY, server.host.descriptors.freed()).await);
            }
        }
    }
}

/// Leads those who speak plain HTTP to where TLS is spoken: to the same port of the same name.
/// What they are looking for is in a fragment, which browsers carry over.
async fn lead_to_tls(State(server): State<Arc<Server>>, uri: Uri, headers: HeaderMap) -> Response {
    match server.gate.host(&headers) {
        Ok(host) => Redirect::temporary(&format!("https://{host}{uri}")).into_response(),
        Err(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
    }
}

/// Opens a session, if the request comes from our own page or from no page at all.
async fn open_session(
    State(server): State<Arc<Server>>,
    Extension(connection): Extension<Connection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    if let Err(reason) = server.gate.check(&headers) {
        server.host.metrics.count_turned_away("origin");
        return (StatusCode::FORBIDDEN, reason).into_response();
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let proxies = &server.host.access.trusted_proxy;
    let address = visitor::address(connection.peer.ip(), &headers, proxies);
    let client = address.unwrap_or_else(|| connection.peer.ip().to_canonical());
    let visitor = address.map(|address| server.visitors.who(address, Instant::now()));
    // Permits first; dropping them is the decrement.
    let place = Place::take(&server.sessions, visitor.as_ref());
    let admission = Admission { client, visitor, place };
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
            let (host, resumable) = (Arc::clone(host), Arc::clone(resumable));
            session::serve(link, admission, host, resumable, stop.clone()).await;
            drop(task);
        })
}
