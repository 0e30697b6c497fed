//! A table of 基础数据 from a file: what it would add and change is shown first, row by row; what cannot be is left out
//! and said. A row that the file does not have stays as it is.

use crate::model::{
    Actor, CodeRow, CodeTable, LocalDate, Notify, RowChange, RowError, RowFields, change_rows,
};
use crate::outcome::{CODE_ROWS_MAX, CodeColumn as Column, ListError, ListedRow, read_code_list};
use crate::store::{Priority, Tx, code_changes, put_code_change};

use super::tables::rows_of;
use super::{Desk, DeskError};

/// What a row of a file comes to.
#[derive(Debug, Clone)]
pub struct PlannedRow {
    /// The row in the file.
    pub row: usize,
    /// As the file names it.
    pub name: String,
    /// What is to be done, with the code of its row; nothing where all is as the file says.
    pub changes: Vec<(String, RowChange)>,
    /// Why nothing can be done.
    pub error: Option<String>,
}

impl Desk {
    /// Looks a file through; nothing is changed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn plan_code_list(
        &self,
        table: CodeTable,
        bytes: Vec<u8>,
    ) -> Result<(Vec<ListedRow>, Vec<PlannedRow>), DeskError> {
        let (today, mut rows) = (self.today(), self.code_rows(table).await?);
        self.compute(move || {
            let list = read_code_list(&bytes).map_err(|error| DeskError::Request(error.to_string()))?;
            let planned = planned(table, &mut rows, &list, today);
            Ok((list, planned))
        })
        .await
    }

    /// Does what was shown, for every row without a fault; gives how many rows were changed.
    ///
    /// # Errors
    /// When the list is too long, or the store is away.
    pub async fn take_code_list(
        &self,
        table: CodeTable,
        list: Vec<ListedRow>,
        by: Actor,
    ) -> Result<usize, DeskError> {
        if list.len() > CODE_ROWS_MAX {
            return Err(DeskError::Request(ListError::Long.to_string()));
        }
        let (shipped, today) = (self.tables.shipped(table).to_vec(), self.today());
        let write = move |tx: &mut Tx<'_>| {
            let mut rows = rows_of(&shipped, &code_changes(tx, Some(table))?);
            let mut count = 0;
            for one in planned(table, &mut rows, &list, today) {
                for (code, change) in &one.changes {
                    put_code_change(tx, table, code, change, &by)?;
                }
                count += usize::from(!one.changes.is_empty());
            }
            Ok::<_, DeskError>(count)
        };
        let count = self.store.write(Priority::Desk, write).await?;
        self.tables.reload().await?;
        Ok(count)
    }
}

/// Row after row, each upon what the ones before it come to.
fn planned(
    table: CodeTable,
    rows: &mut Vec<CodeRow>,
    list: &[ListedRow],
    today: LocalDate,
) -> Vec<PlannedRow> {
    let one = |listed: &ListedRow| {
        let name = listed.cells.get(&Column::Name).cloned().unwrap_or_default();
        let mut out = PlannedRow { row: listed.row, name, changes: Vec::new(), error: None };
        match plan(table, rows, listed, today) {
            Ok((changes, after)) => {
                if out.name.is_empty() {
                    let code = changes.first().map(|(code, _)| code);
                    let row = code.and_then(|code| after.iter().find(|row| row.code == *code));
                    out.name = row.map(|row| row.newest_name().to_owned()).unwrap_or_default();
                }
                (out.changes, *rows) = (changes, after);
            }
            Err(error) => out.error = Some(error.to_string()),
        }
        out
    };
    list.iter().map(one).collect()
}

/// A cell: none where the file has no such column.
fn cell(listed: &ListedRow, column: Column) -> Option<&str> {
    listed.cells.get(&column).map(String::as_str)
}

/// A day: the outer none where the file has no such column.
fn day(listed: &ListedRow, column: Column, label: &str) -> Result<Option<Option<LocalDate>>, RowError> {
    match cell(listed, column) {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => match LocalDate::parse(text) {
            Ok(day) => Ok(Some(Some(day))),
            Err(error) => Err(RowError(format!("{label}“{text}”{error}"))),
        },
    }
}

fn whole<T: std::str::FromStr>(
    listed: &ListedRow,
    column: Column,
    label: &str,
) -> Result<Option<T>, RowError> {
    match cell(listed, column) {
        None | Some("") => Ok(None),
        Some(text) => {
            text.parse().map(Some).map_err(|_| RowError(format!("{label}“{text}”不是整数，请改正")))
        }
    }
}

fn notify(listed: &ListedRow) -> Result<Option<Notify>, RowError> {
    match cell(listed, Column::Notify) {
        None | Some("") => Ok(None),
        Some(text) => {
            let known = Notify::ALL.iter().copied().find(|one| one.label() == text);
            let why = || RowError(format!("是否告知“{text}”应为告知、不告知或电话告知，请改正"));
            known.map(Some).ok_or_else(why)
        }
    }
}

type Plan = (Vec<(String, RowChange)>, Vec<CodeRow>);

