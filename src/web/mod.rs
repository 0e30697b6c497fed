//! What every HTTP module shares: the server and its TLS, problems as answers, who is calling, forms and their
//! tokens, cookies, protecting headers, embedded files, health, metrics, API pages.

mod assets;
mod body;
mod caller;
mod certificate;
mod csrf;
mod docs;
mod error;
mod form;
mod headers;
mod health;
mod metrics;
mod openapi;
mod origin;
mod plain;
mod server;
mod tls;

pub use assets::Asset;
pub use body::{content_type, read_limited};
pub use caller::require;
pub use certificate::{Standing, Validity};
pub use csrf::FormKey;
pub use docs::{API, routes as docs_routes};
pub use error::{FieldProblem, Problem, told};
pub use form::{Form, Upload, cookie, encoded, local_address, set_cookie, set_returning_cookie};
pub use headers::{protect, protect_bare};
pub use health::{Check, Readiness, routes as health_routes};
pub use metrics::{Recorder, install, routes as metrics_routes};
pub use openapi::document as openapi;
pub use origin::{Peer, Secured};
pub use server::{Listening, OperatorName, Ports, serve};
pub use tls::{Tls, TlsError};
