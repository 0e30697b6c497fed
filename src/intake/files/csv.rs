//! CSV: commas, semicolons or tabs, quotes, line breaks within quotes.

use super::draft::Reading;
use super::table::{ROWS_MAX, Row};
use super::{FileError, header, table};

/// Bytes in which a header is looked for.
const HEAD: usize = 8192;
/// Signs that may part the cells of a row.
const SEPARATORS: [char; 5] = [',', '\t', ';', '，', '|'];

pub(super) fn read(text: &str) -> Result<Reading, FileError> {
    let rows = rows(text, separator(text));
    let mut reading = table::read(&rows, None)?;
    if rows.len() >= ROWS_MAX {
        reading.notes.push(format!("只读了前 {ROWS_MAX} 行，其余请另存为一份"));
    }
    Ok(reading)
}

/// The rows as they stand.
pub(super) fn raw(text: &str) -> Vec<Row> {
    rows(text, separator(text))
}

/// Whether one of the first lines is a header of ours.
pub(super) fn has_header(text: &str) -> bool {
    let head = head(text);
    SEPARATORS.iter().any(|sign| header_within(head, *sign, 3) > 0)
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// How many columns of a header are known, if one stands in the first lines.
fn header_within(head: &str, separator: char, lines: usize) -> usize {
    let known = |row: &Row| header::columns(&row.cells).map_or(0, |fields| fields.iter().flatten().count());
    rows(head, separator).iter().take(lines).map(known).max().unwrap_or(0)
}

/// The sign that parts the header into names that are known; without such a header, the one that parts most of the cells
/// in the first lines. A long text has more commas of its own than the table has columns.
fn separator(text: &str) -> char {
    let head = head(text);
    let first: Vec<&str> = head.lines().filter(|line| !line.trim().is_empty()).take(5).collect();
    let count = |sign: char| first.iter().map(|line| line.matches(sign).count()).max().unwrap_or(0);
    let rank = |sign: &char| (header_within(head, *sign, 10), count(*sign), *sign == ',');
    SEPARATORS.into_iter().max_by_key(rank).unwrap_or(',')
}

fn rows(text: &str, separator: char) -> Vec<Row> {
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut line, mut first_line) = (false, 1, 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            '\n' => {
                line += 1;
                if quoted {
                    cell.push('\n');
                    continue;
                }
                cells.push(std::mem::take(&mut cell));
                rows.push(Row { number: first_line, cells: std::mem::take(&mut cells) });
                first_line = line;
                if rows.len() >= ROWS_MAX {
                    return rows;
                }
            }
            c if c == separator && !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        rows.push(Row { number: first_line, cells });
    }
    rows
}
