//! The registry for a person's own programs: the same rights and the same masks as on the pages.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{ContributorKind, Permission, ReporterFields, ReporterForm, ReporterPost, Timestamp};
use crate::site::{Person, Wanted};
use crate::store::{ReporterFilter, ReporterRecord};
use crate::text::Redactor;
use crate::web::Problem;

use super::entry::entry_no;
use super::work::EntryView;
use super::{Registry, Shared};

/// Entries of one answer.
const LISTED: i64 = 100;

pub(super) type Answer<T> = Result<Json<T>, Problem>;

/// An entry; what its reader may not see is left out, contacts are masked until they are revealed.
#[derive(Serialize)]
pub(super) struct Shown {
    no: i64,
    rev: i64,
    form: ReporterForm,
    name: String,
    aliases: Vec<String>,
    kind: Option<ContributorKind>,
    district: String,
    note: String,
    posts: Vec<ReporterPost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    party: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    account: Option<String>,
    merged_into: Option<i64>,
    added_at: Timestamp,
    retired_at: Option<Timestamp>,
}

pub(super) fn shown(redactor: &Redactor, record: ReporterRecord, person: &Person, revealed: bool) -> Shown {
    let personal = person.may(Permission::Personal);
    let fields = record.fields;
    let contact = |text: String| match revealed {
        true => text,
        false => redactor.field(&text).into_inner(),
    };
    let seen = |text: String| personal.then_some(text);
    Shown {
        no: record.no,
        rev: record.rev,
        form: fields.form,
        name: fields.name,
        aliases: fields.aliases,
        kind: fields.kind,
        district: fields.district,
        note: fields.note,
        posts: fields.posts,
        party: seen(fields.party),
        sector: seen(fields.sector),
        phone: seen(fields.phone).map(contact),
        email: seen(fields.email).map(contact),
        account: record.account,
        merged_into: record.merged_into,
        added_at: record.added_at,
        retired_at: record.retired_at,
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    #[serde(default)]
    words: String,
    form: Option<ReporterForm>,
    kind: Option<ContributorKind>,
    district: Option<String>,
    /// Retired ones alone, or active ones alone; both where it is not given.
    retired: Option<bool>,
    #[serde(default)]
    skip: u32,
}

pub(super) async fn list(
    State(pages): Shared,
    person: Person,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Answer<Vec<Shown>> {
    let Query(query) = query.map_err(|error| {
        let detail = format!("地址中的查询参数不对：{}。接口说明见 /docs/", error.body_text());
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
    })?;
    let filter = ReporterFilter {
        words: query.words,
        form: query.form,
        kind: query.kind,
        district: query.district,
        retired: query.retired,
    };
    let (records, _) = pages.registry.list(filter, i64::from(query.skip), LISTED).await?;
    let redactor = &pages.registry.parts.redactor;
    Ok(Json(records.into_iter().map(|record| shown(redactor, record, &person, false)).collect()))
}

/// An entry with what stands beside it.
#[derive(Serialize)]
pub(super) struct One {
    #[serde(flatten)]
    entry: Shown,
    /// What was merged into it.
    merged: Vec<Shown>,
    sent: i64,
    adopted: i64,
    /// 单位账户: account, 姓名, whether they review; those that left are not among them.
    people: Vec<Value>,
    review_first: bool,
}

async fn one(registry: &Registry, person: &Person, no: i64, revealed: bool) -> Answer<One> {
    let EntryView { record, members, sent, adopted, people, review_first, .. } = registry.entry(no).await?;
    let redactor = &registry.parts.redactor;
    let people = people.into_iter().filter(|one| one.left_at.is_none());
    Ok(Json(One {
        entry: shown(redactor, record, person, revealed),
        merged: members.into_iter().map(|member| shown(redactor, member, person, revealed)).collect(),
        sent,
        adopted,
        people: people
            .map(|one| json!({ "account": one.account, "title": one.title, "reviewer": one.reviewer }))
            .collect(),
        review_first,
    }))
}

pub(super) async fn show(State(pages): Shared, person: Person, Path(no): Path<String>) -> Answer<One> {
    one(&pages.registry, &person, entry_no(&no)?, false).await
}

pub(super) async fn reveal(State(pages): Shared, person: Person, Path(no): Path<String>) -> Answer<One> {
    let no = entry_no(&no)?;
    pages.registry.reveal(no, person.actor()).await?;
    one(&pages.registry, &person, no, true).await
}

pub(super) async fn add(
    State(pages): Shared,
    person: Person,
    Wanted(fields): Wanted<ReporterFields>,
) -> Result<Response, Problem> {
    let no = pages.registry.add(fields, person.actor()).await?;
    Ok((StatusCode::CREATED, Json(json!({ "no": no, "rev": 1 }))).into_response())
}

/// What is changed of an entry; what is not given stays as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeRequest {
    rev: i64,
    form: Option<ReporterForm>,
    name: Option<String>,
    aliases: Option<Vec<String>>,
    kind: Option<ContributorKind>,
    party: Option<String>,
    sector: Option<String>,
    district: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    note: Option<String>,
    posts: Option<Vec<ReporterPost>>,
}

pub(super) async fn change(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    Wanted(wanted): Wanted<ChangeRequest>,
) -> Answer<One> {
    let no = entry_no(&no)?;
    let known = pages.registry.entry(no).await?.record.fields;
    let fields = ReporterFields {
        form: wanted.form.unwrap_or(known.form),
        name: wanted.name.unwrap_or(known.name),
        aliases: wanted.aliases.unwrap_or(known.aliases),
        kind: wanted.kind.or(known.kind),
        party: wanted.party.unwrap_or(known.party),
        sector: wanted.sector.unwrap_or(known.sector),
        district: wanted.district.unwrap_or(known.district),
        phone: wanted.phone.unwrap_or(known.phone),
        email: wanted.email.unwrap_or(known.email),
        note: wanted.note.unwrap_or(known.note),
        posts: wanted.posts.unwrap_or(known.posts),
    };
    pages.registry.change((no, wanted.rev), fields, person.actor()).await?;
    one(&pages.registry, &person, no, false).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetireRequest {
    rev: i64,
    retired: bool,
}

pub(super) async fn retire(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    Wanted(wanted): Wanted<RetireRequest>,
) -> Answer<One> {
    let no = entry_no(&no)?;
    pages.registry.retire((no, wanted.rev), wanted.retired, person.actor()).await?;
    one(&pages.registry, &person, no, false).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountRequest {
    rev: i64,
    /// The name to sign in with; none = unbound.
    account: Option<String>,
}

pub(super) async fn account(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    Wanted(wanted): Wanted<AccountRequest>,
) -> Answer<One> {
    let no = entry_no(&no)?;
    let account = wanted.account.unwrap_or_default();
    pages.registry.bind((no, wanted.rev), &account, person.actor()).await?;
    one(&pages.registry, &person, no, false).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MergeRequest {
    rev: i64,
    /// The entry that goes into this one, and its revision.
    other: i64,
    other_rev: i64,
}

pub(super) async fn merge(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    Wanted(wanted): Wanted<MergeRequest>,
) -> Answer<One> {
    let no = entry_no(&no)?;
    let gone = (wanted.other, wanted.other_rev);
    pages.registry.merge((no, wanted.rev), gone, person.actor()).await?;
    one(&pages.registry, &person, no, false).await
}

pub(super) async fn unmerge(State(pages): Shared, person: Person, Path(no): Path<String>) -> Answer<One> {
    let no = entry_no(&no)?;
    pages.registry.unmerge(no, person.actor()).await?;
    one(&pages.registry, &person, no, false).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonRequest {
    account: String,
    #[serde(default)]
    reviewer: bool,
    /// Out of the unit.
    #[serde(default)]
    leave: bool,
}

pub(super) async fn people(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    Wanted(wanted): Wanted<PersonRequest>,
) -> Answer<One> {
    let (no, by) = (entry_no(&no)?, person.actor());
    if wanted.leave {
        pages.registry.leave(no, &wanted.account, by).await?;
    } else {
        pages.registry.put_person(no, &wanted.account, wanted.reviewer, by).await?;
    }
    one(&pages.registry, &person, no, false).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewRequest {
    review_first: bool,
}

pub(super) async fn review(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    Wanted(wanted): Wanted<ReviewRequest>,
) -> Answer<One> {
    let no = entry_no(&no)?;
    pages.registry.review_first(no, wanted.review_first, person.actor()).await?;
    one(&pages.registry, &person, no, false).await
}
