//! The document as one HTML page that prints: a preview for the desk, self-contained, without scripts.

use super::document::{Block, CONTENTS_LABEL, Document, Foot, Lead, NOTE_LABEL, Piece};
use super::layout;
use super::picture::Picture;

/// The page's look, after the same measures as the Word file.
const STYLE: &str = include_str!("html.css");

/// Writes the document as a self-contained HTML page. Every text is escaped.
pub fn write(document: &Document) -> String {
    let mut html = Html::default();
    let head = &document.masthead;
    html.raw("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.element("title", "", &format!("{} {}", head.name, document.issue_line));
    html.raw("<style>\n").raw(STYLE).raw("</style>\n</head>\n<body>\n<article class=\"sheet\">\n<header>\n");
    for mark in head.mark.iter().chain(&head.urgency) {
        html.element("p", "mark", mark);
    }
    let (size, space) = layout::masthead(&head.name);
    let look = format!("font-size:{}pt;letter-spacing:{}pt", size / 2, space / layout::POINT);
    html.raw("<p class=\"masthead\" style=\"").raw(&look).raw("\">").text(&head.name).raw("</p>\n");
    html.element("p", "issue", &document.issue_line);
    html.raw("<p class=\"unit\"><span>").text(&document.unit).raw("</span><time datetime=\"");
    html.text(&document.date.to_string())
        .raw("\">")
        .text(&document.date.chinese())
        .raw("</time></p>\n</header>\n");
    for piece in document.flow() {
        html.piece(piece);
    }
    html.foot(&document.foot);
    html.raw("</article>\n</body>\n</html>\n");
    html.out
}

/// What has been written so far.
#[derive(Default)]
struct Html {
    out: String,
}

impl Html {
    /// Markup of our own.
    fn raw(&mut self, markup: &str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// A text of the document.
    fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                _ => self.out.push(c),
            }
        }
        self
    }

    fn element(&mut self, tag: &str, class: &str, text: &str) -> &mut Self {
        self.open(tag, class).text(text).raw("</").raw(tag).raw(">\n")
    }

    fn open(&mut self, tag: &str, class: &str) -> &mut Self {
        self.raw("<").raw(tag);
        if !class.is_empty() {
            self.raw(" class=\"").raw(class).raw("\"");
        }
        self.raw(">")
    }

    fn piece(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Note(note) => {
                self.raw("<aside class=\"note\">\n");
                for (at, text) in note.iter().enumerate() {
                    self.raw("<p>");
                    if at == 0 {
                        self.raw("<b>").raw(NOTE_LABEL).raw("</b>");
                    }
                    self.text(text).raw("</p>\n");
                }
                self.raw("</aside>\n");
            }
            Piece::Contents(titles) => {
                self.raw("<nav class=\"contents\">\n").element("p", "label", CONTENTS_LABEL).raw("<ol>\n");
                for title in titles {
                    self.element("li", "", title);
                }
                self.raw("</ol>\n</nav>\n");
            }
            Piece::Title { lines, .. } => {
                self.raw("<h1>");
                for (at, line) in lines.iter().enumerate() {
                    self.raw(if at > 0 { "<br>" } else { "" }).text(line);
                }
                self.raw("</h1>\n");
            }
            Piece::Block(block) => self.block(block),
            Piece::Credit(credit) => {
                self.element("p", "credit", credit);
            }
            Piece::Earlier(lines) => {
                self.raw("<aside class=\"earlier\">\n");
                for line in lines {
                    self.element("p", "", line);
                }
                self.raw("</aside>\n");
            }
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level, text } => {
                self.element(&format!("h{}", level + 1), "", text);
            }
            Block::Paragraph { lead, text } => {
                self.raw("<p>");
                if let Some(Lead { level, text }) = lead {
                    self.raw(&format!("<span class=\"lead{level}\">")).text(text).raw("</span>");
                }
                self.text(text).raw("</p>\n");
            }
            Block::Table { caption, rows } => self.table(caption.as_deref(), rows),
            Block::Picture { caption, picture } => self.picture(caption.as_deref(), picture),
        }
    }

    fn table(&mut self, caption: Option<&str>, rows: &[Vec<String>]) {
        let columns = layout::columns(rows);
        self.raw("<table>\n");
        if let Some(caption) = caption {
            self.element("caption", "", caption);
        }
        self.raw("<colgroup>");
        for column in &columns {
            self.raw(&format!("<col style=\"width:{}%\">", column.share as f64 / 10.0));
        }
        self.raw("</colgroup>\n");
        for (at, row) in rows.iter().enumerate() {
            self.raw(if at == 0 { "<thead><tr>" } else { "<tr>" });
            for (cell, column) in row.iter().zip(&columns) {
                let (open, close) = match (at, column.wordy) {
                    (0, _) => ("<th>", "</th>"),
                    (_, true) => ("<td class=\"words\">", "</td>"),
                    (_, false) => ("<td>", "</td>"),
                };
                self.raw(open).text(cell).raw(close);
            }
            self.raw(if at == 0 { "</tr></thead>\n<tbody>\n" } else { "</tr>\n" });
        }
        self.raw("</tbody>\n</table>\n");
    }

    /// The picture is in the page itself: a preview must not depend on where it is looked at.
    fn picture(&mut self, caption: Option<&str>, picture: &Picture) {
        let place = picture.place();
        let wide = f64::from(place.width) / f64::from(layout::POINT);
        self.raw(&format!("<figure><img style=\"width:{wide:.1}pt\" alt=\""))
            .text(caption.unwrap_or_default());
        self.raw("\" src=\"data:").raw(picture.kind.media_type()).raw(";base64,").raw(&picture.base64());
        self.raw("\">");
        if let Some(caption) = caption {
            self.raw("<figcaption>").text(caption).raw("</figcaption>");
        }
        self.raw("</figure>\n");
    }

    fn foot(&mut self, foot: &Foot) {
        self.raw("<footer>\n");
        for (label, list) in foot.recipients() {
            self.element("p", "list", &format!("{label}：{list}"));
        }
        let (names, copies) = foot.last_line();
        self.raw("<p class=\"last\"><span>").text(&names).raw("</span><span>").text(&copies);
        self.raw("</span></p>\n</footer>\n");
    }
}
