//! What machines ask: whether new visitors are taken, and what was counted.

use std::future::IntoFuture as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use super::Server;
use crate::metrics::Metrics;

/// Answers 200 while new sessions are taken, and 503 when the backend is about to end.
pub(super) async fn health(State(server): State<Arc<Server>>) -> Response {
    let (status, text) = if server.host.metrics.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else {
        (StatusCode::OK, "ok\n")
    };
    (status, [(CACHE_CONTROL, "no-store")], text).into_response()
}

async fn metrics(State(server): State<Arc<Server>>) -> Response {
    match server.host.metrics.exposition() {
        Ok(text) => ([(CONTENT_TYPE, Metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Answers on the operator's own address, until dropped.
pub(super) fn serve(listener: TcpListener, server: &Arc<Server>) -> AbortOnDropHandle<()> {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .with_state(Arc::clone(server));
    let work = async move {
        if let Err(error) = axum::serve(listener, router).into_future().await {
            tracing::error!(%error, "the metrics are not served any more");
        }
    };
    AbortOnDropHandle::new(tokio::spawn(work))
}
