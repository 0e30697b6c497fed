//! For who runs the system: 异常来稿, 来稿渠道, 通知, 操作日志.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{Channel, DeliveryState, EventId, LocalDate, NoticeKind, Source, SourceId, Timestamp};
use crate::site::{Person, Wanted};
use crate::store::{AuditFilter, AuditRow, DeadLetter, DeliveryKey, DeliveryRow, Sql, audit_page};
use crate::web::Problem;

use super::super::dead::DeadView;
use super::super::routes::{Asked, parameters};
use super::super::{SourceRequest, WebhookRequest, WebhookSet};
use super::{Answer, DeskError, Shared};

/// Rows of the log that are told at once.
const ROWS: i64 = 200;

fn letter_no(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("没有异常来稿 {text}")))
}

pub(super) async fn dead_letters(State(pages): Shared) -> Answer<Vec<DeadLetter>> {
    Ok(Json(pages.desk.dead_letters().await?))
}

pub(super) async fn dead_letter(State(pages): Shared, Path(no): Path<String>) -> Answer<DeadView> {
    Ok(Json(pages.desk.dead_letter(letter_no(&no)?).await?))
}

/// As it was, or as `message` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResendRequest {
    #[serde(default)]
    message: Option<Value>,
}

pub(super) async fn resend(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    Wanted(wanted): Wanted<ResendRequest>,
) -> Answer<Value> {
    let no = letter_no(&no)?;
    pages.desk.resend(no, wanted.message, person.actor()).await?;
    Ok(Json(json!({ "no": no, "state": "resent" })))
}

fn source_id(text: &str) -> Result<SourceId, DeskError> {
    text.parse().map_err(DeskError::Id)
}

pub(super) async fn sources(State(pages): Shared) -> Answer<Vec<Source>> {
    Ok(Json(pages.desk.sources().await?))
}

/// With its token, this once.
pub(super) async fn add_source(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<SourceRequest>,
) -> Result<Response, Problem> {
    let added = pages.desk.add_source(wanted, person.actor()).await?;
    Ok((StatusCode::CREATED, Json(added)).into_response())
}

pub(super) async fn revoke_source(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
) -> Answer<Value> {
    let id = source_id(&id)?;
    pages.desk.revoke_source(id.clone(), person.actor()).await?;
    Ok(Json(json!({ "id": id, "revoked": true })))
}

pub(super) async fn set_webhook(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<WebhookRequest>,
) -> Answer<WebhookSet> {
    Ok(Json(pages.desk.set_webhook(source_id(&id)?, wanted, person.actor()).await?))
}

/// Which deliveries are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveriesQuery {
    state: Option<DeliveryState>,
    /// Those that somebody calls for.
    #[serde(default)]
    phone: bool,
}

#[derive(Serialize)]
pub(super) struct Delivery {
    no: i64,
    channel: Channel,
    target: String,
    state: DeliveryState,
    attempts: i64,
    due_at: Timestamp,
    ended_at: Option<Timestamp>,
    told: String,
    event: EventId,
    at: Timestamp,
    kind: NoticeKind,
    words: String,
    item: String,
    receipt: String,
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        let DeliveryKey { notice, channel, target } = row.key;
        Self {
            no: notice,
            channel,
            target,
            state: row.state,
            attempts: row.attempts,
            due_at: row.due_at,
            ended_at: row.ended_at,
            told: row.told,
            event: row.event,
            at: row.at,
            kind: row.kind,
            words: row.words,
            item: row.item,
            receipt: row.receipt,
        }
    }
}

pub(super) async fn deliveries(State(pages): Shared, query: Asked<DeliveriesQuery>) -> Answer<Vec<Delivery>> {
    let DeliveriesQuery { state, phone } = parameters(query)?;
    let (rows, _) = pages.desk.deliveries(state, phone).await?;
    Ok(Json(rows.into_iter().map(Delivery::from).collect()))
}

/// Which delivery of a notice, as the list names it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryRequest {
    channel: Channel,
    #[serde(default)]
    target: String,
}

/// 重发; for a call: 已告知.
pub(super) async fn resend_delivery(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    Wanted(wanted): Wanted<DeliveryRequest>,
) -> Answer<Value> {
    let notice = no.parse().map_err(|_| Problem::not_found("没有这条通知"))?;
    let key = DeliveryKey { notice, channel: wanted.channel, target: wanted.target };
    pages.desk.resend_delivery(key, person.actor()).await?;
    Ok(Json(json!({ "no": notice, "resent": true })))
}

/// Which rows of the log.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogQuery {
    /// As the log writes them: `user:zhang`.
    actor: Option<String>,
    /// What actions begin with: `item`, `issue`, `user` …
    kind: Option<String>,
    from: Option<LocalDate>,
    to: Option<LocalDate>,
    /// The last row of the page before.
    before: Option<i64>,
}

/// 操作日志, the latest first.
pub(super) async fn log(State(pages): Shared, query: Asked<LogQuery>) -> Answer<Vec<AuditRow>> {
    let LogQuery { actor, kind, from, to, before } = parameters(query)?;
    let filter = AuditFilter {
        actor,
        kind,
        object: None,
        from: from.map(LocalDate::start),
        to: to.map(LocalDate::end),
    };
    let read = pages.desk.store.read(move |sql: &mut dyn Sql| audit_page(sql, &filter, before, ROWS));
    Ok(Json(read.await.map_err(DeskError::Store)?))
}
