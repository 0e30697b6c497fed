//! 常用检索, 订阅, 提醒 of whose key it is.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::Timestamp;
use crate::site::{Person, Wanted};

use super::{Answer, Shared};

#[derive(Serialize)]
pub(super) struct Kept {
    name: String,
    /// The address after `/search?`.
    query: String,
    subscribed: bool,
    /// New hits since its owner looked last.
    fresh: i64,
}

pub(super) async fn list(State(pages): Shared, person: Person) -> Answer<Vec<Kept>> {
    let searches = pages.desk.searches(&person.0).await?.into_iter();
    let kept = searches.map(|one| Kept {
        name: one.name,
        query: one.query,
        subscribed: one.subscribed,
        fresh: one.fresh,
    });
    Ok(Json(kept.collect()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepRequest {
    /// As it stands behind `/search?`; what is kept already stays where none is given.
    #[serde(default)]
    query: Option<String>,
    /// 订阅.
    subscribed: bool,
}

/// Keeps a search, subscribes to it or ends that.
pub(super) async fn keep(
    State(pages): Shared,
    person: Person,
    Path(name): Path<String>,
    Wanted(wanted): Wanted<KeepRequest>,
) -> Answer<Vec<Kept>> {
    if let Some(query) = wanted.query {
        pages.desk.keep_search(name.clone(), query, &person.0).await?;
    }
    pages.desk.subscribe(name, wanted.subscribed, &person.0).await?;
    pages.desk.nudge.give();
    list(State(pages), person).await
}

/// Forgets a search.
pub(super) async fn forget(
    State(pages): Shared,
    person: Person,
    Path(name): Path<String>,
) -> Answer<Vec<Kept>> {
    pages.desk.forget_search(name, &person.0).await?;
    pages.desk.nudge.give();
    list(State(pages), person).await
}

#[derive(Serialize)]
pub(super) struct Told {
    no: i64,
    words: String,
    address: String,
    at: Timestamp,
    seen_at: Option<Timestamp>,
}

pub(super) async fn reminders(State(pages): Shared, person: Person) -> Answer<Vec<Told>> {
    let told = pages.desk.reminders(&person.0).await?.into_iter().map(|one| Told {
        no: one.no,
        words: one.words,
        address: one.address,
        at: one.at,
        seen_at: one.seen_at,
    });
    Ok(Json(told.collect()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeenRequest {
    /// The last one that was seen.
    upto: i64,
}

pub(super) async fn seen(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<SeenRequest>,
) -> Answer<Value> {
    pages.desk.see_reminders(wanted.upto, &person.0).await?;
    pages.desk.nudge.give();
    Ok(Json(json!({ "seen": wanted.upto })))
}
