//! 基础数据 from a file: looked through, row by row, and taken when it was confirmed.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::CodeTable;
use crate::outcome::ListedRow;
use crate::site::{Fields, Page, Sent, Shell, Visit, page};
use crate::web::Problem;

use super::Shared;
use super::tables::table;

#[derive(Template)]
#[template(path = "table_import.html")]
struct ImportPage {
    shell: Shell,
    table: CodeTable,
    file: String,
    lines: Vec<Line>,
    to_change: usize,
    faults: usize,
    same: usize,
    /// What would be taken, to come back with the button.
    rows: String,
}

struct Line {
    row: usize,
    name: String,
    told: Vec<String>,
    error: String,
}

pub(super) async fn look(
    State(pages): Shared,
    visit: Visit,
    Path(code): Path<String>,
    Sent(sent): Sent,
) -> Page {
    let table = table(&code)?;
    let sent = sent.ok_or_else(|| Problem::invalid("没有选中文件，请选一份 XLSX 或 CSV 表格"))?;
    let (list, planned) = pages.desk.plan_code_list(table, sent.bytes).await?;
    let faults = planned.iter().filter(|one| one.error.is_some()).count();
    let to_change = planned.iter().filter(|one| !one.changes.is_empty()).count();
    let lines = planned.into_iter().map(|one| Line {
        row: one.row,
        name: one.name,
        told: one.changes.iter().map(|(_, change)| change.told()).collect(),
        error: one.error.unwrap_or_default(),
    });
    let lines: Vec<Line> = lines.collect();
    page(&ImportPage {
        shell: Shell::new(&pages, &visit),
        table,
        file: sent.name,
        same: lines.len() - faults - to_change,
        to_change,
        faults,
        lines,
        rows: serde_json::to_string(&list).map_err(|error| Problem::internal(&error))?,
    })
}

pub(super) async fn take(
    State(pages): Shared,
    visit: Visit,
    Path(code): Path<String>,
    Fields(form): Fields,
) -> Page {
    let table = table(&code)?;
    let incomplete = |_| Problem::invalid("页面不完整，没有更改，请重新选择文件");
    let list: Vec<ListedRow> = serde_json::from_str(form.raw("rows")).map_err(incomplete)?;
    let count = pages.desk.take_code_list(table, list, visit.actor()?).await?;
    Ok(Redirect::to(&format!("/tables/{}?imported={count}", table.code())).into_response())
}
