//! `/openapi.json`, and the pages that show it. Everything is in the binary: an intranet has no internet.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The committed document; a test makes it anew and wants no difference.
pub const API: &str = include_str!("../../schemas/openapi.json");

/// `/openapi.json` and `/docs/`.
pub fn routes() -> Router {
    let pages: Router =
        SwaggerUi::new("/docs").config(Config::from("/openapi.json").validator_url("none")).into();
    Router::new()
        .route("/openapi.json", get(document))
        .with_state(Arc::<str>::from(API))
        .merge(pages.layer(map_response(protect_viewer)))
}

/// The viewer is the library's own page: it sets styles as it goes and has pictures within its files.
const VIEWER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                             img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; \
                             frame-ancestors 'self'";

async fn protect_viewer(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(VIEWER_POLICY));
    response
}

async fn document(State(text): State<Arc<str>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], text.to_string())
}
