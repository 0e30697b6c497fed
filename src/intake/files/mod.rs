//! Files as they come: spreadsheets, Word, text, PDF, ZIP of these. What a file holds becomes drafts of items, each with
//! its place, or a sentence in Chinese that says why not and what to do.
//!
//! ```text
//! bytes ─► kind (by what they are, not by the ending) ─┬► table: xlsx xls csv ─► header by name ─► a draft a row
//!                                                      ├► letter: docx txt pdf ─► title, author, unit, date ─► drafts
//!                                                      ├► lines: JSONL, JSON
//!                                                      └► archive: each file in it (GBK names, limits)
//! ```
//!
//! A draft carries its external id, made of its content where the file names none ([`Naming`]): the same file again adds nothing.

mod archive;
mod cells;
mod csv;
mod docx;
mod draft;
mod encoding;
mod header;
mod kind;
mod letter;
mod lines;
mod message;
mod name;
mod office;
mod pages;
mod people;
mod sheet;
mod table;
mod template;
mod text;

pub use draft::{Column, Draft, Flaw, Naming, Reading, SECRET, check_all};
pub use message::{Message, message};
pub use office::convert;
pub use template::template;

use kind::FileKind;

/// Largest file that is read.
pub const FILE_MAX: usize = 64 << 20;

/// Why a file gives nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Nothing in it.
    #[error("文件是空的")]
    Empty,
    /// Larger than is read.
    #[error("文件有 {0} MB，超过 64 MB 的上限，请分成几份")]
    TooLarge(usize),
    /// Of a kind that is not read.
    #[error("{0}")]
    Kind(String),
    /// It cannot be opened without a password.
    #[error("文件设有密码，请去掉密码（文件—信息—保护文档）后再报")]
    Password,
    /// Broken.
    #[error("文件损坏，无法读取：{0}；请在原软件中打开、另存后再报")]
    Damaged(String),
    /// It unpacks to more than any honest file.
    #[error("压缩包展开后过大或文件过多，已停止读取；请分成几份，直接报送其中的文件")]
    Bomb,
    /// A table without a header.
    #[error("没有找到表头：前 10 行中应有一行写明“标题”“正文”等列名；可用 minyi submit --template 得到模板")]
    NoHeader,
    /// No text in it.
    #[error("{0}")]
    NoText(String),
    /// The name bears a secrecy mark.
    #[error("严禁处理涉密信息：文件名中有密级标志，未读取、未保存")]
    Secret,
    /// Something in it bears a secrecy mark.
    #[error("严禁处理涉密信息：文件中有密级标志，整份文件未保存、未报送")]
    SecretInside,
}

/// The text of a PDF, paragraph by paragraph.
pub type PdfReader = dyn Fn(&[u8]) -> Result<Vec<String>, String>;
/// Old and WPS formats as new ones: bytes, the ending they have, the ending they should get.
pub type Converter = dyn Fn(&[u8], &str, &str) -> Result<Vec<u8>, String>;

/// What is done elsewhere, by crates and programs that do not live here.
#[derive(Default, Clone, Copy)]
pub struct Helpers<'a> {
    /// Reads the text of PDFs; without it they are refused.
    pub pdf: Option<&'a PdfReader>,
    /// LibreOffice; without it .doc, .wps, .et and .rtf are refused.
    pub office: Option<&'a Converter>,
}

/// Reads a file; `name` is its name with the ending.
///
/// # Errors
/// [`FileError`] when it gives no item at all.
pub fn read(name: &str, bytes: &[u8], helpers: Helpers<'_>) -> Result<Reading, FileError> {
    if bytes.len() > FILE_MAX {
        return Err(FileError::TooLarge(bytes.len() >> 20));
    }
    if crate::intake::secrecy::find_mark(name) {
        return Err(FileError::Secret);
    }
    // The crates that parse strangers' files are not ours: a panic in one of them is a damaged file.
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| open(name, bytes, helpers, 0)));
    let mut reading = read.unwrap_or_else(|_| Err(FileError::Damaged("内容无法解析".to_owned())))?;
    let mut naming = Naming::default();
    reading.drafts.iter_mut().for_each(|draft| naming.name(&mut draft.item));
    Ok(reading)
}

/// A row of a table: its number in the file, from 1, and its cells.
pub type TableRow = (usize, Vec<String>);

