//! The document: an issue as it will print, in no file format yet. DOCX, HTML and plain text are written from it.

use serde::{Deserialize, Serialize};

use crate::model::{ContentHash, LocalDate};

use super::paragraphs::picture_mark;
use super::picture::Picture;

/// An issue as it will print (DOMAIN §3): masthead, issue line, articles, foot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// 刊头.
    pub masthead: Masthead,
    /// 期号: 2026年第12期, or 第12期（总第345期）.
    pub issue_line: String,
    /// 编印单位, left under the issue line.
    pub unit: String,
    /// The printed date, right under the issue line.
    pub date: LocalDate,
    /// 编者按, by paragraphs; empty = none.
    pub editors_note: Vec<String>,
    /// 目录: the titles in order; empty = none.
    pub contents: Vec<String>,
    /// The articles in order, at least one.
    pub articles: Vec<Article>,
    /// 此前编发: what an earlier issue said of the matter and what came of it, a line each; empty = no end box.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<String>,
    /// 版记.
    pub foot: Foot,
}

/// 刊头.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masthead {
    /// 刊名, large, centred, red.
    pub name: String,
    /// Top left: 内部资料 注意保存, or nothing.
    pub mark: Option<String>,
    /// 特急 or 加急, top left in 3号黑体; nothing when not urgent.
    pub urgency: Option<String>,
}

/// One article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// 标题 in lines, shaped as a trapezoid or a diamond (GB/T 9704-2012 7.3.1).
    pub title: Vec<String>,
    /// 正文.
    pub blocks: Vec<Block>,
    /// 署名: who is credited; nothing when the text names its contributors.
    pub credit: Option<String>,
}

/// A paragraph, a heading or a table of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "block")]
pub enum Block {
    /// A heading on a line of its own.
    Heading {
        /// 1 = 一、, 2 = （一）, 3 = 1., 4 = （1）.
        level: u8,
        /// With its number.
        text: String,
    },
    /// Running text.
    Paragraph {
        /// A heading that the text follows on the same line.
        lead: Option<Lead>,
        /// The text after it.
        text: String,
    },
    /// Lines whose cells are parted by tabs or upright bars.
    Table {
        /// 表1　…, over the table.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// Row by row; the first one is the head.
        rows: Vec<Vec<String>>,
    },
    /// A picture, where the text says 【图1】.
    Picture {
        /// 图1　…, under the picture; nothing where the text says no more than the number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// What is seen.
        picture: Picture,
    },
}

/// A run-in heading: the first sentence of a paragraph, with its number and its full stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    /// As for a heading.
    pub level: u8,
    /// With its number and its full stop.
    pub text: String,
}

/// 版记.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foot {
    /// 报.
    pub report: Vec<String>,
    /// 送.
    pub send: Vec<String>,
    /// 发.
    pub distribute: Vec<String>,
    /// 签发, 编辑, 核稿, as far as the series prints them.
    pub names: Vec<Name>,
    /// 印N份.
    pub copies: u32,
}

/// A name in the foot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// 签发, 编辑 or 核稿.
    pub role: String,
    /// Who.
    pub name: String,
}

