//! One table with who made it and when in its head, as XLSX and as CSV.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number as f64)
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Number(f64::from(number))
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// 来稿台账 …
    pub title: String,
    /// Who took it out, when, and of what.
    pub note: String,
    /// Heads with widths in characters.
    pub columns: Vec<(&'static str, u16)>,
    /// Row by row.
    pub rows: Vec<Vec<Cell>>,
}

/// Why no file came out.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The writer refuses.
    #[error("表格写出失败：{0}")]
    Xlsx(#[from] XlsxError),
}

/// Rows above the cells: title, note, heads.
const HEAD_ROWS: u32 = 3;

impl Sheet {
    /// As XLSX, to be printed on A4 across with the heads on every page. Texts are texts: none becomes a formula.
    ///
    /// # Errors
    /// [`SheetError`] as the writer reports.
    pub fn xlsx(&self) -> Result<Vec<u8>, SheetError> {
        let (mut book, last) =
            (Workbook::new(), u16::try_from(self.columns.len().max(1) - 1).unwrap_or(u16::MAX));
        let sheet = book.add_worksheet();
        let title = Format::new().set_bold().set_font_size(16).set_align(FormatAlign::Center);
        let note = Format::new().set_font_color("#596170").set_align(FormatAlign::Right);
        let head = Format::new().set_bold().set_border(FormatBorder::Thin).set_background_color("#EEF0F3");
        let cell = Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::Top);
        if last > 0 {
            sheet.merge_range(0, 0, 0, last, &self.title, &title)?;
            sheet.merge_range(1, 0, 1, last, &self.note, &note)?;
        } else {
            sheet.write_string_with_format(0, 0, &self.title, &title)?;
            sheet.write_string_with_format(1, 0, &self.note, &note)?;
        }
        for (at, (name, width)) in (0_u16..).zip(&self.columns) {
            sheet.write_string_with_format(2, at, *name, &head)?;
            sheet.set_column_width(at, f64::from(*width))?;
        }
        for (row, cells) in (HEAD_ROWS..).zip(&self.rows) {
            for (at, value) in (0_u16..).zip(cells) {
                match value {
                    Cell::Text(text) => sheet.write_string_with_format(row, at, text, &cell)?,
                    Cell::Number(number) => sheet.write_number_with_format(row, at, *number, &cell)?,
                };
            }
        }
        sheet.set_freeze_panes(HEAD_ROWS, 0)?;
        sheet.set_repeat_rows(2, 2)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        Ok(book.save_to_buffer()?)
    }

    /// As CSV with the mark by which spreadsheets know UTF-8. No cell is taken for a formula.
    pub fn csv(&self) -> String {
        let mut out = format!("\u{FEFF}{}\r\n{}\r\n", quoted(&self.title), quoted(&self.note));
        let heads: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        out.push_str(&heads.join(","));
        out.push_str("\r\n");
        for row in &self.rows {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| match cell {
                    Cell::Text(text) => quoted(text),
                    Cell::Number(number) => number.to_string(),
                })
                .collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
        out
    }
}

/// A cell that no spreadsheet takes for a formula.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Sheet {
        Sheet {
            title: "台账".to_owned(),
            note: "导出人：张".to_owned(),
            columns: vec![("标题", 40), ("字数", 8)],
            rows: vec![vec![text.into(), 12_i64.into()]],
        }
    }

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        for evil in ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx"] {
            let csv = sheet(evil).csv();
            assert!(csv.contains(&format!("\"'{}\"", evil)), "{csv}");
            let bytes = sheet(evil).xlsx().expect("a file");
            assert!(bytes.starts_with(b"PK"));
        }
        assert_eq!(quoted("他说“好”\"，\""), "\"他说“好”\"\"，\"\"\"");
    }

    #[test]
    fn a_csv_says_who_took_it_out_above_its_heads() {
        let csv = sheet("甲").csv();
        assert_eq!(csv, "\u{FEFF}\"台账\"\r\n\"导出人：张\"\r\n\"标题\",\"字数\"\r\n\"甲\",12\r\n");
    }
}
