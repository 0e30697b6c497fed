//! 基础数据: the tables, the rows of one, adding to them.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use crate::model::{CodeRow, CodeTable, LocalDate, Notify, Permission, RowChange, RowFields, RowStanding};
use crate::site::{Asked, Fields, Page, Shell, Visit, page, page_with};
use crate::web::{Form, Problem, encoded};

use super::super::tables::TableSummary;
use super::history::{people, who};
use super::lists::handed_out;
use super::{Pages, Shared};

#[derive(Template)]
#[template(path = "tables.html")]
struct TablesPage {
    shell: Shell,
    lines: Vec<TableLine>,
    session: String,
    today: String,
}

struct TableLine {
    code: &'static str,
    label: &'static str,
    in_use: usize,
    others: usize,
    changed: String,
}

pub(super) async fn list(State(pages): Shared, visit: Visit) -> Page {
    let tables = pages.desk.code_tables().await?;
    let people = people(&pages).await?;
    let today = pages.desk.today();
    let line = |table: TableSummary| TableLine {
        code: table.table.code(),
        label: table.label,
        in_use: table.in_use,
        others: table.others,
        changed: table
            .changed
            .map(|(by, at)| format!("{} {}", who(&by.to_string(), &people), at.minute()))
            .unwrap_or_default(),
    };
    page(&TablesPage {
        shell: Shell::new(&pages, &visit),
        lines: tables.into_iter().map(line).collect(),
        session: pages.desk.session_name(today),
        today: today.to_string(),
    })
}

#[derive(Template)]
#[template(path = "table.html")]
struct TablePage {
    shell: Shell,
    table: CodeTable,
    tabs: Vec<(&'static str, &'static str, usize, bool)>,
    lines: Vec<RowLine>,
    typed: Typed,
    error: String,
    /// The code and the name of what was added just now.
    added: Option<(String, String)>,
    /// How many rows a file changed just now.
    imported: Option<usize>,
    may_change: bool,
    today: String,
    notify: Vec<(&'static str, &'static str)>,
}

pub(super) struct RowLine {
    pub code: String,
    pub name: String,
    /// A name that is still to come, or earlier ones.
    pub names: String,
    pub period: String,
    pub standing: &'static str,
    pub in_use: bool,
    pub note: String,
    /// What a contributor is told, and how.
    pub outward: String,
}

/// What stands in the form.
#[derive(Default)]
pub(super) struct Typed {
    pub code: String,
    pub name: String,
    pub from: String,
    pub to: String,
    pub order: String,
    pub note: String,
    pub outward: String,
    pub notify: String,
    pub term: String,
    pub number: String,
}

impl Typed {
    pub(super) fn of(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            code: text("code"),
            name: text("name"),
            from: text("valid_from"),
            to: text("valid_to"),
            order: text("order"),
            note: text("note"),
            outward: text("outward"),
            notify: text("notify"),
            term: text("term"),
            number: text("number"),
        }
    }

    pub(super) fn of_row(row: &CodeRow) -> Self {
        let day = |day: Option<LocalDate>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            code: row.code.clone(),
            from: day(row.valid_from),
            to: day(row.valid_to),
            order: row.order.to_string(),
            note: row.note.clone(),
            outward: row.outward.clone().unwrap_or_default(),
            notify: row.notify.map_or("", Notify::code).to_owned(),
            ..Self::default()
        }
    }
}

pub(super) fn table(code: &str) -> Result<CodeTable, Problem> {
    CodeTable::from_code(code).ok_or_else(|| Problem::not_found(format!("没有名为 {code} 的基础数据")))
}

pub(super) fn row_line(table: CodeTable, row: &CodeRow, today: LocalDate) -> RowLine {
    let standing = row.standing(today);
    let name = row.name_on(today);
    let others = row.names.iter().filter(|other| other.name != name);
    let told = |other: &crate::model::DatedName| match other.from {
        Some(from) if from > today => format!("{from} 起为“{}”", other.name),
        _ => format!("曾名“{}”", other.name),
    };
    RowLine {
        code: row.code.clone(),
        name: name.to_owned(),
        names: others.map(told).collect::<Vec<_>>().join("，"),
        period: row.period(),
        standing: standing_label(table, standing),
        in_use: standing == RowStanding::InUse,
        note: row.note.clone(),
        outward: match (&row.outward, row.notify) {
            (Some(outward), Some(notify)) => format!("{}：{outward}", notify.label()),
            _ => String::new(),
        },
    }
}

/// A session is not retired, it is over.
fn standing_label(table: CodeTable, standing: RowStanding) -> &'static str {
    match (table, standing) {
        (CodeTable::Session, RowStanding::InUse) => "本次",
        (CodeTable::Session, RowStanding::Coming) => "尚未开始",
        (CodeTable::Session, RowStanding::Retired) => "已结束",
        _ => standing.label(),
    }
}

