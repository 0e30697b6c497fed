//! PDF as paragraphs, read by whoever was handed in.

use super::letter::Paragraph;
use super::{FileError, PdfReader};

/// Fewer characters in all are a scan with a stray mark.
const CHARS_MIN: usize = 20;

pub(super) fn paragraphs(bytes: &[u8], reader: Option<&PdfReader>) -> Result<Vec<Paragraph>, FileError> {
    if bytes.windows(8).any(|part| part == b"/Encrypt") {
        return Err(FileError::Password);
    }
    let reader =
        reader.ok_or_else(|| FileError::Kind("本程序未含 PDF 功能，请改报 DOCX 或 TXT".to_owned()))?;
    let lines = reader(bytes).map_err(FileError::Damaged)?;
    if lines.iter().map(|line| line.trim().chars().count()).sum::<usize>() < CHARS_MIN {
        return Err(FileError::NoText("PDF 中没有文字（可能是扫描件），请报送 Word 或文本文件".to_owned()));
    }
    Ok(lines.into_iter().map(|text| Paragraph { text, ..Paragraph::default() }).collect())
}
