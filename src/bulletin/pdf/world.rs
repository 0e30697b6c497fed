//! What typst sees while it typesets one issue or form: the page description, its data, the fonts; no clock, no files.

use std::sync::Arc;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use super::PdfError;
use super::fonts::Press;

/// Where the page description reads what is to be set from.
const DATA: &str = "issue.json";

/// One issue or form to typeset.
pub(super) struct Job<'a> {
    press: &'a Press,
    page: &'a Source,
    data_id: FileId,
    data: Bytes,
    pictures: Vec<(FileId, Bytes)>,
}

/// What the page description calls a picture, by its number from 0.
pub(super) fn picture_name(number: usize) -> String {
    format!("picture-{number}")
}

/// The id of a file by its name.
pub(super) fn file_id(name: &str) -> Result<FileId, PdfError> {
    let path = VirtualPath::new(name).map_err(|error| PdfError::Typeset(error.to_string()))?;
    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}

impl<'a> Job<'a> {
    /// # Errors
    /// Never in practice: the names are fixed ones.
    pub(super) fn new(
        press: &'a Press,
        page: &'a Source,
        data: Vec<u8>,
        pictures: Vec<Arc<[u8]>>,
    ) -> Result<Self, PdfError> {
        let named =
            |(number, file): (usize, Arc<[u8]>)| Ok((file_id(&picture_name(number))?, Bytes::new(file)));
        let pictures = pictures.into_iter().enumerate().map(named).collect::<Result<_, PdfError>>()?;
        Ok(Self { press, page, data_id: file_id(DATA)?, data: Bytes::new(data), pictures })
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
        self.page.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.page.id() { Ok(self.page.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data_id {
            return Ok(self.data.clone());
        }
        let picture = self.pictures.iter().find(|(known, _)| *known == id);
        picture.map(|(_, file)| file.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
