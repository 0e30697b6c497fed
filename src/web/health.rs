//! Whether the process lives, and whether it can serve.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::Value;

/// One part of readiness.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// `queue`, `store`, `index`.
    pub name: &'static str,
    /// Whether it can serve.
    pub ok: bool,
    /// Figures.
    pub detail: Value,
}

/// Asks every part.
pub trait Readiness: Send + Sync {
    /// The parts, asked now.
    fn checks(&self) -> futures_util::future::BoxFuture<'_, Vec<Check>>;
}

/// `/healthz` and `/readyz`.
pub fn routes(readiness: Arc<dyn Readiness>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(readiness)
}

async fn ready(State(readiness): State<Arc<dyn Readiness>>) -> Response {
    let checks = readiness.checks().await;
    let status =
        if checks.iter().all(|check| check.ok) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(checks)).into_response()
}