/// 在用 holds what is still to come as well; 停用 all the rest.
fn shown_under(tab: &str, standing: RowStanding) -> bool {
    let live = matches!(standing, RowStanding::InUse | RowStanding::Coming);
    match tab {
        "all" => true,
        "retired" => !live,
        _ => live,
    }
}

#[derive(Default)]
struct Said {
    typed: Typed,
    error: String,
    added: String,
    tab: String,
    imported: Option<usize>,
}

async fn shown(pages: &Pages, visit: &Visit, table: CodeTable, said: Said) -> Page {
    let rows = pages.desk.code_rows(table).await?;
    let today = pages.desk.today();
    let under =
        |tab: &'static str| rows.iter().filter(move |row| shown_under(tab, row.standing(today))).count();
    let current = ["retired", "all"].into_iter().find(|tab| *tab == said.tab).unwrap_or("");
    let labels =
        if table == CodeTable::Session { ["本次和以后", "已往"] } else { ["在用", "停用"] };
    let tabs = [("", labels[0]), ("retired", labels[1]), ("all", "全部")]
        .into_iter()
        .map(|(tab, label)| (tab, label, under(tab), tab == current));
    let added = rows.iter().find(|row| row.code == said.added);
    let status = if said.error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(
        status,
        &TablePage {
            shell: Shell::new(pages, visit),
            table,
            tabs: tabs.collect(),
            added: added.map(|row| (row.code.clone(), row.newest_name().to_owned())),
            lines: rows
                .iter()
                .filter(|row| shown_under(current, row.standing(today)))
                .map(|row| row_line(table, row, today))
                .collect(),
            imported: said.imported,
            typed: said.typed,
            error: said.error,
            may_change: visit.may(Permission::Run),
            today: today.to_string(),
            notify: notify(),
        },
    )
}

pub(super) fn notify() -> Vec<(&'static str, &'static str)> {
    Notify::ALL.iter().map(|one| (one.code(), one.label())).collect()
}

pub(super) async fn rows(
    State(pages): Shared,
    visit: Visit,
    Path(code): Path<String>,
    Asked(asked): Asked,
) -> Page {
    let text = |name: &str| asked.text(name).to_owned();
    let imported = asked.text("imported").parse().ok();
    let said = Said { added: text("added"), tab: text("show"), imported, ..Said::default() };
    shown(&pages, &visit, table(&code)?, said).await
}

/// A day of a form; none where it was left empty.
fn day(form: &Form, name: &str, label: &str) -> Result<Option<LocalDate>, Problem> {
    match form.text(name) {
        "" => Ok(None),
        text => LocalDate::parse(text)
            .map(Some)
            .map_err(|error| Problem::invalid(format!("{label}“{text}”{error}"))),
    }
}

pub(super) fn needed_day(form: &Form, name: &str, label: &str) -> Result<LocalDate, Problem> {
    day(form, name, label)?.ok_or_else(|| Problem::invalid(format!("没有填{label}，请选一个日期")))
}

fn whole<T: std::str::FromStr>(form: &Form, name: &str, label: &str) -> Result<Option<T>, Problem> {
    match form.text(name) {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| Problem::invalid(format!("{label}“{text}”不是整数，请用阿拉伯数字填写"))),
    }
}

pub(super) fn fields(form: &Form) -> Result<RowFields, Problem> {
    Ok(RowFields {
        name: form.text("name").to_owned(),
        valid_from: day(form, "valid_from", "起日")?,
        valid_to: day(form, "valid_to", "最后有效日")?,
        order: whole(form, "order", "排序")?,
        note: form.text("note").to_owned(),
        outward: Some(form.text("outward").to_owned()),
        notify: Notify::from_code(form.text("notify")),
        term: whole(form, "term", "届数")?,
        number: whole(form, "number", "次数")?,
    })
}

pub(super) async fn add(
    State(pages): Shared,
    visit: Visit,
    Path(code): Path<String>,
    Fields(form): Fields,
) -> Page {
    let table = table(&code)?;
    let added = async {
        let change = RowChange::Add(fields(&form)?);
        let code = form.text("code").to_owned();
        Ok(pages.desk.change_code_row(table, (code, None), change, visit.actor()?).await?)
    };
    match added.await {
        Ok(row) => {
            let address = format!("/tables/{}?show=all&added={}", table.code(), encoded(&row));
            Ok(Redirect::to(&address).into_response())
        }
        // What was typed comes back.
        Err::<_, Problem>(problem) if problem.status == 422 => {
            let said = Said { typed: Typed::of(&form), error: problem.detail, ..Said::default() };
            shown(&pages, &visit, table, said).await
        }
        Err(problem) => Err(problem),
    }
}

/// The whole table, as XLSX or CSV.
pub(super) async fn export(
    State(pages): Shared,
    visit: Visit,
    Path(code): Path<String>,
    Asked(asked): Asked,
) -> Page {
    let sheet = pages.desk.code_sheet(table(&code)?, &visit.who()?.user).await?;
    handed_out(&sheet, asked.text("format") == "csv")
}
