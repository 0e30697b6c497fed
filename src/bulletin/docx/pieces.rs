//! Masthead, titles and text as Word paragraphs, each by its style.

use docx_rs::{BreakType, LineSpacing, LineSpacingType, Paragraph, Pic, Run};

use super::super::document::{Block, Document, NOTE_LABEL};
use super::super::layout::{LINE, breakable};
use super::super::picture::Picture;
use super::contents;
use super::styles::exact;

/// English Metric Units of a twip.
pub(super) const EMU: u32 = 635;

fn styled(style: &str, text: &str) -> Paragraph {
    Paragraph::new().style(style).add_run(Run::new().add_text(breakable(text)))
}

/// Marks, masthead, issue line, and unit and date above the red rule.
pub(super) fn head(document: &Document) -> Vec<Paragraph> {
    let head = &document.masthead;
    let mut all: Vec<Paragraph> =
        head.mark.iter().chain(&head.urgency).map(|mark| styled("Mark", mark)).collect();
    all.push(styled("Masthead", &head.name));
    all.push(styled("IssueLine", &document.issue_line));
    // One character in by a blank, not by an indent: the rule under the line is as wide as the type area.
    let unit =
        Run::new().add_text(format!("　{}", document.unit)).add_tab().add_text(document.date.chinese());
    all.push(Paragraph::new().style("UnitLine").add_run(unit));
    all
}

/// A title: one paragraph, its lines broken softly, so that the outline has it in one piece.
pub(super) fn title(lines: &[String], article: usize, first: bool) -> Paragraph {
    let mut run = Run::new();
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            run = run.add_break(BreakType::TextWrapping);
        }
        run = run.add_text(line);
    }
    Paragraph::new()
        .style(if first { "Heading1" } else { "TitleNext" })
        .add_bookmark_start(article + 1, contents::bookmark(article))
        .add_run(run)
        .add_bookmark_end(article + 1)
}

/// 编者按: a line apart from the red rule where it stands under it, half a line apart from what follows.
pub(super) fn note(note: &[String], under_rule: bool) -> Vec<Paragraph> {
    let paragraph = |(at, text): (usize, &String)| {
        let before = if at == 0 && under_rule { LINE } else { 0 };
        let after = if at + 1 == note.len() { LINE / 2 } else { 0 };
        let label = (at == 0).then(|| Run::new().style("NoteLabel").add_text(NOTE_LABEL));
        let start = Paragraph::new().style("Note").line_spacing(exact(LINE, before, after));
        label.into_iter().fold(start, Paragraph::add_run).add_run(Run::new().add_text(breakable(text)))
    };
    note.iter().enumerate().map(paragraph).collect()
}

/// A heading or a paragraph.
pub(super) fn block(block: &Block) -> Paragraph {
    match block {
        Block::Heading { level, text } => styled(&format!("Heading{}", level + 1), text),
        Block::Paragraph { lead: None, text } => styled("Body", text),
        Block::Table { .. } | Block::Picture { .. } => blank(),
        Block::Paragraph { lead: Some(lead), text } => {
            let run = Run::new().add_text(&lead.text);
            // 1. and （1） are set in the face of the text.
            let run = if lead.level <= 2 { run.style(&format!("Lead{}", lead.level)) } else { run };
            Paragraph::new().style("Body").add_run(run).add_run(Run::new().add_text(breakable(text)))
        }
    }
}

/// A picture on whole lines of the grid, and what stands under it. `id` tells it from the other pictures of the file.
pub(super) fn picture(id: usize, picture: &Picture, caption: Option<&str>) -> Vec<Paragraph> {
    let place = picture.place();
    let free = (place.lines * LINE).saturating_sub(place.height);
    let spacing =
        LineSpacing::new().line_rule(LineSpacingType::Auto).line(240).before(free / 2).after(free - free / 2);
    // docx-rs keeps files by name and content; their endings are set right in the package.
    let seen = Pic::new_with_dimensions(picture.bytes.to_vec(), picture.width, picture.height)
        .id(format!("rIdPicture{id}"))
        .size(place.width * EMU, place.height * EMU);
    let shown = Paragraph::new()
        .style("Picture")
        .line_spacing(spacing)
        .keep_next(caption.is_some())
        .add_run(Run::new().add_image(seen));
    [shown].into_iter().chain(caption.map(|text| styled("Caption", text))).collect()
}

/// 表1　…, over its table.
pub(super) fn table_caption(text: &str) -> Paragraph {
    styled("TableCaption", text)
}

/// Half a line after a table; without it two tables would be one.
pub(super) fn after_table() -> Paragraph {
    Paragraph::new().style("TableAfter")
}

/// A line that holds nothing.
pub(super) fn blank() -> Paragraph {
    Paragraph::new().style("Body")
}

/// 署名.
pub(super) fn credit(credit: &str) -> Paragraph {
    styled("Credit", credit)
}
