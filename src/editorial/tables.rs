//! 基础数据 as it is kept up: what there is, what was changed by whom, changing a row, undoing it.

use serde::Serialize;

use crate::model::{
    Actor, CodeRow, CodeTable, LocalDate, Notify, RowChange, RowError, RowStanding, Timestamp, User,
    change_rows, check_row, lay_over,
};
use crate::outcome::{Cell, Sheet};
use crate::store::{
    CodeChange, Priority, Sql, StoreError, Tx, code_changes, put_code_change, undo_code_change,
};

use super::{Desk, DeskError};

/// A table in the list of them.
#[derive(Debug, Clone, Serialize)]
pub struct TableSummary {
    /// Which.
    pub table: CodeTable,
    /// Its name.
    pub label: &'static str,
    /// Rows that are offered today.
    pub in_use: usize,
    /// All the others.
    pub others: usize,
    /// Who changed it last, and when.
    pub changed: Option<(Actor, Timestamp)>,
}

/// A row with everything that was done to it.
#[derive(Debug, Clone)]
pub struct RowView {
    /// The row.
    pub row: CodeRow,
    /// How often it was changed or a change undone: whoever changes it names the number that they saw.
    pub rev: usize,
    /// Its changes, oldest first, undone ones too.
    pub changes: Vec<CodeChange>,
}

impl RowView {
    /// The change that can be undone.
    pub fn last(&self) -> Option<&CodeChange> {
        self.changes.iter().rev().find(|change| change.undone.is_none())
    }
}

impl From<RowError> for DeskError {
    fn from(error: RowError) -> Self {
        Self::Request(error.to_string())
    }
}

pub(super) fn rows_of(shipped: &[CodeRow], changes: &[CodeChange]) -> Vec<CodeRow> {
    lay_over(shipped, changes.iter().map(CodeChange::laid))
}

/// How often a row was changed, or a change of it undone.
fn revision(changes: &[CodeChange], code: &str) -> usize {
    let of_row = changes.iter().filter(|change| change.code == code);
    of_row.map(|change| 1 + usize::from(change.undone.is_some())).sum()
}

impl Desk {
    /// The present day.
    pub(super) fn today(&self) -> LocalDate {
        self.clock.now().date()
    }

    /// 届次 on a day, as it is written: 第六届第二次会议; empty where there is none.
    pub(super) fn session_name(&self, day: LocalDate) -> String {
        self.tables.now().session(day).map(|row| row.name_on(day).to_owned()).unwrap_or_default()
    }

