//! What is laid over a table, and what it must hold.

use serde::{Deserialize, Serialize};

use super::check::{changed, check_row, new_fields};
use super::{CodeRow, CodeTable, DatedName, LocalDate, Notify};

/// Between two rows that follow each other, so that others can be put between them.
const STEP: i64 = 10;

/// What a row is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RowFields {
    /// Its name; that of a session is made of its numbers.
    pub name: String,
    /// Offered from this day on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<LocalDate>,
    /// Offered until this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<LocalDate>,
    /// Its place in the list; the last where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
    /// 备注.
    pub note: String,
    /// A reason's wording for the contributor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outward: Option<String>,
    /// Whether a reason is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    /// 届.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<u32>,
    /// 次.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
}

/// One change of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum RowChange {
    /// 添加.
    Add(RowFields),
    /// 更名, from a day on.
    Rename {
        /// The new name.
        name: String,
        /// Its first day.
        from: LocalDate,
    },
    /// 停用.
    Retire {
        /// The last day on which it is offered.
        last: LocalDate,
    },
    /// 恢复使用.
    Restore {},
    /// Everything else that a row has.
    Amend {
        /// Offered from this day on.
        #[serde(default)]
        valid_from: Option<LocalDate>,
        /// Its place in the list; unchanged where none is given.
        #[serde(default)]
        order: Option<i64>,
        /// 备注.
        #[serde(default)]
        note: String,
        /// A reason's wording for the contributor; unchanged where none is given.
        #[serde(default)]
        outward: Option<String>,
        /// Whether a reason is told; unchanged where nothing is given.
        #[serde(default)]
        notify: Option<Notify>,
    },
}

impl RowChange {
    /// What the log calls it.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Add(_) => "table.add",
            Self::Rename { .. } => "table.rename",
            Self::Retire { .. } => "table.retire",
            Self::Restore {} => "table.restore",
            Self::Amend { .. } => "table.amend",
        }
    }

    /// In words.
    pub fn told(&self) -> String {
        match self {
            Self::Add(fields) => format!("添加：{}", fields.name),
            Self::Rename { name, from } => format!("更名：{from} 起为“{name}”"),
            Self::Retire { last } => format!("停用：最后有效日 {last}"),
            Self::Restore {} => "恢复使用".to_owned(),
            Self::Amend { valid_from, order, note, outward, notify } => {
                let parts = [
                    valid_from.map(|day| format!("起日 {day}")),
                    order.map(|order| format!("排序 {order}")),
                    outward.as_ref().map(|text| format!("对外答复“{text}”")),
                    notify.map(|notify| notify.label().to_owned()),
                    Some(format!("备注“{note}”")).filter(|_| !note.is_empty()),
                ];
                let parts: Vec<String> = parts.into_iter().flatten().collect();
                match parts.is_empty() {
                    true => "修改：起日和备注留空".to_owned(),
                    false => format!("修改：{}", parts.join("，")),
                }
            }
        }
    }
}

/// Why a change cannot be made, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RowError(pub String);

pub(super) fn refuse<T>(why: impl Into<String>) -> Result<T, RowError> {
    Err(RowError(why.into()))
}

/// A change of the past, and whether it was undone.
#[derive(Debug, Clone, Copy)]
pub struct Laid<'a> {
    /// Of which row.
    pub code: &'a str,
    /// What.
    pub change: &'a RowChange,
    /// Whether it was undone.
    pub undone: bool,
}

/// A table with its changes laid over it, in the order of the list. What the table no longer has is passed over, and what
/// it has by now is as it was changed.
pub fn lay_over<'a>(shipped: &[CodeRow], changes: impl IntoIterator<Item = Laid<'a>>) -> Vec<CodeRow> {
    let mut rows = shipped.to_vec();
    for laid in changes {
        if !laid.undone {
            lay(&mut rows, laid.code, laid.change);
        } else if let RowChange::Add(fields) = laid.change
            && !rows.iter().any(|row| row.code == laid.code)
        {
            let row = CodeRow { withdrawn: true, ..new_row(&rows, laid.code, fields) };
            rows.push(row);
        }
    }
    rows.sort_by_key(|row| row.order);
    rows
}

fn new_row(rows: &[CodeRow], code: &str, fields: &RowFields) -> CodeRow {
    let last = rows.iter().map(|row| row.order).max().unwrap_or_default();
    CodeRow {
        code: code.to_owned(),
        names: vec![DatedName { from: None, name: fields.name.clone() }],
        valid_from: fields.valid_from,
        valid_to: fields.valid_to,
        order: fields.order.unwrap_or(last + STEP),
        note: fields.note.clone(),
        outward: fields.outward.clone(),
        notify: fields.notify,
        term: fields.term,
        number: fields.number,
        withdrawn: false,
    }
}

fn lay(rows: &mut Vec<CodeRow>, code: &str, change: &RowChange) {
    if let RowChange::Add(fields) = change {
        let row = new_row(rows, code, fields);
        match rows.iter_mut().find(|row| row.code == code) {
            Some(known) => *known = row,
            None => rows.push(row),
        }
        return;
    }
    let Some(row) = rows.iter_mut().find(|row| row.code == code) else { return };
    match change {
        RowChange::Add(_) => {}
        RowChange::Rename { name, from } => {
            row.names.push(DatedName { from: Some(*from), name: name.clone() });
            row.names.sort_by_key(|name| name.from);
        }
        RowChange::Retire { last } => row.valid_to = Some(*last),
        RowChange::Restore {} => row.valid_to = None,
        RowChange::Amend { valid_from, order, note, outward, notify } => {
            row.valid_from = *valid_from;
            row.order = order.unwrap_or(row.order);
            row.note.clone_from(note);
            row.outward = outward.clone().or_else(|| row.outward.take());
            row.notify = notify.or(row.notify);
        }
    }
}

/// Makes a change, checked: gives the code of its row, the change as it is kept, and the rows after it. The code of a new
/// row may be left empty where its name or its numbers can stand for it.
///
/// # Errors
/// [`RowError`] when the change cannot be made to this row, or the table would not hold afterwards.
pub fn change_rows(
    table: CodeTable,
    rows: &[CodeRow],
    code: &str,
    change: RowChange,
) -> Result<(String, RowChange, Vec<CodeRow>), RowError> {
    let (code, change) = match change {
        RowChange::Add(fields) => {
            let (code, fields) = new_fields(table, rows, code.trim(), fields)?;
            (code, RowChange::Add(fields))
        }
        other => {
            let known = rows.iter().find(|row| row.code == code);
            let Some(row) = known.filter(|row| !row.withdrawn) else {
                return refuse(format!("{}中没有代码“{code}”，可先添加", table.label()));
            };
            (code.to_owned(), changed(table, row, other)?)
        }
    };
    let mut after = rows.to_vec();
    lay(&mut after, &code, &change);
    after.sort_by_key(|row| row.order);
    check_row(table, &after, &code)?;
    Ok((code, change, after))
}
