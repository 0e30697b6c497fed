//! The desk over HTTP: extract, call one use case, answer.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::group::Trained;
use crate::model::{Actor, Caller, ItemId, Scope, SourceId};
use crate::store::{DeadLetter, VerdictRow};
use crate::web::{Problem, read_limited, require};

use super::dead::DeadView;
use super::hints::HintsView;
use super::hot::HotView;
use super::item::{GroupView, ItemView};
use super::similar::SimilarView;
use super::sources::NewSource;
use super::{
    BackupOrder, Desk, DeskError, HotRequest, Reloaded, Report, SearchRequest, SearchResults, SourceRequest,
    VerdictRequest, WebhookRequest, WebhookSet, bulletin_routes, outcome_routes, paper_routes, shelf_routes,
};

/// Largest request body of the desk; a list of acknowledged receipts may be long.
const BODY_MAX: usize = 1 << 20;
const VERIFY_MAX: usize = 512 << 20;

pub(super) type Shared = State<Arc<Desk>>;
pub(super) type Answer<T> = Result<Json<T>, Problem>;

/// The routes of the desk.
pub fn routes(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/api/v1/search", get(search))
        .route("/api/v1/items/{id}", get(item))
        .route("/api/v1/items/{id}/similar", get(similar))
        .route("/api/v1/items/{id}/verdicts", get(verdicts).post(give_verdict))
        .route("/api/v1/items/{id}/verdicts/{other}", delete(withdraw_verdict))
        .route("/api/v1/items/{id}/hints", get(hints))
        .route("/api/v1/subjects/train", post(train_subjects))
        .route("/api/v1/hot", get(hot))
        .route("/api/v1/groups/{id}", get(group))
        .route("/api/v1/dead-letters", get(dead_letters))
        .route("/api/v1/dead-letters/{no}", get(dead_letter))
        .route("/api/v1/dead-letters/{no}/resend", post(resend))
        .route("/api/v1/sources", get(sources).post(add_source))
        .route("/api/v1/sources/{id}", delete(revoke_source))
        .route("/api/v1/sources/{id}/webhook", put(set_webhook))
        .route("/api/v1/verify", post(verify))
        .route("/api/v1/reindex", post(reindex))
        .route("/api/v1/backup", post(backup))
        .route("/api/v1/lexicon/reload", post(reload_lexicon))
        .merge(bulletin_routes::routes())
        .merge(outcome_routes::routes())
        .merge(paper_routes::routes())
        .merge(shelf_routes::routes())
        .with_state(desk)
}

async fn search(
    State(desk): Shared,
    request: Result<Query<SearchRequest>, QueryRejection>,
    caller: Rights,
) -> Answer<SearchResults> {
    caller.may(Scope::Read)?;
    let Query(request) = request.map_err(|error| {
        let detail = format!("查询参数只能是 q、sort、limit、cursor、counts：{}", error.body_text());
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
    })?;
    Ok(Json(desk.search(request).await?))
}

async fn item(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<ItemView> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.item(item_id(&id)?).await?))
}

async fn similar(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<SimilarView> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.similar(item_id(&id)?).await?))
}

async fn hints(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<HintsView> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.hints(item_id(&id)?).await?))
}

async fn train_subjects(State(desk): Shared, caller: Rights) -> Answer<Trained> {
    caller.may(Scope::Edit)?;
    Ok(Json(desk.train_subjects().await?))
}

async fn verdicts(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<Vec<VerdictRow>> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.verdicts(item_id(&id)?).await?))
}

async fn give_verdict(
    State(desk): Shared,
    Path(id): Path<String>,
    caller: Rights,
    request: Request,
) -> Answer<Vec<VerdictRow>> {
    let actor = caller.may(Scope::Edit)?;
    let wanted: VerdictRequest = body(request).await?;
    Ok(Json(desk.give_verdict(item_id(&id)?, wanted, actor).await?))
}

async fn withdraw_verdict(
    State(desk): Shared,
    Path((id, other)): Path<(String, String)>,
    caller: Rights,
) -> Answer<Value> {
    let actor = caller.may(Scope::Edit)?;
    let other = item_id(&other)?;
    desk.withdraw_verdict(item_id(&id)?, other, actor).await?;
    Ok(Json(json!({ "other": other, "withdrawn": true })))
}

async fn hot(
    State(desk): Shared,
    request: Result<Query<HotRequest>, QueryRejection>,
    caller: Rights,
) -> Answer<HotView> {
    caller.may(Scope::Read)?;
    let Query(request) = request.map_err(|error| {
        let detail = format!("查询参数只能是 from、to（如 2026-01-08）、limit：{}", error.body_text());
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
    })?;
    Ok(Json(desk.hot(request).await?))
}

async fn group(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<GroupView> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.group(item_id(&id)?).await?))
}

async fn dead_letters(State(desk): Shared, caller: Rights) -> Answer<Vec<DeadLetter>> {
    caller.may(Scope::Edit)?;
    Ok(Json(desk.dead_letters().await?))
}

async fn dead_letter(State(desk): Shared, Path(no): Path<String>, caller: Rights) -> Answer<DeadView> {
    caller.may(Scope::Edit)?;
    Ok(Json(desk.dead_letter(letter_no(&no)?).await?))
}

