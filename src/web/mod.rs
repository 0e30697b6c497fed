//! What every HTTP module shares: the server, problems as answers, who is calling, health, metrics, API pages.

mod body;
mod caller;
mod docs;
mod error;
mod health;
mod metrics;
mod openapi;
mod server;

pub use body::{content_type, read_limited};
pub use caller::require;
pub use docs::{API, routes as docs_routes};
pub use error::{FieldProblem, Problem};
pub use health::{Check, Readiness, routes as health_routes};
pub use metrics::{Recorder, install, routes as metrics_routes};
pub use openapi::document as openapi;
pub use server::{Listening, OperatorName, Ports, serve};
