//! Word files as paragraphs: what is big, centred or a heading; rows of tables with their cells.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::letter::Paragraph;
use super::{FileError, archive};

/// Half-points from which a paragraph looks like a title: 小二 and more.
const BIG: u32 = 34;

/// What a style says.
#[derive(Default, Clone)]
struct Style {
    heading: bool,
    centred: bool,
    big: bool,
}

pub(super) fn paragraphs(bytes: &[u8]) -> Result<Vec<Paragraph>, FileError> {
    archive::measure(bytes)?;
    let document = archive::part(bytes, "word/document.xml")?
        .ok_or_else(|| FileError::Damaged("缺少 word/document.xml".to_owned()))?;
    let styles = archive::part(bytes, "word/styles.xml")?.map(|part| styles(&part)).unwrap_or_default();
    body(&document, &styles)
}

/// What is being read.
#[derive(Default)]
struct State {
    paragraph: Paragraph,
    out: Vec<Paragraph>,
    /// Cells of the rows that are open, outer tables first.
    rows: Vec<Vec<String>>,
    /// Paragraphs of the cells that are open.
    cells: Vec<Vec<String>>,
    in_text: bool,
    /// Depth within parts that are shown elsewhere or not at all.
    hidden: usize,
}

fn body(document: &[u8], styles: &HashMap<String, Style>) -> Result<Vec<Paragraph>, FileError> {
    let damaged = |error: &dyn std::fmt::Display| FileError::Damaged(format!("word/document.xml：{error}"));
    let mut reader = Reader::from_reader(document);
    let mut state = State::default();
    loop {
        match reader.read_event().map_err(|error| damaged(&error))? {
            Event::Start(tag) => start(&tag, styles, &mut state, false),
            Event::Empty(tag) => start(&tag, styles, &mut state, true),
            Event::End(tag) => end(tag.name().as_ref(), &mut state),
            Event::Text(text) if state.in_text && state.hidden == 0 => {
                state.paragraph.text.push_str(&String::from_utf8_lossy(&text));
            }
            Event::GeneralRef(name) if state.in_text && state.hidden == 0 => {
                let reference = format!("&{};", String::from_utf8_lossy(&name));
                state.paragraph.text.push_str(&quick_xml::escape::unescape(&reference).unwrap_or_default());
            }
            Event::CData(text) if state.in_text && state.hidden == 0 => {
                state.paragraph.text.push_str(&String::from_utf8_lossy(&text));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(state.out)
}

fn start(tag: &BytesStart<'_>, styles: &HashMap<String, Style>, state: &mut State, empty: bool) {
    let value = || attribute(tag, b"w:val");
    match tag.name().as_ref() {
        // The same text once more for old programs; what was deleted; where a picture's text runs apart.
        b"mc:Fallback" | b"w:del" | b"w:moveFrom" if !empty => state.hidden += 1,
        b"w:t" if !empty => state.in_text = true,
        b"w:tab" if state.hidden == 0 && state.cells.is_empty() => state.paragraph.text.push('\t'),
        b"w:tab" if state.hidden == 0 => state.paragraph.text.push(' '),
        b"w:br" | b"w:cr" if state.hidden == 0 => state.paragraph.text.push('\n'),
        b"w:pStyle" => {
            if let Some(style) = value().and_then(|id| styles.get(&id)) {
                state.paragraph.heading |= style.heading || style.big && style.centred;
                state.paragraph.centred |= style.centred;
            }
        }
        b"w:jc" => state.paragraph.centred = value().as_deref() == Some("center"),
        b"w:outlineLvl" => state.paragraph.heading |= value().as_deref() == Some("0"),
        b"w:sz" => {
            state.paragraph.big |=
                value().and_then(|size| size.parse().ok()).is_some_and(|size: u32| size >= BIG)
        }
        b"w:tr" if !empty => state.rows.push(Vec::new()),
        b"w:tc" if !empty => state.cells.push(Vec::new()),
        _ => {}
    }
}

fn end(name: &[u8], state: &mut State) {
    match name {
        b"mc:Fallback" | b"w:del" | b"w:moveFrom" => state.hidden = state.hidden.saturating_sub(1),
        b"w:t" => state.in_text = false,
        b"w:p" if state.hidden == 0 => {
            let mut paragraph = std::mem::take(&mut state.paragraph);
            match state.cells.last_mut() {
                Some(cell) => cell.push(paragraph.text),
                None => {
                    paragraph.heading |= paragraph.big && paragraph.centred;
                    state.out.push(paragraph);
                }
            }
        }
        b"w:tc" => {
            let text = state.cells.pop().unwrap_or_default().join("\n").trim().to_owned();
            if let Some(row) = state.rows.last_mut() {
                row.push(text);
            }
        }
        b"w:tr" => {
            let cells = state.rows.pop().unwrap_or_default();
            match state.cells.last_mut() {
                // A table within a cell is text of the cell.
                Some(cell) => cell.push(cells.join(" ")),
                None => state.out.push(Paragraph { cells, ..Paragraph::default() }),
            }
        }
        _ => {}
    }
}

fn attribute(tag: &BytesStart<'_>, key: &[u8]) -> Option<String> {
    let found = tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == key)?;
    Some(String::from_utf8_lossy(&found.value).into_owned())
}

fn styles(part: &[u8]) -> HashMap<String, Style> {
    let (mut out, mut open): (HashMap<String, Style>, Option<String>) = (HashMap::new(), None);
    let mut reader = Reader::from_reader(part);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => {
                let value = || attribute(&tag, b"w:val").unwrap_or_default();
                if tag.name().as_ref() == b"w:style" {
                    open = attribute(&tag, b"w:styleId");
                    continue;
                }
                let Some(style) = open.as_ref().map(|id| out.entry(id.clone()).or_default()) else {
                    continue;
                };
                match tag.name().as_ref() {
                    b"w:name" => {
                        style.heading |= matches!(
                            value().to_lowercase().as_str(),
                            "heading 1" | "title" | "标题 1" | "标题"
                        );
                    }
                    b"w:jc" => style.centred = value() == "center",
                    b"w:sz" => style.big |= value().parse().is_ok_and(|size: u32| size >= BIG),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    out
}
