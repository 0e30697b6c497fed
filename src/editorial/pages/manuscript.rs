//! 编稿: the text beside what it is made of, its way through the stages, and what this person can do with it now.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Serialize;

use crate::model::{ItemId, ManuscriptId, ManuscriptState, Outlet, Permission, SeriesId, Texts, Urgency};
use crate::site::{Asked, Fields, Page, Shell, Visit, page, page_with};
use crate::store::StoreError;
use crate::web::{Form, Problem};

use super::super::diff::Part;
use super::super::forms::Record;
use super::super::manuscript::{BODY_ADVISED, Edited, Merging, Meter, Noted, Passing};
use super::super::{Desk, DeskError, cut, diff};
use super::forms::forms_of;
use super::history::people;
use super::outcomes::{OutcomeLine, lines_of};
use super::outlets::{Sending, sending};
use super::papers::may_enter;
use super::passage::Passage;
use super::proof_reading::LETS_PASS;
use super::versions::{StepLine, changed_lines, steps, whole};
use super::{Pages, Shared};

#[derive(Template)]
#[template(path = "manuscript.html")]
struct ManuscriptView {
    shell: Shell,
    id: String,
    rev: i64,
    /// The last step: what both begin with when two write at once.
    step: i64,
    state: String,
    urgency: &'static str,
    outlet: String,
    title: String,
    body: String,
    credit: String,
    chars: usize,
    advised: usize,
    sources: Vec<Source>,
    steps: Vec<StepLine>,
    /// 拼合, where several items are written from.
    merging: Option<Merging>,
    /// 上报 or 直转, with what can be done with it now.
    sending: Option<Sending>,
    /// 纸质单据.
    forms: Vec<(String, String)>,
    /// 采用 and 批示.
    outcomes: Vec<OutcomeLine>,
    may_register: bool,
    /// 代录签批: it waits for a decision that may have been given on paper.
    may_enter: bool,
    /// In editing, by who may edit.
    may_edit: bool,
    /// At a stage that this person may pass.
    may_review: bool,
    /// 特急, which may go to the signer first.
    may_express: bool,
    /// A review is owed, and this person may give it.
    may_review_late: bool,
    owed: bool,
    hindrance: Option<String>,
    stage: String,
    earlier: Vec<(String, String)>,
    saved: bool,
    /// When what is shown was kept and not saved.
    drafted: String,
    /// When something was kept that began with what no longer stands.
    left: String,
    /// May let a phrase pass 校对 wherever it stands.
    may_let_pass: bool,
    /// 领导人表 is filled in.
    knows_leaders: bool,
    /// 常用语.
    snippets: Vec<(String, String)>,
    /// Two wrote at once: what the other changed.
    clash: Option<Clash>,
    /// What stands in the field of comments to begin with.
    comment: String,
}

struct Clash {
    count: usize,
    title: String,
    credit: String,
    changed: Vec<Part>,
}

struct Source {
    id: String,
    title: Passage,
    paragraphs: Vec<Passage>,
}

pub(super) fn outlet(desk: &Desk, outlet: &Outlet) -> String {
    match outlet {
        Outlet::Series { series } => {
            desk.series.get(series).map_or_else(|| series.to_string(), |series| series.name.clone())
        }
        Outlet::Report { to, .. } => format!("上报{to}"),
        Outlet::Forward { to } => format!("直转{to}"),
    }
}

pub(super) fn manuscript_id(text: &str) -> Result<ManuscriptId, Problem> {
    Ok(text.parse().map_err(DeskError::Id)?)
}

