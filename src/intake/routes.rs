//! The intake over HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;

use crate::config;
use crate::model::{Caller, FileId, ItemId, PublicState, Receipt, Scope, Source, Timestamp, UnitDraftState};
use crate::store::{Store, StoreError, issued_uses, item_by_receipt, receipt_is_dead, unit_draft_state};
use crate::web::{FieldProblem, Form, Problem, content_type, read_limited, require};

use super::accept::{AcceptError, Intake, Ticket};
use super::attach::AttachError;
use super::auth::Tokens;
use super::own::{Poster, hand};
use super::review::Way;
use super::{Refusal, batch, read_submission};

/// Longest `Idempotency-Key`.
const KEY_MAX: usize = 200;

/// What the handlers share.
#[derive(Clone)]
pub struct Shared {
    /// The use case.
    pub intake: Arc<Intake>,
    /// Tokens and their limits.
    pub tokens: Arc<Tokens>,
    /// Where items are, for receipts.
    pub store: Arc<Store>,
    /// Sizes.
    pub settings: config::Intake,
}

/// The routes of the intake. A single item must have arrived within `limit`; a batch may take its time.
pub fn routes(shared: Shared, limit: Duration) -> Router {
    Router::new()
        .route("/api/v1/items", post(submit))
        .route("/api/v1/items/{id}/versions", post(correct))
        .route("/api/v1/files", post(attach))
        .route("/api/v1/receipts/{receipt}", get(status))
        .layer(axum::middleware::from_fn_with_state(limit, in_time))
        .route("/api/v1/items/batch", post(batch::submit_many))
        .with_state(shared)
}

/// Ends a request whose client does not send it in time.
async fn in_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(|_| {
        let detail = format!("请求没有在 {} 秒内传完，请检查网络后用同一编号再报", limit.as_secs());
        Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", detail).into_response()
    })
}

/// What the contributor is told.
#[derive(Debug, Serialize)]
pub(super) struct Acknowledged {
    /// The item's id, for corrections.
    pub id: ItemId,
    /// 回执号.
    pub receipt: Receipt,
    /// Where its state can be read.
    pub status_url: String,
    /// Whether it had been received before.
    pub repeat: bool,
    /// 待本级审核: a reviewer of the sender's unit passes it first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
}

impl From<Ticket> for Acknowledged {
    fn from(ticket: Ticket) -> Self {
        let status_url = format!("/api/v1/receipts/{}", ticket.receipt);
        Self {
            id: ticket.item,
            receipt: ticket.receipt,
            status_url,
            repeat: ticket.repeat,
            waits: ticket.waits,
        }
    }
}

/// The caller's source: an operator has none and posts through a token like everybody.
pub(super) fn posting_source(caller: Caller) -> Result<Source, Problem> {
    caller.source.ok_or_else(|| {
        let detail = "报送须使用来稿渠道的令牌，请先用 minyi source add 登记渠道";
        Problem::new(StatusCode::FORBIDDEN, "no_source", detail)
    })
}

/// The request's own key.
pub(super) fn request_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.trim().is_empty() && key.len() <= KEY_MAX => Ok(Some(key.trim().to_owned())),
        _ => Err(Problem::invalid(format!("Idempotency-Key 应为 1–{KEY_MAX} 个 ASCII 字符"))),
    }
}

async fn submit(State(shared): State<Shared>, request: Request) -> Response {
    let answer = take(&shared, None, request).await;
    answered(answer)
}

async fn correct(State(shared): State<Shared>, Path(id): Path<String>, request: Request) -> Response {
    let answer = match id.parse::<ItemId>() {
        Ok(item) => take(&shared, Some(item), request).await,
        Err(error) => Err(Problem::not_found(error.to_string())),
    };
    answered(answer)
}

