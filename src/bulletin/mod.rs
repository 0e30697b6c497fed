//! (7) Bulletins: from signed texts to a numbered issue as it is printed (DOMAIN §3).
//!
//! ```text
//! Series (config/series/*.toml) ┐                         ┌► write_docx   what the office prints and edits
//! IssueInput (texts, number) ───┴► compile ► Document ────┼► write_html   what the desk previews
//! NumberBook, dates ► next_number                         └► plain_text, content_hash
//!
//! Form (config/forms/*.toml) ─► Sheet ─► write_sheet_docx, write_sheet_pdf    核稿单, 签批单, 送阅单
//! ```
//!
//! Everything here is pure: no clock, no files, no chance. The same series and input give the same document, and the
//! same document gives the same bytes, so an issue can be compiled again and compared with what was frozen. The page
//! follows GB/T 9704-2012; what an office may want different is in the series' file. Only `docx` knows docx-rs.

mod compile;
mod document;
mod docx;
mod form;
mod html;
mod layout;
mod letter;
mod number;
mod overprint;
mod paragraphs;
mod past;
#[cfg(feature = "pdf")]
mod pdf;
mod picture;
mod qr;
mod sample;
mod series;
mod title;
mod words;

pub use compile::{CompileError, IssueInput, compile, compile_with};
pub use document::{Article, Block, Document, Foot, Lead, Masthead, Name, Piece};
pub use docx::{DocxError, write as write_docx, write_sheet as write_sheet_docx};
pub use form::{Filling, Form, FormOf, Sheet, SheetRow};
pub use html::write as write_html;
pub use layout::LINES_A_PAGE;
pub use letter::{Letter, Sent, UseNotice, Used, report};
pub use number::{NumberError, NumberRequest, next_number};
pub use overprint::Offset;
pub use past::{PastArticle, PastError, PastIssue, pdf_paragraphs, read_past};
#[cfg(feature = "pdf")]
pub use pdf::{
    Missing, Pdf, PdfError, Press, write as write_pdf, write_overprint, write_sheet as write_sheet_pdf,
};
pub use picture::{Picture, PictureError, PictureKind};
pub use qr::Qr;
pub use sample::sample;
pub use series::{Contents, CopyFiles, Numbering, Recipients, Series, SeriesError, SeriesKind, Shown};
pub use title::LINE_MAX as TITLE_LINE;
pub use words::{crude_words, cut_at};

#[cfg(test)]
mod tests;
