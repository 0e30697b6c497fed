//! A filled form as a Word file: a head with the QR code, and one table to write in by hand.

use docx_rs::{
    AlignmentType, BreakType, Docx, HeightRule, PageMargin, Paragraph, Pic, Run, Style, Tab, TabValueType,
    Table, TableAlignmentType, TableBorder, TableBorderPosition as At, TableBorders, TableCell,
    TableCellMargins, TableLayoutType, TableRow, VAlignType, VMergeType, WidthType,
};

use super::super::form::{COLUMNS, Sheet, SheetRow, date_box};
use super::super::layout::{self, SIZE_2, SIZE_4, SIZE_12, TEXT_WIDTH};
use super::DocxError;
use super::package::{self, About};
use super::pieces::EMU;
use super::styles::{self, HEI, TEXT_FACE, TITLE_FACE, exact, paragraph};

/// 5号, in half-points.
const SIZE_5: u32 = 21;
/// Rules of the table, in eighths of a point: around it and within.
const RULES: (usize, usize) = (10, 4);
/// The least height of the heads over lines, mm.
const HEADS: u32 = 9;
/// What text keeps away from the rules: above and below, and at the sides, in twips.
const PADDING: (usize, usize) = (95, 110);
/// The head's three parts, in twips: nothing, the title, the QR code.
const HEAD: [u32; 3] = [mm(24), TEXT_WIDTH - mm(24) - mm(28), mm(28)];
/// Its height, mm.
const HEAD_HEIGHT: u32 = 34;
/// A side of the QR code, in twips.
const QR: u32 = mm(24);

const fn mm(millimetres: u32) -> u32 {
    (millimetres * 14_400 + 127) / 254
}

/// Writes a filled form as DOCX. Equal forms give equal bytes.
///
/// # Errors
/// [`DocxError`] when the file cannot be put together.
pub fn write_sheet(sheet: &Sheet) -> Result<Vec<u8>, DocxError> {
    let created = format!("{}T00:00:00Z", sheet.date);
    let mut docx = styles::defaults(page(Docx::new())).created_at(&created).updated_at(&created);
    docx = looks().into_iter().fold(docx, Docx::add_style);
    docx = docx.add_table(head(sheet)).add_paragraph(above(sheet)).add_table(table(sheet));
    docx = docx.add_paragraph(said("FormNote", &sheet.note));
    let about =
        About { title: sheet.title.clone(), author: sheet.unit.clone(), captions: vec![sheet.code.clone()] };
    package::pack(docx.build(), &about)
}

fn page(docx: Docx) -> Docx {
    let twips = |value: u32| i32::try_from(value).unwrap_or_default();
    let margins = PageMargin::new()
        .top(twips(mm(18)))
        .bottom(twips(mm(16)))
        .left(twips(layout::MARGIN_LEFT))
        .right(twips(layout::MARGIN_RIGHT));
    docx.page_size(layout::PAGE.0, layout::PAGE.1).page_margin(margins)
}

/// The styles of a form.
fn looks() -> Vec<Style> {
    let text = |id, name, face, size: u32| paragraph(id, name, face, size, size * 13);
    let mut line = text("FormLine", "单位与日期", TEXT_FACE, SIZE_12);
    line.paragraph_property =
        line.paragraph_property.add_tab(Tab::new().val(TabValueType::Right).pos(TEXT_WIDTH as usize));
    vec![
        text("FormTitle", "单据标题", TITLE_FACE, SIZE_2).align(AlignmentType::Center),
        text("FormCode", "单据编号", HEI, SIZE_5).align(AlignmentType::Center),
        // An exact line would cut the picture off.
        Style::new("FormQr", docx_rs::StyleType::Paragraph)
            .name("二维码")
            .based_on("Normal")
            .align(AlignmentType::Center),
        line.line_spacing(exact(SIZE_12 * 13, 0, 100)),
        text("FormLabel", "栏目", HEI, SIZE_4).align(AlignmentType::Center),
        text("FormText", "栏目内容", TEXT_FACE, SIZE_4).align(AlignmentType::Left),
        text("FormHead", "小栏目", HEI, SIZE_12).align(AlignmentType::Center),
        text("FormWord", "小栏目内容", TEXT_FACE, SIZE_12).align(AlignmentType::Center),
        text("FormWords", "小栏目内容（左齐）", TEXT_FACE, SIZE_12).align(AlignmentType::Left),
        text("FormSign", "签名与日期", TEXT_FACE, SIZE_4).align(AlignmentType::Right),
        text("FormNote", "单据说明", TEXT_FACE, SIZE_5).align(AlignmentType::Left).line_spacing(exact(
            SIZE_5 * 13,
            120,
            0,
        )),
    ]
}

/// Text in a style, its lines broken softly.
fn said(style: &str, text: &str) -> Paragraph {
    let mut run = Run::new();
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            run = run.add_break(BreakType::TextWrapping);
        }
        run = run.add_text(line);
    }
    Paragraph::new().style(style).add_run(run)
}

fn head(sheet: &Sheet) -> Table {
    let mut code = TableCell::new().width(HEAD[2] as usize, WidthType::Dxa);
    if let Some((png, side)) = sheet.qr().and_then(|qr| qr.png()) {
        let seen = Pic::new_with_dimensions(png, side, side).id("rIdPictureQr").size(QR * EMU, QR * EMU);
        code = code.add_paragraph(Paragraph::new().style("FormQr").add_run(Run::new().add_image(seen)));
    }
    let cells = vec![
        TableCell::new().width(HEAD[0] as usize, WidthType::Dxa).add_paragraph(said("FormCode", "")),
        TableCell::new()
            .width(HEAD[1] as usize, WidthType::Dxa)
            .vertical_align(VAlignType::Center)
            .add_paragraph(said("FormTitle", &sheet.title)),
        code.add_paragraph(said("FormCode", &sheet.code)),
    ];
    let grid = HEAD.map(|wide| wide as usize).to_vec();
    plain(vec![row(cells, HEAD_HEIGHT)], grid, 0).margins(TableCellMargins::new().margin(0, 0, 0, 0))
}

