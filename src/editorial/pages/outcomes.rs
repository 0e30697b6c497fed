//! 采用和批示: registered on a manuscript, listed with filters, corrected and withdrawn with a reason.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::{LocalDate, OutcomeFields, OutcomeKind, OutcomeLevel, OutcomeReaders, Permission, Roles};
use crate::site::{Asked, Fields, Page, Sent, Shell, Visit, page};
use crate::store::{OutcomeFilter, OutcomeRecord};
use crate::web::{Form, Problem};

use super::super::outcome::{LISTED, Scan, shown};
use super::history::{people, who};
use super::issues::file;
use super::lists::handed_out;
use super::manuscript::manuscript_id;
use super::{Pages, Shared};

/// Longest reason, in characters.
const COMMENT_MAX: usize = 500;

/// A registration, as pages show it.
pub(super) struct OutcomeLine {
    pub no: i64,
    pub rev: i64,
    pub manuscript: String,
    pub title: String,
    pub kind: &'static str,
    pub level: &'static str,
    pub outlet: String,
    pub number: String,
    pub date: String,
    pub by: String,
    pub wording: String,
    pub readers: &'static str,
    pub scan: String,
    pub withdrawn: bool,
    /// Whether this person may read what it says.
    pub open: bool,
}

impl OutcomeLine {
    pub(super) fn new(record: OutcomeRecord, roles: &Roles) -> Self {
        let (record, open) = shown(record, roles);
        let fields = record.outcome.fields().clone();
        Self {
            no: record.no,
            rev: record.rev,
            manuscript: record.manuscript.to_string(),
            title: record.title,
            kind: fields.kind.label(),
            level: fields.level.label(),
            outlet: fields.outlet,
            number: fields.number,
            date: fields.date.to_string(),
            by: fields.by,
            wording: fields.wording,
            readers: fields.readers.label(),
            scan: record.scan_name,
            withdrawn: record.withdrawn_at.is_some(),
            open,
        }
    }
}

/// The choices of a form: code, label, whether it is chosen.
type Choices = Vec<(&'static str, &'static str, bool)>;

/// The fields of a registration in a form.
pub(super) struct OutcomeForm {
    kinds: Choices,
    levels: Choices,
    readers: Choices,
    outlet: String,
    number: String,
    date: String,
    by: String,
    wording: String,
}

impl OutcomeForm {
    fn of(fields: Option<&OutcomeFields>, today: LocalDate) -> Self {
        let text = |of: fn(&OutcomeFields) -> &String| fields.map(of).cloned().unwrap_or_default();
        Self {
            kinds: OutcomeKind::ALL
                .iter()
                .map(|one| (one.code(), one.label(), fields.is_some_and(|f| f.kind == *one)))
                .collect(),
            levels: OutcomeLevel::ALL
                .iter()
                .map(|one| {
                    let chosen = fields.map_or(OutcomeLevel::City, |fields| fields.level);
                    (one.code(), one.label(), chosen == *one)
                })
                .collect(),
            readers: OutcomeReaders::ALL
                .iter()
                .map(|one| (one.code(), one.label(), fields.is_some_and(|f| f.readers == *one)))
                .collect(),
            outlet: text(|fields| &fields.outlet),
            number: text(|fields| &fields.number),
            date: fields.map_or(today, |fields| fields.date).to_string(),
            by: text(|fields| &fields.by),
            wording: text(|fields| &fields.wording),
        }
    }
}

#[derive(Template)]
#[template(path = "outcomes_of.html")]
struct OfManuscript {
    shell: Shell,
    id: String,
    title: String,
    lines: Vec<OutcomeLine>,
    form: OutcomeForm,
    may_register: bool,
}

#[derive(Template)]
#[template(path = "outcome.html")]
struct OneOutcome {
    shell: Shell,
    line: OutcomeLine,
    form: OutcomeForm,
    may_change: bool,
    versions: Vec<VersionLine>,
}

struct VersionLine {
    what: String,
    said: String,
    who: String,
    at: String,
}

