//! Past issues: what the files of an office's earlier issues say of themselves (series, number, date, titles, credits).
//!
//! Offices name and lay their files out in many ways, so everything is read from two places where it can be, and what
//! is missing, guessed or contradicts itself is said as a doubt. Nothing doubtful should be taken unseen.

mod docx;
mod head;
#[cfg(feature = "pdf")]
mod pdf;
mod text;

use serde::{Deserialize, Serialize};

use crate::model::{LocalDate, SeriesId};

#[cfg(all(test, feature = "pdf"))]
pub use pdf::{Drawn, Glyph, drawn, glyphs};

/// A file as text, line by line, with what its look says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Line {
    text: String,
    /// 2号 or larger, or a heading of the first level: a masthead or a title.
    big: bool,
    /// Centred on its line.
    centred: bool,
    /// 目录 and other entries that end in a page number.
    entry: bool,
}

/// A past issue as read from its file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastIssue {
    /// 刊物代码, where the masthead or the file's name is that of a known series.
    pub series: Option<SeriesId>,
    /// The year that it is numbered in.
    pub year: Option<i32>,
    /// 第N期.
    pub number: Option<u32>,
    /// 总第N期.
    #[serde(default)]
    pub total: Option<u32>,
    /// 增刊.
    #[serde(default)]
    pub supplement: bool,
    /// The printed date.
    pub date: Option<LocalDate>,
    /// Its articles in order.
    pub articles: Vec<PastArticle>,
    /// What is missing, guessed or contradicts itself; empty = read without doubt.
    #[serde(default)]
    pub doubts: Vec<String>,
}

/// An article of a past issue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastArticle {
    /// 标题.
    pub title: String,
    /// 正文.
    pub body: String,
    /// 署名.
    #[serde(default)]
    pub credit: String,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PastError {
    /// Not one of the formats.
    #[error("不认识的文件类型，能读 DOCX 和有文字的 PDF；DOC、WPS 请先用 LibreOffice 转为 DOCX")]
    Kind,
    /// It is damaged.
    #[error("文件损坏，无法读取：{0}")]
    Damaged(String),
    /// A PDF that is only pictures.
    #[error("PDF 中没有文字（可能是扫描件），请改用 Word 文件或手工登记")]
    NoText,
}

/// Reads a past issue. `name` is the file's name with its ending; `known` are the series of the office: code and 刊名.
///
/// # Errors
/// [`PastError`] when the file holds no text that can be read.
pub fn read_past(name: &str, bytes: &[u8], known: &[(SeriesId, String)]) -> Result<PastIssue, PastError> {
    let lines = if bytes.starts_with(b"PK") {
        docx::lines(bytes)?
    } else if bytes.starts_with(b"%PDF") {
        pdf_lines(bytes)?
    } else {
        return Err(PastError::Kind);
    };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Ok(text::issue(stem, &lines, known))
}

/// The paragraphs of a PDF, for whoever reads other files than past issues.
///
/// # Errors
/// [`PastError`] when it holds no text that can be read.
pub fn pdf_paragraphs(bytes: &[u8]) -> Result<Vec<String>, PastError> {
    Ok(pdf_lines(bytes)?.into_iter().map(|line| line.text).collect())
}

#[cfg(feature = "pdf")]
fn pdf_lines(bytes: &[u8]) -> Result<Vec<Line>, PastError> {
    let lines = pdf::lines(bytes)?;
    if lines.iter().map(|line| line.text.chars().count()).sum::<usize>() < 50 {
        return Err(PastError::NoText);
    }
    Ok(lines)
}

#[cfg(not(feature = "pdf"))]
fn pdf_lines(_: &[u8]) -> Result<Vec<Line>, PastError> {
    Err(PastError::Kind)
}

#[cfg(test)]
mod tests;
