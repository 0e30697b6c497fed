//! Accounts over the local socket, for `minyi user`.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::accounts::{Accounts, UserRequest};
use crate::web::Problem;

use super::routes::{Answer, Rights, body};

type Shared = State<Arc<Accounts>>;

/// The routes of accounts.
pub fn routes(accounts: Arc<Accounts>) -> Router {
    Router::new()
        .route("/api/v1/users", get(list).post(add))
        .route("/api/v1/users/{name}/reset", post(reset))
        .route("/api/v1/users/{name}/disable", post(disable))
        .route("/api/v1/users/{name}/enable", post(enable))
        .route("/api/v1/users/{name}/second-step/reset", post(reset_second_step))
        .route("/api/v1/users/{name}/roles", post(roles))
        .with_state(accounts)
}

async fn list(State(accounts): Shared, caller: Rights) -> Answer<Value> {
    caller.operator()?;
    Ok(Json(json!(accounts.users().await?)))
}

async fn add(State(accounts): Shared, caller: Rights, request: Request) -> Result<Response, Problem> {
    let actor = caller.operator()?;
    let wanted: UserRequest = body(request).await?;
    Ok((StatusCode::CREATED, Json(accounts.add_user(wanted, actor).await?)).into_response())
}

async fn reset(State(accounts): Shared, Path(name): Path<String>, caller: Rights) -> Answer<Value> {
    let actor = caller.operator()?;
    Ok(Json(json!(accounts.reset_user(&name, actor).await?)))
}

async fn disable(State(accounts): Shared, Path(name): Path<String>, caller: Rights) -> Answer<Value> {
    let actor = caller.operator()?;
    Ok(Json(json!(accounts.disable_user(&name, true, actor).await?)))
}

async fn enable(State(accounts): Shared, Path(name): Path<String>, caller: Rights) -> Answer<Value> {
    let actor = caller.operator()?;
    Ok(Json(json!(accounts.disable_user(&name, false, actor).await?)))
}

async fn reset_second_step(
    State(accounts): Shared,
    Path(name): Path<String>,
    caller: Rights,
) -> Answer<Value> {
    let actor = caller.operator()?;
    Ok(Json(json!(accounts.reset_second_step(&name, actor).await?)))
}

/// Which roles an account is to have.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesRequest {
    roles: Vec<String>,
}

async fn roles(
    State(accounts): Shared,
    Path(name): Path<String>,
    caller: Rights,
    request: Request,
) -> Answer<Value> {
    let actor = caller.operator()?;
    let wanted: RolesRequest = body(request).await?;
    Ok(Json(json!(accounts.grant(&name, wanted.roles, actor).await?)))
}
