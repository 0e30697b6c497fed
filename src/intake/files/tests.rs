//! Awkward files, made here: each gives items or a sentence in Chinese, and none takes long.

mod letters;
mod packed;
mod tables;

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use encoding_rs::GB18030;
use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::model::{KindId, Timestamp};

const TITLE: &str = "关于增设路灯的建议";
const BODY: &str = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设路灯并明确管护单位。";
const LONGEST: Duration = Duration::from_secs(20);

fn read_it(name: &str, bytes: &[u8]) -> Result<Reading, FileError> {
    let begun = Instant::now();
    let result = read(name, bytes, Helpers::default());
    assert!(begun.elapsed() < LONGEST, "{name} took {:?}", begun.elapsed());
    result
}

fn drafts(name: &str, bytes: &[u8]) -> Vec<Draft> {
    read_it(name, bytes).unwrap_or_else(|error| panic!("{name}: {error}")).drafts
}

fn refused(name: &str, bytes: &[u8], says: &str) {
    let error = read_it(name, bytes).expect_err(name).to_string();
    assert!(error.contains(says), "{name}: {error}");
}

fn one(name: &str, bytes: &[u8]) -> Draft {
    let mut all = drafts(name, bytes);
    assert_eq!(all.len(), 1, "{name}: {all:#?}");
    all.remove(0)
}

fn good(draft: &Draft) {
    let flaws = flaws(draft);
    assert!(flaws.is_empty(), "{}: {flaws:?}", draft.place);
}

fn flaws(draft: &Draft) -> Vec<Flaw> {
    let now = Timestamp::parse("2026-03-01T09:00:00+08:00").expect("time");
    let kinds: [KindId; 1] = ["opinion".parse().expect("kind")];
    draft.check(now, 24, &kinds)
}

fn gbk(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

fn csv_text() -> String {
    format!(
        "标题,正文,反映人,日期\n{TITLE},{BODY},张三,2026-01-08\n关于修补路面的建议,{BODY},李四,2026/1/9\n"
    )
}

/// A ZIP with these files, names as bytes.
fn zipped(files: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut marks = Vec::new();
    for (at, (name, content)) in files.iter().enumerate() {
        // A name of the same length in ASCII, put right afterwards: the writer takes no other bytes.
        let stand_in = if name.is_ascii() {
            String::from_utf8_lossy(name).into_owned()
        } else {
            format!("{at:0>width$}", width = name.len())
        };
        marks.push((stand_in.clone().into_bytes(), name.to_vec()));
        zip.start_file(stand_in, options).expect("an entry");
        zip.write_all(content).expect("written");
    }
    let mut bytes = zip.finish().expect("a ZIP").into_inner();
    for (from, to) in marks.iter().filter(|(from, to)| from != to) {
        let mut at = 0;
        while let Some(found) = bytes[at..].windows(from.len()).position(|part| part == from.as_slice()) {
            bytes[at + found..at + found + to.len()].copy_from_slice(to);
            at += found + to.len();
        }
    }
    bytes
}

fn docx(body: &str) -> Vec<u8> {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
    );
    zipped(&[(b"[Content_Types].xml", b"<Types/>"), (b"word/document.xml", document.as_bytes())])
}

fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn heading(text: &str) -> String {
    format!(
        "<w:p><w:pPr><w:jc w:val=\"center\"/></w:pPr><w:r><w:rPr><w:sz w:val=\"44\"/></w:rPr><w:t>{text}</w:t></w:r></w:p>"
    )
}

fn row(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<w:tc>{}</w:tc>", p(cell))).collect();
    format!("<w:tr>{cells}</w:tr>")
}

fn book(fill: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(&mut book);
    book.save_to_buffer().expect("a workbook")
}

fn simple(header: &[&str], rows: &[&[&str]]) -> Vec<u8> {
    book(|book| {
        let sheet = book.add_worksheet();
        for (row, line) in (0_u32..).zip([header].into_iter().chain(rows.iter().copied())) {
            for (column, text) in (0_u16..).zip(line) {
                sheet.write(row, column, *text).expect("a cell");
            }
        }
    })
}
