//! 代录签批: the form of a decision that was given on paper, and its scan.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::{LocalDate, PaperAct, Permission, Texts};
use crate::site::{Fields, Page, Sent, Shell, Visit, page};
use crate::store::PaperRecord;
use crate::web::{Form, Problem, Upload};

use super::super::on_paper::{PaperForm, PaperRequest, WORDING_MAX};
use super::history::{people, who};
use super::issues::{file, issue_id};
use super::manuscript::manuscript_id;
use super::{HANDS, Pages, Shared};

/// A decision on paper, as pages tell of it.
pub(super) struct PaperLine {
    pub no: i64,
    pub told: String,
    pub decider: String,
    pub day: String,
    pub wording: String,
    /// Who entered it.
    pub by: String,
    pub at: String,
    /// Whether this person may look at the scan.
    pub open: bool,
}

impl PaperLine {
    pub(super) fn new(
        paper: &PaperRecord,
        people: &std::collections::BTreeMap<String, String>,
        visit: &Visit,
    ) -> Self {
        Self {
            no: paper.no,
            told: paper.told.clone(),
            decider: paper.title.clone(),
            day: paper.day.to_string(),
            wording: paper.wording.clone(),
            by: who(&paper.entered_by.to_string(), people),
            at: paper.at.minute(),
            open: HANDS.iter().any(|hand| visit.may(*hand)),
        }
    }
}

#[derive(Template)]
#[template(path = "decision.html")]
struct DecisionPage {
    shell: Shell,
    /// The address of what is decided about.
    back: String,
    what: &'static str,
    title: String,
    rev: i64,
    /// Code, label.
    decisions: Vec<(&'static str, String)>,
    /// Code, name.
    earlier: Vec<(String, String)>,
    /// Name, 姓名.
    deciders: Vec<(String, String)>,
    entered: Vec<PaperLine>,
    today: String,
    wording_max: usize,
    /// The texts that a stage passes.
    texts: Option<Texts>,
}

async fn shown(pages: &Pages, visit: &Visit, back: String, form: PaperForm) -> Page {
    let people = people(pages).await?;
    let label = |act: &PaperAct| match (&form.stage, act) {
        (Some(stage), PaperAct::Pass) => format!("{stage}通过"),
        _ => act.label().to_owned(),
    };
    page(&DecisionPage {
        shell: Shell::new(pages, visit),
        what: if back.starts_with("/issues") { "拟发稿" } else { "编稿" },
        back,
        decisions: form.decisions.iter().map(|act| (act.code(), label(act))).collect(),
        title: form.title,
        rev: form.rev,
        earlier: form.earlier,
        deciders: form.deciders.into_iter().map(|(name, title)| (name.to_string(), title)).collect(),
        entered: form.entered.iter().rev().map(|paper| PaperLine::new(paper, &people, visit)).collect(),
        today: pages.desk.clock.now().date().to_string(),
        wording_max: WORDING_MAX,
        texts: form.texts,
    })
}

pub(super) async fn of_manuscript(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id = manuscript_id(&id)?;
    let form = pages.desk.paper_form(id, visit.actor()?).await?;
    shown(&pages, &visit, format!("/manuscripts/{id}"), form).await
}

pub(super) async fn of_issue(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id = issue_id(&id)?;
    let form = pages.desk.paper_form_of_issue(id, visit.actor()?).await?;
    shown(&pages, &visit, format!("/issues/{id}"), form).await
}

/// What the form says, with its scan kept by the same checks as any attachment.
async fn entered(
    pages: &Pages,
    visit: &Visit,
    form: &Form,
    sent: Option<Upload>,
) -> Result<PaperRequest, Problem> {
    let rev = form.number("rev").ok_or_else(|| Problem::invalid("页面不完整，请刷新后重新提交"))?;
    let decision = PaperAct::from_code(form.text("decision"));
    let decision = decision.ok_or_else(|| Problem::invalid("请选择签批结论"))?;
    let decider = form.text("decider").parse().map_err(|_| Problem::invalid("请选择由谁签批"))?;
    let day = form.text("date");
    let date = LocalDate::parse(day);
    let date = date.map_err(|error| Problem::invalid(format!("签批日期“{day}”{error}")))?;
    let wording = form.limited("wording", "签批文字", WORDING_MAX)?;
    let sent = sent.ok_or_else(|| Problem::invalid("请附上签批单的扫描件（图片或 PDF）"))?;
    let (scan, _) = (pages.desk.hooks.keep_file)(visit.actor()?, sent.name, sent.bytes).await?;
    let to = Some(form.text("to").to_owned()).filter(|to| !to.is_empty());
    let texts = match form.text("body") {
        "" if form.text("title").is_empty() => None,
        _ => Some(super::manuscript::texts(form)),
    };
    let note = form.limited("note", "录入说明", WORDING_MAX)?;
    Ok(PaperRequest { rev, decision, decider, date, wording, scan, to, texts, note })
}

pub(super) async fn on_manuscript(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Sent(sent): Sent,
    Fields(form): Fields,
) -> Page {
    let id = manuscript_id(&id)?;
    let request = entered(&pages, &visit, &form, sent).await?;
    pages.desk.enter_paper(id, request, visit.actor()?).await?;
    pages.desk.counted.forget();
    Ok(Redirect::to(&format!("/manuscripts/{id}")).into_response())
}

pub(super) async fn on_issue(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Sent(sent): Sent,
    Fields(form): Fields,
) -> Page {
    let id = issue_id(&id)?;
    let request = entered(&pages, &visit, &form, sent).await?;
    pages.desk.enter_paper_on_issue(id, request, visit.actor()?).await?;
    pages.desk.counted.forget();
    Ok(Redirect::to(&format!("/issues/{id}")).into_response())
}

pub(super) async fn scan(State(pages): Shared, visit: Visit, Path(no): Path<String>) -> Page {
    let no = no.parse().map_err(|_| Problem::not_found(format!("没有代录签批 {no}")))?;
    let (found, bytes) = pages.desk.paper_scan(no, visit.actor()?).await?;
    Ok(file(&found.name, bytes, "application/octet-stream", "attachment"))
}

/// Whether this person may enter decisions for others.
pub(super) fn may_enter(visit: &Visit) -> bool {
    visit.may(Permission::Register)
}