#[derive(Template)]
#[template(path = "outcomes.html")]
struct OutcomesPage {
    shell: Shell,
    lines: Vec<OutcomeLine>,
    levels: Choices,
    kinds: Choices,
    from: String,
    to: String,
    words: String,
    withdrawn: bool,
    /// The filter as an address.
    list: String,
    filtered: bool,
    full: bool,
    may_export: bool,
    may_register: bool,
    /// What an import entered, and what was there already.
    entered: Option<(i64, i64)>,
}

/// The fields of a registration as a form sends them.
pub(super) fn fields(form: &Form) -> Result<OutcomeFields, Problem> {
    let choose = |what: &str| Problem::invalid(format!("请选择{what}"));
    let date = form.text("date");
    Ok(OutcomeFields {
        kind: OutcomeKind::from_code(form.text("kind")).ok_or_else(|| choose("类别"))?,
        level: OutcomeLevel::from_code(form.text("level")).ok_or_else(|| choose("级别"))?,
        outlet: form.text("outlet").to_owned(),
        number: form.text("number").to_owned(),
        date: LocalDate::parse(date).map_err(|error| Problem::invalid(format!("日期“{date}”{error}")))?,
        by: form.text("by").to_owned(),
        wording: form.text("wording").to_owned(),
        readers: OutcomeReaders::from_code(form.text("readers")).ok_or_else(|| choose("阅看范围"))?,
    })
}

fn scan(sent: Option<crate::web::Upload>) -> Option<Scan> {
    sent.map(|sent| Scan { name: sent.name, bytes: sent.bytes })
}

/// The filter that an address asks for; a day that is none is left out of it only when it is empty.
fn filter(asked: &Form) -> Result<OutcomeFilter, Problem> {
    let day = |name: &str, label: &str| match asked.text(name) {
        "" => Ok(None),
        text => LocalDate::parse(text)
            .map(Some)
            .map_err(|error| Problem::invalid(format!("{label}“{text}”{error}"))),
    };
    Ok(OutcomeFilter {
        level: OutcomeLevel::from_code(asked.text("level")),
        kind: OutcomeKind::from_code(asked.text("kind")),
        from: day("from", "起日")?,
        to: day("to", "止日")?,
        words: Some(asked.limited("words", "标题或单位", 60)?).filter(|words| !words.is_empty()),
        withdrawn: asked.text("withdrawn") == "1",
    })
}

const FILTER: &[&str] = &["level", "kind", "from", "to", "words", "withdrawn"];

pub(super) async fn list(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let filter = filter(&asked)?;
    let rows = pages.desk.outcomes(filter.clone(), LISTED).await?;
    let roles = visit.who()?.user.standing();
    let list = asked.only(FILTER).address();
    page(&OutcomesPage {
        shell: Shell::new(&pages, &visit),
        full: rows.len() as i64 == LISTED,
        lines: rows.into_iter().map(|row| OutcomeLine::new(row, &roles)).collect(),
        levels: OutcomeLevel::ALL
            .iter()
            .map(|one| (one.code(), one.label(), filter.level == Some(*one)))
            .collect(),
        kinds: OutcomeKind::ALL
            .iter()
            .map(|one| (one.code(), one.label(), filter.kind == Some(*one)))
            .collect(),
        from: asked.text("from").to_owned(),
        to: asked.text("to").to_owned(),
        words: asked.text("words").to_owned(),
        withdrawn: filter.withdrawn,
        filtered: FILTER.iter().any(|name| !asked.text(name).is_empty()),
        list,
        entered: asked.number("entered").zip(asked.number("known")),
        may_export: visit.may(Permission::Export),
        may_register: visit.may(Permission::Register),
    })
}

pub(super) async fn export(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let filter = filter(&asked)?;
    let sheet = pages.desk.outcome_list(filter, &visit.who()?.user).await?;
    handed_out(&sheet, asked.text("format") == "csv")
}

/// What became of one manuscript, with the form to register more.
pub(super) async fn of_manuscript(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let (title, rows) = pages.desk.outcomes_of(manuscript_id(&id)?).await?;
    let roles = visit.who()?.user.standing();
    page(&OfManuscript {
        shell: Shell::new(&pages, &visit),
        id,
        title,
        lines: rows.into_iter().map(|row| OutcomeLine::new(row, &roles)).collect(),
        form: OutcomeForm::of(None, pages.desk.clock.now().date()),
        may_register: visit.may(Permission::Register),
    })
}