async fn take(shared: &Shared, item: Option<ItemId>, request: Request) -> Result<Ticket, Problem> {
    let (parts, body) = request.into_parts();
    let poster = Poster::of(require(&parts.extensions, Scope::Submit)?)?;
    content_type(&parts.headers, &["application/json"])?;
    let key = request_key(&parts.headers)?;
    shared.tokens.spend(&poster.source, 1)?;
    let bytes = read_limited(body, &parts.headers, shared.settings.max_item_kb << 10).await?;
    let submission =
        read_submission(&bytes, shared.intake.now(), shared.settings.max_ahead_hours, shared.intake.kinds())
            .map_err(|refusal| refused(&refusal))?;
    hand(shared, &poster, item, submission, key.as_deref()).await
}

/// An attachment that was kept.
#[derive(Debug, Serialize)]
struct Attached {
    /// What an item writes into `attachments`.
    id: FileId,
    /// Its name, cleaned.
    name: String,
    /// Its media type, by its bytes.
    kind: String,
    /// Its size.
    bytes: u32,
}

async fn attach(State(shared): State<Shared>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let poster = Poster::of(require(&parts.extensions, Scope::Submit)?)?;
    shared.tokens.spend(&poster.source, 1)?;
    let asked = Form::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let attachments = shared.intake.attachments();
    let bytes = read_limited(body, &parts.headers, attachments.most()).await?;
    let kept = attachments.keep(&poster.actor, asked.text("name"), bytes.to_vec()).await;
    let kept = kept.map_err(|error| not_kept(&error))?;
    let told = Attached { id: kept.id, name: kept.name, kind: kept.kind, bytes: kept.bytes };
    Ok((StatusCode::CREATED, Json(told)).into_response())
}

/// An attachment that was not kept, or is not there.
pub fn not_kept(error: &AttachError) -> Problem {
    if error.is_passing() {
        Problem::unavailable(error.to_string())
    } else {
        Problem::invalid(error.to_string())
    }
}

/// What a page hands over, a form or a row of a file: the same checks and the same `accept` as over the API.
///
/// # Errors
/// [`Problem`] naming what is wrong with which field; nothing was taken then.
pub async fn submit_form(
    intake: &Intake,
    max_ahead_hours: u32,
    corrects: Option<ItemId>,
    way: &Way<'_>,
    json: &[u8],
) -> Result<Ticket, Problem> {
    let taken = async {
        let submission = read_submission(json, intake.now(), max_ahead_hours, intake.kinds())
            .map_err(|refusal| refused(&refusal))?;
        intake.take(way, corrects, submission).await.map_err(|error| not_taken(&error))
    };
    match taken.await {
        Ok(ticket) => {
            metrics::counter!("minyi_accepted_total", "repeat" => if ticket.repeat { "true" } else { "false" }).increment(1);
            Ok(ticket)
        }
        Err(problem) => {
            count_refusal(problem.code);
            Err(problem)
        }
    }
}

fn answered(answer: Result<Ticket, Problem>) -> Response {
    match answer {
        Ok(ticket) => {
            let status = if ticket.repeat { StatusCode::OK } else { StatusCode::ACCEPTED };
            metrics::counter!("minyi_accepted_total", "repeat" => if ticket.repeat { "true" } else { "false" }).increment(1);
            let told = Acknowledged::from(ticket);
            (status, [(header::LOCATION, told.status_url.clone())], Json(told)).into_response()
        }
        Err(problem) => {
            count_refusal(problem.code);
            problem.into_response()
        }
    }
}

pub(super) fn count_refusal(reason: &'static str) {
    metrics::counter!("minyi_refused_total", "reason" => reason).increment(1);
}

/// A submission that cannot be taken as it is.
pub(super) fn refused(refusal: &Refusal) -> Problem {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let mut problem = Problem::new(status, refusal.code(), refusal.to_string());
    problem.fields = refusal
        .fields()
        .iter()
        .map(|field| FieldProblem {
            field: field.field.clone(),
            reason: field.reason.clone(),
            remedy: field.remedy.clone(),
        })
        .collect();
    problem
}

