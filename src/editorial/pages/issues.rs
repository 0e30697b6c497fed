//! 拟发稿: passed manuscripts onto a proof; the proof, its signature, 复核, 编发; the files.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::bulletin::SeriesKind;
use crate::model::{IssueId, IssueState, LocalDate, ManuscriptId, Outlet, Permission, SeriesId, Urgency};
use crate::site::{Fields, Page, Shell, Visit, page};
use crate::web::Problem;

use super::super::forms::Record;
use super::super::issue::ManuscriptView;
use super::super::{CorrectionRequest, DeskError, DraftRequest, IssueRequest, IssueView, ReasonRequest};
use super::Shared;
use super::forms::{Printers, forms_of, printers};
use super::history::people;
use super::papers::{PaperLine, may_enter};

/// Issues shown in the list.
const LISTED: usize = 60;

/// A proof is a document of its own with its styles in it; it may do nothing but look.
const PROOF_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox";

#[derive(Template)]
#[template(path = "issues.html")]
struct IssuesPage {
    shell: Shell,
    series: Vec<SeriesBox>,
    issues: Vec<IssueLine>,
    may_draft: bool,
    today: String,
}

struct SeriesBox {
    code: String,
    name: String,
    single: bool,
    ready: Vec<(String, String)>,
}

struct IssueLine {
    id: String,
    series: String,
    label: String,
    state: &'static str,
    date: String,
    signer: String,
}

pub(super) async fn list(State(pages): Shared, visit: Visit) -> Page {
    let desk = &pages.desk;
    let mut ready: BTreeMap<SeriesId, Vec<(String, String)>> = BTreeMap::new();
    for row in desk.ready_manuscripts().await? {
        if let Outlet::Series { series } = row.outlet {
            ready.entry(series).or_default().push((row.id.to_string(), row.title));
        }
    }
    let series = desk.series.iter().filter_map(|(id, series)| {
        let ready = ready.remove(id)?;
        let single = series.kind == SeriesKind::Single;
        Some(SeriesBox { code: id.to_string(), name: series.name.clone(), single, ready })
    });
    let series = series.collect();
    let issues = desk.issues(None).await?;
    let issues = issues.into_iter().take(LISTED).map(|issue| IssueLine {
        id: issue.id.to_string(),
        series: desk.series.get(&issue.series).map_or(issue.series.to_string(), |series| series.name.clone()),
        label: issue.number.as_ref().map(ToString::to_string).unwrap_or_default(),
        state: issue.state.label(),
        date: issue.printed_date.to_string(),
        signer: issue.signer.unwrap_or_default(),
    });
    page(&IssuesPage {
        shell: Shell::new(&pages, &visit),
        series,
        issues: issues.collect(),
        may_draft: visit.may(Permission::Register),
        today: desk.clock.now().date().to_string(),
    })
}

pub(super) async fn draft(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let series: SeriesId = form.text("series").parse().map_err(|_| Problem::invalid("请选择刊物"))?;
    // The number beside each manuscript is its place; what has none comes last, in the order of the page.
    let mut chosen = form
        .all("manuscript")
        .map(|id| {
            let id: ManuscriptId = id.parse().map_err(DeskError::Id)?;
            Ok((form.number(&format!("place-{id}")).unwrap_or(i64::MAX), id))
        })
        .collect::<Result<Vec<_>, DeskError>>()?;
    chosen.sort_by_key(|(place, _)| *place);
    let date = match form.text("date") {
        "" => None,
        text => Some(LocalDate::parse(text).map_err(|error| Problem::invalid(format!("印发日期{error}")))?),
    };
    let copies = match form.text("copies") {
        "" => None,
        text => Some(text.parse().map_err(|_| Problem::invalid("份数应为整数，例：60"))?),
    };
    let request = DraftRequest {
        series,
        manuscripts: chosen.into_iter().map(|(_, id)| id).collect(),
        printed_date: date,
        editors_note: Some(form.limited("note", "编者按", 500)?).filter(|note| !note.is_empty()),
        copies,
        urgency: Urgency::from_label(form.text("urgency")),
    };
    let id = pages.desk.draft_issue(request, visit.actor()?).await?;
    Ok(Redirect::to(&format!("/issues/{id}")).into_response())
}