/// The changes that make a row as the file has it, and the rows after them.
fn plan(table: CodeTable, rows: &[CodeRow], listed: &ListedRow, today: LocalDate) -> Result<Plan, RowError> {
    let (term, number): (Option<u32>, Option<u32>) =
        (whole(listed, Column::Term, "届")?, whole(listed, Column::Number, "次")?);
    let text = |column: Column| cell(listed, column).unwrap_or_default().to_owned();
    let name = text(Column::Name);
    let code = match (table, term, number) {
        (CodeTable::Session, Some(term), Some(number)) => format!("{term}-{number}"),
        _ => text(Column::Code),
    };
    let by_name = |row: &&CodeRow| code.is_empty() && !row.withdrawn && row.newest_name() == name;
    let known = rows.iter().find(|row| row.code == code).or_else(|| rows.iter().find(by_name));
    let (from, to) = (day(listed, Column::From, "起日")?, day(listed, Column::To, "最后有效日")?);
    let order = whole(listed, Column::Order, "排序")?;
    let (outward, notify) = (cell(listed, Column::Outward).filter(|text| !text.is_empty()), notify(listed)?);
    let outward = outward.map(str::to_owned);
    let Some(row) = known.filter(|row| !row.withdrawn) else {
        let fields = RowFields {
            name,
            valid_from: from.flatten(),
            valid_to: to.flatten(),
            order,
            note: text(Column::Note),
            outward,
            notify,
            term,
            number,
        };
        let (code, change, after) = change_rows(table, rows, &code, RowChange::Add(fields))?;
        return Ok((vec![(code, change)], after));
    };
    let mut wanted = Vec::new();
    let amend = RowChange::Amend {
        valid_from: from.unwrap_or(row.valid_from),
        order,
        note: cell(listed, Column::Note).unwrap_or(&row.note).to_owned(),
        outward,
        notify,
    };
    if amends(table, row, &amend) {
        wanted.push(amend);
    }
    match to {
        Some(None) if row.valid_to.is_some() => wanted.push(RowChange::Restore {}),
        Some(Some(last)) if row.valid_to != Some(last) => wanted.push(RowChange::Retire { last }),
        _ => {}
    }
    let named = [row.name_on(today), row.newest_name()];
    if table != CodeTable::Session && !name.is_empty() && !named.contains(&name.as_str()) {
        let from = day(listed, Column::NameFrom, "名称起用日")?.flatten().unwrap_or(today);
        wanted.push(RowChange::Rename { name, from });
    }
    let (code, mut after, mut made) = (row.code.clone(), rows.to_vec(), Vec::new());
    for change in wanted {
        let (code, change, next) = change_rows(table, &after, &code, change)?;
        after = next;
        made.push((code, change));
    }
    Ok((made, after))
}

/// Whether an amendment says anything new.
fn amends(table: CodeTable, row: &CodeRow, change: &RowChange) -> bool {
    let RowChange::Amend { valid_from, order, note, outward, notify } = change else { return false };
    let reason = table == CodeTable::Reason;
    *valid_from != row.valid_from
        || order.is_some_and(|order| order != row.order)
        || *note != row.note
        || (reason && outward.is_some() && *outward != row.outward)
        || (reason && notify.is_some() && *notify != row.notify)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DatedName;

    fn row(code: &str, order: i64) -> CodeRow {
        CodeRow {
            code: code.to_owned(),
            names: vec![DatedName { from: None, name: format!("名{code}") }],
            valid_from: None,
            valid_to: None,
            order,
            note: String::new(),
            outward: None,
            notify: None,
            term: None,
            number: None,
            withdrawn: false,
        }
    }

    fn planned_of(table: CodeTable, text: &str) -> Vec<PlannedRow> {
        let list = read_code_list(text.as_bytes()).expect("a list");
        let today = LocalDate::parse("2026-06-01").expect("a day");
        let rows = if table == CodeTable::Session { vec![] } else { vec![row("a", 10), row("b", 20)] };
        planned(table, &mut rows.clone(), &list, today)
    }

    fn told(one: &PlannedRow) -> Vec<String> {
        one.changes.iter().map(|(_, change)| change.told()).collect()
    }

    #[test]
    fn each_row_of_a_file_adds_changes_or_leaves_and_a_fault_stops_that_row_alone() {
        let text = "代码,名称,最后有效日\na,名a,\nb,新名,2026-12-31\nc,名c,\nd,名c,\ne,名e,不定\n";
        let rows = planned_of(CodeTable::Unit, text);
        assert!(rows[0].changes.is_empty() && rows[0].error.is_none());
        assert_eq!(told(&rows[1]), ["停用：最后有效日 2026-12-31", "更名：2026-06-01 起为“新名”"]);
        assert_eq!(told(&rows[2]), ["添加：名c"]);
        // Against the rows of the same file too.
        assert!(rows[3].error.as_deref().is_some_and(|why| why.contains("名称“名c”与代码“c”")));
        assert!(rows[4].error.as_deref().is_some_and(|why| why.contains("最后有效日“不定”不是日期")));
        assert_eq!((rows[4].row, rows[4].changes.len()), (6, 0));
    }

    #[test]
    fn a_row_is_known_by_its_name_where_the_file_has_no_codes() {
        let rows = planned_of(CodeTable::Unit, "名称,备注\n名a,改称待定\n名x,\n");
        assert_eq!(rows[0].changes[0].0, "a");
        assert_eq!(told(&rows[0]), ["修改：备注“改称待定”"]);
        assert_eq!((rows[1].changes[0].0.as_str(), told(&rows[1]).len()), ("名x", 1));
    }

    #[test]
    fn sessions_come_by_their_numbers() {
        let rows =
            planned_of(CodeTable::Session, "届,次,起日,止日\n6,1,2023-01-10,2024-01-20\n6,2,2024-01-20,\n");
        assert_eq!((rows[0].name.as_str(), told(&rows[0]).len()), ("第六届第一次会议", 1));
        assert!(rows[1].error.as_deref().is_some_and(|why| why.contains("与“第六届第一次会议”")));
    }
}
