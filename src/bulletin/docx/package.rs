//! The ZIP package: fixed order, fixed times, nothing of the machine it was made on.

use std::io::{Cursor, Write};

use docx_rs::XMLDocx;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::super::document::{Block, Document};
use super::xml::{self, Element};
use super::{DocxError, schema};

/// What a file says of itself.
pub(super) struct About {
    /// Its title.
    pub title: String,
    /// Who made it.
    pub author: String,
    /// What stands under each picture, in order.
    pub captions: Vec<String>,
}

impl About {
    /// An issue of a bulletin.
    pub(super) fn issue(document: &Document) -> Self {
        Self {
            title: format!("{} {}", document.masthead.name, document.issue_line),
            author: document.unit.clone(),
            captions: captions(document).collect(),
        }
    }
}

/// Puts the parts in order and zips them.
///
/// # Errors
/// [`DocxError`] when a part is not well-formed or the archive cannot be written.
pub(super) fn pack(parts: XMLDocx, about: &About) -> Result<Vec<u8>, DocxError> {
    let document_xml = ordered("word/document.xml", &parts.document, |root| {
        schema::tell_pictures_apart(root, &mut about.captions.iter().cloned(), &mut 0);
    })?;
    let styles = ordered("word/styles.xml", &parts.styles, schema::complete_styles)?;
    let settings = ordered("word/settings.xml", &parts.settings, schema::complete_settings)?;
    let fonts = ordered("word/fontTable.xml", &parts.font_table, schema::complete_fonts)?;
    let numbering = ordered("word/numbering.xml", &parts.numberings, |_| ())?;
    let core = ordered("docProps/core.xml", &parts.doc_props.core, |core| describe(core, about))?;
    let (media, rels) = media(parts.media, parts.document_rels);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("[Content_Types].xml".to_owned(), parts.content_type),
        ("_rels/.rels".to_owned(), parts.rels),
        ("word/document.xml".to_owned(), document_xml),
        ("word/_rels/document.xml.rels".to_owned(), rels),
        ("word/styles.xml".to_owned(), styles),
        ("word/settings.xml".to_owned(), settings),
        ("word/fontTable.xml".to_owned(), fonts),
        ("word/numbering.xml".to_owned(), numbering),
        ("word/comments.xml".to_owned(), parts.comments),
        ("word/commentsExtended.xml".to_owned(), parts.comments_extended),
    ];
    for (at, footer) in parts.footers.iter().enumerate() {
        files.push((format!("word/footer{}.xml", at + 1), ordered("word/footer.xml", footer, |_| ())?));
    }
    files.extend(media);
    files.extend([
        ("docProps/core.xml".to_owned(), core),
        ("docProps/app.xml".to_owned(), parts.doc_props.app),
        ("docProps/custom.xml".to_owned(), parts.doc_props.custom),
    ]);
    // The earliest time that a ZIP can hold: the true dates are the document's own.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in files {
        zip.start_file(name, options)?;
        zip.write_all(&bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// What stands under each picture, in order.
fn captions(document: &Document) -> impl Iterator<Item = String> {
    document.articles.iter().flat_map(|article| &article.blocks).filter_map(|block| match block {
        Block::Picture { caption, .. } => Some(caption.clone().unwrap_or_default()),
        _ => None,
    })
}

/// The pictures' files, and the part that names them. docx-rs calls every picture a PNG; photographs get their ending.
fn media(media: Vec<(String, Vec<u8>)>, rels: Vec<u8>) -> (Vec<(String, Vec<u8>)>, Vec<u8>) {
    let mut named = String::from_utf8_lossy(&rels).into_owned();
    let mut files = Vec::new();
    for (id, bytes) in media {
        let mut name = format!("media/{id}.png");
        if bytes.starts_with(b"\xFF\xD8") {
            let right = format!("media/{id}.jpeg");
            named = named.replace(&format!("\"{name}\""), &format!("\"{right}\""));
            name = right;
        }
        files.push((format!("word/{name}"), bytes));
    }
    (files, named.into_bytes())
}

fn ordered(part: &'static str, bytes: &[u8], complete: impl Fn(&mut Element)) -> Result<Vec<u8>, DocxError> {
    let mut root = xml::parse(bytes).map_err(|why| DocxError::Part { part, why })?;
    complete(&mut root);
    schema::put_in_order(&mut root);
    Ok(xml::serialise(&root))
}

/// Author and title, which docx-rs leaves at `unknown` or out.
fn describe(core: &mut Element, about: &About) {
    for (name, value) in
        [("dc:title", &about.title), ("dc:creator", &about.author), ("cp:lastModifiedBy", &about.author)]
    {
        core.with_child(name, |child| child.children = vec![xml::text(value)]);
    }
}
