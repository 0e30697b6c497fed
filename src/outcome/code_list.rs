//! A table of 基础数据 as an office keeps it: XLSX or CSV, with a header of its own words, as it was taken out or not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::LocalDate;

use super::adoptions::{Cells, ListError, first_sheet};

/// Rows above the header: title, who took it out.
const ABOVE_MAX: usize = 10;
/// Rows of a list.
pub const CODE_ROWS_MAX: usize = 500;

/// A column that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeColumn {
    /// 代码.
    Code,
    /// 名称.
    Name,
    /// The first day of another name.
    NameFrom,
    /// 起日.
    From,
    /// 最后有效日.
    To,
    /// 排序.
    Order,
    /// 备注.
    Note,
    /// 对外答复.
    Outward,
    /// 是否告知.
    Notify,
    /// 届.
    Term,
    /// 次.
    Number,
}

const NAMES: &[(CodeColumn, &[&str])] = &[
    (CodeColumn::Code, &["代码", "编码", "区划代码"]),
    (CodeColumn::Name, &["名称", "单位", "单位名称", "区县", "界别", "党派", "主题", "理由"]),
    (CodeColumn::NameFrom, &["名称起用日", "更名日", "更名日期"]),
    (CodeColumn::From, &["起日", "起始日", "启用日期", "开始日期"]),
    (CodeColumn::To, &["最后有效日", "止日", "停用日期", "结束日期"]),
    (CodeColumn::Order, &["排序", "顺序"]),
    (CodeColumn::Note, &["备注", "说明"]),
    (CodeColumn::Outward, &["对外答复", "对外"]),
    (CodeColumn::Notify, &["是否告知", "告知"]),
    (CodeColumn::Term, &["届", "届数", "第几届"]),
    (CodeColumn::Number, &["次", "次数", "第几次会议"]),
];

/// A row of a list: every column that its header has, empty cells too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRow {
    /// The row in the file, from 1.
    pub row: usize,
    /// What stands in it.
    pub cells: BTreeMap<CodeColumn, String>,
}

/// Reads the first sheet, or the text.
///
/// # Errors
/// [`ListError`] in words for whoever chose the file.
pub fn read_code_list(bytes: &[u8]) -> Result<Vec<ListedRow>, ListError> {
    let cells = match bytes.starts_with(b"PK") {
        true => first_sheet(bytes)?,
        false => text_cells(std::str::from_utf8(bytes).map_err(|_| ListError::Encoding)?),
    };
    let rows = below_header(&cells).ok_or(ListError::NoNames)?;
    match rows.len() {
        0 => Err(ListError::Empty),
        rows if rows > CODE_ROWS_MAX => Err(ListError::Long),
        _ => Ok(rows),
    }
}

fn column(name: &str) -> Option<CodeColumn> {
    let cut = name.find(['（', '(']).filter(|at| *at > 0).unwrap_or(name.len());
    let plain: String = name[..cut].chars().filter(|c| c.is_alphanumeric()).collect();
    NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| *column)
}

fn below_header(cells: &Cells) -> Option<Vec<ListedRow>> {
    let (header, columns) = cells.iter().take(ABOVE_MAX).find_map(|(row, cells)| {
        let columns: BTreeMap<CodeColumn, u32> =
            cells.iter().rev().filter_map(|(at, name)| Some((column(name)?, *at))).collect();
        let has = |column| columns.contains_key(&column);
        let named = has(CodeColumn::Name) || (has(CodeColumn::Term) && has(CodeColumn::Number));
        (named && (columns.len() > 1 || cells.len() == 1)).then_some((*row, columns))
    })?;
    let rows = cells.range(header + 1..).map(|(row, cells)| {
        let cell = |(column, at): (&CodeColumn, &u32)| {
            let text = cells.get(at).map(String::as_str).unwrap_or_default().trim();
            let is_day = matches!(column, CodeColumn::NameFrom | CodeColumn::From | CodeColumn::To);
            let day = if is_day { LocalDate::written(text) } else { None };
            (*column, day.map_or_else(|| text.to_owned(), |day| day.to_string()))
        };
        ListedRow { row: *row as usize + 1, cells: columns.iter().map(cell).collect() }
    });
    Some(rows.filter(|row| row.cells.values().any(|text| !text.is_empty())).collect())
}

/// Commas between cells, quotes around those that have some, doubled within.
fn text_cells(text: &str) -> Cells {
    let (mut out, mut row, mut at) = (Cells::new(), 0_u32, 0_u32);
    let (mut cell, mut quoted) = (String::new(), false);
    let mut signs = text.trim_start_matches('\u{FEFF}').chars().peekable();
    let mut put = |row: u32, at: u32, cell: &mut String| {
        // The guard that keeps a spreadsheet from taking a cell for a formula.
        let text = std::mem::take(cell);
        let plain = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
        let plain = plain.unwrap_or(&text).trim().to_owned();
        if !plain.is_empty() {
            out.entry(row).or_default().insert(at, plain);
        }
    };
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => {
                signs.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => {
                put(row, at, &mut cell);
                at += 1;
            }
            '\n' if !quoted => {
                put(row, at, &mut cell);
                (row, at) = (row + 1, 0);
            }
            '\r' if !quoted => {}
            other => cell.push(other),
        }
    }
    put(row, at, &mut cell);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: &ListedRow, column: CodeColumn) -> Option<&str> {
        row.cells.get(&column).map(String::as_str)
    }

    #[test]
    fn what_was_taken_out_is_read_again() {
        let text = "\u{FEFF}\"基础数据·承办单位\"\r\n\"导出人：张\"\r\n\"代码\",\"名称\",\"最后有效日\",\"备注\"\r\n\
                    \"a\",\"甲局\",\"\",\"他说“好”\"\"，\"\"\"\r\n\"b\",\"'=乙\",\"2026/1/31\",\"\"\r\n";
        let rows = read_code_list(text.as_bytes()).expect("rows");
        assert_eq!(rows.iter().map(|row| row.row).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(cell(&rows[0], CodeColumn::Note), Some("他说“好”\"，\""));
        assert_eq!(cell(&rows[0], CodeColumn::To), Some(""), "an empty cell is said to be empty");
        assert_eq!(cell(&rows[0], CodeColumn::Order), None, "a column that is not there says nothing");
        assert_eq!(
            (cell(&rows[1], CodeColumn::Name), cell(&rows[1], CodeColumn::To)),
            (Some("=乙"), Some("2026-01-31"))
        );
    }

    #[test]
    fn what_is_no_table_is_said_in_words() {
        assert!(matches!(read_code_list(b"PK\x03\x04"), Err(ListError::Kind(_))));
        assert!(matches!(read_code_list(&[0xC3, 0xFB, 0xB3, 0xC6]), Err(ListError::Encoding)));
        assert!(matches!(read_code_list("甲,乙\n丙,丁".as_bytes()), Err(ListError::NoNames)));
        assert!(matches!(read_code_list("代码,名称\n,\n".as_bytes()), Err(ListError::Empty)));
        let long = "名称\n".to_owned() + &"甲\n".repeat(501);
        assert!(matches!(read_code_list(long.as_bytes()), Err(ListError::Long)));
        assert_eq!(read_code_list("名称\n甲\n".as_bytes()).expect("one column is enough").len(), 1);
    }
}