pub(super) async fn show(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Page {
    let view = view(&pages, &visit, manuscript_id(&id)?).await?;
    page(&ManuscriptView { saved: asked.text("saved") == "1", ..view })
}

async fn view(pages: &Pages, visit: &Visit, id: ManuscriptId) -> Result<ManuscriptView, Problem> {
    let desk = &pages.desk;
    let manuscript = desk.manuscript(id, &visit.who()?.user).await?;
    let people = people(pages).await?;
    let steps = steps(desk, &manuscript, &people, visit).await?;
    let record = &manuscript.record;
    let stage = manuscript.stage.as_ref().map(|stage| stage.name.clone()).unwrap_or_default();
    let state = match record.state {
        ManuscriptState::InReview if !stage.is_empty() => format!("待{stage}"),
        state => state.label().to_owned(),
    };
    let may_edit = record.state == ManuscriptState::Editing && visit.may(Permission::Edit);
    let may_review = manuscript.stage.is_some() && manuscript.hindrance.is_none();
    // What was kept on a pause is shown to who wrote it, if it began with what still stands.
    let draft =
        manuscript.draft.as_ref().filter(|draft| (may_edit || may_review) && draft.base_rev == record.rev);
    let left =
        manuscript.draft.as_ref().filter(|left| (may_edit || may_review) && left.base_rev != record.rev);
    let left = left.map(|left| left.at.minute()).unwrap_or_default();
    let texts = draft.map_or(&record.texts, |draft| &draft.texts);
    let merging = match may_edit && manuscript.items.len() > 1 {
        true => Some(desk.merging(id, Some(texts.body.clone())).await?),
        false => None,
    };
    let source = |(id, title, text): &(ItemId, String, String)| {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        Source {
            id: id.to_string(),
            title: Passage::new(&desk.redactor, title, None),
            paragraphs: lines.map(|line| Passage::new(&desk.redactor, line, None)).collect(),
        }
    };
    Ok(ManuscriptView {
        shell: Shell::new(pages, visit),
        id: id.to_string(),
        rev: record.rev,
        step: manuscript.steps.last().map_or(0, |step| step.step),
        urgency: if manuscript.urgency == Urgency::Normal { "" } else { manuscript.urgency.label() },
        outlet: outlet(desk, &record.outlet),
        title: texts.title.clone(),
        body: texts.body.clone(),
        credit: texts.credit.clone(),
        chars: texts.body.chars().filter(|c| !c.is_whitespace()).count(),
        advised: BODY_ADVISED,
        sources: manuscript.items.iter().map(source).collect(),
        may_edit,
        may_review,
        may_express: may_edit && manuscript.urgency == Urgency::Critical,
        may_review_late: manuscript.owed_since.is_some() && visit.may(Permission::Review),
        owed: manuscript.owed_since.is_some(),
        hindrance: manuscript.hindrance.clone(),
        earlier: manuscript.earlier.iter().map(|stage| (stage.code.clone(), stage.name.clone())).collect(),
        saved: false,
        drafted: draft.map(|draft| draft.at.minute()).unwrap_or_default(),
        left,
        may_let_pass: visit.may(LETS_PASS),
        knows_leaders: desk.proofreader.knows_leaders(),
        snippets: desk.snippets.iter().map(|one| (one.name.clone(), one.text.clone())).collect(),
        clash: None,
        comment: String::new(),
        merging,
        sending: sending(record, visit),
        forms: forms_of(desk, Record::Manuscript(id)),
        outcomes: lines_of(pages, visit, &id.to_string()).await?,
        may_register: visit.may(Permission::Register),
        may_enter: may_enter(visit)
            && (manuscript.stage.is_some()
                || manuscript.owed_since.is_some()
                || (record.state == ManuscriptState::AwaitingSignature
                    && matches!(record.outlet, Outlet::Report { .. }))),
        steps,
        stage,
        state,
    })
}

fn edited(form: &Form) -> Result<Edited, Problem> {
    let rev = form.number("rev").ok_or_else(|| Problem::invalid("页面不完整，请刷新后重新提交"))?;
    let step = form.number("step").unwrap_or_default();
    Ok(Edited { texts: texts(form), rev, step, comment: typed(form, "comment") })
}

/// Browsers send line ends as two characters.
fn typed(form: &Form, name: &str) -> String {
    form.raw(name).trim().replace("\r\n", "\n")
}

/// Title, text and credit as they stand in a form.
pub(super) fn texts(form: &Form) -> Texts {
    Texts { title: typed(form, "title"), body: typed(form, "body"), credit: typed(form, "credit") }
}

/// Where a form wants it to go: a series, 上报 or 直转.
fn chosen(form: &Form) -> Result<Outlet, Problem> {
    let (to, title) = (form.text("to"), form.text("masthead"));
    let outlet = match form.text("outlet") {
        "report" => Outlet::report(to, title, form.text("cover")),
        "forward" => Outlet::forward(to),
        _ => {
            let series = form.text("series").parse::<SeriesId>();
            return Ok(Outlet::Series {
                series: series.map_err(|_| Problem::invalid("请选择要编入的刊物"))?,
            });
        }
    };
    outlet.map_err(|error| Problem::invalid(error.to_string()))
}

async fn made(pages: &Pages, visit: &Visit, items: Vec<ItemId>, form: &Form) -> Page {
    let outlet = chosen(form)?;
    let made = pages.desk.make_manuscript(items, outlet, visit.actor()?).await?;
    pages.desk.counted.forget();
    Ok(Redirect::to(&format!("/manuscripts/{made}")).into_response())
}

pub(super) async fn make(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let item: ItemId = id.parse().map_err(DeskError::Id)?;
    made(&pages, &visit, vec![item], &form).await
}

/// From the ticked items of a list.
pub(super) async fn make_of_several(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let items = form.all("item").map(str::parse::<ItemId>).collect::<Result<Vec<_>, _>>();
    made(&pages, &visit, items.map_err(DeskError::Id)?, &form).await
}

/// What the page is told after a pause: when it was kept, and how long the text is.
#[derive(Serialize)]
struct Kept {
    at: String,
    hits: Vec<Noted>,
    #[serde(flatten)]
    meter: Meter,
}

pub(super) async fn keep(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let desk = &pages.desk;
    let id = manuscript_id(&id)?;
    let edited = edited(&form)?;
    desk.keep_draft(id, edited.clone(), visit.actor()?).await?;
    let hits = desk.proofread(id, edited.texts.clone()).await?;
    let meter = desk.measure(id, edited.texts).await?;
    Ok(Json(Kept { at: desk.clock.now().clock(), hits, meter }).into_response())
}

/// 一键整理: the changes that could be made, to take or refuse one by one.
pub(super) async fn tidy(State(pages): Shared, Fields(form): Fields) -> Page {
    let body = form.raw("body").replace("\r\n", "\n");
    Ok(Json(pages.desk.tidied(body).await?).into_response())
}

pub(super) async fn act(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let id = manuscript_id(&id)?;
    if form.text("do") == "merge" {
        return draft_merged(&pages, &visit, id).await;
    }
    let edited = edited(&form)?;
    match acted(&pages, &visit, id, edited.clone(), &form).await {
        Err(DeskError::Store(StoreError::Stale)) => clashed(&pages, &visit, id, edited).await,
        other => Ok(Redirect::to(&other?).into_response()),
    }
}

/// Does what the button says; gives where to go then.
async fn acted(
    pages: &Pages,
    visit: &Visit,
    id: ManuscriptId,
    edited: Edited,
    form: &Form,
) -> Result<String, DeskError> {
    let desk = &pages.desk;
    let user = visit.who().map_err(|problem| DeskError::Broken(problem.detail))?.user.clone();
    let here = format!("/manuscripts/{id}");
    let may_edit = || match visit.may(Permission::Edit) {
        true => Ok(()),
        false => Err(DeskError::Forbidden("修改编稿需要“编稿”权限".to_owned())),
    };
    match form.text("do") {
        "save" => {
            may_edit()?;
            desk.save_manuscript(id, edited, user.actor()).await?;
            return Ok(format!("{here}?saved=1"));
        }
        "discard" => {
            desk.drop_draft(id, user.actor()).await?;
            return Ok(here);
        }
        "submit" | "express" => {
            may_edit()?;
            let passing = if form.text("do") == "express" { Passing::Express } else { Passing::Usual };
            desk.submit_manuscript(id, edited, passing, user.actor()).await?;
        }
        "drop" => {
            may_edit()?;
            desk.drop_manuscript(id, edited, user.actor()).await?;
        }
        "pass" => desk.pass_manuscript(id, edited, user).await?,
        "return" => {
            let to = Some(form.text("to").to_owned()).filter(|to| !to.is_empty());
            desk.return_manuscript(id, to, edited, user).await?;
        }
        "late" => desk.review_late(id, edited.comment, user).await?,
        other => match other.strip_prefix("restore-").and_then(|step| step.parse().ok()) {
            Some(step) => {
                may_edit()?;
                desk.restore_step(id, step, edited.rev, user.actor()).await?;
                return Ok(format!("{here}?saved=1"));
            }
            None => return Err(DeskError::Request("没有选择要做什么，请点一个按钮".to_owned())),
        },
    }
    Ok("/tasks".to_owned())
}

/// Somebody else saved meanwhile: both changes in one text, to be looked at and saved again.
pub(super) async fn clashed(pages: &Pages, visit: &Visit, id: ManuscriptId, edited: Edited) -> Page {
    let desk = &pages.desk;
    let since = edited.step;
    let (texts, count) = desk.bring_together(id, since, edited.texts.clone()).await?;
    let shown = view(pages, visit, id).await?;
    if !shown.may_edit && !shown.may_review {
        // It went on to somebody else: what was written is kept as a draft and shown to be copied.
        desk.keep_draft(id, edited.clone(), visit.actor()?).await?;
        let detail = format!(
            "编稿已由同事转到下一环节（现为“{}”），您的改动没有写入，已留作草稿。标题：{}；正文：{}",
            shown.state, edited.texts.title, edited.texts.body
        );
        return Err(Problem::conflict("moved_on", detail));
    }
    let manuscript = desk.manuscript(id, &visit.who()?.user).await?;
    let theirs = manuscript.record.texts.clone();
    let base = manuscript.steps.iter().find(|step| step.step == since).map(|step| whole(&step.texts));
    let (kin, now) = (desk.kin.clone(), whole(&theirs));
    let changed = desk
        .compute(move || {
            let base = base.unwrap_or_default();
            let (one, other) = (cut::words(&kin, &base), cut::words(&kin, &now));
            Ok(changed_lines(diff::compare(&one, &other).1))
        })
        .await?;
    let clash = Clash { count, title: theirs.title, credit: theirs.credit, changed };
    let chars = texts.body.chars().filter(|c| !c.is_whitespace()).count();
    let shown = ManuscriptView {
        title: texts.title,
        body: texts.body,
        credit: texts.credit,
        chars,
        drafted: String::new(),
        left: String::new(),
        clash: Some(clash),
        comment: edited.comment,
        ..shown
    };
    page_with(StatusCode::CONFLICT, &shown)
}

/// What was kept on a pause, brought together with what somebody else has saved since.
async fn draft_merged(pages: &Pages, visit: &Visit, id: ManuscriptId) -> Page {
    let manuscript = pages.desk.manuscript(id, &visit.who()?.user).await?;
    let draft = manuscript.draft.ok_or_else(|| Problem::not_found("没有尚未保存的文字"))?;
    let (rev, step) = (draft.base_rev, draft.base_step);
    clashed(pages, visit, id, Edited { texts: draft.texts, rev, step, comment: String::new() }).await
}
