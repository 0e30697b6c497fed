//! 纸质单据: looked at and printed from the browser, or as DOCX and PDF; 套打; the record that a form's code names.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect};

use crate::bulletin::{Offset, Qr, Sheet, SheetRow};
use crate::model::{IssueId, RecordCode};
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::store::IssueFile;
use crate::web::{Form, Problem};

use super::super::forms::Record;
use super::super::{Desk, DeskError};
use super::issues::file;
use super::manuscript::manuscript_id;
use super::{Pages, Shared};

/// Dots of a browser's page in a millimetre: 96 to the inch.
const DOTS: f64 = 96.0 / 25.4;
/// What a cell keeps from its rules above and below, in dots; as the style has it.
const PADDING: f64 = 10.0;

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage {
    shell: Shell,
    /// The record's page.
    back: String,
    /// What the address of the form begins with.
    here: String,
    code: String,
    name: String,
    qr: Option<Qr>,
    sheet: Sheet,
    /// The other forms of the record.
    others: Vec<(String, String)>,
}

impl FormPage {
    /// A row's height in dots.
    fn dots(&self, height: &u32) -> u32 {
        (f64::from(*height) * DOTS - PADDING).round().max(0.0) as u32
    }
}

/// The forms offered beside a record.
pub(super) fn forms_of(desk: &Desk, record: Record) -> Vec<(String, String)> {
    desk.forms_of(record)
}

/// 套打 as the page of an issue offers it.
pub(super) struct Printers {
    /// Name, and how far to the right and downwards, mm.
    pub rows: Vec<(String, f64, f64)>,
    /// Whether there are numbered copies (份号).
    pub copies: bool,
}

/// The printers, for an issue whose document is frozen; nothing where there is no PDF of it.
pub(super) fn printers(desk: &Desk, files: &[IssueFile]) -> Option<Printers> {
    files.iter().find(|file| file.format == "pdf")?;
    let rows = desk.printers.iter().map(|one| (one.name.clone(), one.x, one.y)).collect();
    let copies = files.iter().any(|file| file.format.starts_with("cop"));
    Some(Printers { rows, copies })
}

fn issue_id(text: &str) -> Result<IssueId, Problem> {
    Ok(text.parse().map_err(DeskError::Id)?)
}

/// Where the pages are reached: as configured, else as this request reached them. Nothing where neither is known.
fn site(pages: &Pages, headers: &HeaderMap) -> String {
    let configured = pages.settings.address.trim();
    if !configured.is_empty() {
        return configured.to_owned();
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let scheme = if pages.accounts.settings().https { "https" } else { "http" };
    host.filter(|host| !host.is_empty() && host.chars().all(plain))
        .map(|host| format!("{scheme}://{host}"))
        .unwrap_or_default()
}

async fn shown(pages: &Pages, visit: &Visit, headers: &HeaderMap, record: Record, form: &str) -> Page {
    let desk = &pages.desk;
    let (_, sheet) = desk.form(record, form, &site(pages, headers)).await?;
    let mut others = desk.forms_of(record);
    let name = others.iter().find(|(code, _)| code == form).map(|(_, name)| name.clone()).unwrap_or_default();
    others.retain(|(code, _)| code != form);
    let back = record.address();
    let here = format!("{back}/forms");
    page(&FormPage {
        shell: Shell::new(pages, visit),
        here,
        back,
        code: form.to_owned(),
        name,
        qr: sheet.qr(),
        sheet,
        others,
    })
}

async fn as_file(pages: &Pages, headers: &HeaderMap, record: Record, form: &str, format: &str) -> Page {
    let (kind, disposition) = match format {
        "pdf" => ("application/pdf", "inline"),
        "docx" => ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment"),
        _ => return Err(Problem::not_found("只有 docx、pdf 两种")),
    };
    let (name, sheet) = pages.desk.form(record, form, &site(pages, headers)).await?;
    let bytes = pages.desk.form_file(sheet, format).await?;
    Ok(file(&format!("{name}.{format}"), bytes, kind, disposition))
}

pub(super) async fn of_manuscript(
    State(pages): Shared,
    visit: Visit,
    headers: HeaderMap,
    Path((id, form)): Path<(String, String)>,
) -> Page {
    shown(&pages, &visit, &headers, Record::Manuscript(manuscript_id(&id)?), &form).await
}

pub(super) async fn of_issue(
    State(pages): Shared,
    visit: Visit,
    headers: HeaderMap,
    Path((id, form)): Path<(String, String)>,
) -> Page {
    shown(&pages, &visit, &headers, Record::Issue(issue_id(&id)?), &form).await
}

pub(in crate::editorial) async fn manuscript_file(
    State(pages): Shared,
    headers: HeaderMap,
    Path((id, form, format)): Path<(String, String, String)>,
) -> Page {
    as_file(&pages, &headers, Record::Manuscript(manuscript_id(&id)?), &form, &format).await
}

pub(in crate::editorial) async fn issue_file(
    State(pages): Shared,
    headers: HeaderMap,
    Path((id, form, format)): Path<(String, String, String)>,
) -> Page {
    as_file(&pages, &headers, Record::Issue(issue_id(&id)?), &form, &format).await
}

/// A field that may be left empty, in mm.
fn millimetres(asked: &Form, name: &str, label: &str) -> Result<f64, Problem> {
    match asked.text(name) {
        "" => Ok(0.0),
        text => text.parse().map_err(|_| Problem::invalid(format!("{label}应为毫米数，例：-1.5"))),
    }
}

/// 套打: for a printer by its name, moved as its row says and as was asked for beside.
pub(in crate::editorial) async fn overprint(
    State(pages): Shared,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Page {
    let (x, y) = (millimetres(&asked, "x", "向右偏移")?, millimetres(&asked, "y", "向下偏移")?);
    let (x, y) = match asked.text("printer") {
        "" => (x, y),
        name => {
            let found = pages.desk.printers.iter().find(|printer| printer.name == name);
            let printer = found.ok_or_else(|| Problem::invalid(format!("没有打印机“{name}”，请重新选择")))?;
            (printer.x + x, printer.y + y)
        }
    };
    let offset = Offset::new(x, y).map_err(Problem::invalid)?;
    let copies = match asked.text("copies") {
        "" => false,
        "1" => true,
        other => return Err(Problem::invalid(format!("copies 为“{other}”：份号件写 1，否则不写"))),
    };
    let (name, bytes) = pages.desk.overprint(issue_id(&id)?, offset, copies).await?;
    Ok(file(&name, bytes, "application/pdf", "attachment"))
}

/// Where a typed or scanned code leads; nothing where it is none, or nothing has it.
pub(super) async fn coded(pages: &Pages, typed: &str) -> Result<Option<String>, Problem> {
    let Some(code) = RecordCode::read(typed) else { return Ok(None) };
    let found = pages.desk.coded(code).await?;
    match found.as_slice() {
        [] => Ok(None),
        [(record, _)] => Ok(Some(record.address())),
        several => {
            let titles =
                several.iter().map(|(_, title)| format!("《{title}》")).collect::<Vec<_>>().join("、");
            Err(Problem::conflict("same_code", format!("有几份用了同一编号：{titles}，请按题目检索")))
        }
    }
}

/// What a form's QR code leads to.
pub(super) async fn find(State(pages): Shared, Path(code): Path<String>) -> Page {
    match coded(&pages, &code).await? {
        Some(address) => Ok(Redirect::to(&address).into_response()),
        None => {
            let code: String = code.chars().take(40).collect();
            Err(Problem::not_found(format!("没有编号为 {code} 的编稿或期，请核对是否输错")))
        }
    }
}
