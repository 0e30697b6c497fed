//! A document as PDF: typst as a library, the page of GB/T 9704-2012 in `bulletin.typ`, fonts embedded as subsets,
//! PDF/A-2b.
//!
//! Nothing is read or built before the first document is made: a serving process that prints nothing holds no font.

mod coverage;
mod fonts;
mod sheet;
mod world;

use std::sync::Arc;

use serde_json::{Value, json};
use typst::foundations::{NativeElement as _, Selector, Smart};
use typst::introspection::Introspector as _;
use typst::model::HeadingElem;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use super::document::{Block, CONTENTS_LABEL, Document, NOTE_LABEL};
use super::layout;
use super::overprint::Offset;

pub use coverage::Missing;
pub use fonts::Press;
pub use sheet::write_sheet;

/// Compilations that a cached piece of layout outlives unused. One issue uses little of another's.
const CACHE_AGE: usize = 1;

/// A typeset issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages an issue has, all copies together.
    pub pages: usize,
    /// On which page each article begins, in the first copy.
    pub article_pages: Vec<usize>,
    /// Where each article ends, in the first copy: the page, from 1, and how many lines of that page lie above.
    pub article_ends: Vec<(usize, usize)>,
}

/// Why no PDF came out.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// Characters that no font has; they would print as boxes.
    #[error("字体中缺少 {} 个字，不能排版：{}。请改字，或在 bulletin.fonts_dir 目录中放入含有这些字的字体", .0.len(), coverage::listed(.0))]
    Missing(Vec<Missing>),
    /// A font file of the office's folder is none.
    #[error("字体文件 {0} 无法读取，请换成 TTF、OTF 或 TTC 字体")]
    Font(String),
    /// The typesetter refuses. No text of an issue can cause this.
    #[error("PDF 排版失败：{0}")]
    Typeset(String),
}

/// Typesets an issue; with numbers (份号), once for each of them, one after the other in one file.
///
/// # Errors
/// [`PdfError::Missing`] where a character would print as a box; [`PdfError::Typeset`] as the typesetter reports.
pub fn write(press: &Press, document: &Document, copy_numbers: &[u32]) -> Result<Pdf, PdfError> {
    typeset(press, document, copy_numbers, None)
}

/// 套打: the same without what is printed red, for paper that has its red head already; everything moved by the offset.
///
/// # Errors
/// As [`write`].
pub fn write_overprint(
    press: &Press,
    document: &Document,
    copy_numbers: &[u32],
    offset: Offset,
) -> Result<Pdf, PdfError> {
    typeset(press, document, copy_numbers, Some(offset))
}

fn typeset(
    press: &Press,
    document: &Document,
    copy_numbers: &[u32],
    overprint: Option<Offset>,
) -> Result<Pdf, PdfError> {
    let missing = press.missing(document);
    if !missing.is_empty() {
        return Err(PdfError::Missing(missing));
    }
    let job = world::Job::new(
        press,
        &press.template,
        data(press, document, copy_numbers, overprint),
        pictures(document),
    )?;
    let paged: PagedDocument = typst::compile(&job).output.map_err(|errors| told(&errors))?;
    let standards =
        PdfStandards::new(&[PdfStandard::A_2b]).map_err(|e| PdfError::Typeset(e.message().to_string()))?;
    let options = PdfOptions {
        ident: Smart::Custom(ident(document, copy_numbers, overprint)),
        creator: Smart::Custom(Some("民意 Minyi".to_owned())),
        standards,
        // Tags would carry the region that the grid needs (see bulletin.typ) as the language of every line.
        tagged: false,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&paged, &options).map_err(|errors| told(&errors))?;
    let introspector = paged.introspector();
    let article_pages = introspector
        .query(&Selector::Elem(HeadingElem::ELEM, None))
        .iter()
        .filter(|found| {
            found
                .to_packed::<HeadingElem>()
                .is_some_and(|h| h.resolve_level(typst::foundations::StyleChain::default()).get() == 1)
        })
        .filter_map(|found| Some(introspector.page(found.location()?)?.get()))
        .collect();
    let article_ends = introspector
        .query(&Selector::Elem(typst::introspection::MetadataElem::ELEM, None))
        .iter()
        .filter_map(|found| introspector.position(found.location()?))
        .map(|at| (at.page.get(), layout::lines_above(at.point.y.to_pt())))
        .collect();
    let pdf = Pdf { bytes, pages: paged.pages().len(), article_pages, article_ends };
    drop(paged);
    typst::comemo::evict(CACHE_AGE);
    Ok(pdf)
}

