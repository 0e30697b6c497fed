//! The paragraphs of a Word file with their look, from styles or set by hand.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::super::docx::xml::{Element, Node, parse};
use super::{Line, PastError};

/// Half-points from which a line is a masthead or a title: between 3号 (32) and 小2号 (36).
const BIG: u32 = 35;
/// Largest part that is read; a bulletin's text is far smaller.
const PART_MAX: u64 = 64 << 20;

/// What a style or a paragraph's own properties say.
#[derive(Debug, Clone, Default)]
struct Look {
    size: Option<u32>,
    centred: Option<bool>,
    heading: bool,
    entry: bool,
    based_on: Option<String>,
}

/// The paragraphs outside tables; those inside come last, for the foot.
pub(super) fn lines(bytes: &[u8]) -> Result<Vec<Line>, PastError> {
    let mut zip =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| PastError::Damaged(error.to_string()))?;
    let document = part(&mut zip, "word/document.xml")?;
    let styles = part(&mut zip, "word/styles.xml").map(|styles| looks(&styles)).unwrap_or_default();
    let mut lines = Vec::new();
    if let Some(body) = child(&document, "w:body") {
        walk(body, &styles, &mut lines);
    }
    Ok(lines)
}

fn part(zip: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Element, PastError> {
    let damaged = |error: String| PastError::Damaged(format!("{name}：{error}"));
    let file = zip.by_name(name).map_err(|error| damaged(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(PART_MAX).read_to_end(&mut bytes).map_err(|error| damaged(error.to_string()))?;
    parse(&bytes).map_err(damaged)
}

fn walk(parent: &Element, styles: &HashMap<String, Look>, out: &mut Vec<Line>) {
    for element in elements(parent) {
        match element.name.as_str() {
            "w:p" => out.extend(paragraph(element, styles)),
            "w:tbl" | "w:tr" | "w:tc" | "w:sdt" | "w:sdtContent" => walk(element, styles, out),
            _ => {}
        }
    }
}

/// A paragraph; lines that are broken softly stay one where it is big (a title), else they are lines of their own.
fn paragraph(paragraph: &Element, styles: &HashMap<String, Look>) -> Vec<Line> {
    let own = child(paragraph, "w:pPr");
    let style = own.and_then(|own| child(own, "w:pStyle")).and_then(|style| style.attribute("w:val"));
    let mut look = style.map(|id| inherited(id, styles)).unwrap_or_default();
    if let Some(own) = own {
        look = over(look, &properties(own));
    }
    let mut text = String::new();
    let mut sizes: HashMap<u32, usize> = HashMap::new();
    runs(paragraph, &mut |run| {
        let size =
            child(run, "w:rPr").and_then(|look| value(look, "w:sz")).and_then(|size| size.parse().ok());
        let before = text.chars().count();
        run_text(run, &mut text);
        let count = text.chars().count() - before;
        *sizes.entry(size.or(look.size).unwrap_or(0)).or_default() += count;
    });
    let size = sizes.into_iter().max_by_key(|(size, count)| (*count, *size)).map_or(0, |(size, _)| size);
    let big = size >= BIG || look.heading;
    let parts: Vec<String> =
        if big { vec![text.replace('\n', "")] } else { text.split('\n').map(str::to_owned).collect() };
    let line = |text: String| Line { text, big, centred: look.centred == Some(true), entry: look.entry };
    parts.into_iter().map(line).collect()
}

fn runs(parent: &Element, visit: &mut impl FnMut(&Element)) {
    for element in elements(parent) {
        match element.name.as_str() {
            "w:r" => visit(element),
            "w:hyperlink" | "w:ins" | "w:smartTag" | "w:sdt" | "w:sdtContent" => runs(element, visit),
            _ => {}
        }
    }
}

fn run_text(run: &Element, out: &mut String) {
    for element in elements(run) {
        match element.name.as_str() {
            "w:t" => {
                for node in &element.children {
                    if let Node::Text(text) = node {
                        out.push_str(&quick_xml::escape::unescape(text).unwrap_or_default());
                    }
                }
            }
            "w:tab" => out.push('\t'),
            "w:br" | "w:cr" => out.push('\n'),
            _ => {}
        }
    }
}

fn looks(styles: &Element) -> HashMap<String, Look> {
    elements(styles)
        .filter(|style| style.name == "w:style")
        .filter_map(|style| {
            let id = style.attribute("w:styleId")?.to_owned();
            let mut look = child(style, "w:pPr").map(properties).unwrap_or_default();
            look.size =
                child(style, "w:rPr").and_then(|run| value(run, "w:sz")).and_then(|size| size.parse().ok());
            let name = value(style, "w:name").unwrap_or_default().to_lowercase();
            look.heading |= name == "heading 1" || name == "title";
            look.entry = name.starts_with("toc ");
            look.based_on = value(style, "w:basedOn").map(str::to_owned);
            Some((id, look))
        })
        .collect()
}

/// A style with what it inherits.
fn inherited(id: &str, styles: &HashMap<String, Look>) -> Look {
    let mut look = styles.get(id).cloned().unwrap_or_default();
    let mut next = look.based_on.clone();
    // A style that is based on itself in a circle must not keep us.
    for _ in 0..8 {
        let Some(base) = next.and_then(|id| styles.get(&id)) else { break };
        look = over(base.clone(), &look);
        next = base.based_on.clone();
    }
    look
}

fn over(base: Look, own: &Look) -> Look {
    Look {
        size: own.size.or(base.size),
        centred: own.centred.or(base.centred),
        heading: own.heading || base.heading,
        entry: own.entry || base.entry,
        based_on: None,
    }
}

fn properties(own: &Element) -> Look {
    Look {
        centred: value(own, "w:jc").map(|jc| jc == "center"),
        heading: value(own, "w:outlineLvl") == Some("0"),
        ..Look::default()
    }
}

fn elements(parent: &Element) -> impl Iterator<Item = &Element> {
    parent.children.iter().filter_map(|node| match node {
        Node::Element(element) => Some(element),
        Node::Text(_) => None,
    })
}

fn child<'a>(parent: &'a Element, name: &str) -> Option<&'a Element> {
    elements(parent).find(|element| element.name == name)
}

fn value<'a>(parent: &'a Element, name: &str) -> Option<&'a str> {
    child(parent, name).and_then(|element| element.attribute("w:val"))
}
