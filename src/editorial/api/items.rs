//! One item: masked, and as received for who has the right and is logged.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{
    Contributor, ContributorKind, ItemId, ItemState, ItemText, ManuscriptId, Receipt, SourceId, Timestamp,
    Urgency,
};
use crate::site::{Person, Wanted};
use crate::store::{Note, Sql, StoreError, holder_of, item_no, notes_of, uses_of};
use crate::text::Masked;

use super::super::item::{GroupRef, ItemView};
use super::super::{Desk, DeskError};
use super::inbox::Done;
use super::{Answer, Shared, item_id};

/// An item as whoever may look at items sees it.
#[derive(Serialize)]
pub(super) struct Shown {
    id: ItemId,
    receipt: Receipt,
    source: SourceId,
    state: ItemState,
    urgency: Urgency,
    received_at: Timestamp,
    version: i64,
    chars: i64,
    subject: Option<String>,
    district: Option<String>,
    title: Masked<String>,
    text: Vec<Part>,
    contributor: Option<Whom>,
    co_contributors: Vec<Whom>,
    holder: Option<String>,
    group: Option<GroupRef>,
    similar: usize,
    manuscripts: Vec<ManuscriptId>,
    issued: Vec<String>,
    notes: Vec<Noted>,
}

#[derive(Serialize)]
struct Part {
    /// `body`, `situation`, `causes` or `suggestions`.
    part: &'static str,
    text: Masked<String>,
}

/// Who sent it, without what is sensitive (DOMAIN §6).
#[derive(Serialize)]
struct Whom {
    name: String,
    unit: Option<String>,
    post: Option<String>,
    kind: Option<ContributorKind>,
    district: Option<String>,
}

#[derive(Serialize)]
struct Noted {
    at: Timestamp,
    by: String,
    text: String,
}

impl From<Contributor> for Whom {
    fn from(one: Contributor) -> Self {
        Self { name: one.name, unit: one.unit, post: one.post, kind: one.kind, district: one.district }
    }
}

fn parts(desk: &Desk, text: &ItemText) -> Vec<Part> {
    let part = |part, text: &str| Part { part, text: desk.redactor.mask(text) };
    match text {
        ItemText::Body { body } => vec![part("body", body.as_str())],
        ItemText::Parts { situation, causes, suggestions } => {
            let rest = [("causes", causes), ("suggestions", suggestions)];
            let rest = rest.iter().filter_map(|(name, text)| Some(part(name, text.as_ref()?.as_str())));
            std::iter::once(part("situation", situation.as_str())).chain(rest).collect()
        }
    }
}

pub(super) async fn show(State(pages): Shared, Path(id): Path<String>) -> Answer<Shown> {
    let desk = &pages.desk;
    let id = item_id(&id)?;
    let ItemView { item, group, similar, issued, .. } = desk.item(id).await?;
    let aside = desk.store.read(move |sql: &mut dyn Sql| {
        let no = item_no(sql, &id)?;
        Ok::<_, StoreError>((holder_of(sql, no)?, notes_of(sql, no)?, uses_of(sql, no)?))
    });
    let ((holder, urgency), notes, manuscripts) = aside.await.map_err(DeskError::Store)?;
    let note = |note: Note| Noted { at: note.at, by: note.actor.to_string(), text: note.text };
    let (row, submission) = (item.row, item.submission);
    Ok(Json(Shown {
        id: row.id,
        receipt: row.receipt,
        source: row.source,
        state: row.state,
        urgency,
        received_at: row.received_at,
        version: row.version,
        chars: row.chars,
        subject: row.subject,
        district: row.district,
        title: desk.redactor.mask(&row.title),
        text: parts(desk, &submission.text),
        contributor: submission.contributor.map(Whom::from),
        co_contributors: submission.co_contributors.into_iter().map(Whom::from).collect(),
        holder,
        group,
        similar,
        manuscripts,
        issued,
        notes: notes.into_iter().map(note).collect(),
    }))
}

/// As it was received, contacts included; that somebody looked is a row of the log.
pub(super) async fn reveal(State(pages): Shared, person: Person, Path(id): Path<String>) -> Answer<ItemView> {
    let id = item_id(&id)?;
    pages.desk.reveal(id, person.actor()).await?;
    Ok(Json(pages.desk.item(id).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoteRequest {
    text: String,
}

pub(super) async fn note(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<NoteRequest>,
) -> Answer<Value> {
    let id = item_id(&id)?;
    pages.desk.note(id, wanted.text, person.actor()).await?;
    Ok(Json(json!({ "id": id, "noted": true })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UrgencyRequest {
    urgency: Urgency,
}

pub(super) async fn urgency(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<UrgencyRequest>,
) -> Answer<Value> {
    let id = item_id(&id)?;
    pages.desk.confirm_urgency(id, wanted.urgency, person.actor()).await?;
    Ok(Json(json!({ "id": id, "urgency": wanted.urgency })))
}

pub(super) async fn take_out(State(pages): Shared, person: Person, Path(id): Path<String>) -> Answer<Done> {
    let (desk, by) = (&pages.desk, person.0.name);
    let no = desk.take_out(item_id(&id)?, by.clone()).await?;
    desk.counted.forget();
    Ok(Json(Done::of(desk, no, &by).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkRequest {
    /// As it stands on the item.
    name: String,
    /// The entry; none = the name is nobody's of the registry.
    reporter: Option<i64>,
}

/// Whose item it is, in 反映人库.
pub(super) async fn link(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<LinkRequest>,
) -> Answer<Value> {
    let id = item_id(&id)?;
    pages.desk.link_contributor(id, wanted.name.clone(), wanted.reporter, person.actor()).await?;
    Ok(Json(json!({ "id": id, "name": wanted.name, "reporter": wanted.reporter })))
}
