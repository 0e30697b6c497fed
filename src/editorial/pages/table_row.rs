//! One row of 基础数据: another name, its last day, everything else that it has; its history, and undoing the last of it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use crate::model::{Actor, CodeTable, Permission, RowChange, Timestamp};
use crate::site::{Asked, Fields, Page, Shell, Visit, page_with};
use crate::web::{Form, Problem, encoded};

use super::super::tables::RowView;
use super::history::{people, who};
use super::tables::{RowLine, Typed, fields, needed_day, notify, row_line, table};
use super::{Pages, Shared};

#[derive(Template)]
#[template(path = "table_row.html")]
struct RowPage {
    shell: Shell,
    table: CodeTable,
    line: RowLine,
    rev: usize,
    withdrawn: bool,
    ended: bool,
    steps: Vec<StepLine>,
    typed: Typed,
    /// What stands in the forms for another name and for the last day.
    renamed: (String, String),
    last: String,
    error: String,
    notice: &'static str,
    may_change: bool,
    today: String,
    notify: Vec<(&'static str, &'static str)>,
}

struct StepLine {
    what: String,
    by: String,
    /// Who undid it, and when.
    undone: String,
    /// The number, where it can be undone.
    undo: Option<i64>,
}

async fn shown_row(
    pages: &Pages,
    visit: &Visit,
    (table, view): (CodeTable, RowView),
    form: Option<(&Form, String)>,
    notice: &'static str,
) -> Page {
    let people = people(pages).await?;
    let (today, may_change) = (pages.desk.today(), visit.may(Permission::Run));
    let last = view.last().map(|change| change.no);
    let told = |by: &Actor, at: Timestamp| format!("{} · {}", who(&by.to_string(), &people), at.minute());
    let steps = view.changes.iter().rev().map(|change| StepLine {
        what: change.change.told(),
        by: told(&change.by, change.at),
        undone: change.undone.as_ref().map(|(by, at)| told(by, *at)).unwrap_or_default(),
        undo: Some(change.no).filter(|no| may_change && Some(*no) == last),
    });
    let steps = steps.collect();
    let (mut typed, mut renamed, mut ends) =
        (Typed::of_row(&view.row), (String::new(), today.to_string()), today.to_string());
    if let Some(last) = view.row.valid_to {
        ends = last.to_string();
    }
    let mut error = String::new();
    if let Some((form, why)) = form {
        error = why;
        match form.text("do") {
            "amend" => typed = Typed::of(form),
            "rename" => renamed = (form.text("name").to_owned(), form.text("from").to_owned()),
            "retire" => ends = form.text("last").to_owned(),
            _ => {}
        }
    }
    let status = if error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(
        status,
        &RowPage {
            shell: Shell::new(pages, visit),
            table,
            line: row_line(table, &view.row, today),
            rev: view.rev,
            withdrawn: view.row.withdrawn,
            ended: view.row.valid_to.is_some(),
            steps,
            typed,
            renamed,
            last: ends,
            error,
            notice,
            may_change,
            today: today.to_string(),
            notify: notify(),
        },
    )
}

pub(super) async fn show(
    State(pages): Shared,
    visit: Visit,
    Path((code, row)): Path<(String, String)>,
    Asked(asked): Asked,
) -> Page {
    let table = table(&code)?;
    let view = pages.desk.code_row(table, &row).await?;
    let notice = match asked.text("done") {
        "rename" => "已更名：此前的来稿和文件仍用原名",
        "retire" if table == CodeTable::Session => "已保存止日",
        "retire" => "已记下最后有效日：之后不再提供选用，已用的不受影响",
        "restore" => "已恢复使用",
        "amend" => "已保存",
        "undo" => "已撤销",
        _ => "",
    };
    shown_row(&pages, &visit, (table, view), None, notice).await
}

pub(super) async fn act(
    State(pages): Shared,
    visit: Visit,
    Path((code, row)): Path<(String, String)>,
    Fields(form): Fields,
) -> Page {
    let table = table(&code)?;
    match done(&pages, &visit, table, &row, &form).await {
        Ok(()) => {
            let address = format!(
                "/tables/{}/rows/{}?done={}",
                table.code(),
                encoded(&row).replace('+', "%20"),
                form.text("do")
            );
            Ok(Redirect::to(&address).into_response())
        }
        Err(problem) if problem.status == 422 => {
            let view = pages.desk.code_row(table, &row).await?;
            shown_row(&pages, &visit, (table, view), Some((&form, problem.detail)), "").await
        }
        Err(problem) => Err(problem),
    }
}

async fn done(pages: &Pages, visit: &Visit, table: CodeTable, row: &str, form: &Form) -> Result<(), Problem> {
    let by = visit.actor()?;
    let incomplete = || Problem::invalid("页面不完整，没有保存，请刷新后重试");
    let change = match form.text("do") {
        "rename" => RowChange::Rename {
            name: form.text("name").to_owned(),
            from: needed_day(form, "from", "新名称的起用日")?,
        },
        "retire" => RowChange::Retire { last: needed_day(form, "last", "最后有效日")? },
        "restore" => RowChange::Restore {},
        "amend" => {
            let fields = fields(form)?;
            RowChange::Amend {
                valid_from: fields.valid_from,
                order: fields.order,
                note: fields.note,
                outward: fields.outward,
                notify: fields.notify,
            }
        }
        "undo" => {
            let no = form.number("no").ok_or_else(incomplete)?;
            return Ok(pages.desk.undo_code_change(table, row.to_owned(), no, by).await?);
        }
        _ => return Err(Problem::invalid("没有选择要做什么，请点一个按钮")),
    };
    let rev = form.text("rev").parse().map_err(|_| incomplete())?;
    pages.desk.change_code_row(table, (row.to_owned(), Some(rev)), change, by).await?;
    Ok(())
}
