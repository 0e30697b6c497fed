//! The fonts that every office has because they come with the program, and its own before them.

use std::collections::HashSet;
use std::sync::OnceLock;

use typst::foundations::Bytes;
use typst::syntax::Source;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _};

use super::PdfError;
use super::world::file_id;

/// The page description of issues.
const TEMPLATE: &str = include_str!("bulletin.typ");
/// That of forms.
const SHEET: &str = include_str!("sheet.typ");

/// The fonts of `config/fonts`, in the program's file and read from there when first used.
const COMPILED_IN: [&[u8]; 5] = [
    include_bytes!("../../../config/fonts/FandolFang-Regular.otf"),
    include_bytes!("../../../config/fonts/FandolKai-Regular.otf"),
    include_bytes!("../../../config/fonts/FandolHei-Regular.otf"),
    include_bytes!("../../../config/fonts/FandolSong-Bold.otf"),
    include_bytes!("../../../config/fonts/NotoSerifCJKsc-Rare.otf"),
];

/// Everything that is the same for all issues: fonts and page description. Made once, when the first issue is typeset.
pub struct Press {
    pub(super) library: LazyHash<Library>,
    pub(super) book: LazyHash<FontBook>,
    pub(super) fonts: Vec<Font>,
    pub(super) template: Source,
    /// The page description of forms.
    pub(super) sheet: Source,
    /// How many of the fonts are the office's own; they come first.
    pub(super) own: usize,
    /// The characters that every face prints, found when first asked for.
    pub(super) printable: OnceLock<HashSet<u32>>,
}

impl std::fmt::Debug for Press {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Press").field("fonts", &self.fonts.len()).finish_non_exhaustive()
    }
}

impl Press {
    /// A press with the fonts that come with the program and, before them, the office's own: (file name, bytes).
    ///
    /// # Errors
    /// [`PdfError::Font`] for a file that holds no font.
    pub fn new(own: Vec<(String, Vec<u8>)>) -> Result<Self, PdfError> {
        let mut fonts = Vec::new();
        for (name, bytes) in own {
            let before = fonts.len();
            fonts.extend(Font::iter(Bytes::new(bytes)));
            if fonts.len() == before {
                return Err(PdfError::Font(name));
            }
        }
        let own = fonts.len();
        fonts.extend(COMPILED_IN.into_iter().flat_map(|bytes| Font::iter(Bytes::new(bytes))));
        let mut book = FontBook::new();
        fonts.iter().for_each(|font| book.push(font.info().clone()));
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(book),
            fonts,
            own,
            printable: OnceLock::new(),
            template: Source::new(file_id("bulletin.typ")?, TEMPLATE.to_owned()),
            sheet: Source::new(file_id("sheet.typ")?, SHEET.to_owned()),
        })
    }
}
