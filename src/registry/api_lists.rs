//! Lists and doubles of the registry for a person's own programs: a list is looked through, then confirmed; pairs that may be one
//! are read, and said to be two. Merging is a call of the entry.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{ContributorKind, LocalDate, Timestamp};
use crate::site::{Person, Wanted};
use crate::web::{Problem, read_limited};

use super::api::{Answer, Shown, shown};
use super::doubles::why;
use super::import::{Confirmed, Planned, Standing};
use super::roster::{Election, Listed};
use super::{LIST_MAX, Pages, Shared};

/// An entry and the revision that was read.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct At {
    no: i64,
    rev: i64,
}

impl From<(i64, i64)> for At {
    fn from((no, rev): (i64, i64)) -> Self {
        Self { no, rev }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookQuery {
    /// Of the file: its end says what it is.
    name: String,
    /// 换届: from this day on.
    day: Option<LocalDate>,
    /// Whose posts end where they are not in the list.
    kind: Option<ContributorKind>,
}

/// A row beside what is known.
#[derive(Serialize)]
pub(super) struct Row {
    row: usize,
    name: String,
    /// `added`, `changed`, `same`, `wrong`.
    standing: &'static str,
    /// Why it cannot be entered, or which fields change.
    told: String,
    /// What would be entered, to be given back as it is.
    listed: Option<Listed>,
    /// The entry that it is taken for.
    known: Option<At>,
    /// Entries that it may be instead.
    candidates: Vec<Shown>,
}

/// A list beside what is known.
#[derive(Serialize)]
pub(super) struct Look {
    rows: Vec<Row>,
    /// Whose posts would end.
    ending: Vec<Shown>,
}

fn row(pages: &Pages, person: &Person, one: Planned) -> Row {
    let redactor = &pages.registry.parts.redactor;
    Row {
        row: one.row,
        name: one.name,
        standing: match one.standing {
            Standing::Added => "added",
            Standing::Changed => "changed",
            Standing::Same => "same",
            Standing::Wrong => "wrong",
        },
        told: one.told,
        listed: one.listed,
        known: one.known.map(At::from),
        candidates: one.candidates.into_iter().map(|one| shown(redactor, one, person, false)).collect(),
    }
}

/// The body is the list, XLSX or CSV. Nothing is entered.
pub(super) async fn look(
    State(pages): Shared,
    person: Person,
    query: Result<Query<LookQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Look> {
    let Query(query) = query.map_err(|error| {
        let detail = format!(
            "地址中的查询参数不对：{}；name 为文件名，换届另给 day（YYYY-MM-DD）和 kind",
            error.body_text()
        );
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
    })?;
    let bytes = read_limited(body, &headers, LIST_MAX).await?.to_vec();
    let kind = query.kind.unwrap_or(ContributorKind::Member);
    let election = query.day.map(|day| Election { day, kind });
    let plan = pages.registry.plan(query.name, bytes, election).await?;
    let redactor = &pages.registry.parts.redactor;
    Ok(Json(Look {
        rows: plan.rows.into_iter().map(|one| row(&pages, &person, one)).collect(),
        ending: plan.ending.into_iter().map(|one| shown(redactor, one, &person, false)).collect(),
    }))
}

/// What is confirmed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeRequest {
    #[serde(default)]
    rows: Vec<TakeRow>,
    /// Whose posts end, where the list is of an election.
    #[serde(default)]
    ending: Vec<At>,
    /// The day of the election.
    day: Option<LocalDate>,
}

/// A row, and the entry that it changes; none = a new one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeRow {
    listed: Listed,
    known: Option<At>,
}

/// Enters what was confirmed, all of it or nothing. A list of 10,000 rows is longer than other requests.
pub(super) async fn take(
    State(pages): Shared,
    person: Person,
    headers: HeaderMap,
    body: Body,
) -> Answer<Value> {
    let bytes = read_limited(body, &headers, 4 * LIST_MAX).await?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
        let detail = format!("内容不是有效的 JSON：{error}");
        Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
    })?;
    let wanted: TakeRequest = serde_json::from_value(value)
        .map_err(|error| Problem::invalid(format!("请求内容不符合要求：{error}")))?;
    if wanted.rows.is_empty() && wanted.ending.is_empty() {
        return Err(Problem::invalid("rows 和 ending 都没有任何一条，没有导入；请列出要导入的各条"));
    }
    let at = |one: At| (one.no, one.rev);
    let confirmed = Confirmed {
        rows: wanted.rows.into_iter().map(|row| (row.listed, row.known.map(at))).collect(),
        ending: wanted.ending.into_iter().map(at).collect(),
        day: wanted.day,
    };
    let entered = pages.registry.enter(confirmed, person.actor()).await?;
    Ok(Json(json!({ "added": entered.added, "changed": entered.changed, "ended": entered.ended })))
}

/// Two that may be one, or were said to be two.
#[derive(Serialize)]
pub(super) struct Pair {
    one: Shown,
    two: Shown,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    said_at: Option<Timestamp>,
}

/// What may be one, and what was said to be two.
#[derive(Serialize)]
pub(super) struct Doubles {
    pairs: Vec<Pair>,
    distinct: Vec<Pair>,
}

async fn listed(pages: &Pages, person: &Person) -> Answer<Doubles> {
    let found = pages.registry.doubles().await?;
    let entry = |record| shown(&pages.registry.parts.redactor, record, person, false);
    Ok(Json(Doubles {
        pairs: found
            .pairs
            .into_iter()
            .map(|pair| Pair {
                one: entry(pair.one),
                two: entry(pair.two),
                why: Some(why(pair.phone)),
                said_at: None,
            })
            .collect(),
        distinct: found
            .distinct
            .into_iter()
            .map(|(one, two, said)| Pair {
                one: entry(one),
                two: entry(two),
                why: None,
                said_at: Some(said.at),
            })
            .collect(),
    }))
}

pub(super) async fn doubles(State(pages): Shared, person: Person) -> Answer<Doubles> {
    listed(&pages, &person).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DistinctRequest {
    one: i64,
    two: i64,
    /// `false` takes it back.
    distinct: bool,
}

/// 不是同一人, or that taken back.
pub(super) async fn distinct(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<DistinctRequest>,
) -> Answer<Doubles> {
    pages.registry.set_distinct((wanted.one, wanted.two), wanted.distinct, person.actor()).await?;
    listed(&pages, &person).await
}
