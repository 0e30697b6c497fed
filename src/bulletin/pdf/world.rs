//! What typst sees while it typesets one issue: the page description, the data, the fonts; no clock, no files.

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use super::PdfError;
use super::fonts::Press;

/// Where the page description reads the issue from.
const DATA: &str = "issue.json";

/// One issue to typeset.
pub(super) struct Job<'a> {
    press: &'a Press,
    data_id: FileId,
    data: Bytes,
}

/// The id of a file by its name.
pub(super) fn file_id(name: &str) -> Result<FileId, PdfError> {
    let path = VirtualPath::new(name).map_err(|error| PdfError::Typeset(error.to_string()))?;
    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}

impl<'a> Job<'a> {
    /// # Errors
    /// Never in practice: the name of the data is a fixed one.
    pub(super) fn new(press: &'a Press, data: Vec<u8>) -> Result<Self, PdfError> {
        Ok(Self { press, data_id: file_id(DATA)?, data: Bytes::new(data) })
    }
}

impl World for Job<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.press.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.press.template.id() {
            Ok(self.press.template.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data_id { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
