//! Spreadsheets: every visible sheet that has a header of ours. Only cells that hold something take memory.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek};

use calamine::{
    Data, DataRef, Dimensions, ExcelDateTime, Ods, OdsError, Range, Reader, SheetVisible, Xls, XlsError,
    Xlsb, XlsbError, Xlsx, XlsxError,
};

use super::draft::Reading;
use super::kind::FileKind;
use super::table::{ROWS_MAX, Row};
use super::{FileError, archive, table};

/// Columns that are looked at.
const COLUMNS_MAX: usize = 256;

/// The cells of a sheet: row by row, column by column, from 0.
type Cells = BTreeMap<u32, BTreeMap<u32, String>>;

/// Every visible sheet, by its name.
fn sheets(kind: FileKind, bytes: &[u8]) -> Result<Vec<(String, Cells)>, FileError> {
    if kind != FileKind::Xls {
        archive::measure(bytes)?;
    }
    match kind {
        FileKind::Xlsx => xlsx(bytes),
        FileKind::Xlsb => xlsb(bytes),
        FileKind::Xls => xls(bytes),
        _ => ods(bytes),
    }
}

/// The rows of every visible sheet that holds something, by its name.
pub(super) fn raw(kind: FileKind, bytes: &[u8]) -> Result<Vec<(String, Vec<Row>)>, FileError> {
    let filled = sheets(kind, bytes)?.into_iter().filter(|(_, cells)| !cells.is_empty());
    Ok(filled.map(|(name, cells)| (name, rows(cells))).collect())
}

pub(super) fn read(kind: FileKind, bytes: &[u8]) -> Result<Reading, FileError> {
    let sheets = sheets(kind, bytes)?;
    let several = sheets.len() > 1;
    let mut reading = Reading::default();
    let mut first_error = None;
    let mut skipped = Vec::new();
    for (name, cells) in sheets {
        if cells.is_empty() {
            continue;
        }
        match table::read(&rows(cells), several.then_some(name.as_str())) {
            Ok(mut one) => {
                reading.drafts.append(&mut one.drafts);
                reading.notes.append(&mut one.notes);
                reading.secret |= one.secret;
                if reading.columns.is_empty() {
                    reading.columns = one.columns;
                }
            }
            Err(error) => {
                skipped.push(name);
                first_error = first_error.or(Some(error));
            }
        }
    }
    if reading.drafts.is_empty() {
        return Err(first_error.unwrap_or_else(|| FileError::NoText("表格中没有内容".to_owned())));
    }
    if !skipped.is_empty() {
        reading.notes.push(format!("这些工作表没有表头，未导入：{}", skipped.join("、")));
    }
    Ok(reading)
}

fn rows(cells: Cells) -> Vec<Row> {
    cells
        .into_iter()
        .map(|(row, cells)| {
            let width = cells.keys().next_back().map_or(0, |last| *last as usize + 1);
            let mut line = vec![String::new(); width];
            for (column, text) in cells {
                line[column as usize] = text;
            }
            Row { number: row as usize + 1, cells: line }
        })
        .collect()
}