/// The rows of a table that holds no items, sheet by sheet.
///
/// # Errors
/// [`FileError`] when it is no spreadsheet.
pub fn tables(name: &str, bytes: &[u8]) -> Result<Vec<(String, Vec<TableRow>)>, FileError> {
    if bytes.len() > FILE_MAX {
        return Err(FileError::TooLarge(bytes.len() >> 20));
    }
    if crate::intake::secrecy::find_mark(name) {
        return Err(FileError::Secret);
    }
    let open = || match kind::of(name, bytes)? {
        found @ (FileKind::Xlsx | FileKind::Xls | FileKind::Xlsb | FileKind::Ods) => sheet::raw(found, bytes),
        FileKind::Csv | FileKind::Text => Ok(vec![(String::new(), csv::raw(&encoding::decode(bytes)?))]),
        _ => Err(FileError::Kind("不是表格，请另存为 XLSX 或 CSV 再选".to_owned())),
    };
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(open));
    let sheets = read.unwrap_or_else(|_| Err(FileError::Damaged("内容无法解析".to_owned())))?;
    let rows = |rows: Vec<table::Row>| rows.into_iter().map(|row| (row.number, row.cells)).collect();
    Ok(sheets.into_iter().map(|(name, of)| (name, rows(of))).collect())
}

/// The paragraphs of a document that is no item: DOCX, text, PDF, and old formats by way of LibreOffice.
///
/// # Errors
/// [`FileError`] when it is no document, has no text, or bears a secrecy mark.
pub fn paragraphs(name: &str, bytes: &[u8], helpers: Helpers<'_>) -> Result<Vec<String>, FileError> {
    if bytes.len() > FILE_MAX {
        return Err(FileError::TooLarge(bytes.len() >> 20));
    }
    if crate::intake::secrecy::find_mark(name) {
        return Err(FileError::Secret);
    }
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| document(name, bytes, helpers, 0)));
    let read = read.unwrap_or_else(|_| Err(FileError::Damaged("内容无法解析".to_owned())))?;
    let lines: Vec<String> = read.into_iter().map(|one| one.text).collect();
    if lines.iter().any(|line| crate::intake::secrecy::find_mark(line)) {
        return Err(FileError::SecretInside);
    }
    Ok(lines)
}

fn document(
    name: &str,
    bytes: &[u8],
    helpers: Helpers<'_>,
    depth: usize,
) -> Result<Vec<letter::Paragraph>, FileError> {
    match kind::of(name, bytes)? {
        FileKind::Docx => docx::paragraphs(bytes),
        FileKind::Text | FileKind::Csv => Ok(text::paragraphs(&encoding::decode(bytes)?)),
        FileKind::Pdf => pages::paragraphs(bytes, helpers.pdf),
        FileKind::Old { ending, becomes: "docx" } if depth == 0 => {
            let office = helpers.office.ok_or_else(|| kind::without_office(ending))?;
            let converted = office(bytes, ending, "docx").map_err(FileError::Kind)?;
            document("converted.docx", &converted, helpers, depth + 1)
        }
        _ => Err(FileError::Kind("只能放入 TXT、DOCX 或 PDF，请另存为其中一种".to_owned())),
    }
}

/// Reads a file that lies `depth` archives deep.
fn open(name: &str, bytes: &[u8], helpers: Helpers<'_>, depth: usize) -> Result<Reading, FileError> {
    let found = kind::of(name, bytes)?;
    let mut reading = match found {
        FileKind::Xlsx | FileKind::Xls | FileKind::Xlsb | FileKind::Ods => sheet::read(found, bytes)?,
        FileKind::Csv => csv::read(&encoding::decode(bytes)?)?,
        FileKind::Json => lines::read(&encoding::decode(bytes)?),
        FileKind::Docx => letter::read(name, &docx::paragraphs(bytes)?)?,
        FileKind::Text => letter::read(name, &text::paragraphs(&encoding::decode(bytes)?))?,
        FileKind::Pdf => letter::read(name, &pages::paragraphs(bytes, helpers.pdf)?)?,
        FileKind::Old { ending, becomes } => {
            let office = helpers.office.ok_or_else(|| kind::without_office(ending))?;
            let converted = office(bytes, ending, becomes).map_err(FileError::Kind)?;
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            // Once only: what comes out of the converter is no old format again.
            if depth > archive::DEPTH_MAX {
                return Err(FileError::Bomb);
            }
            open(&format!("{stem}.{becomes}"), &converted, helpers, depth + 1)?
        }
        FileKind::Archive => archive::read(bytes, helpers, depth)?,
    };
    if let Some(note) = found.note(name) {
        reading.notes.insert(0, note);
    }
    Ok(reading)
}

#[cfg(test)]
mod tests;
