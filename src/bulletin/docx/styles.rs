//! The styles of a bulletin. An editor who types into the file keeps the grid, because everything is in the styles.

use docx_rs::{
    AlignmentType, Docx, LineSpacing, LineSpacingType, ParagraphBorder, ParagraphBorderPosition,
    ParagraphBorders, RunFonts, SpecialIndentType, Style, StyleType, Tab, TabLeaderType, TabValueType,
};

use super::super::document::Document;
use super::super::layout::{self, LINE, SIZE_2, SIZE_3, SIZE_4, SIZE_12, TEXT_WIDTH};

/// 小标宋: masthead and titles.
pub(super) const TITLE_FACE: &str = "方正小标宋简体";
/// 仿宋: text.
pub(super) const TEXT_FACE: &str = "仿宋_GB2312";
/// 黑体: 一、 and marks.
pub(super) const HEI: &str = "黑体";
/// 楷体: （一）, notes and credits.
const KAI: &str = "楷体_GB2312";
/// 宋体: page numbers.
const SONG: &str = "宋体";

/// Every face, and its other name or nearest kin.
pub(super) const FACES: [(&str, &str); 5] =
    [(TITLE_FACE, "方正小标宋_GBK"), (TEXT_FACE, "仿宋"), (HEI, "SimHei"), (KAI, "楷体"), (SONG, "SimSun")];

/// Two characters of 3号, the indent of a paragraph's first line; the schema pass adds the same in characters.
pub(super) const FIRST_LINE: i32 = 640;
/// One character of 4号: the foot stands in by this at both sides, the page number at the outer one.
pub(super) const SIDE: i32 = 280;

/// Every style of the file but Normal. The masthead's size follows from its name.
pub(super) fn all(document: &Document) -> Vec<Style> {
    let mut styles = head(document);
    styles.extend(text());
    styles.extend(leads());
    styles.extend(foot());
    styles
}

/// What a paragraph without a style looks like.
pub(super) fn defaults(docx: Docx) -> Docx {
    docx.default_fonts(fonts(TEXT_FACE)).default_size(SIZE_3 as usize)
}

/// A paragraph style: name as Word lists it, face, size in half-points, exact line in twips.
pub(super) fn paragraph(id: &str, name: &str, face: &str, size: u32, line: u32) -> Style {
    let mut style = Style::new(id, StyleType::Paragraph).name(name).based_on("Normal").fonts(fonts(face));
    style.run_property = style.run_property.size(size as usize);
    let style = style.line_spacing(exact(line, 0, 0));
    // Lines of another height stand between the lines of the grid.
    if line == LINE { style } else { style.snap_to_grid(false) }
}

/// The face for every script: half-width digits of 仿宋_GB2312 are half a character and so keep the grid.
pub(super) fn fonts(face: &str) -> RunFonts {
    RunFonts::new().ascii(face).hi_ansi(face).east_asia(face).cs(face).hint("eastAsia")
}

/// An exact line with space before and after, all in twips.
pub(super) fn exact(line: u32, before: u32, after: u32) -> LineSpacing {
    let line = i32::try_from(line).unwrap_or_default();
    LineSpacing::new().line_rule(LineSpacingType::Exact).line(line).before(before).after(after)
}

fn condensed(mut style: Style) -> Style {
    style.run_property = style.run_property.spacing(layout::CONDENSED);
    style
}

fn keep_with_next(mut style: Style) -> Style {
    style.paragraph_property = style.paragraph_property.keep_next(true).keep_lines(true);
    style
}

/// Dots up to the page number of an entry of the 目录.
fn page_tab(mut style: Style) -> Style {
    let at = TEXT_WIDTH - FIRST_LINE.unsigned_abs();
    let tab = Tab::new().val(TabValueType::Right).leader(TabLeaderType::MiddleDot).pos(at as usize);
    style.paragraph_property = style.paragraph_property.add_tab(tab);
    style
}

fn right_tab(mut style: Style, at: u32) -> Style {
    let tab = Tab::new().val(TabValueType::Right).pos(at as usize);
    style.paragraph_property = style.paragraph_property.add_tab(tab);
    style
}

/// A line of one colour above or below; size in eighths of a point, space in points.
fn rule(mut style: Style, at: ParagraphBorderPosition, size: usize, space: usize, color: &str) -> Style {
    let border = ParagraphBorder::new(at).size(size).space(space).color(color);
    style.paragraph_property =
        style.paragraph_property.set_borders(ParagraphBorders::with_empty().set(border));
    style
}

fn head(document: &Document) -> Vec<Style> {
    let (size, space) = layout::masthead(&document.masthead.name);
    let mut name = paragraph("Masthead", "刊头", TITLE_FACE, size, 2 * LINE + LINE / 2)
        .align(AlignmentType::Center)
        .color(layout::RED);
    name.run_property = name.run_property.spacing(i32::try_from(space).unwrap_or_default());
    let marks =
        usize::from(document.masthead.mark.is_some()) + usize::from(document.masthead.urgency.is_some());
    let above = LINE * u32::try_from(2usize.saturating_sub(marks)).unwrap_or_default();
    let name = name.line_spacing(exact(2 * LINE + LINE / 2, above, 0));
    let mark = condensed(paragraph("Mark", "标识", HEI, SIZE_3, LINE));
    let issue = condensed(paragraph("IssueLine", "期号", TEXT_FACE, SIZE_3, LINE))
        .align(AlignmentType::Center)
        .line_spacing(exact(LINE, LINE / 2, LINE / 2));
    let unit = condensed(paragraph("UnitLine", "编印单位与日期", TEXT_FACE, SIZE_3, LINE));
    let unit = right_tab(unit, TEXT_WIDTH - SIZE_3 * 10);
    vec![mark, name, issue, rule(unit, ParagraphBorderPosition::Bottom, 16, 7, layout::RED)]
}