#[derive(Template)]
#[template(path = "issue.html")]
struct IssuePage {
    shell: Shell,
    id: String,
    series: String,
    label: String,
    state: &'static str,
    date: String,
    signer: String,
    manuscripts: Vec<(String, String)>,
    files: Vec<(String, String)>,
    /// 纸质单据.
    forms: Vec<(String, String)>,
    /// 套打, of an issued one.
    overprint: Option<Printers>,
    warnings: Vec<String>,
    /// 严重 faults without a reason, told to who may sign.
    severe: String,
    may_sign: bool,
    may_check: bool,
    may_issue: bool,
    may_return: bool,
    /// 改错 on the proof and after the signature, by who registers.
    may_correct: bool,
    may_void: bool,
    may_give_back: bool,
    /// 代录签批, of those who may enter them; what was decided on paper.
    may_enter: bool,
    papers: Vec<PaperLine>,
    texts: Vec<TextForm>,
    corrections: Vec<(String, String, Vec<Change>)>,
}

/// What a correction changed: part, before, after.
type Change = (&'static str, String, String);

struct TextForm {
    id: String,
    title: String,
    body: String,
    credit: String,
}

fn may_be_decided(state: IssueState) -> bool {
    matches!(state, IssueState::Proof | IssueState::Signed | IssueState::Checked)
}

pub(super) fn issue_id(text: &str) -> Result<IssueId, Problem> {
    Ok(text.parse().map_err(DeskError::Id)?)
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let desk = &pages.desk;
    let id = issue_id(&id)?;
    let IssueView { issue, series_name, label, manuscripts, files, .. } = desk.issue_view(id).await?;
    let state = issue.state;
    let warnings = if state == IssueState::Proof { desk.proof_warnings(id).await? } else { Vec::new() };
    let may_sign = state == IssueState::Proof && visit.may(Permission::Sign);
    let severe = if may_sign { desk.severe_on_proof(id).await? } else { String::new() };
    let people = people(&pages).await?;
    let papers = desk.papers_of_issue(id).await?;
    let papers = papers.iter().map(|paper| PaperLine::new(paper, &people, &visit)).collect();
    let registers = visit.may(Permission::Register);
    let may_correct =
        registers && matches!(state, IssueState::Proof | IssueState::Signed | IssueState::Checked);
    let text = |view: &ManuscriptView| TextForm {
        id: view.manuscript.id.to_string(),
        title: view.manuscript.texts.title.clone(),
        body: view.manuscript.texts.body.clone(),
        credit: view.manuscript.texts.credit.clone(),
    };
    let texts = if may_correct { manuscripts.iter().map(text).collect() } else { Vec::new() };
    let corrections = manuscripts.iter().flat_map(|view| &view.corrections).map(|one| {
        let told = format!("{} {}", one.action, one.at.minute());
        let changes = one.changes.iter().map(|it| (it.part, it.before.clone(), it.after.clone())).collect();
        (told, one.comment.clone(), changes)
    });
    let corrections = corrections.collect();
    let overprint = printers(desk, &files);
    page(&IssuePage {
        forms: forms_of(desk, Record::Issue(id)),
        overprint,
        shell: Shell::new(&pages, &visit),
        id: id.to_string(),
        series: series_name,
        label: label.unwrap_or_default(),
        state: state.label(),
        date: issue.printed_date.chinese(),
        signer: issue.signer.unwrap_or_default(),
        manuscripts: manuscripts
            .into_iter()
            .map(|view| (view.manuscript.id.to_string(), view.manuscript.texts.title))
            .collect(),
        files: files
            .into_iter()
            .filter(|file| matches!(file.format.as_str(), "docx" | "pdf" | "html" | "copies.pdf"))
            .map(|file| (file.format, file.name))
            .collect(),
        warnings,
        severe,
        may_sign,
        may_check: state == IssueState::Signed && registers,
        may_issue: matches!(state, IssueState::Checked | IssueState::Registered) && registers,
        may_return: matches!(state, IssueState::Proof | IssueState::Signed | IssueState::Checked)
            && (registers || visit.may(Permission::Sign)),
        may_correct,
        may_enter: may_enter(&visit) && may_be_decided(state),
        papers,
        may_void: registers && !matches!(state, IssueState::Issued | IssueState::Void),
        may_give_back: registers && state == IssueState::Registered,
        texts,
        corrections,
    })
}

pub(super) fn file(name: &str, bytes: Vec<u8>, kind: &'static str, disposition: &str) -> Response {
    let disposition =
        format!("{disposition}; filename*=UTF-8''{}", crate::web::encoded(name).replace('+', "%20"));
    let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PROOF_POLICY));
    response
}

