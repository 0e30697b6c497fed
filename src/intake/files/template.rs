//! The spreadsheet that contributors fill in.

use rust_xlsxwriter::{Color, Format, FormatBorder, Workbook, XlsxError};

/// Columns: name, width, and what is to be said of it.
const COLUMNS: [(&str, f64, &str); 13] = [
    ("标题", 40.0, "必填，一事一议，不超过 100 字"),
    ("正文", 80.0, "必填（或改填“情况”“建议”两列），建议 1500 字以内"),
    ("情况", 50.0, "选填，反映的情况和问题；填了这一列就不填“正文”"),
    ("建议", 50.0, "选填，意见建议"),
    ("反映人", 12.0, "姓名；多人以顿号分开，第一位为第一反映人"),
    ("单位", 28.0, "工作单位全称"),
    ("职务", 18.0, "选填"),
    ("界别", 14.0, "选填"),
    ("党派", 12.0, "选填"),
    ("电话", 16.0, "选填，只供编辑联系"),
    ("区县", 12.0, "选填，事情发生的区县"),
    ("选题", 28.0, "选填，应征的选题：编号或发布时的全文"),
    ("日期", 14.0, "选填，例：2026-01-08"),
];

/// The template as an XLSX file.
///
/// # Errors
/// When it cannot be written, which has not been seen.
pub fn template() -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let head =
        Format::new().set_bold().set_background_color(Color::RGB(0x00E8_EEF7)).set_border(FormatBorder::Thin);
    let (text, wrapped) = (Format::new().set_num_format("@"), Format::new().set_text_wrap());
    let sheet = book.add_worksheet().set_name("来稿")?;
    for (column, (name, width, _)) in (0_u16..).zip(COLUMNS) {
        sheet.set_column_width(column, width)?;
        // Telephone numbers and dates stay as they are typed.
        sheet.set_column_format(column, &text)?;
        sheet.write_with_format(0, column, name, &head)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let notes = book.add_worksheet().set_name("填写说明")?;
    notes.set_column_width(0, 100.0)?;
    let said = ["一行一件；第一行列名不要改动，列的次序可以调换，不用的列可以删去。", "严禁处理涉密信息。"];
    for (row, line) in (0_u32..).zip(said) {
        notes.write_with_format(row, 0, line, &wrapped)?;
    }
    for (row, (name, _, said)) in (2_u32..).zip(COLUMNS) {
        notes.write_with_format(row, 0, format!("{name}：{said}"), &wrapped)?;
    }
    book.save_to_buffer()
}
