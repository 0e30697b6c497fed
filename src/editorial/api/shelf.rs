//! 参考资料 for a person's own programs.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::site::Person;
use crate::store::{ShelfDocument, ShelfRecord};
use crate::web::{Problem, read_limited};

use super::super::routes::{Asked, parameters};
use super::super::shelf::{SHELF_FILE_MAX, ShelfFound, ShelfList, ShelfRelated, ShelfRequest, ShelfSearch};
use super::super::shelf_routes::shelf_no;
use super::{Answer, Shared, item_id};

pub(super) async fn list(State(pages): Shared, query: Asked<ShelfList>) -> Answer<Vec<ShelfRecord>> {
    Ok(Json(pages.desk.shelf(parameters(query)?).await?))
}

pub(super) async fn search(State(pages): Shared, query: Asked<ShelfSearch>) -> Answer<ShelfFound> {
    Ok(Json(pages.desk.search_shelf(parameters(query)?).await?))
}

pub(super) async fn show(State(pages): Shared, Path(no): Path<String>) -> Answer<ShelfDocument> {
    Ok(Json(pages.desk.shelf_document(shelf_no(&no)?).await?))
}

pub(super) async fn beside(State(pages): Shared, Path(id): Path<String>) -> Answer<Vec<ShelfRelated>> {
    Ok(Json(pages.desk.shelf_beside(item_id(&id)?).await?))
}

/// The body is the file.
pub(super) async fn add(
    State(pages): Shared,
    person: Person,
    query: Asked<ShelfRequest>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let wanted = parameters(query)?;
    let bytes = read_limited(body, &headers, SHELF_FILE_MAX).await?;
    let shelved = pages.desk.shelve(wanted, bytes.to_vec(), person.actor()).await?;
    Ok((StatusCode::CREATED, Json(shelved)).into_response())
}

pub(super) async fn remove(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
) -> Answer<ShelfRecord> {
    Ok(Json(pages.desk.take_off_shelf(shelf_no(&no)?, true, person.actor()).await?))
}

pub(super) async fn restore(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
) -> Answer<ShelfRecord> {
    Ok(Json(pages.desk.take_off_shelf(shelf_no(&no)?, false, person.actor()).await?))
}