    /// Every table.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn code_tables(&self) -> Result<Vec<TableSummary>, DeskError> {
        let changes = self.store.read(|sql: &mut dyn Sql| code_changes(sql, None)).await?;
        let today = self.today();
        let summary = |table: CodeTable| {
            let own: Vec<CodeChange> = changes.iter().filter(|one| one.table == table).cloned().collect();
            let rows = rows_of(self.tables.shipped(table), &own);
            let in_use = rows.iter().filter(|row| row.standing(today) == RowStanding::InUse).count();
            let last = own.into_iter().map(|one| one.undone.unwrap_or((one.by, one.at)));
            TableSummary {
                table,
                label: table.label(),
                in_use,
                others: rows.len() - in_use,
                changed: last.max_by_key(|(_, at)| *at),
            }
        };
        Ok(CodeTable::ALL.iter().copied().map(summary).collect())
    }

    /// The rows of a table, in its order.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn code_rows(&self, table: CodeTable) -> Result<Vec<CodeRow>, DeskError> {
        let changes = self.store.read(move |sql: &mut dyn Sql| code_changes(sql, Some(table))).await?;
        Ok(rows_of(self.tables.shipped(table), &changes))
    }

    /// A row with its history.
    ///
    /// # Errors
    /// When there is none of this code.
    pub async fn code_row(&self, table: CodeTable, code: &str) -> Result<RowView, DeskError> {
        let mut changes = self.store.read(move |sql: &mut dyn Sql| code_changes(sql, Some(table))).await?;
        let rows = rows_of(self.tables.shipped(table), &changes);
        let row = rows.into_iter().find(|row| row.code == code);
        let row = row.ok_or_else(|| StoreError::NotFound(format!("{}“{code}”", table.label())))?;
        let rev = revision(&changes, code);
        changes.retain(|change| change.code == code);
        Ok(RowView { row, rev, changes })
    }

    /// A table as a spreadsheet.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn code_sheet(&self, table: CodeTable, by: &User) -> Result<Sheet, DeskError> {
        let (rows, today) = (self.code_rows(table).await?, self.today());
        let rows = rows.iter().map(|row| {
            let day = |day: Option<LocalDate>| Cell::Text(day.map(|day| day.to_string()).unwrap_or_default());
            vec![
                row.code.as_str().into(),
                row.name_on(today).into(),
                day(row.valid_from),
                day(row.valid_to),
                row.order.into(),
                row.note.as_str().into(),
                row.outward.as_deref().unwrap_or_default().into(),
                row.notify.map_or("", Notify::label).into(),
                row.term.map_or_else(|| Cell::from(""), Cell::from),
                row.number.map_or_else(|| Cell::from(""), Cell::from),
                row.standing(today).label().into(),
            ]
        });
        let columns = vec![
            ("代码", 16),
            ("名称", 30),
            ("起日", 12),
            ("最后有效日", 12),
            ("排序", 8),
            ("备注", 30),
            ("对外答复", 30),
            ("是否告知", 10),
            ("届", 6),
            ("次", 6),
            ("状态", 10),
        ];
        self.taken_out(
            &format!("基础数据·{}", table.label()),
            &today.to_string(),
            columns,
            rows.collect(),
            by,
        )
        .await
    }

    /// Changes a row, or adds one; gives its code. `rev` is the number that was seen of a row that there is.
    ///
    /// # Errors
    /// When the change cannot be made, or somebody else changed the row since.
    pub async fn change_code_row(
        &self,
        table: CodeTable,
        (code, rev): (String, Option<usize>),
        change: RowChange,
        by: Actor,
    ) -> Result<String, DeskError> {
        let shipped = self.tables.shipped(table).to_vec();
        let write = move |tx: &mut Tx<'_>| {
            let changes = code_changes(tx, Some(table))?;
            if rev.is_some_and(|rev| rev != revision(&changes, &code)) {
                return Err(DeskError::Store(StoreError::Stale));
            }
            let rows = rows_of(&shipped, &changes);
            let (code, change, _) = change_rows(table, &rows, &code, change.clone())?;
            put_code_change(tx, table, &code, &change, &by)?;
            Ok(code)
        };
        let code = self.store.write(Priority::Desk, write).await?;
        self.tables.reload().await?;
        Ok(code)
    }

    /// Undoes the last change of a row.
    ///
    /// # Errors
    /// When it is not the last any more, or the table would not hold without it.
    pub async fn undo_code_change(
        &self,
        table: CodeTable,
        code: String,
        no: i64,
        by: Actor,
    ) -> Result<(), DeskError> {
        let shipped = self.tables.shipped(table).to_vec();
        let write = move |tx: &mut Tx<'_>| {
            let undone = undo_code_change(tx, no, &by)?;
            if undone.table != table || undone.code != code {
                return Err(DeskError::Store(StoreError::NotFound(format!("第 {no} 次更改"))));
            }
            let rows = rows_of(&shipped, &code_changes(tx, Some(table))?);
            check_row(table, &rows, &code)
                .map_err(|error| DeskError::Request(format!("没有撤销：撤销之后，{error}")))
        };
        self.store.write(Priority::Desk, write).await?;
        Ok(self.tables.reload().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(no: i64, code: &str, undone: bool) -> CodeChange {
        let at = Timestamp::from_micros(no);
        CodeChange {
            no,
            table: CodeTable::Unit,
            code: code.to_owned(),
            change: RowChange::Restore {},
            by: Actor::System,
            at,
            undone: undone.then_some((Actor::System, at)),
        }
    }

    #[test]
    fn a_change_and_its_undoing_each_make_a_new_revision_of_their_row_alone() {
        let mut changes = vec![change(1, "a", false), change(2, "b", false)];
        assert_eq!((revision(&changes, "a"), revision(&changes, "none")), (1, 0));
        changes[0] = change(1, "a", true);
        assert_eq!((revision(&changes, "a"), revision(&changes, "b")), (2, 1));
    }
}
