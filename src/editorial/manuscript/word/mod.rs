//! A manuscript as a Word file and back: written with a hidden mark of its version, read with its tracked changes and
//! comments, whoever wrote it (Word, WPS, LibreOffice).

mod mark;
mod read;
mod take;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub use mark::Mark;
pub use read::{Note, Tracked, Word, read};
pub use take::{Origin, Received, told};
use write::write;

/// Largest Word file that is read.
pub const FILE_MAX: usize = 8 << 20;
/// Largest part of one, unpacked: 30,000 characters with all their properties are far below.
const PART_MAX: u64 = 24 << 20;

/// Why a file is not read. Each says what to do.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WordError {
    /// Nothing was chosen.
    #[error("没有选中文件，请选择要上传的 Word 文件（.docx）")]
    Empty,
    /// The old binary format, or a file behind a password.
    #[error("这是旧版 .doc 文件或加了密码的文件，读不出。请在 Word 或 WPS 中去掉密码，另存为 .docx 后再上传")]
    Old,
    /// Something else altogether.
    #[error("这不是 Word 文件（.docx）。请在 Word 或 WPS 中另存为 .docx 后再上传")]
    Other,
    /// It breaks off, or its parts cannot be read.
    #[error("Word 文件已损坏，读不出（{0}）。请在 Word 或 WPS 中打开，另存一份后再上传")]
    Damaged(String),
    /// A part of it is too large.
    #[error("Word 文件的{0}太大，读不了。请删去与文字无关的内容，另存后再上传")]
    Large(&'static str),
    /// No text.
    #[error("Word 文件中没有文字，没有可以写入的内容")]
    Blank,
}
