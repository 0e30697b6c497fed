//! Rows of a table as drafts: the header is found by its names, a title row above it is skipped.

use std::sync::Arc;

use super::FileError;
use super::cells;
use super::draft::{Column, Draft, Flaw, Place, Reading};
use super::header::{self, Fields};
use crate::intake::secrecy::find_mark;

/// Rows in which a header is looked for.
const HEADER_WITHIN: usize = 10;
/// Rows that are read of one table.
pub(super) const ROWS_MAX: usize = 100_000;

/// A row with its number in the file, from 1.
pub(super) struct Row {
    pub number: usize,
    pub cells: Vec<String>,
}

impl Row {
    fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// The drafts of a table. `sheet` names it where a file has several.
pub(super) fn read(rows: &[Row], sheet: Option<&str>) -> Result<Reading, FileError> {
    let (at, fields) = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| !row.is_blank())
        .take(HEADER_WITHIN)
        .find_map(|(at, row)| Some((at, header::columns(&row.cells)?)))
        .ok_or(FileError::NoHeader)?;
    let fields: Fields = fields.into();
    let mut reading = Reading {
        columns: columns(&rows[at], &fields),
        secret: rows.iter().any(|row| row.cells.iter().any(|cell| find_mark(cell))),
        ..Reading::default()
    };
    let unknown: Vec<&str> = rows[at]
        .cells
        .iter()
        .zip(fields.iter())
        .filter(|(name, field)| field.is_none() && !header::is_ignored(name))
        .map(|(name, _)| name.trim())
        .collect();
    if !unknown.is_empty() {
        reading.notes.push(format!("{}这些列没有认出，未导入：{}", prefix(sheet), unknown.join("、")));
    }
    let first = fields.iter().position(Option::is_some).unwrap_or_default();
    for row in rows[at + 1..].iter().filter(|row| !row.is_blank()) {
        // A header that is printed again on each page is none of the rows; one cell tells most rows from it.
        let again = row.cells.get(first).and_then(|name| header::field(name)) == fields[first];
        if again && header::columns(&row.cells).is_some_and(|again| again == *fields) {
            continue;
        }
        reading.drafts.push(draft(row, &fields, sheet));
    }
    if reading.drafts.is_empty() {
        return Err(FileError::NoText(format!("{}表头下面没有内容", prefix(sheet))));
    }
    Ok(reading)
}

fn prefix(sheet: Option<&str>) -> String {
    sheet.map_or_else(String::new, |sheet| format!("工作表“{sheet}”"))
}

/// The header as it was understood.
fn columns(row: &Row, fields: &Fields) -> Vec<Column> {
    let named =
        row.cells.iter().zip(fields.iter()).enumerate().filter(|(_, (name, _))| !name.trim().is_empty());
    named
        .map(|(at, (name, field))| Column {
            cell: format!("{}{}", letters(at), row.number),
            name: name.trim().to_owned(),
            field: field.map(header::label),
        })
        .collect()
}

fn draft(row: &Row, fields: &Fields, sheet: Option<&str>) -> Draft {
    let mut draft = Draft::at(format!("{}第 {} 行", prefix(sheet), row.number));
    draft.cells = Some(Place { fields: Arc::clone(fields), row: row.number });
    for (column, field) in fields.iter().enumerate() {
        let Some(field) = field else { continue };
        let text = row.cells.get(column).map(String::as_str).unwrap_or_default();
        if text.trim().is_empty() {
            continue;
        }
        match cells::value(field, text) {
            Ok(value) => draft.put(field, value),
            Err((reason, remedy)) => {
                let cell = format!("{}{}", letters(column), row.number);
                draft.flaws.push(Flaw { cell: Some(cell), field: (*field).to_owned(), reason, remedy });
            }
        }
    }
    several_names(&mut draft);
    // A suggestion without a situation: the text that there is, in one piece.
    if draft.item.contains_key("body") {
        join_parts(&mut draft);
    } else if !draft.item.contains_key("situation")
        && let Some(text) = draft.item.remove("suggestions").or_else(|| draft.item.remove("causes"))
    {
        draft.item.insert("body".to_owned(), text);
    }
    draft
}

/// 张三、李四 in the column of the contributor: the first one, and the others beside him.
fn several_names(draft: &mut Draft) {
    let Some(all) = draft.text("contributor.name").map(cells::names) else { return };
    let (Some(first), true) =
        (all.first().cloned(), all.len() > 1 && all.iter().all(|name| name.chars().count() <= 8))
    else {
        return;
    };
    draft.put("contributor.name", first);
    if !draft.item.contains_key("co_contributors") {
        draft.put(
            "co_contributors",
            cells::value("co_contributors", &all[1..].join("、")).unwrap_or_default(),
        );
    }
}

/// The contract takes either a body or parts: with both, the parts follow the body.
fn join_parts(draft: &mut Draft) {
    let mut body = draft.text("body").unwrap_or_default().to_owned();
    for part in ["situation", "causes", "suggestions"] {
        if let Some(text) = draft.item.remove(part).as_ref().and_then(|text| text.as_str()) {
            body.push('\n');
            body.push_str(text);
        }
    }
    draft.put("body", body);
}

/// The letters of a column: 0 is A, 27 is AB.
pub(super) fn letters(mut column: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.push(char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    out.iter().rev().collect()
}
