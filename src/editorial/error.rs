//! What a use case of the desk can answer instead of a result.

use axum::http::StatusCode;

use crate::bulletin::{CompileError, DocxError, NumberError};
use crate::index::IndexError;
use crate::model::{IdError, IllegalMove, TimeError};
use crate::store::StoreError;
use crate::web::Problem;

/// Policy: what the caller can mend is said in full; what it cannot is logged and answered as 500 or 503.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The facts.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A move that the workflow does not have.
    #[error(transparent)]
    Illegal(#[from] IllegalMove),
    /// An id of another shape.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A date of another shape.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The issue cannot be compiled as it is.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// No number can be given.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// The document could not be written.
    #[error("文件生成失败：{0}")]
    Document(#[from] DocxError),
    /// The issue cannot be typeset as PDF.
    #[cfg(feature = "pdf")]
    #[error(transparent)]
    Pdf(#[from] crate::bulletin::PdfError),
    /// A file could not be stored or read.
    #[error("文件存取失败：{0}")]
    File(#[from] std::io::Error),
    /// No such series.
    #[error("没有刊物“{id}”，现有：{known}")]
    NoSeries {
        /// As asked.
        id: String,
        /// What there is.
        known: String,
    },
    /// Something that the request lacks or has too much of.
    #[error("{0}")]
    Request(String),
    /// Somebody with other rights, or another person, must do it.
    #[error("{0}")]
    Forbidden(String),
    /// The message of a dead letter was not taken.
    #[error("重新投递未成功：{0}")]
    Resend(String),
    /// The program is ending.
    #[error("正在停机")]
    Ending,
    /// A computation ended without a result.
    #[error("内部计算出错：{0}")]
    Broken(String),
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match &error {
            DeskError::Store(StoreError::NotFound(what)) => Self::not_found(format!("没有找到：{what}")),
            DeskError::Store(StoreError::Stale) => Self::conflict("stale", error.to_string()),
            DeskError::Store(StoreError::Constraint(_)) => Self::conflict("constraint", error.to_string()),
            DeskError::Store(StoreError::Unavailable(_)) | DeskError::Ending | DeskError::Resend(_) => {
                Self::unavailable(error.to_string())
            }
            DeskError::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "forbidden", error.to_string()),
            DeskError::Illegal(_) => Self::conflict("illegal_move", error.to_string()),
            DeskError::Id(_) => Self::not_found(error.to_string()),
            DeskError::Index(IndexError::Cursor) => {
                Self::new(StatusCode::BAD_REQUEST, "bad_cursor", error.to_string())
            }
            DeskError::Compile(_)
            | DeskError::Number(_)
            | DeskError::NoSeries { .. }
            | DeskError::Time(_)
            | DeskError::Request(_) => Self::invalid(error.to_string()),
            #[cfg(feature = "pdf")]
            DeskError::Pdf(crate::bulletin::PdfError::Missing(_)) => Self::invalid(error.to_string()),
            #[cfg(feature = "pdf")]
            DeskError::Pdf(_) => Self::internal(&error),
            DeskError::Store(_)
            | DeskError::Index(_)
            | DeskError::Document(_)
            | DeskError::File(_)
            | DeskError::Broken(_) => Self::internal(&error),
        }
    }
}