/// What stands between the red rule and the foot, in the order of the page. Every writer follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// 编者按, by paragraphs.
    Note(&'a [String]),
    /// 目录.
    Contents(&'a [String]),
    /// A title by lines.
    Title {
        /// The lines.
        lines: &'a [String],
        /// Which article, from 0.
        article: usize,
    },
    /// A paragraph or a heading.
    Block(&'a Block),
    /// 署名.
    Credit(&'a str),
    /// 此前编发, in a box at the end.
    Earlier(&'a [String]),
}

impl Document {
    /// The pieces in order. The note of a single article stands under its title, that of several before the 目录.
    pub fn flow(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        let note = (!self.editors_note.is_empty()).then_some(Piece::Note(&self.editors_note));
        let several = self.articles.len() > 1;
        if several {
            pieces.extend(note);
        }
        if !self.contents.is_empty() {
            pieces.push(Piece::Contents(&self.contents));
        }
        for (article, one) in self.articles.iter().enumerate() {
            pieces.push(Piece::Title { lines: &one.title, article });
            if !several {
                pieces.extend(note);
            }
            pieces.extend(one.blocks.iter().map(Piece::Block));
            pieces.extend(one.credit.as_deref().map(Piece::Credit));
        }
        pieces.extend((!self.earlier.is_empty()).then_some(Piece::Earlier(&self.earlier)));
        pieces
    }

    /// The whole issue as text, one paragraph a line.
    pub fn plain_text(&self) -> String {
        let head = &self.masthead;
        let mut lines: Vec<String> = head.mark.iter().chain(&head.urgency).cloned().collect();
        lines.extend([head.name.clone(), self.issue_line.clone()]);
        lines.push(format!("{}　{}", self.unit, self.date.chinese()));
        for piece in self.flow() {
            match piece {
                Piece::Note(note) => {
                    lines.extend(note.iter().enumerate().map(|(at, text)| note_line(at, text)));
                }
                Piece::Contents(titles) => {
                    lines.extend([String::new(), CONTENTS_LABEL.to_owned()]);
                    lines.extend(titles.iter().enumerate().map(|(at, title)| format!("{}. {title}", at + 1)));
                }
                Piece::Title { lines: title, .. } => lines.extend([String::new(), title.concat()]),
                Piece::Block(block) => lines.extend(Some(block.text()).filter(|text| !text.is_empty())),
                Piece::Credit(credit) => lines.push(credit.to_owned()),
                Piece::Earlier(earlier) => {
                    lines.push(String::new());
                    lines.extend(earlier.iter().cloned());
                }
            }
        }
        lines.push(String::new());
        lines.extend(self.foot.recipients().map(|(label, list)| format!("{label}：{list}")));
        let (names, copies) = self.foot.last_line();
        lines.extend((!names.is_empty()).then_some(names));
        lines.push(copies);
        lines.join("\n") + "\n"
    }

    /// The texts of places that ask for a picture (【图1】) which was not given, with the number of their article, from 1.
    pub fn without_picture(&self) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        for (at, article) in self.articles.iter().enumerate() {
            for block in &article.blocks {
                if let Block::Paragraph { lead: None, text } = block
                    && picture_mark(text).is_some()
                {
                    found.push((at + 1, text.as_str()));
                }
            }
        }
        found
    }

    /// What was frozen, in 16 bytes: the hash of the document's canonical JSON.
    pub fn content_hash(&self) -> ContentHash {
        // Texts, numbers and lists always serialise; the text stands in so that no failure could make two issues equal.
        let canonical = serde_json::to_vec(self).unwrap_or_else(|_| self.plain_text().into_bytes());
        ContentHash::of(&canonical)
    }
}

/// A paragraph of the 编者按; the first one begins with the words.
pub(super) fn note_line(at: usize, text: &str) -> String {
    if at == 0 { format!("{NOTE_LABEL}{text}") } else { text.to_owned() }
}

/// How a 编者按 begins.
pub(super) const NOTE_LABEL: &str = "编者按：";

/// What stands over the list of titles.
pub(super) const CONTENTS_LABEL: &str = "目　　录";

impl Block {
    /// The text with its heading, as one line; of a table a line for each row; of a picture what stands under it.
    pub fn text(&self) -> String {
        match self {
            Self::Heading { text, .. } | Self::Paragraph { lead: None, text } => text.clone(),
            Self::Paragraph { lead: Some(lead), text } => format!("{}{text}", lead.text),
            Self::Table { caption, rows } => {
                let rows = rows.iter().map(|row| row.join("\t"));
                caption.iter().cloned().chain(rows).collect::<Vec<_>>().join("\n")
            }
            Self::Picture { caption, .. } => caption.clone().unwrap_or_default(),
        }
    }
}

impl Foot {
    /// The lists that are not empty, each with its word: names between full-width commas, a full stop at the end
    /// (GB/T 9704-2012 7.4.2).
    pub fn recipients(&self) -> impl Iterator<Item = (&'static str, String)> {
        [("报", &self.report), ("送", &self.send), ("发", &self.distribute)]
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(label, list)| (label, format!("{}。", list.join("，"))))
    }

    /// The last line: names at the left, copies at the right.
    pub fn last_line(&self) -> (String, String) {
        let names: Vec<String> = self.names.iter().map(|one| format!("{}：{}", one.role, one.name)).collect();
        (names.join("　　"), format!("印{}份", self.copies))
    }
}
