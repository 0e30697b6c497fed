//! `minyi bulletin export`: a year's issues as one ZIP with an index sheet.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook};
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::client::Client;
use super::super::output::{list, number, progress, text};
use super::files::fetch;

/// The columns of the index sheet, each with its width in characters.
const COLUMNS: [(&str, f64); 8] = [
    ("刊物", 22.0),
    ("期号", 16.0),
    ("总期号", 8.0),
    ("印发日期", 12.0),
    ("标题", 60.0),
    ("署名", 40.0),
    ("签发", 10.0),
    ("文件", 36.0),
];

/// Runs it.
pub(super) async fn run(client: &mut Client, year: i32, out: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let out = out.unwrap_or_else(|| PathBuf::from(format!("刊物{year}.zip")));
    let issues = client.get(&format!("/api/v1/bulletins?year={year}")).await?;
    let issues = issues.as_array().cloned().unwrap_or_default();
    anyhow::ensure!(!issues.is_empty(), "{year} 年没有已编发的刊物");
    let file = File::create(&out).with_context(|| format!("无法写入 {}", out.display()))?;
    let mut zip = ZipWriter::new(file);
    let options = SimpleFileOptions::default();
    let bar = progress(issues.len() as u64, "导出");
    let mut rows = Vec::new();
    for record in &issues {
        let issue = client.get(&format!("/api/v1/bulletins/{}", text(record, "id"))).await?;
        let folder = text(&issue, "series_name").to_owned();
        let mut names = Vec::new();
        for file in list(&issue, "files").iter().filter(|file| text(file, "format") != "json") {
            let path = format!("/api/v1/bulletins/{}/files/{}", text(&issue, "id"), text(file, "format"));
            let bytes = fetch(client, &path, text(file, "name")).await?;
            let name = format!("{folder}/{}", text(file, "name"));
            zip.start_file(name.as_str(), options)?;
            zip.write_all(&bytes)?;
            names.push(text(file, "name").to_owned());
        }
        rows.extend(rows_of(&issue, &names));
        bar.inc(1);
    }
    bar.finish_and_clear();
    zip.start_file(format!("{year}年刊物目录.xlsx").as_str(), options)?;
    zip.write_all(&sheet(year, &rows)?)?;
    zip.finish()?;
    println!("{}：{} 期，{} 条", out.display(), issues.len(), rows.len());
    Ok(ExitCode::SUCCESS)
}

/// A row for each article of an issue.
fn rows_of(issue: &Value, files: &[String]) -> Vec<Vec<String>> {
    let total =
        issue.get("total").filter(|total| !total.is_null()).map(|_| number(issue, "total").to_string());
    let row = |manuscript: &Value| {
        let texts = manuscript.get("texts").cloned().unwrap_or_default();
        vec![
            text(issue, "series_name").to_owned(),
            text(issue, "label").to_owned(),
            total.clone().unwrap_or_default(),
            text(issue, "printed_date").to_owned(),
            text(&texts, "title").replace('\n', ""),
            text(&texts, "credit").replace('\n', ""),
            text(issue, "signer").to_owned(),
            files.join("；"),
        ]
    };
    list(issue, "manuscripts").iter().map(row).collect()
}

/// The index sheet.
fn sheet(year: i32, rows: &[Vec<String>]) -> anyhow::Result<Vec<u8>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(format!("{year}年刊物目录"))?;
    let plain =
        Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::VerticalCenter);
    let head = plain.clone().set_bold().set_align(FormatAlign::Center);
    for (column, (name, width)) in (0_u16..).zip(COLUMNS) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(0, column, name, &head)?;
    }
    for (row, cells) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string_with_format(row, column, cell, &plain)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, u32::try_from(rows.len()).unwrap_or(u32::MAX), 7)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(book.save_to_buffer()?)
}