pub(super) async fn add(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Sent(sent): Sent,
    Fields(form): Fields,
) -> Page {
    let manuscript = manuscript_id(&id)?;
    pages.desk.add_outcome(manuscript, fields(&form)?, scan(sent), visit.actor()?).await?;
    Ok(Redirect::to(&format!("/manuscripts/{id}/outcomes")).into_response())
}

fn outcome_no(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("没有采用登记 {text}")))
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Path(no): Path<String>) -> Page {
    let (record, versions) = pages.desk.outcome(outcome_no(&no)?).await?;
    let roles = visit.who()?.user.standing();
    let people = people(&pages).await?;
    let may_read = record.outcome.fields().readers.admit(&roles);
    let form = OutcomeForm::of(may_read.then(|| record.outcome.fields()), pages.desk.clock.now().date());
    let line = OutcomeLine::new(record, &roles);
    let versions = versions.into_iter().rev().map(|version| {
        let fields = version.outcome.fields();
        let open = may_read && fields.readers.admit(&roles);
        let mut said =
            vec![fields.level.label().to_owned(), fields.kind.label().to_owned(), fields.outlet.clone()];
        said.extend([fields.number.clone(), fields.date.to_string()]);
        said.extend(if open { vec![fields.by.clone(), fields.wording.clone()] } else { Vec::new() });
        said.retain(|part| !part.is_empty());
        VersionLine {
            what: match version.comment.as_str() {
                "" => version.action,
                comment => format!("{}：{comment}", version.action),
            },
            said: said.join(" · "),
            who: who(&version.actor.to_string(), &people),
            at: version.at.minute(),
        }
    });
    page(&OneOutcome {
        shell: Shell::new(&pages, &visit),
        may_change: line.open && !line.withdrawn && visit.may(Permission::Register),
        versions: versions.collect(),
        line,
        form,
    })
}

/// What a form begins with: the revision that it was made from, and why.
fn since(form: &Form) -> Result<(i64, String), Problem> {
    let rev = form.number("rev").ok_or_else(|| Problem::invalid("页面不完整，请刷新后重新提交"))?;
    Ok((rev, form.limited("comment", "缘由", COMMENT_MAX)?))
}

pub(super) async fn correct(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Sent(sent): Sent,
    Fields(form): Fields,
) -> Page {
    let no = outcome_no(&no)?;
    let (rev, comment) = since(&form)?;
    let who = (visit.actor()?, visit.who()?.user.standing());
    pages.desk.correct_outcome((no, rev), fields(&form)?, scan(sent), comment, who).await?;
    Ok(Redirect::to(&format!("/outcomes/{no}")).into_response())
}

pub(super) async fn withdraw(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let no = outcome_no(&no)?;
    let (rev, comment) = since(&form)?;
    let who = (visit.actor()?, visit.who()?.user.standing());
    pages.desk.withdraw_outcome((no, rev), comment, who).await?;
    Ok(Redirect::to(&format!("/outcomes/{no}")).into_response())
}

pub(super) async fn scanned(State(pages): Shared, visit: Visit, Path(no): Path<String>) -> Page {
    let roles = visit.who()?.user.standing();
    let (name, kind, bytes) = pages.desk.outcome_scan(outcome_no(&no)?, &roles).await?;
    Ok(file(&name, bytes, kind, "attachment"))
}

/// The registrations of a manuscript for its own page.
pub(super) async fn lines_of(pages: &Pages, visit: &Visit, id: &str) -> Result<Vec<OutcomeLine>, Problem> {
    let (_, rows) = pages.desk.outcomes_of(manuscript_id(id)?).await?;
    let roles = visit.who()?.user.standing();
    let standing = rows.into_iter().filter(|row| row.withdrawn_at.is_none());
    Ok(standing.map(|row| OutcomeLine::new(row, &roles)).collect())
}
