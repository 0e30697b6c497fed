//! 版记 and page numbers.

use docx_rs::{Footer, PageNum, Paragraph, Run};

use super::super::document::Foot;
use super::super::layout::TEXT_WIDTH;

/// The 版记, in a frame that stands on the last lines of the last page (GB/T 9704-2012 7.4), and the small paragraph
/// that the frame is bound to.
pub(super) fn paragraphs(foot: &Foot) -> Vec<Paragraph> {
    let rule = |style: &str| framed(Paragraph::new().style(style));
    let mut all = Vec::new();
    for (label, list) in foot.recipients() {
        all.push(rule(if all.is_empty() { "FootRule" } else { "FootRuleInner" }));
        let run = Run::new().add_text(format!("{label}：{list}"));
        all.push(framed(Paragraph::new().style("Foot").add_run(run)));
    }
    all.push(rule(if all.is_empty() { "FootRule" } else { "FootRuleInner" }));
    let (names, copies) = foot.last_line();
    let run = Run::new().add_text(names).add_tab().add_text(copies);
    all.push(framed(Paragraph::new().style("FootLast").add_run(run)));
    all.push(rule("FootRule"));
    all.push(Paragraph::new().style("FootAnchor"));
    all
}

/// Puts a paragraph into the frame; neighbours with equal frames share one.
fn framed(paragraph: Paragraph) -> Paragraph {
    paragraph
        .frame_width(TEXT_WIDTH)
        .wrap("around")
        .v_anchor("margin")
        .h_anchor("margin")
        .x_align("center")
        .y_align("bottom")
}

/// — 1 —: right on odd pages, left on even ones (GB/T 9704-2012 7.5).
pub(super) fn page_number(odd: bool) -> Footer {
    let dash = |text: &str| Run::new().add_text(text);
    let number = Paragraph::new()
        .style(if odd { "PageNumberOdd" } else { "PageNumberEven" })
        .add_run(dash("— "))
        .add_page_num(PageNum::new())
        .add_run(dash(" —"));
    Footer::new().add_paragraph(number)
}
