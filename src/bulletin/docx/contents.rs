//! 目录: a table-of-contents field that Word and WPS bring up to date, filled in as the PDF was paged.

use docx_rs::{FieldCharType, Hyperlink, HyperlinkType, InstrText, Paragraph, Run};

use super::super::document::CONTENTS_LABEL;

/// What the field collects: titles of articles, with links.
const COLLECTS: &str = " TOC \\h \\z \\t \"heading 1,1,公文标题（续）,1\" ";

/// The bookmark that stands at an article's title.
pub(super) fn bookmark(article: usize) -> String {
    format!("_Toc{:08}", article + 1)
}

/// The heading and the field, an entry a paragraph. Without page numbers an entry ends with its title.
pub(super) fn contents(titles: &[String], pages: &[usize]) -> Vec<Paragraph> {
    let mut all = vec![Paragraph::new().style("ContentsTitle").add_run(Run::new().add_text(CONTENTS_LABEL))];
    for (at, title) in titles.iter().enumerate() {
        let mut entry = Paragraph::new().style("TOC1");
        if at == 0 {
            entry = field_start(COLLECTS).into_iter().fold(entry, Paragraph::add_run);
        }
        let mut link = Hyperlink::new(bookmark(at), HyperlinkType::Anchor)
            .add_run(Run::new().add_text(format!("{}.", at + 1)).add_tab().add_text(title));
        if let Some(page) = pages.get(at) {
            link = link.add_run(Run::new().add_tab());
            let number = field_start(&format!(" PAGEREF {} \\h ", bookmark(at)));
            link = number.into_iter().fold(link, Hyperlink::add_run);
            link = link.add_run(Run::new().add_text(page.to_string())).add_run(field_end());
        }
        entry = entry.add_hyperlink(link);
        if at + 1 == titles.len() {
            entry = entry.add_run(field_end());
        }
        all.push(entry);
    }
    all
}

fn field_start(instruction: &str) -> Vec<Run> {
    let mark = |kind| Run::new().add_field_char(kind, false);
    let text = Run::new().add_instr_text(InstrText::Unsupported(instruction.to_owned()));
    vec![mark(FieldCharType::Begin), text, mark(FieldCharType::Separate)]
}

fn field_end() -> Run {
    Run::new().add_field_char(FieldCharType::End, false)
}
