//! `/openapi.json`, and the pages that show it. Everything is in the binary: an intranet has no internet.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The committed document; a test makes it anew and wants no difference.
pub const API: &str = include_str!("../../schemas/openapi.json");

/// `/openapi.json` and `/docs/`.
pub fn routes() -> Router {
    let pages: Router =
        SwaggerUi::new("/docs").config(Config::from("/openapi.json").validator_url("none")).into();
    Router::new().route("/openapi.json", get(document)).with_state(Arc::<str>::from(API)).merge(pages)
}

async fn document(State(text): State<Arc<str>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], text.to_string())
}
