//! The typesetter of PDFs, made when the first one is asked for: until then the process holds no font.

use std::path::PathBuf;

use crate::bulletin::{Document, Offset, Sheet};

use super::super::DeskError;

/// A typeset issue.
pub(in crate::editorial) struct Typeset {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its pages.
    pub pages: usize,
    /// Where each article begins.
    pub article_pages: Vec<usize>,
    /// Where each article ends: its page, and the lines above on it.
    pub article_ends: Vec<(usize, usize)>,
}

/// Where PDFs are typeset.
pub(in crate::editorial) struct Presses {
    #[cfg_attr(not(feature = "pdf"), expect(dead_code, reason = "fonts are read for PDFs only"))]
    fonts: PathBuf,
    #[cfg(feature = "pdf")]
    made: std::sync::OnceLock<Result<crate::bulletin::Press, String>>,
}

#[cfg(feature = "pdf")]
impl Presses {
    /// `fonts` = the folder of the office's own fonts; empty = none.
    pub fn new(fonts: PathBuf) -> Self {
        Self { fonts, made: std::sync::OnceLock::new() }
    }

    fn press(&self) -> Result<&crate::bulletin::Press, DeskError> {
        let make = || -> Result<_, String> {
            let own = own_fonts(&self.fonts)
                .map_err(|error| format!("无法读取字体目录 {}：{error}", self.fonts.display()))?;
            crate::bulletin::Press::new(own).map_err(|error| error.to_string())
        };
        self.made.get_or_init(make).as_ref().map_err(|why| DeskError::Request(why.clone()))
    }

    /// The PDF of an issue, once for each copy number (份号) if there are any; nothing where the program has no PDF.
    pub fn pdf(&self, document: &Document, copies: &[u32]) -> Result<Option<Typeset>, DeskError> {
        let pdf = crate::bulletin::write_pdf(self.press()?, document, copies)?;
        Ok(Some(Typeset {
            bytes: pdf.bytes,
            pages: pdf.pages,
            article_pages: pdf.article_pages,
            article_ends: pdf.article_ends,
        }))
    }

    /// 套打: the PDF without its red parts, moved; nothing where the program has no PDF.
    pub fn overprint(
        &self,
        document: &Document,
        copies: &[u32],
        offset: Offset,
    ) -> Result<Option<Vec<u8>>, DeskError> {
        Ok(Some(crate::bulletin::write_overprint(self.press()?, document, copies, offset)?.bytes))
    }

    /// The PDF of a filled form; nothing where the program has no PDF.
    pub fn sheet(&self, sheet: &Sheet) -> Result<Option<Vec<u8>>, DeskError> {
        Ok(Some(crate::bulletin::write_sheet_pdf(self.press()?, sheet)?))
    }

    /// One sentence for each character that would print as a box.
    pub fn missing(&self, document: &Document) -> Result<Vec<String>, DeskError> {
        let missing = self.press()?.missing(document);
        let told = |m: crate::bulletin::Missing| {
            format!("字体中没有“{}”（{}），见“{}”", m.character, m.code, m.place)
        };
        Ok(missing.into_iter().map(told).collect())
    }
}

#[cfg(not(feature = "pdf"))]
impl Presses {
    pub fn new(fonts: PathBuf) -> Self {
        Self { fonts }
    }

    pub fn pdf(&self, _document: &Document, _copies: &[u32]) -> Result<Option<Typeset>, DeskError> {
        Ok(None)
    }

    pub fn overprint(
        &self,
        _document: &Document,
        _copies: &[u32],
        _offset: Offset,
    ) -> Result<Option<Vec<u8>>, DeskError> {
        Ok(None)
    }

    pub fn sheet(&self, _sheet: &Sheet) -> Result<Option<Vec<u8>>, DeskError> {
        Ok(None)
    }

    pub fn missing(&self, _document: &Document) -> Result<Vec<String>, DeskError> {
        Ok(Vec::new())
    }
}

/// The font files of a folder, by name.
#[cfg(feature = "pdf")]
fn own_fonts(dir: &std::path::Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    if dir.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let ending = path.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
        if ["ttf", "otf", "ttc", "otc"].contains(&ending.as_str()) {
            files.push((path.display().to_string(), std::fs::read(&path)?));
        }
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(files)
}
