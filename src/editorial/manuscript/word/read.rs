//! Reading a Word file: text, tracked changes, comments, mark. Names are read without their prefix, since programs differ.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::{Deserialize, Serialize};
use zip::ZipArchive;

use crate::model::Texts;

use super::text::{Piece, SOFT, settled, texts};
use super::{FILE_MAX, Mark, PART_MAX, WordError};

/// The property that holds the mark.
pub(super) const PROPERTY: &str = "MinyiVersion";

/// A change that Word or WPS tracked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    /// Taken out, not put in.
    pub out: bool,
    /// Who, as their program calls them.
    pub author: String,
    /// What was put in or taken out.
    pub text: String,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Who.
    pub author: String,
    /// About which words.
    pub about: String,
    /// What.
    pub text: String,
}

/// What a Word file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Its text, in order.
    pub pieces: Vec<Piece>,
    /// Its tracked changes, in order.
    pub changes: Vec<Tracked>,
    /// Its comments, in order.
    pub notes: Vec<Note>,
    /// Paragraphs with a number that Word counts itself and that is therefore not in the text.
    pub numbered: usize,
    /// The mark of the version that it was made from.
    #[serde(skip)]
    pub mark: Option<Mark>,
}

impl Word {
    /// Its texts, with these changes refused and all others taken.
    pub fn texts(&self, refused: &BTreeSet<usize>, credited: bool) -> Texts {
        texts(&settled(&self.pieces, refused), credited)
    }
}

/// Reads a Word file.
///
/// # Errors
/// [`WordError`] says why not.
pub fn read(bytes: &[u8]) -> Result<Word, WordError> {
    match bytes {
        [] => return Err(WordError::Empty),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => return Err(WordError::Old),
        [b'P', b'K', ..] => {}
        _ => return Err(WordError::Other),
    }
    if bytes.len() > FILE_MAX {
        return Err(WordError::Large("文件"));
    }
    let mut zip =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| WordError::Damaged(error.to_string()))?;
    let document = part(&mut zip, "word/document.xml", "正文")?.ok_or(WordError::Other)?;
    let comments = part(&mut zip, "word/comments.xml", "批注")?;
    let properties = part(&mut zip, "docProps/custom.xml", "属性")?;
    let mut story = Story::default();
    story.read(&document)?;
    let notes = comments.map(|xml| notes(&xml, &story.about)).transpose()?.unwrap_or_default();
    let mark = properties.and_then(|xml| marked(&xml));
    let Story { pieces, changes, numbered, .. } = story;
    if pieces.iter().all(|piece| piece.text.trim().is_empty()) {
        return Err(WordError::Blank);
    }
    Ok(Word { pieces, changes, notes, numbered, mark })
}

fn part(
    zip: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
    label: &'static str,
) -> Result<Option<Vec<u8>>, WordError> {
    let damaged = |error: String| WordError::Damaged(format!("{label}：{error}"));
    let file = match zip.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(damaged(error.to_string())),
    };
    let mut bytes = Vec::new();
    // What a ZIP says of its sizes may be a lie: it is counted while it is unpacked.
    file.take(PART_MAX + 1).read_to_end(&mut bytes).map_err(|error| damaged(error.to_string()))?;
    if bytes.len() as u64 > PART_MAX {
        return Err(WordError::Large(label));
    }
    Ok(Some(bytes))
}

fn attribute(tag: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|one| one.key.local_name().as_ref() == wanted.as_bytes())?;
    let raw = String::from_utf8(found.value.into_owned()).ok()?;
    Some(quick_xml::escape::unescape(&raw).map(std::borrow::Cow::into_owned).unwrap_or(raw))
}

