//! 选题: listed with what answered them, published, given another deadline, closed and opened again.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::model::{ItemState, LocalDate, Timestamp, TopicStanding};
use crate::site::{Person, Wanted};
use crate::web::Problem;

use super::super::Desk;
use super::{Answer, Shared};

/// A topic, and what answers it.
#[derive(Serialize)]
pub(super) struct Listed {
    no: i64,
    batch: String,
    title: String,
    note: String,
    deadline: LocalDate,
    published_at: Timestamp,
    closed_at: Option<Timestamp>,
    /// `open`, `past` or `closed`.
    standing: &'static str,
    /// How many items answer it, in all and by their state.
    items: i64,
    states: BTreeMap<&'static str, i64>,
}

async fn listed(desk: &Desk) -> Result<Vec<Listed>, Problem> {
    let view = desk.topics().await?;
    let today = desk.clock.now().date();
    let one = |topic: &crate::store::TopicRecord| {
        let states = ItemState::ALL.iter().map(|state| (state.code(), view.count(topic.no, *state)));
        let states: BTreeMap<_, _> = states.filter(|(_, count)| *count > 0).collect();
        Listed {
            no: topic.no,
            batch: topic.batch.clone(),
            title: topic.title.clone(),
            note: topic.note.clone(),
            deadline: topic.deadline,
            published_at: topic.published_at,
            closed_at: topic.closed_at,
            standing: match topic.standing(today) {
                TopicStanding::Open => "open",
                TopicStanding::Past => "past",
                TopicStanding::Closed => "closed",
            },
            items: states.values().sum(),
            states,
        }
    };
    Ok(view.topics.iter().map(one).collect())
}

pub(super) async fn list(State(pages): Shared) -> Answer<Vec<Listed>> {
    Ok(Json(listed(&pages.desk).await?))
}

/// A batch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishRequest {
    #[serde(default)]
    batch: String,
    deadline: LocalDate,
    /// One each; what follows the first `｜` is its note.
    topics: Vec<String>,
}

pub(super) async fn publish(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<PublishRequest>,
) -> Result<Response, Problem> {
    let PublishRequest { batch, deadline, topics } = wanted;
    // The desk takes a text of lines: an entry that is none, or several, would be dropped or cut in silence.
    if let Some(at) = topics.iter().position(|topic| topic.trim().is_empty() || topic.contains(['\n', '\r']))
    {
        let said = format!("topics 第 {} 条为空或含有换行，请写成一行", at + 1);
        return Err(Problem::invalid(said));
    }
    let lines = topics.join("\n");
    let count = pages.desk.publish_topics(batch.trim().to_owned(), &lines, deadline, person.actor()).await?;
    Ok((StatusCode::CREATED, Json(json!({ "published": count }))).into_response())
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("没有选题 {text}")))
}

async fn shown(desk: &Desk, no: i64) -> Answer<Listed> {
    let found = listed(desk).await?.into_iter().find(|topic| topic.no == no);
    found.map(Json).ok_or_else(|| Problem::not_found(format!("没有选题 {no}")))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeadlineRequest {
    deadline: LocalDate,
}

pub(super) async fn set_deadline(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    Wanted(wanted): Wanted<DeadlineRequest>,
) -> Answer<Listed> {
    let no = number(&no)?;
    pages.desk.set_topic_deadline(no, wanted.deadline, person.actor()).await?;
    shown(&pages.desk, no).await
}

/// 关闭.
pub(super) async fn close(State(pages): Shared, person: Person, Path(no): Path<String>) -> Answer<Listed> {
    let no = number(&no)?;
    pages.desk.close_topic(no, true, person.actor()).await?;
    shown(&pages.desk, no).await
}

/// 重新征集.
pub(super) async fn reopen(State(pages): Shared, person: Person, Path(no): Path<String>) -> Answer<Listed> {
    let no = number(&no)?;
    pages.desk.close_topic(no, false, person.actor()).await?;
    shown(&pages.desk, no).await
}