fn xlsx(bytes: &[u8]) -> Result<Vec<(String, Cells)>, FileError> {
    let wrong = |error: XlsxError| match error {
        XlsxError::Password => FileError::Password,
        other => FileError::Damaged(other.to_string()),
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(wrong)?;
    visible(&mut book, |book, name| {
        let mut reader = book.worksheet_cells_reader(name).map_err(wrong)?;
        let next = || Ok(reader.next_cell()?.map(|cell| (cell.get_position(), of_ref(cell.get_value()))));
        let mut cells = streamed(next).map_err(wrong)?;
        drop(reader);
        fill(&mut cells, &book.merge_cells_by_sheet_name(name).unwrap_or_default());
        Ok(cells)
    })
}

fn xlsb(bytes: &[u8]) -> Result<Vec<(String, Cells)>, FileError> {
    let wrong = |error: XlsbError| match error {
        XlsbError::Password => FileError::Password,
        other => FileError::Damaged(other.to_string()),
    };
    let mut book: Xlsb<_> = Xlsb::new(Cursor::new(bytes)).map_err(wrong)?;
    visible(&mut book, |book, name| {
        let mut reader = book.worksheet_cells_reader(name).map_err(wrong)?;
        let next = || Ok(reader.next_cell()?.map(|cell| (cell.get_position(), of_ref(cell.get_value()))));
        streamed(next).map_err(wrong)
    })
}

fn xls(bytes: &[u8]) -> Result<Vec<(String, Cells)>, FileError> {
    let wrong = |error: XlsError| match error {
        XlsError::Password => FileError::Password,
        other => FileError::Damaged(other.to_string()),
    };
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(wrong)?;
    visible(&mut book, |book, name| {
        let mut cells = ranged(&book.worksheet_range(name).map_err(wrong)?);
        fill(&mut cells, &book.merge_cells_by_sheet_name(name).unwrap_or_default());
        Ok(cells)
    })
}

fn ods(bytes: &[u8]) -> Result<Vec<(String, Cells)>, FileError> {
    let wrong = |error: OdsError| match error {
        OdsError::Password => FileError::Password,
        other => FileError::Damaged(other.to_string()),
    };
    let mut book: Ods<_> = Ods::new(Cursor::new(bytes)).map_err(wrong)?;
    visible(&mut book, |book, name| Ok(ranged(&book.worksheet_range(name).map_err(wrong)?)))
}

/// Each sheet that is not hidden, with its cells.
fn visible<R: Read + Seek, B: Reader<R>>(
    book: &mut B,
    cells: impl Fn(&mut B, &str) -> Result<Cells, FileError>,
) -> Result<Vec<(String, Cells)>, FileError> {
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.visible == SheetVisible::Visible);
    let names: Vec<String> = sheets.map(|sheet| sheet.name.clone()).collect();
    names
        .into_iter()
        .map(|name| {
            let cells = cells(book, &name)?;
            Ok((name, cells))
        })
        .collect()
}

/// The cells of a sheet that is read one by one.
fn streamed<E>(mut next: impl FnMut() -> Result<Option<((u32, u32), String)>, E>) -> Result<Cells, E> {
    let mut cells = Cells::new();
    while let Some((place, text)) = next()? {
        keep(&mut cells, place, text);
    }
    Ok(cells)
}

/// The cells of a sheet that is read as a whole.
fn ranged(range: &Range<Data>) -> Cells {
    let mut cells = Cells::new();
    let (top, left) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        keep(&mut cells, (top + row as u32, left + column as u32), of(value));
    }
    cells
}

fn keep(cells: &mut Cells, (row, column): (u32, u32), text: String) {
    if !text.is_empty()
        && (column as usize) < COLUMNS_MAX
        && (cells.len() < ROWS_MAX || cells.contains_key(&row))
    {
        cells.entry(row).or_default().insert(column, text);
    }
}

/// What stands in a merged cell holds for each of its rows.
fn fill(cells: &mut Cells, merged: &[Dimensions]) {
    for area in merged.iter().filter(|area| area.start.0 < area.end.0) {
        let Some(text) = cells.get(&area.start.0).and_then(|row| row.get(&area.start.1)).cloned() else {
            continue;
        };
        // Rows that hold nothing else are none.
        for (_, row) in cells.range_mut(area.start.0 + 1..=area.end.0) {
            row.entry(area.start.1).or_insert_with(|| text.clone());
        }
    }
}

fn of_ref(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => float(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(at) => date_time(at),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn of(value: &Data) -> String {
    match value {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => float(*number),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        Data::DateTime(at) => date_time(at),
        Data::Error(_) | Data::Empty => String::new(),
    }
}

/// A whole number without its point: telephone numbers are numbers for a spreadsheet.
fn float(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { number.to_string() }
}

fn date_time(at: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, ..) = at.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}