fn text() -> Vec<Style> {
    let first_line =
        |style: Style| style.indent(None, Some(SpecialIndentType::FirstLine(FIRST_LINE)), None, None);
    let running =
        |id: &str, name: &str, face: &str| first_line(condensed(paragraph(id, name, face, SIZE_3, LINE)));
    let title = |id, name, before| {
        keep_with_next(paragraph(id, name, TITLE_FACE, SIZE_2, LINE + LINE / 5))
            .align(AlignmentType::Center)
            .line_spacing(exact(LINE + LINE / 5, before, LINE))
            .outline_lvl(0)
            .next("Body")
    };
    let heading = |level: usize, name, face| {
        keep_with_next(running(&format!("Heading{}", level + 1), name, face)).outline_lvl(level).next("Body")
    };
    let contents = condensed(paragraph("TOC1", "toc 1", TEXT_FACE, SIZE_3, LINE)).indent(
        Some(FIRST_LINE * 2),
        Some(SpecialIndentType::Hanging(FIRST_LINE)),
        Some(FIRST_LINE),
        None,
    );
    let contents = page_tab(contents);
    let small = |id, name, face| paragraph(id, name, face, SIZE_12, SIZE_12 * 14);
    let credit = condensed(paragraph("Credit", "署名", KAI, SIZE_3, LINE))
        .align(AlignmentType::Right)
        .indent(Some(FIRST_LINE * 2), None, Some(0), None);
    vec![
        running("Body", "公文正文", TEXT_FACE),
        title("Heading1", "heading 1", 2 * LINE),
        title("TitleNext", "公文标题（续）", LINE),
        heading(1, "heading 2", HEI),
        heading(2, "heading 3", KAI),
        heading(3, "heading 4", TEXT_FACE),
        heading(4, "heading 5", TEXT_FACE),
        running("Note", "编者按", KAI),
        keep_with_next(condensed(paragraph("ContentsTitle", "目录标题", HEI, SIZE_3, LINE)))
            .align(AlignmentType::Center)
            .line_spacing(exact(LINE, LINE, LINE)),
        contents,
        credit,
        small("TableHead", "表格表头", HEI).align(AlignmentType::Center),
        small("TableText", "表格文字", TEXT_FACE).align(AlignmentType::Center),
        small("TableWords", "表格文字（左齐）", TEXT_FACE).align(AlignmentType::Left),
        keep_with_next(paragraph("TableCaption", "表题", HEI, SIZE_4, LINE)).align(AlignmentType::Center),
        paragraph("Caption", "caption", KAI, SIZE_4, LINE).align(AlignmentType::Center),
        paragraph("TableAfter", "表后空行", TEXT_FACE, SIZE_12, LINE / 2),
        // A picture stands on its line: the smaller the face, the less the line adds to it.
        paragraph("Picture", "图片", TEXT_FACE, 2, 0).align(AlignmentType::Center),
        paragraph("Earlier", "此前编发", KAI, SIZE_4, SIZE_4 * 14),
    ]
}

/// Character styles of run-in headings and of the words 编者按.
fn leads() -> Vec<Style> {
    let character =
        |id: &str, name: &str, face| Style::new(id, StyleType::Character).name(name).fonts(fonts(face));
    vec![
        character("Lead1", "段首一级标题", HEI),
        character("Lead2", "段首二级标题", KAI),
        character("NoteLabel", "编者按字样", HEI),
    ]
}

fn foot() -> Vec<Style> {
    let line = SIZE_4 * 14;
    let names = 2 * SIDE;
    // Kept together: where a reader cannot float the table, it at least goes to the next page in one piece.
    let list = keep_with_next(paragraph("Foot", "版记", TEXT_FACE, SIZE_4, line)).indent(
        Some(SIDE + names),
        Some(SpecialIndentType::Hanging(names)),
        Some(SIDE),
        None,
    );
    let last =
        paragraph("FootLast", "版记末行", TEXT_FACE, SIZE_4, line).indent(Some(SIDE), None, Some(SIDE), None);
    let last = right_tab(last, TEXT_WIDTH - SIDE.unsigned_abs());
    let number = |id, name| paragraph(id, name, SONG, SIZE_4, SIZE_4 * 10);
    vec![
        list,
        last,
        paragraph("FootAnchor", "版记定位", TEXT_FACE, 2, 20),
        number("PageNumberOdd", "页码（单页）").align(AlignmentType::Right).indent(
            None,
            None,
            Some(SIDE),
            None,
        ),
        number("PageNumberEven", "页码（双页）").align(AlignmentType::Left).indent(
            Some(SIDE),
            None,
            None,
            None,
        ),
    ]
}