async fn resend(
    State(desk): Shared,
    Path(no): Path<String>,
    caller: Rights,
    request: Request,
) -> Answer<Value> {
    let actor = caller.may(Scope::Edit)?;
    let corrected = body_or_nothing(request).await?;
    let no = letter_no(&no)?;
    desk.resend(no, corrected, actor).await?;
    Ok(Json(json!({ "no": no, "state": "resent" })))
}

async fn sources(State(desk): Shared, caller: Rights) -> Answer<Value> {
    caller.operator()?;
    Ok(Json(json!(desk.sources().await?)))
}

async fn add_source(State(desk): Shared, caller: Rights, request: Request) -> Result<Response, Problem> {
    let actor = caller.operator()?;
    let wanted: SourceRequest = body(request).await?;
    let added: NewSource = desk.add_source(wanted, actor).await?;
    Ok((StatusCode::CREATED, Json(added)).into_response())
}

async fn revoke_source(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<Value> {
    let actor = caller.operator()?;
    let id: SourceId = id.parse().map_err(DeskError::Id)?;
    desk.revoke_source(id.clone(), actor).await?;
    Ok(Json(json!({ "id": id, "revoked": true })))
}

async fn set_webhook(
    State(desk): Shared,
    Path(id): Path<String>,
    caller: Rights,
    request: Request,
) -> Answer<WebhookSet> {
    let actor = caller.operator()?;
    let id: SourceId = id.parse().map_err(DeskError::Id)?;
    let wanted: WebhookRequest = body(request).await?;
    Ok(Json(desk.set_webhook(id, wanted, actor).await?))
}

/// The body: one receipt or item id a line.
async fn verify(State(desk): Shared, caller: Rights, request: Request) -> Answer<Report> {
    caller.operator()?;
    let (parts, body) = request.into_parts();
    let bytes = read_limited(body, &parts.headers, VERIFY_MAX).await?;
    let text = String::from_utf8_lossy(&bytes);
    let acknowledged =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Ok(Json(desk.verify(acknowledged).await?))
}

/// Progress as lines of JSON, while it goes on.
async fn reindex(State(desk): Shared, caller: Rights) -> Result<Response, Problem> {
    caller.operator()?;
    let progress = desk.reindex().await?;
    let lines = futures_util::stream::unfold(progress, |mut progress| async move {
        let step = progress.recv().await?;
        let line = serde_json::to_string(&step).unwrap_or_default() + "\n";
        Some((Ok::<_, std::convert::Infallible>(line), progress))
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson; charset=utf-8")];
    Ok((kind, axum::body::Body::from_stream(lines)).into_response())
}

/// Takes as long as it takes; the answer says what was kept.
async fn backup(State(desk): Shared, caller: Rights, request: Request) -> Answer<Value> {
    let actor = caller.operator()?;
    let order: BackupOrder = body(request).await?;
    if !order.to.is_absolute() {
        return Err(Problem::invalid("to 须为服务器上的绝对路径"));
    }
    let taken = (desk.hooks.backup)(order, actor).await;
    Ok(Json(taken.map_err(DeskError::Request)?))
}

async fn reload_lexicon(State(desk): Shared, caller: Rights) -> Answer<Reloaded> {
    caller.operator()?;
    Ok(Json(desk.reload_lexicon().await?))
}

/// Who calls, as the middleware has found out; each handler says what it wants of them.
pub(super) struct Rights(Extensions);

impl<S: Sync> FromRequestParts<S> for Rights {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.clone()))
    }
}

impl Rights {
    pub(super) fn may(&self, scope: Scope) -> Result<Actor, Problem> {
        require(&self.0, scope).map(|caller| caller.actor)
    }

    /// What only commands on the machine itself may do.
    pub(super) fn operator(&self) -> Result<Actor, Problem> {
        match self.0.get::<Caller>() {
            Some(Caller { actor: actor @ Actor::Operator(_), .. }) => Ok(actor.clone()),
            _ => {
                let detail = "此操作只能由管理员在服务器上用命令执行";
                Err(Problem::new(StatusCode::FORBIDDEN, "operator_only", detail))
            }
        }
    }
}

/// What an address asks for, not looked at before the caller's rights are.
pub(super) type Asked<T> = Result<Query<T>, QueryRejection>;

/// The parameters, or what is wrong with them.
pub(super) fn parameters<T>(asked: Asked<T>) -> Result<T, Problem> {
    asked.map(|Query(wanted)| wanted).map_err(|error| {
        let detail = format!("地址中的查询参数不对：{}。接口说明见 /docs/", error.body_text());
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
    })
}

fn letter_no(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("没有异常来稿 {text}")))
}

pub(super) fn item_id(text: &str) -> Result<ItemId, DeskError> {
    Ok(text.parse()?)
}

pub(super) async fn body<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let value = body_or_nothing(request).await?;
    let value = value.ok_or_else(|| Problem::invalid("请求缺少 JSON 内容"))?;
    serde_json::from_value(value).map_err(|error| Problem::invalid(format!("请求内容不符合要求：{error}")))
}

async fn body_or_nothing(request: Request) -> Result<Option<Value>, Problem> {
    let (parts, body) = request.into_parts();
    let bytes = read_limited(body, &parts.headers, BODY_MAX).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "malformed_json", format!("内容不是有效的 JSON：{error}"))
    })
}