/// What tells one file from every other.
fn ident(document: &Document, copy_numbers: &[u32], overprint: Option<Offset>) -> String {
    let overprint = overprint.map(|Offset { x, y }| format!("-{x},{y}")).unwrap_or_default();
    format!("{}-{copy_numbers:?}{overprint}", document.content_hash())
}

/// What the page description reads.
fn data(press: &Press, document: &Document, copy_numbers: &[u32], overprint: Option<Offset>) -> Vec<u8> {
    let (size, space) = layout::masthead(&document.masthead.name);
    let copies: Vec<Option<String>> = match copy_numbers {
        [] => vec![None],
        numbers => numbers.iter().map(|number| Some(format!("{number:06}"))).collect(),
    };
    let (names, printed) = document.foot.last_line();
    let recipients: Vec<String> =
        document.foot.recipients().map(|(label, list)| format!("{label}：{list}")).collect();
    let issue = json!({
        "document": described(document),
        "title": format!("{} {}", document.masthead.name, document.issue_line),
        "year": document.date.year(), "month": document.date.month(), "day": document.date.day(),
        "date": document.date.chinese(),
        "name_size": f64::from(size) / 2.0, "name_space": f64::from(space) / f64::from(layout::POINT),
        "note_label": NOTE_LABEL, "contents_label": CONTENTS_LABEL,
        "own_families": press.own_families(),
        "recipients": recipients, "names": names, "copies": printed, "copy_numbers": copies,
        "overprint": overprint,
    });
    issue.to_string().into_bytes()
}

/// The files of the pictures, in order; the page description asks for them by their number, from 0.
fn pictures(document: &Document) -> Vec<Arc<[u8]>> {
    let blocks = document.articles.iter().flat_map(|article| &article.blocks);
    let file = |block: &Block| match block {
        Block::Picture { picture, .. } => Some(Arc::clone(&picture.bytes)),
        _ => None,
    };
    blocks.filter_map(file).collect()
}

/// The document as the page description reads it: with places to break in very long links and addresses, with the
/// measures of tables, and with pictures by their number in place of their files.
fn described(document: &Document) -> Value {
    let mut document = document.clone();
    let (mut shapes, mut count) = (Vec::new(), 0);
    let breakable = |text: &mut String| *text = layout::breakable(text).into_owned();
    document.editors_note.iter_mut().chain(&mut document.earlier).for_each(breakable);
    for article in &mut document.articles {
        article.credit.iter_mut().for_each(breakable);
        for block in &mut article.blocks {
            shapes.push(match block {
                Block::Heading { text, .. } | Block::Paragraph { text, .. } => {
                    breakable(text);
                    Value::Null
                }
                Block::Table { rows, .. } => {
                    let columns = json!(layout::columns(rows));
                    rows.iter_mut().flatten().for_each(breakable);
                    columns
                }
                Block::Picture { picture, .. } => {
                    let place = picture.place();
                    *picture = picture.measures();
                    let points = |twips: u32| f64::from(twips) / f64::from(layout::POINT);
                    count += 1;
                    json!({ "file": world::picture_name(count - 1), "lines": place.lines,
                        "width": points(place.width), "height": points(place.height) })
                }
            });
        }
    }
    let mut value = json!(document);
    let blocks = value["articles"].as_array_mut().into_iter().flatten();
    let blocks = blocks.filter_map(|article| article["blocks"].as_array_mut()).flatten();
    for (block, shape) in blocks.zip(shapes) {
        block["shape"] = shape;
    }
    value
}

fn told(errors: &[typst::diag::SourceDiagnostic]) -> PdfError {
    let texts: Vec<String> = errors.iter().take(3).map(|error| error.message.to_string()).collect();
    PdfError::Typeset(texts.join("；"))
}

#[cfg(test)]
mod overprint_tests;
#[cfg(test)]
pub(super) mod tests;
