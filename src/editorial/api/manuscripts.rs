//! 编稿: made, written, sent through its stages.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::model::{ItemId, ManuscriptId, ManuscriptState, Outlet, OutletError, Texts, Timestamp, Urgency};
use crate::site::{Person, Wanted};
use crate::store::{ManuscriptRecord, ReviewRow, Step};
use crate::text::{Masked, ProofKind};
use crate::web::Problem;

use super::super::kinds::Stage;
use super::super::manuscript::{Edited, ManuscriptPage, Noted, Passing, Place as Found};
use super::super::pages::{LETS_PASS, refused};
use super::super::{Desk, DeskError};
use super::{Answer, Shared, manuscript_id};

/// 待办 and 已办 of whoever calls.
#[derive(Serialize)]
pub(super) struct Tasks {
    waiting: Vec<Waiting>,
    done: Vec<Listed>,
}

#[derive(Serialize)]
struct Waiting {
    /// 编稿, 补审, or the name of a stage.
    what: String,
    due: Option<Timestamp>,
    #[serde(flatten)]
    manuscript: Listed,
}

#[derive(Serialize)]
struct Listed {
    id: ManuscriptId,
    title: String,
    state: ManuscriptState,
    stage: Option<String>,
    #[serde(flatten)]
    outlet: Outlet,
    urgency: Urgency,
    /// What was done last, by whom, when.
    action: String,
    actor: String,
    at: Timestamp,
}

impl From<ReviewRow> for Listed {
    fn from(row: ReviewRow) -> Self {
        Self {
            id: row.id,
            title: row.title,
            state: row.state,
            stage: row.stage,
            outlet: row.outlet,
            urgency: row.urgency,
            action: row.action,
            actor: row.actor.to_string(),
            at: row.at,
        }
    }
}

pub(super) async fn tasks(State(pages): Shared, person: Person) -> Answer<Tasks> {
    let waiting = pages.desk.tasks(&person.0).await?.into_iter();
    let waiting = waiting.map(|task| Waiting { what: task.what, due: task.due, manuscript: task.row.into() });
    let done = pages.desk.done(&person.0).await?.into_iter().map(Listed::from);
    Ok(Json(Tasks { waiting: waiting.collect(), done: done.collect() }))
}

/// A manuscript as whoever calls may see and move it.
#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    record: ManuscriptRecord,
    /// What a change must name: of an older one it is refused.
    rev: i64,
    urgency: Urgency,
    items: Vec<Source>,
    stage: Option<Place>,
    /// To which stages it can be returned besides the editor.
    earlier: Vec<Place>,
    /// Why whoever calls may not pass it.
    hindrance: Option<String>,
    owed_since: Option<Timestamp>,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Source {
    id: ItemId,
    title: Masked<String>,
}

#[derive(Serialize)]
struct Place {
    code: String,
    name: String,
}

impl From<Stage> for Place {
    fn from(stage: Stage) -> Self {
        Self { code: stage.code, name: stage.name }
    }
}

async fn shown(desk: &Desk, id: ManuscriptId, person: &Person) -> Answer<Shown> {
    let ManuscriptPage { record, steps, items, stage, earlier, hindrance, urgency, owed_since, .. } =
        desk.manuscript(id, &person.0).await?;
    let source = |(id, title, _): (ItemId, String, String)| Source { id, title: desk.redactor.mask(&title) };
    Ok(Json(Shown {
        rev: record.rev,
        record,
        urgency,
        items: items.into_iter().map(source).collect(),
        stage: stage.map(Place::from),
        earlier: earlier.into_iter().map(Place::from).collect(),
        hindrance,
        owed_since,
        steps,
    }))
}

pub(super) async fn show(State(pages): Shared, person: Person, Path(id): Path<String>) -> Answer<Shown> {
    shown(&pages.desk, manuscript_id(&id)?, &person).await
}

/// Of which items, and where it is to go.
#[derive(Debug, Deserialize)]
pub(super) struct MakeRequest {
    items: Vec<ItemId>,
    #[serde(flatten)]
    outlet: Outlet,
}

/// Checked as on the page.
fn checked(outlet: Outlet) -> Result<Outlet, OutletError> {
    match outlet {
        Outlet::Report { to, title, cover } => Outlet::report(&to, &title, &cover),
        Outlet::Forward { to } => Outlet::forward(&to),
        Outlet::Series { .. } => Ok(outlet),
    }
}

pub(super) async fn make(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<MakeRequest>,
) -> Result<Response, Problem> {
    let desk = &pages.desk;
    let outlet = checked(wanted.outlet).map_err(|error| Problem::invalid(error.to_string()))?;
    let id = desk.make_manuscript(wanted.items, outlet, person.actor()).await?;
    desk.counted.forget();
    Ok((StatusCode::CREATED, shown(desk, id, &person).await?).into_response())
}

