//! The tables that come with the program, as files.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::model::{CodeRow, CodeTable, DatedName, LocalDate, Notify, session_name};

/// A row of a file; which of the fields a table has is looked at afterwards.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRow {
    code: Option<String>,
    name: Option<String>,
    valid_from: Option<LocalDate>,
    valid_to: Option<LocalDate>,
    #[serde(default)]
    note: String,
    outward: Option<String>,
    notify: Option<Notify>,
    term: Option<u32>,
    number: Option<u32>,
}

/// The tables before any change.
#[derive(Debug, Clone)]
pub struct Shipped(BTreeMap<&'static str, Vec<CodeRow>>);

/// The file of a table, with what is compiled in.
fn file(table: CodeTable) -> (&'static str, &'static str) {
    match table {
        CodeTable::District => ("districts.toml", include_str!("../../config/tables/districts.toml")),
        CodeTable::Sector => ("sectors.toml", include_str!("../../config/tables/sectors.toml")),
        CodeTable::Party => ("parties.toml", include_str!("../../config/tables/parties.toml")),
        CodeTable::Subject => ("subjects.toml", include_str!("../../config/tables/subjects.toml")),
        CodeTable::Unit => ("units.toml", include_str!("../../config/tables/units.toml")),
        CodeTable::Reason => ("reasons.toml", include_str!("../../config/tables/reasons.toml")),
        CodeTable::Session => ("sessions.toml", include_str!("../../config/tables/sessions.toml")),
        CodeTable::Passed => ("passed.toml", include_str!("../../config/tables/passed.toml")),
    }
}

impl Shipped {
    /// Those compiled in, each replaced by the office's own file of the same name in `dir`.
    ///
    /// # Errors
    /// Which file cannot be read and why, in Chinese.
    pub fn load(dir: &Path) -> Result<Self, String> {
        let read = |table: CodeTable| Ok((table.code(), read(dir, table)?));
        CodeTable::ALL.iter().copied().map(read).collect::<Result<_, String>>().map(Self)
    }

    /// The rows of a table.
    pub fn rows(&self, table: CodeTable) -> &[CodeRow] {
        self.0.get(table.code()).map(Vec::as_slice).unwrap_or_default()
    }
}

fn read(dir: &Path, table: CodeTable) -> Result<Vec<CodeRow>, String> {
    let (name, own) = file(table);
    let path = dir.join(name);
    let text = if dir.as_os_str().is_empty() || !path.exists() {
        own.to_owned()
    } else {
        std::fs::read_to_string(&path).map_err(|error| format!("无法读取 {}：{error}", path.display()))?
    };
    let mut lists: BTreeMap<String, Vec<FileRow>> =
        toml::from_str(&text).map_err(|error| format!("{name} 有误：{error}"))?;
    let rows = lists.remove(table.code()).unwrap_or_default();
    if let Some(other) = lists.keys().next() {
        return Err(format!("{name} 中的 [[{other}]] 应为 [[{}]]，请改正", table.code()));
    }
    let mut out: Vec<CodeRow> = Vec::with_capacity(rows.len());
    for (row, at) in rows.into_iter().zip(1..) {
        let row = whole(table, row, at).map_err(|why| format!("{name} 中第 {at} 行{why}"))?;
        if out.iter().any(|other| other.code == row.code) {
            return Err(format!("{name} 中代码 {} 出现两次，请改为不同的代码", row.code));
        }
        out.push(row);
    }
    Ok(out)
}

/// A row with everything that its table asks for.
fn whole(table: CodeTable, row: FileRow, at: i64) -> Result<CodeRow, String> {
    let missing = |field: &str| format!("缺 {field}，请补上");
    let (code, name) = match (table, row.term, row.number) {
        (CodeTable::Session, Some(term), Some(number)) => {
            (Some(format!("{term}-{number}")), session_name(term, number))
        }
        (CodeTable::Session, ..) => return Err(missing("term 或 number")),
        _ => (row.code, row.name.ok_or_else(|| missing("name"))?),
    };
    let named_by_itself = !matches!(table, CodeTable::District | CodeTable::Reason);
    let code = code.or_else(|| named_by_itself.then(|| name.clone())).ok_or_else(|| missing("code"))?;
    if table == CodeTable::Reason && (row.outward.is_none() || row.notify.is_none()) {
        return Err(missing("outward 或 notify"));
    }
    if code.trim().is_empty() || name.trim().is_empty() {
        return Err("的代码或名称为空，请填写".to_owned());
    }
    Ok(CodeRow {
        code,
        names: vec![DatedName { from: None, name }],
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        order: at * 10,
        note: row.note,
        outward: row.outward,
        notify: row.notify,
        term: row.term,
        number: row.number,
        withdrawn: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RowStanding;

    fn day(text: &str) -> LocalDate {
        LocalDate::parse(text).expect("a day")
    }

    fn on(shipped: &Shipped, table: CodeTable, at: &str) -> Vec<String> {
        let in_use = |row: &&CodeRow| row.standing(day(at)) == RowStanding::InUse;
        shipped.rows(table).iter().filter(in_use).map(|row| row.name_on(day(at)).to_owned()).collect()
    }

    #[test]
    fn two_districts_became_one_in_november_2025() {
        let shipped = Shipped::load(Path::new("")).expect("the tables");
        let (before, after) = (
            on(&shipped, CodeTable::District, "2025-11-05"),
            on(&shipped, CodeTable::District, "2025-11-06"),
        );
        assert!(before.contains(&"江北区".to_owned()) && !before.contains(&"两江新区".to_owned()));
        assert!(!after.contains(&"渝北区".to_owned()) && after.contains(&"两江新区".to_owned()));
        // 37 districts and counties and two functional zones.
        assert_eq!((before.len(), after.len()), (40, 39));
    }

    #[test]
    fn the_tables_that_come_with_the_program_are_whole() {
        let shipped = Shipped::load(Path::new("")).expect("the tables");
        let counts = CodeTable::ALL.iter().map(|table| shipped.rows(*table).len());
        assert_eq!(counts.collect::<Vec<_>>()[..4], [41, 34, 8, 6]);
        assert!(shipped.rows(CodeTable::Unit).len() > 10 && shipped.rows(CodeTable::Reason).len() > 8);
        assert!(shipped.rows(CodeTable::Session).is_empty(), "every office has its own");
    }

    #[test]
    fn an_office_has_a_file_of_its_own_and_a_retired_row_is_not_offered_and_still_known() {
        let dir = tempfile::tempdir().expect("dir");
        let row = |code: &str, more: &str| {
            format!(
                "[[reason]]\ncode = \"{code}\"\nname = \"名{code}\"\noutward = \"外\"\nnotify = \"no\"\n{more}\n"
            )
        };
        let text = row("old", "valid_to = \"2025-12-31\"") + &row("new", "valid_from = \"2026-01-01\"");
        std::fs::write(dir.path().join("reasons.toml"), text).expect("write");
        let shipped = Shipped::load(dir.path()).expect("tables");
        assert_eq!(on(&shipped, CodeTable::Reason, "2025-12-31"), ["名old"]);
        assert_eq!(on(&shipped, CodeTable::Reason, "2026-01-01"), ["名new"]);
        assert_eq!(shipped.rows(CodeTable::Reason).len(), 2);
        assert!(on(&shipped, CodeTable::Unit, "2026-01-01").len() > 10);
    }

    #[test]
    fn a_table_with_a_mistake_says_in_which_file_and_row() {
        let dir = tempfile::tempdir().expect("dir");
        let refused = |name: &str, text: &str| {
            std::fs::write(dir.path().join(name), text).expect("write");
            let why = Shipped::load(dir.path()).expect_err("refused");
            std::fs::remove_file(dir.path().join(name)).expect("removed");
            assert!(why.contains(name), "{why}");
            why
        };
        refused("reasons.toml", "[[reason]]\ncode = 1\n");
        assert!(
            refused("reasons.toml", "[[reason]]\ncode = \"a\"\nname = \"甲\"\n")
                .contains("第 1 行缺 outward")
        );
        assert!(refused("districts.toml", "[[district]]\nname = \"甲\"\n").contains("缺 code"));
        assert!(refused("units.toml", "[[units]]\nname = \"甲\"\n").contains("应为 [[unit]]"));
        let twice = "[[unit]]\nname = \"甲\"\n[[unit]]\nname = \"甲\"\n";
        assert!(refused("units.toml", twice).contains("甲 出现两次"));
        assert!(refused("sessions.toml", "[[session]]\nterm = 6\n").contains("缺 term 或 number"));
    }
}
