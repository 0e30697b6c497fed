//! A document as a Word file: styles after GB/T 9704-2012, parts in the order of ECMA-376, the same bytes each time.
//!
//! docx-rs writes the parts; [`schema`] puts their elements in the order that the standard demands and adds what
//! docx-rs cannot say; [`package`] zips them with fixed order and times.

mod contents;
mod foot;
mod package;
mod pieces;
mod schema;
mod sheet;
mod styles;
mod tables;
pub(in crate::bulletin) mod xml;

use docx_rs::{DocGridType, Docx, PageMargin};

use super::document::{Block, Document, Piece};
use super::layout;

pub use sheet::write_sheet;

/// Why no Word file came out. None of these can be caused by an issue's text.
#[derive(Debug, thiserror::Error)]
pub enum DocxError {
    /// A part that docx-rs wrote cannot be read back.
    #[error("DOCX 部件 {part} 无法整理：{why}")]
    Part {
        /// Its name in the package.
        part: &'static str,
        /// Why.
        why: String,
    },
    /// The archive cannot be written.
    #[error("DOCX 打包失败：{0}")]
    Package(#[from] zip::result::ZipError),
    /// Bytes cannot be written to memory.
    #[error("DOCX 写入失败：{0}")]
    Write(#[from] std::io::Error),
}

/// Writes the document as DOCX. Equal documents give equal bytes. `article_pages` fill the 目录 in, as far as known;
/// Word and WPS count again when the field is brought up to date.
///
/// # Errors
/// [`DocxError`] when the file cannot be put together.
pub fn write(document: &Document, article_pages: &[usize]) -> Result<Vec<u8>, DocxError> {
    let created = format!("{}T00:00:00Z", document.date);
    let mut docx = styles::defaults(page(Docx::new())).created_at(&created).updated_at(&created);
    docx = styles::all(document).into_iter().fold(docx, Docx::add_style);
    docx = pieces::head(document).into_iter().fold(docx, Docx::add_paragraph);
    for (at, piece) in document.flow().into_iter().enumerate() {
        docx = match piece {
            Piece::Block(Block::Picture { caption, picture }) => {
                pieces::picture(at, picture, caption.as_deref()).into_iter().fold(docx, Docx::add_paragraph)
            }
            piece => add(docx, document, piece, article_pages),
        };
    }
    docx = docx.add_table(foot::table(&document.foot)).add_paragraph(foot::anchor());
    docx = docx.footer(foot::page_number(true)).even_footer(foot::page_number(false));
    package::pack(docx.build(), &package::About::issue(document))
}

/// A4, the margins and the line grid (GB/T 9704-2012 5.2).
fn page(mut docx: Docx) -> Docx {
    let twips = |value: u32| i32::try_from(value).unwrap_or_default();
    let margins = PageMargin::new()
        .top(twips(layout::MARGIN_TOP))
        .bottom(twips(layout::MARGIN_BOTTOM))
        .left(twips(layout::MARGIN_LEFT))
        .right(twips(layout::MARGIN_RIGHT))
        .footer(twips(layout::FOOTER));
    docx = docx.page_size(layout::PAGE.0, layout::PAGE.1).page_margin(margins);
    let grid = docx_rs::DocGrid::new().grid_type(DocGridType::Lines).line_pitch(layout::LINE as usize);
    docx.document.section_property = docx.document.section_property.doc_grid(grid);
    docx
}

fn add(docx: Docx, document: &Document, piece: Piece<'_>, pages: &[usize]) -> Docx {
    let paragraphs = match piece {
        Piece::Note(note) => pieces::note(note, document.articles.len() > 1),
        Piece::Contents(titles) => contents::contents(titles, pages),
        Piece::Title { lines, article } => {
            vec![pieces::title(lines, article, article == 0 && document.contents.is_empty())]
        }
        Piece::Block(Block::Table { caption, rows }) => {
            let docx = caption.iter().map(|text| pieces::table_caption(text)).fold(docx, Docx::add_paragraph);
            return docx.add_table(tables::table(rows)).add_paragraph(pieces::after_table());
        }
        Piece::Block(block) => vec![pieces::block(block)],
        Piece::Credit(credit) => vec![pieces::credit(credit)],
        Piece::Earlier(lines) => {
            return docx.add_paragraph(pieces::blank()).add_table(tables::end_box(lines));
        }
    };
    paragraphs.into_iter().fold(docx, Docx::add_paragraph)
}

#[cfg(test)]
mod tests;
