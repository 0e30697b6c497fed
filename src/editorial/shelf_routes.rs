//! 参考资料 over HTTP, by the token of a source or on the machine itself.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::model::Scope;
use crate::store::{ShelfDocument, ShelfRecord};
use crate::web::{Problem, read_limited};

use super::Desk;
use super::routes::{Answer, Asked, Rights, Shared, item_id, parameters};
use super::shelf::{SHELF_FILE_MAX, ShelfFound, ShelfList, ShelfRelated, ShelfRequest, ShelfSearch};

/// The routes of the shelf.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/v1/shelf", get(list).post(add))
        .route("/api/v1/shelf/search", get(search))
        .route("/api/v1/shelf/{no}", get(show).delete(remove))
        .route("/api/v1/shelf/{no}/restore", post(restore))
        .route("/api/v1/items/{id}/shelf", get(beside))
}

pub(super) fn shelf_no(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("没有参考资料 {text}")))
}

async fn list(State(desk): Shared, asked: Asked<ShelfList>, caller: Rights) -> Answer<Vec<ShelfRecord>> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.shelf(parameters(asked)?).await?))
}

async fn search(State(desk): Shared, asked: Asked<ShelfSearch>, caller: Rights) -> Answer<ShelfFound> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.search_shelf(parameters(asked)?).await?))
}

async fn show(State(desk): Shared, Path(no): Path<String>, caller: Rights) -> Answer<ShelfDocument> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.shelf_document(shelf_no(&no)?).await?))
}

async fn beside(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<Vec<ShelfRelated>> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.shelf_beside(item_id(&id)?).await?))
}

/// The body is the file.
async fn add(
    State(desk): Shared,
    asked: Asked<ShelfRequest>,
    caller: Rights,
    request: Request,
) -> Result<Response, Problem> {
    let by = caller.may(Scope::Edit)?;
    let wanted = parameters(asked)?;
    let (parts, body) = request.into_parts();
    let bytes = read_limited(body, &parts.headers, SHELF_FILE_MAX).await?;
    let shelved = desk.shelve(wanted, bytes.to_vec(), by).await?;
    Ok((StatusCode::CREATED, Json(shelved)).into_response())
}

async fn remove(State(desk): Shared, Path(no): Path<String>, caller: Rights) -> Answer<ShelfRecord> {
    let by = caller.may(Scope::Edit)?;
    Ok(Json(desk.take_off_shelf(shelf_no(&no)?, true, by).await?))
}

async fn restore(State(desk): Shared, Path(no): Path<String>, caller: Rights) -> Answer<ShelfRecord> {
    let by = caller.may(Scope::Edit)?;
    Ok(Json(desk.take_off_shelf(shelf_no(&no)?, false, by).await?))
}