/// 编印单位 and the day of printing.
fn above(sheet: &Sheet) -> Paragraph {
    let run = Run::new().add_text(&sheet.unit).add_tab().add_text(sheet.date.chinese());
    Paragraph::new().style("FormLine").add_run(run)
}

fn plain(rows: Vec<TableRow>, grid: Vec<usize>, indent: i32) -> Table {
    let width = grid.iter().sum();
    Table::without_borders(rows)
        .set_grid(grid)
        .width(width, WidthType::Dxa)
        .layout(TableLayoutType::Fixed)
        .align(TableAlignmentType::Left)
        .indent(indent)
}

fn table(sheet: &Sheet) -> Table {
    let rows = sheet.rows.iter().flat_map(rows).collect();
    let rule = |at, size| TableBorder::new(at).size(size).color("000000");
    let outside = [At::Top, At::Left, At::Bottom, At::Right].map(|at| rule(at, RULES.0));
    let inside = [At::InsideH, At::InsideV].map(|at| rule(at, RULES.1));
    let rules = outside.into_iter().chain(inside).fold(TableBorders::with_empty(), TableBorders::set);
    let grid = COLUMNS.map(|wide| mm(wide) as usize).to_vec();
    plain(rows, grid, 0)
        .margins(TableCellMargins::new().margin(PADDING.0, PADDING.1, PADDING.0, PADDING.1))
        .set_borders(rules)
}

/// A cell over some of the columns.
fn cell(first: usize, count: usize, style: &str, text: &str) -> TableCell {
    let wide: u32 = COLUMNS.iter().skip(first).take(count).map(|wide| mm(*wide)).sum();
    let cell = TableCell::new().width(wide as usize, WidthType::Dxa).vertical_align(VAlignType::Center);
    let cell = if count > 1 { cell.grid_span(count) } else { cell };
    cell.add_paragraph(said(style, text))
}

fn row(cells: Vec<TableCell>, height: u32) -> TableRow {
    TableRow::new(cells).row_height(mm(height) as f32).height_rule(HeightRule::AtLeast).cant_split()
}

fn rows(one: &SheetRow) -> Vec<TableRow> {
    match one {
        SheetRow::Fields { pairs, height } => {
            let cells = match pairs.as_slice() {
                [(label, text)] => vec![cell(0, 1, "FormLabel", label), cell(1, 4, "FormText", text)],
                _ => pairs
                    .iter()
                    .zip([(0, 1, 2), (3, 4, 1)])
                    .flat_map(|((label, text), (first, second, count))| {
                        [cell(first, 1, "FormLabel", label), cell(second, count, "FormText", text)]
                    })
                    .collect(),
            };
            vec![row(cells, *height)]
        }
        SheetRow::Write { label, height, sign } => {
            let signed = if sign.is_empty() { String::new() } else { date_box(sign) };
            let open = cell(1, 4, "FormSign", &signed).vertical_align(VAlignType::Bottom);
            vec![row(vec![cell(0, 1, "FormLabel", label), open], *height)]
        }
        SheetRow::Table { label, head, rows, height } => lines(label, head, rows, *height),
    }
}

fn lines(label: &str, head: &[String; 4], rows: &[[String; 4]], height: u32) -> Vec<TableRow> {
    let beside = |text: &str, merge| cell(0, 1, "FormLabel", text).vertical_merge(merge);
    let line = |first: TableCell, cells: &[String; 4], styles: [&str; 4], height: u32| {
        let rest = cells.iter().zip(styles).enumerate();
        let rest = rest.map(|(at, (text, style))| cell(at + 1, 1, style, text));
        row(std::iter::once(first).chain(rest).collect(), height)
    };
    let styles = ["FormWord", "FormWord", "FormWord", "FormWords"];
    let heads = line(beside(label, VMergeType::Restart), head, ["FormHead"; 4], height.min(HEADS));
    let rest = rows.iter().map(|cells| line(beside("", VMergeType::Continue), cells, styles, height));
    std::iter::once(heads).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use zip::ZipArchive;

    use super::super::super::form::tests::filled;
    use super::super::xml;
    use super::*;

    #[test]
    fn a_form_as_word_file_holds_every_field_the_code_and_the_picture_of_it() {
        for id in ["review", "signing", "reading"] {
            let sheet = filled(id);
            let bytes = write_sheet(&sheet).expect("docx");
            assert_eq!(bytes, write_sheet(&sheet).expect("docx"), "the same bytes again");
            let mut zip = ZipArchive::new(Cursor::new(bytes.as_slice())).expect("zip");
            assert!(zip.file_names().any(|name| name.starts_with("word/media/")), "{id}");
            let mut text = String::new();
            zip.by_name("word/document.xml").expect("part").read_to_string(&mut text).expect("text");
            let text = text.replace('\u{200B}', "");
            for told in [
                sheet.title.as_str(),
                "4F7KZ-09QXB",
                "钟离意",
                "上游流域",
                "年　　　月　　　日",
                "2026年1月8日",
            ] {
                assert!(text.contains(told), "{id}: {told}");
            }
            assert!(xml::parse(text.as_bytes()).is_ok());
            if let Some(dir) = std::env::var_os("BULLETINS_TO") {
                std::fs::write(std::path::Path::new(&dir).join(format!("form-{id}.docx")), bytes)
                    .expect("written");
            }
        }
    }
}
