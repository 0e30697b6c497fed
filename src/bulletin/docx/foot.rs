//! 版记 and page numbers.

use docx_rs::{
    Footer, PageNum, Paragraph, Run, Table, TableBorder, TableBorderPosition, TableBorders, TableCell,
    TableCellMargins, TableLayoutType, TablePositionProperty, TableRow, WidthType,
};

use super::super::document::Foot;
use super::super::layout::{MARGIN_LEFT, TEXT_WIDTH};

/// 首条、末条分隔线 0.35 mm, in eighths of a point (GB/T 9704-2012 7.4.1).
const OUTER_RULE: usize = 8;
/// 中间的分隔线 0.25 mm.
const INNER_RULE: usize = 6;

/// The table's width: the type area.
const WIDTH: usize = TEXT_WIDTH as usize;
/// What text keeps away at the sides. There is none, but LibreOffice floats a table only with such a distance.
const SIDE_GAP: i32 = 180;

/// The 版记: a table that stands on the last lines of the last page, as wide as the type area (GB/T 9704-2012 7.4).
/// It is bound to the small paragraph that follows it.
pub(super) fn table(foot: &Foot) -> Table {
    let mut rows: Vec<TableRow> = foot
        .recipients()
        .map(|(label, list)| row("Foot", Run::new().add_text(format!("{label}：{list}"))))
        .collect();
    let (names, copies) = foot.last_line();
    rows.push(row("FootLast", Run::new().add_text(names).add_tab().add_text(copies)));
    let rule = |at, size| TableBorder::new(at).size(size).color("000000");
    let rules = TableBorders::with_empty()
        .set(rule(TableBorderPosition::Top, OUTER_RULE))
        .set(rule(TableBorderPosition::Bottom, OUTER_RULE))
        .set(rule(TableBorderPosition::InsideH, INNER_RULE));
    let place = TablePositionProperty::new()
        .left_from_text(SIDE_GAP)
        .right_from_text(SIDE_GAP)
        .vertical_anchor("margin")
        .horizontal_anchor("page")
        .position_x(i32::try_from(MARGIN_LEFT).unwrap_or_default())
        .position_y_alignment("bottom");
    Table::without_borders(rows)
        .set_grid(vec![WIDTH])
        .width(WIDTH, WidthType::Dxa)
        .layout(TableLayoutType::Fixed)
        .margins(TableCellMargins::new().margin(0, 0, 0, 0))
        .set_borders(rules)
        .position(place)
}

fn row(style: &str, run: Run) -> TableRow {
    let cell = TableCell::new()
        .width(WIDTH, WidthType::Dxa)
        .add_paragraph(Paragraph::new().style(style).add_run(run));
    TableRow::new(vec![cell]).cant_split()
}

/// What the table is bound to, and the last paragraph of the file.
pub(super) fn anchor() -> Paragraph {
    Paragraph::new().style("FootAnchor")
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