/// A submission that could have been taken, was it not for something else.
pub(super) fn not_taken(error: &AcceptError) -> Problem {
    match error {
        AcceptError::OtherText(_) => Problem::conflict("other_text", error.to_string()),
        AcceptError::OtherItem { .. } => Problem::conflict("other_item", error.to_string()),
        AcceptError::UnknownItem(_) => Problem::not_found(error.to_string()),
        AcceptError::Attachment(error) => not_kept(error),
        AcceptError::Review(error) if error.is_passing() => Problem::unavailable(error.to_string()),
        AcceptError::Review(error) => Problem::conflict("unit_review", error.to_string()),
        AcceptError::Topic(error) if error.is_passing() => Problem::unavailable(error.to_string()),
        AcceptError::Topic(error) => {
            let (reason, remedy) = (error.to_string(), error.remedy().to_owned());
            let mut problem = Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_fields",
                format!("topic：{reason}，{remedy}"),
            );
            problem.fields = vec![FieldProblem { field: "topic".to_owned(), reason, remedy }];
            problem
        }
        AcceptError::Queue(_) | AcceptError::NoRandomness => {
            Problem::unavailable(format!("{error}；本件未收下，请稍后用同一编号再报"))
        }
    }
}

/// Where an item is, in words for its author.
#[derive(Debug, Serialize)]
struct Status {
    receipt: Receipt,
    /// 已收到 · 编辑中 · 已采用 · 留作参考 · 请补充 (DOMAIN §2), or 处理中, 待核实.
    state: String,
    title: Option<String>,
    received_at: Option<Timestamp>,
    version: Option<i64>,
    /// Issues that carried it, once issued.
    issued: Vec<String>,
}

async fn status(State(shared): State<Shared>, Path(receipt): Path<String>) -> Result<Json<Status>, Problem> {
    let receipt: Receipt =
        receipt.parse().map_err(|error: crate::model::IdError| Problem::not_found(error.to_string()))?;
    let asked = receipt.clone();
    let found = shared
        .store
        .read(move |sql| {
            let Some(row) = item_by_receipt(sql, &asked)? else {
                let held = unit_draft_state(sql, &asked)?;
                return Ok::<_, StoreError>((None, Vec::new(), receipt_is_dead(sql, &asked)?, held));
            };
            let uses = issued_uses(sql, row.no)?;
            Ok((Some(row), uses, receipt_is_dead(sql, &asked)?, None))
        })
        .await
        .map_err(|error| Problem::unavailable(error.to_string()))?;
    let (row, uses, dead, held) = found;
    let plain = |state: &str| Status {
        receipt: receipt.clone(),
        state: state.to_owned(),
        title: None,
        received_at: None,
        version: None,
        issued: Vec::new(),
    };
    match row {
        Some(row) => {
            let state = public_word(row.state.public());
            let issued =
                uses.into_iter().map(|(_, year, number, _)| format!("{year}年第{number}期")).collect();
            Ok(Json(Status {
                title: Some(row.title),
                received_at: Some(row.received_at),
                version: Some(row.version),
                issued,
                ..plain(state)
            }))
        }
        None if dead => Ok(Json(plain("待核实：处理时出现异常，工作人员会核对，原文已保存"))),
        None if held.is_some_and(|held| held != UnitDraftState::Sent) => {
            Ok(Json(plain(held.map_or("", UnitDraftState::label))))
        }
        None if shared.intake.gave(&receipt) => Ok(Json(plain("已收到，正在入库"))),
        None => Err(Problem::not_found("没有此回执；若刚刚报送，请稍候再查")),
    }
}

fn public_word(state: PublicState) -> &'static str {
    match state {
        PublicState::Received => "已收到",
        PublicState::Editing => "编辑中",
        PublicState::Adopted => "已采用",
        PublicState::Kept => "留作参考",
        PublicState::Returned => "请补充",
        PublicState::Withdrawn => "已撤回",
    }
}