/// The texts as they are to stand; those left out stay as they are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// As it was read.
    rev: i64,
    title: Option<String>,
    body: Option<String>,
    credit: Option<String>,
    #[serde(default)]
    comment: String,
    /// Of `submit`: 特急, to the signer first.
    #[serde(default)]
    express: bool,
    /// Of `return`: the code of an earlier stage; the editor where there is none.
    to: Option<String>,
}

impl Change {
    /// The manuscript that an address names, and what it is to become.
    async fn of<'a>(
        &self,
        desk: &'a Desk,
        id: &str,
        person: &Person,
    ) -> Result<(&'a Desk, ManuscriptId, Edited), DeskError> {
        let id = manuscript_id(id)?;
        Ok((desk, id, self.edited(desk, id, person).await?))
    }

    async fn edited(&self, desk: &Desk, id: ManuscriptId, person: &Person) -> Result<Edited, DeskError> {
        let page = desk.manuscript(id, &person.0).await?;
        let now = page.record.texts;
        let text = |given: &Option<String>, now: String| match given {
            Some(text) => text.trim().replace("\r\n", "\n"),
            None => now,
        };
        Ok(Edited {
            texts: Texts {
                title: text(&self.title, now.title),
                body: text(&self.body, now.body),
                credit: text(&self.credit, now.credit),
            },
            rev: self.rev,
            step: page.steps.last().map_or(0, |step| step.step),
            comment: self.comment.trim().to_owned(),
        })
    }
}

pub(super) async fn save(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(change): Wanted<Change>,
) -> Answer<Shown> {
    let (desk, id, edited) = change.of(&pages.desk, &id, &person).await?;
    desk.save_manuscript(id, edited, person.actor()).await?;
    shown(desk, id, &person).await
}

pub(super) async fn submit(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(change): Wanted<Change>,
) -> Answer<Shown> {
    let (desk, id, edited) = change.of(&pages.desk, &id, &person).await?;
    let passing = if change.express { Passing::Express } else { Passing::Usual };
    desk.submit_manuscript(id, edited, passing, person.actor()).await?;
    shown(desk, id, &person).await
}

/// Which stage it takes, and whether this person may pass it, the use case finds out.
pub(super) async fn pass(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(change): Wanted<Change>,
) -> Answer<Shown> {
    let (desk, id, edited) = change.of(&pages.desk, &id, &person).await?;
    desk.pass_manuscript(id, edited, person.0.clone()).await?;
    shown(desk, id, &person).await
}

pub(super) async fn give_back(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(change): Wanted<Change>,
) -> Answer<Shown> {
    let (desk, id, edited) = change.of(&pages.desk, &id, &person).await?;
    desk.return_manuscript(id, change.to, edited, person.0.clone()).await?;
    shown(desk, id, &person).await
}

/// 不用.
pub(super) async fn give_up(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(change): Wanted<Change>,
) -> Answer<Shown> {
    let (desk, id, edited) = change.of(&pages.desk, &id, &person).await?;
    desk.drop_manuscript(id, edited, person.actor()).await?;
    desk.counted.forget();
    shown(desk, id, &person).await
}

/// The texts of an earlier step again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestoreRequest {
    rev: i64,
    step: i64,
}

pub(super) async fn restore(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<RestoreRequest>,
) -> Answer<Shown> {
    let (desk, id) = (&pages.desk, manuscript_id(&id)?);
    desk.restore_step(id, wanted.step, wanted.rev, person.actor()).await?;
    shown(desk, id, &person).await
}

/// 校对 of the texts as they are saved.
pub(super) async fn proof_reading(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
) -> Answer<Vec<Noted>> {
    let (desk, id) = (&pages.desk, manuscript_id(&id)?);
    let texts = desk.manuscript(id, &person.0).await?.record.texts;
    Ok(Json(desk.proofread(id, texts).await?))
}

/// What is to be done with a place that 校对 names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultRequest {
    #[serde(rename = "do")]
    what: FaultAct,
    kind: ProofKind,
    key: String,
    #[serde(default)]
    why: String,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FaultAct {
    Leave,
    LookAgain,
    LetPass,
}

/// Leaves it as it is, looks at it again, or lets it pass everywhere; answers with what there is to look at afterwards.
pub(super) async fn on_fault(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<FaultRequest>,
) -> Answer<Vec<Noted>> {
    let (desk, id) = (&pages.desk, manuscript_id(&id)?);
    let place = Found { kind: wanted.kind, key: wanted.key };
    match wanted.what {
        FaultAct::Leave => desk.leave_fault(id, place, &wanted.why, person.actor()).await?,
        FaultAct::LookAgain => desk.look_again(id, place, person.actor()).await?,
        FaultAct::LetPass if !person.0.may(LETS_PASS) => {
            return Err(refused().into());
        }
        FaultAct::LetPass => desk.let_pass(place, &wanted.why, person.actor()).await?,
    }
    let texts = desk.manuscript(id, &person.0).await?.record.texts;
    Ok(Json(desk.proofread(id, texts).await?))
}
