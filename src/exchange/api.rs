//! The exchange for commands on the machine.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Extensions, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::model::{Actor, Caller};
use crate::store::{PackageState, Way, packages_in};
use crate::web::{Problem, read_limited};

use super::standing::Standing;
use super::{Exchange, ExchangeError, FILE_MAX, Imported};

/// Packages that one command takes along.
const ALONG: i64 = 1000;

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        let text = error.to_string();
        match error {
            ExchangeError::Off | ExchangeError::NoPeer => Self::conflict("exchange_off", text),
            ExchangeError::Package(_) => Self::invalid(text),
            ExchangeError::Order(_) => Self::conflict("package_order", text),
            ExchangeError::Later(_) => Self::unavailable(text),
            ExchangeError::NoSuch(_) => Self::not_found(text),
            ExchangeError::Store(error) => crate::site::store_problem(&error),
        }
    }
}

/// The routes.
pub fn routes(exchange: Arc<Exchange>) -> Router {
    Router::new()
        .route("/api/v1/exchange", get(standing))
        .route("/api/v1/exchange/packages", post(export))
        .route("/api/v1/exchange/packages/{no}", get(fetch))
        .route("/api/v1/exchange/packages/{no}/handed", post(handed))
        .route("/api/v1/exchange/import", post(import))
        .with_state(exchange)
}

async fn standing(
    State(exchange): State<Arc<Exchange>>,
    request: Request,
) -> Result<Json<Standing>, Problem> {
    operator(request.extensions())?;
    Ok(Json(exchange.standing().await?))
}

/// Makes what is due; names every package that nobody has taken along, those of a command that was cut off too.
async fn export(State(exchange): State<Arc<Exchange>>, request: Request) -> Result<Json<Value>, Problem> {
    let by = operator(request.extensions())?;
    exchange.export(&by).await?;
    let store = &exchange.parts.store;
    let due = store.read(|sql| packages_in(sql, Way::Out, PackageState::Made, ALONG)).await;
    let due = due.map_err(ExchangeError::Store)?;
    let due: Vec<_> = due.iter().map(|one| exchange.shown(Way::Out, one)).collect();
    Ok(Json(json!({ "packages": due })))
}

async fn fetch(
    State(exchange): State<Arc<Exchange>>,
    Path(number): Path<i64>,
    request: Request,
) -> Result<Response, Problem> {
    operator(request.extensions())?;
    let (_, bytes) = exchange.fetch(number).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], Body::from(bytes)).into_response())
}

async fn handed(
    State(exchange): State<Arc<Exchange>>,
    Path(number): Path<i64>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let by = operator(request.extensions())?;
    exchange.hand(number, &by).await?;
    Ok(Json(json!({ "number": number })))
}

async fn import(State(exchange): State<Arc<Exchange>>, request: Request) -> Result<Json<Imported>, Problem> {
    let (parts, body) = request.into_parts();
    let by = operator(&parts.extensions)?;
    let bytes = read_limited(body, &parts.headers, FILE_MAX).await?;
    Ok(Json(exchange.import(bytes, &by).await?))
}

/// What only commands on the machine itself may do.
fn operator(extensions: &Extensions) -> Result<Actor, Problem> {
    match extensions.get::<Caller>() {
        Some(Caller { actor: actor @ Actor::Operator(_), .. }) => Ok(actor.clone()),
        _ => {
            let detail = "此操作只能由管理员在服务器上用命令执行";
            Err(Problem::new(StatusCode::FORBIDDEN, "operator_only", detail))
        }
    }
}
