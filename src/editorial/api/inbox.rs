//! 来稿: the list, and what is done to its items.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::model::{ItemId, ItemState, Urgency, UserName};
use crate::site::{Person, Wanted};
use crate::store::{Act, InboxFilter, InboxRow};
use crate::text::Masked;
use crate::web::Problem;

use super::super::Triage;
use super::super::counted::StateCounts;
use super::super::inbox::{place, written};
use super::super::routes::{Asked, parameters};
use super::super::{Desk, DeskError};
use super::{Answer, Shared};

/// Which items are listed; 待编 where nothing is said.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    state: Option<ItemState>,
    urgency: Option<Urgency>,
    district: Option<String>,
    subject: Option<String>,
    reporter_kind: Option<String>,
    /// `me`, `none`, or a user name.
    holder: Option<String>,
    /// The number of a 选题.
    topic: Option<i64>,
    #[serde(default)]
    oldest_first: bool,
    /// `next` of the page before.
    after: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Listed {
    items: Vec<InboxRow>,
    /// Where the next page begins.
    next: Option<String>,
    counts: StateCounts,
}

pub(super) async fn list(State(pages): Shared, person: Person, query: Asked<ListQuery>) -> Answer<Listed> {
    let wanted = parameters(query)?;
    let after = match &wanted.after {
        None => None,
        Some(text) => Some(place(text).ok_or_else(|| {
            Problem::new(StatusCode::BAD_REQUEST, "bad_cursor", "after 只能是上一页给出的 next")
        })?),
    };
    let desk = &pages.desk;
    let view = desk.inbox(filter(wanted, &person.0.name), after).await?;
    let masked = |row: InboxRow| InboxRow { title: desk.redactor.mask(&row.title).to_string(), ..row };
    Ok(Json(Listed {
        items: view.rows.into_iter().map(masked).collect(),
        next: view.next.map(written),
        counts: view.counts,
    }))
}

fn filter(wanted: ListQuery, own: &UserName) -> InboxFilter {
    InboxFilter {
        state: wanted.state.unwrap_or(ItemState::Received),
        urgency: wanted.urgency,
        district: wanted.district,
        subject: wanted.subject,
        reporter_kind: wanted.reporter_kind,
        holder: wanted.holder.map(|holder| match holder.as_str() {
            "me" => own.to_string(),
            "none" => String::new(),
            _ => holder,
        }),
        topic: wanted.topic,
        oldest_first: wanted.oldest_first,
    }
}

/// What is to be done to which items.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActRequest {
    items: Vec<ItemId>,
    /// One of [`ActionName`].
    action: ActionName,
    /// Of 不采用: the code of a reason.
    #[serde(default)]
    reason: String,
    /// Of 直转: the unit.
    #[serde(default)]
    to: String,
    /// Of 退回请补充 and 撤稿.
    #[serde(default)]
    comment: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ActionName {
    Claim,
    Release,
    Keep,
    Decline,
    Forward,
    Ask,
    Withdraw,
    Reopen,
}

impl ActRequest {
    fn triage(self) -> (Vec<ItemId>, Triage) {
        let what = match self.action {
            ActionName::Claim => Triage::Claim,
            ActionName::Release => Triage::LetGo,
            ActionName::Keep => Triage::Keep,
            ActionName::Decline => Triage::Decline(self.reason),
            ActionName::Forward => Triage::Forward(self.to),
            ActionName::Ask => Triage::AskForMore(self.comment),
            ActionName::Withdraw => Triage::Withdraw(self.comment),
            ActionName::Reopen => Triage::Reopen,
        };
        (self.items, what)
    }
}

/// What was done, and what was left alone and why.
#[derive(Serialize)]
pub(super) struct Done {
    /// By this number it can be undone.
    act: i64,
    action: String,
    moved: usize,
    skipped: Vec<Left>,
    undone: bool,
}

#[derive(Serialize)]
struct Left {
    id: ItemId,
    title: Masked<String>,
    why: String,
}

impl Done {
    pub(super) async fn of(desk: &Desk, no: i64, by: &UserName) -> Result<Self, DeskError> {
        let Act { action, moved, skipped, undone_at, .. } = desk.act(no, by).await?;
        let left = skipped.into_iter();
        let left = left.map(|one| Left { id: one.id, title: desk.redactor.mask(&one.title), why: one.why });
        Ok(Self { act: no, action, moved: moved.len(), skipped: left.collect(), undone: undone_at.is_some() })
    }
}

pub(super) async fn act(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<ActRequest>,
) -> Answer<Done> {
    let (desk, by) = (&pages.desk, person.0.name);
    let (items, what) = wanted.triage();
    let no = desk.triage(items, what, by.clone()).await?;
    desk.counted.forget();
    Ok(Json(Done::of(desk, no, &by).await?))
}

/// 并稿.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MergeRequest {
    items: Vec<ItemId>,
    /// Into this one; into the one received first where none is named.
    into: Option<ItemId>,
    #[serde(default)]
    why: String,
}

pub(super) async fn merge(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<MergeRequest>,
) -> Answer<Done> {
    let (desk, by) = (&pages.desk, person.0.name);
    let no = desk.merge(wanted.items, wanted.into, wanted.why, by.clone()).await?;
    desk.counted.forget();
    Ok(Json(Done::of(desk, no, &by).await?))
}

/// 交回.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HandBackRequest {
    /// Whose items.
    holder: UserName,
}

pub(super) async fn hand_back(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<HandBackRequest>,
) -> Answer<Done> {
    let (desk, by) = (&pages.desk, person.0.name);
    let no = desk.hand_back(wanted.holder, by.clone()).await?;
    desk.counted.forget();
    Ok(Json(Done::of(desk, no, &by).await?))
}

pub(super) async fn undo(State(pages): Shared, person: Person, Path(no): Path<String>) -> Answer<Done> {
    let (desk, by) = (&pages.desk, person.0.name);
    let no = no.parse().map_err(|_| Problem::not_found(format!("没有操作 {no}")))?;
    desk.undo(no, by.clone()).await?;
    desk.counted.forget();
    Ok(Json(Done::of(desk, no, &by).await?))
}