pub(super) async fn proof(State(pages): Shared, Path(id): Path<String>) -> Page {
    let (name, bytes) = pages.desk.proof(issue_id(&id)?, "html").await?;
    Ok(file(&name, bytes, "text/html; charset=utf-8", "inline"))
}

pub(super) async fn download(State(pages): Shared, Path((id, format)): Path<(String, String)>) -> Page {
    let kind = match format.as_str() {
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "pdf" | "copies.pdf" => "application/pdf",
        "html" => "text/html; charset=utf-8",
        _ => return Err(Problem::not_found(format!("没有 {format} 格式的文件"))),
    };
    let (found, bytes) = pages.desk.file(issue_id(&id)?, format).await?;
    Ok(file(&found.name, bytes, kind, "attachment"))
}

fn to(id: IssueId) -> Page {
    Ok(Redirect::to(&format!("/issues/{id}")).into_response())
}

pub(super) async fn sign(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let id = issue_id(&id)?;
    pages.desk.sign_issue(id, visit.who()?.user.clone(), form.text("word").to_owned()).await?;
    to(id)
}

pub(super) async fn check(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id = issue_id(&id)?;
    pages.desk.check_issue(id, visit.actor()?).await?;
    to(id)
}

/// 登记 and 编发: from 复核 on, or from where an earlier attempt stopped.
pub(super) async fn issue(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let desk = &pages.desk;
    let id = issue_id(&id)?;
    let issue = desk.issue_view(id).await?.issue;
    if !matches!(issue.state, IssueState::Checked | IssueState::Registered) {
        return Err(Problem::conflict(
            "not_checked",
            format!("本期当前为“{}”，复核之后才能编发", issue.state.label()),
        ));
    }
    let signer = issue.signer.unwrap_or_default();
    let request = IssueRequest { signer, ..IssueRequest::default() };
    desk.issue(id, request, visit.actor()?).await?;
    desk.counted.forget();
    to(id)
}

pub(super) async fn give_back(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let id = issue_id(&id)?;
    pages.desk.return_issue(id, form.text("comment").to_owned(), visit.actor()?).await?;
    Ok(Redirect::to("/issues").into_response())
}

/// 复核: a slip is corrected with a word about it; the signer sees it.
pub(super) async fn correct(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let id = issue_id(&id)?;
    let text = |name: &str| Some(form.raw(name).trim().replace("\r\n", "\n"));
    let request = CorrectionRequest {
        manuscript: Some(form.text("manuscript").to_owned()),
        title: text("title"),
        body: text("body"),
        credit: text("credit"),
        comment: form.limited("comment", "说明", 500)?,
    };
    pages.desk.correct(id, request, visit.actor()?).await?;
    to(id)
}

/// 作废, or 退号: with a reason, and visible ever after.
pub(super) async fn end(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let id = issue_id(&id)?;
    let request = ReasonRequest { reason: form.limited("reason", "缘由", 200)? };
    match form.text("do") {
        "void" => pages.desk.void(id, request, visit.actor()?).await?,
        "give-back" => pages.desk.give_back(id, request, visit.actor()?).await?,
        _ => return Err(Problem::invalid("没有选择要做什么，请点一个按钮")),
    };
    pages.desk.counted.forget();
    to(id)
}