/// Calls `visit` for each opening and closing tag, and each stretch of text.
fn walk(xml: &[u8], mut visit: impl FnMut(Seen<'_>)) -> Result<(), WordError> {
    let damaged = |error: String| WordError::Damaged(error);
    let mut reader = Reader::from_reader(xml);
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|error| damaged(error.to_string()))? {
            Event::Start(tag) => {
                depth += 1;
                visit(Seen::Open(&tag));
            }
            Event::Empty(tag) => {
                visit(Seen::Open(&tag));
                visit(Seen::Close(tag.local_name().as_ref()));
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                visit(Seen::Close(tag.local_name().as_ref()));
            }
            Event::Text(text) => visit(Seen::Text(&String::from_utf8_lossy(&text))),
            Event::CData(text) => visit(Seen::Text(&String::from_utf8_lossy(&text))),
            Event::GeneralRef(name) => {
                let written = format!("&{};", String::from_utf8_lossy(&name));
                visit(Seen::Text(&quick_xml::escape::unescape(&written).unwrap_or_default()));
            }
            Event::Eof if depth > 0 => return Err(damaged("文件不完整".to_owned())),
            Event::Eof => return Ok(()),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

enum Seen<'a> {
    Open(&'a BytesStart<'a>),
    Close(&'a [u8]),
    Text(&'a str),
}

/// The text as it is read.
#[derive(Default)]
struct Story {
    pieces: Vec<Piece>,
    changes: Vec<Tracked>,
    numbered: usize,
    /// Words that each comment is about.
    about: BTreeMap<String, String>,
    /// The changes that are open around the place: taken out or put in, and by whom.
    within: Vec<(bool, String)>,
    /// What happened to the paragraph's end.
    end: Option<(bool, String)>,
    /// Comments that are open.
    spoken_of: BTreeSet<String>,
    /// Inside of what holds no text of ours, how deep.
    aside: usize,
    reading: bool,
    in_mark: bool,
    /// Inside a run, where a tab or a break is one, not a property.
    runs: usize,
    /// A cell of a table is no paragraph of its own: cells stand in one line, as issues have their tables.
    cells: usize,
}

impl Story {
    fn read(&mut self, xml: &[u8]) -> Result<(), WordError> {
        walk(xml, |seen| match seen {
            Seen::Open(tag) => self.open(tag),
            Seen::Close(name) => self.close(name),
            Seen::Text(text) if self.reading => self.add(text),
            Seen::Text(_) => {}
        })
    }

    fn open(&mut self, tag: &BytesStart<'_>) {
        let name = tag.local_name();
        let name = name.as_ref();
        // The second form of a drawing, and what a text box or a changed property held before, are not the text.
        if self.aside > 0 || matches!(name, b"Fallback" | b"pPrChange" | b"rPrChange" | b"sectPr") {
            self.aside += 1;
            return;
        }
        let author = || attribute(tag, "author").unwrap_or_default();
        match name {
            b"p" => self.end = None,
            b"r" => self.runs += 1,
            b"rPr" => self.in_mark = true,
            b"ins" | b"moveTo" if self.in_mark => self.end = Some((false, author())),
            b"del" | b"moveFrom" if self.in_mark => self.end = Some((true, author())),
            b"ins" | b"moveTo" => self.within.push((false, author())),
            b"del" | b"moveFrom" => self.within.push((true, author())),
            b"numPr" => self.numbered += 1,
            b"t" | b"delText" => self.reading = true,
            b"tab" if self.runs > 0 => self.add(" "),
            b"br" | b"cr" if self.runs > 0 => self.add(&SOFT.to_string()),
            b"noBreakHyphen" if self.runs > 0 => self.add("-"),
            b"tr" => {
                self.cells += 1;
                self.add("|");
            }
            b"commentRangeStart" => {
                self.spoken_of.extend(attribute(tag, "id"));
            }
            b"commentRangeEnd" => {
                attribute(tag, "id").map(|id| self.spoken_of.remove(&id));
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &[u8]) {
        if self.aside > 0 {
            self.aside -= 1;
            return;
        }
        match name {
            // Within a table the cells' own marks part the texts.
            b"p" if self.cells > 0 => {}
            b"p" => {
                let change = self.end.take();
                self.put("\n", change);
            }
            b"r" => self.runs = self.runs.saturating_sub(1),
            b"rPr" => self.in_mark = false,
            b"ins" | b"moveTo" | b"del" | b"moveFrom" if !self.in_mark => {
                self.within.pop();
            }
            b"t" | b"delText" => self.reading = false,
            b"tc" => self.add("|"),
            b"tr" => {
                self.cells = self.cells.saturating_sub(1);
                self.put("\n", None);
            }
            _ => {}
        }
    }

    /// Text where the reader stands.
    fn add(&mut self, text: &str) {
        for id in &self.spoken_of {
            self.about.entry(id.clone()).or_default().push_str(text);
        }
        // What one person put in and another took out again is a deletion of what was never agreed: the last counts.
        let change = self.within.last().cloned();
        self.put(text, change);
    }

    fn put(&mut self, text: &str, change: Option<(bool, String)>) {
        let number = change.as_ref().map(|(out, author)| self.number(*out, author, text));
        let out = change.is_some_and(|(out, _)| out);
        match self.pieces.last_mut() {
            Some(last) if last.change == number && text != "\n" && last.text != "\n" => {
                last.text.push_str(text)
            }
            _ => self.pieces.push(Piece { text: text.to_owned(), change: number, out }),
        }
    }

    /// The change that a stretch belongs to: the last one, if the same person goes on with it.
    fn number(&mut self, out: bool, author: &str, text: &str) -> usize {
        let goes_on = self.pieces.last().is_some_and(|last| last.change.is_some());
        let shown = text.replace(['\n', SOFT], "↵");
        match self.changes.last_mut() {
            Some(last) if goes_on && last.out == out && last.author == author => last.text.push_str(&shown),
            _ => self.changes.push(Tracked { out, author: author.to_owned(), text: shown }),
        }
        self.changes.len() - 1
    }
}

fn notes(xml: &[u8], about: &BTreeMap<String, String>) -> Result<Vec<Note>, WordError> {
    let mut notes: Vec<Note> = Vec::new();
    let mut reading = false;
    walk(xml, |seen| match seen {
        Seen::Open(tag) => match tag.local_name().as_ref() {
            b"comment" => {
                let about = attribute(tag, "id").and_then(|id| about.get(&id).cloned()).unwrap_or_default();
                let author = attribute(tag, "author").unwrap_or_default();
                notes.push(Note { author, about: about.replace(SOFT, ""), text: String::new() });
            }
            b"t" => reading = true,
            _ => {}
        },
        Seen::Close(b"t") => reading = false,
        Seen::Text(text) if reading => {
            if let Some(note) = notes.last_mut() {
                note.text.push_str(text);
            }
        }
        Seen::Close(_) | Seen::Text(_) => {}
    })?;
    notes.retain(|note| !note.text.trim().is_empty());
    Ok(notes)
}

/// The mark, if the file has one that can be read.
fn marked(xml: &[u8]) -> Option<Mark> {
    let (mut ours, mut text) = (false, String::new());
    let whole = walk(xml, |seen| match seen {
        Seen::Open(tag) if tag.local_name().as_ref() == b"property" => {
            ours = attribute(tag, "name").as_deref() == Some(PROPERTY);
        }
        Seen::Text(found) if ours => text.push_str(found),
        _ => {}
    });
    whole.ok().and_then(|()| text.parse().ok())
}
