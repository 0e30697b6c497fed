//! 基础数据: read by whoever offers a choice of it, changed by whoever runs the system.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{
    Actor, CodeRow, CodeTable, LocalDate, Notify, RowChange, RowFields, RowStanding, Timestamp,
};
use crate::site::{Person, Wanted};
use crate::web::Problem;

use super::super::Desk;
use super::super::routes::{Asked, parameters};
use super::{Answer, Shared};

fn table(code: &str) -> Result<CodeTable, Problem> {
    CodeTable::from_code(code).ok_or_else(|| Problem::not_found(format!("没有名为 {code} 的基础数据")))
}

pub(super) async fn list(State(pages): Shared) -> Answer<Value> {
    let session = pages.desk.session_name(pages.desk.today());
    Ok(Json(json!({ "tables": pages.desk.code_tables().await?, "session": session })))
}

/// Of which day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnDay {
    on: Option<LocalDate>,
}

/// A row, as of a day.
#[derive(Serialize)]
struct RowOn {
    /// Its name on that day.
    name: String,
    standing: RowStanding,
    #[serde(flatten)]
    row: CodeRow,
}

impl RowOn {
    fn new(row: CodeRow, day: LocalDate) -> Self {
        Self { name: row.name_on(day).to_owned(), standing: row.standing(day), row }
    }
}

pub(super) async fn rows(
    State(pages): Shared,
    Path(code): Path<String>,
    query: Asked<OnDay>,
) -> Answer<Value> {
    let (table, on) = (table(&code)?, parameters(query)?.on);
    let day = on.unwrap_or_else(|| pages.desk.today());
    let rows = pages.desk.code_rows(table).await?.into_iter().map(|row| RowOn::new(row, day));
    let rows: Vec<RowOn> = rows.filter(|row| on.is_none() || row.standing == RowStanding::InUse).collect();
    Ok(Json(json!({ "table": table, "label": table.label(), "rows": rows })))
}

/// A change, as it was made.
#[derive(Serialize)]
struct Changed {
    no: i64,
    told: String,
    change: RowChange,
    by: Actor,
    at: Timestamp,
    undone: Option<(Actor, Timestamp)>,
}

async fn one(desk: &Desk, table: CodeTable, code: &str) -> Result<Value, Problem> {
    let view = desk.code_row(table, code).await?;
    let changes = view.changes.into_iter().map(|one| Changed {
        no: one.no,
        told: one.change.told(),
        change: one.change,
        by: one.by,
        at: one.at,
        undone: one.undone,
    });
    let changes: Vec<Changed> = changes.collect();
    let row = RowOn::new(view.row, desk.today());
    Ok(json!({ "table": table, "row": row, "rev": view.rev, "changes": changes }))
}

pub(super) async fn row(State(pages): Shared, Path((code, row)): Path<(String, String)>) -> Answer<Value> {
    Ok(Json(one(&pages.desk, table(&code)?, &row).await?))
}

/// A row to be added.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRow {
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
    valid_from: Option<LocalDate>,
    valid_to: Option<LocalDate>,
    order: Option<i64>,
    #[serde(default)]
    note: String,
    outward: Option<String>,
    notify: Option<Notify>,
    term: Option<u32>,
    number: Option<u32>,
}

pub(super) async fn add(
    State(pages): Shared,
    person: Person,
    Path(code): Path<String>,
    Wanted(row): Wanted<NewRow>,
) -> Result<Response, Problem> {
    let table = table(&code)?;
    let NewRow { code, name, valid_from, valid_to, order, note, outward, notify, term, number } = row;
    let fields = RowFields { name, valid_from, valid_to, order, note, outward, notify, term, number };
    let code =
        pages.desk.change_code_row(table, (code, None), RowChange::Add(fields), person.actor()).await?;
    Ok((StatusCode::CREATED, Json(one(&pages.desk, table, &code).await?)).into_response())
}

/// What is to be changed.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Act {
    Rename,
    Retire,
    Restore,
    Amend,
}

/// A change of a row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowRequest {
    rev: usize,
    #[serde(rename = "do")]
    act: Act,
    name: Option<String>,
    from: Option<LocalDate>,
    last: Option<LocalDate>,
    valid_from: Option<LocalDate>,
    order: Option<i64>,
    #[serde(default)]
    note: String,
    outward: Option<String>,
    notify: Option<Notify>,
}

impl RowRequest {
    fn change(self) -> Result<RowChange, Problem> {
        let missing = |field: &str| Problem::invalid(format!("请求缺少 {field}，请补上"));
        Ok(match self.act {
            Act::Rename => RowChange::Rename {
                name: self.name.ok_or_else(|| missing("name"))?,
                from: self.from.ok_or_else(|| missing("from"))?,
            },
            Act::Retire => RowChange::Retire { last: self.last.ok_or_else(|| missing("last"))? },
            Act::Restore => RowChange::Restore {},
            Act::Amend => RowChange::Amend {
                valid_from: self.valid_from,
                order: self.order,
                note: self.note,
                outward: self.outward,
                notify: self.notify,
            },
        })
    }
}

pub(super) async fn change(
    State(pages): Shared,
    person: Person,
    Path((code, row)): Path<(String, String)>,
    Wanted(wanted): Wanted<RowRequest>,
) -> Answer<Value> {
    let (table, rev) = (table(&code)?, wanted.rev);
    let change = wanted.change()?;
    pages.desk.change_code_row(table, (row.clone(), Some(rev)), change, person.actor()).await?;
    Ok(Json(one(&pages.desk, table, &row).await?))
}

pub(super) async fn undo(
    State(pages): Shared,
    person: Person,
    Path((code, row, no)): Path<(String, String, String)>,
) -> Answer<Value> {
    let table = table(&code)?;
    let no = no.parse().map_err(|_| Problem::not_found(format!("没有第 {no} 次更改")))?;
    pages.desk.undo_code_change(table, row.clone(), no, person.actor()).await?;
    Ok(Json(one(&pages.desk, table, &row).await?))
}
