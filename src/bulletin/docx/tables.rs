//! Tables of the text, and the box at its end.

use docx_rs::{
    Paragraph, Run, Table, TableBorder, TableBorderPosition, TableBorders, TableCell, TableCellMargins,
    TableLayoutType, TableRow, VAlignType, WidthType,
};

use super::super::layout::TEXT_WIDTH;

/// Rules of a table, in eighths of a point.
const RULE: usize = 4;
/// What text keeps away from the rules at the sides, in twips.
const PADDING: usize = 80;

/// A table of the text: as wide as the type area, columns of equal width, its head repeated on the next page.
pub(super) fn table(rows: &[Vec<String>]) -> Table {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let wide = TEXT_WIDTH as usize / columns;
    let row = |(at, cells): (usize, &Vec<String>)| {
        let style = if at == 0 { "TableHead" } else { "TableText" };
        let cells = (0..columns).map(|column| {
            let text = cells.get(column).map_or("", String::as_str);
            cell(wide).vertical_align(VAlignType::Center).add_paragraph(line(style, text))
        });
        TableRow::new(cells.collect()).cant_split()
    };
    framed(rows.iter().enumerate().map(row).collect(), vec![wide; columns])
}

/// 此前编发: a box of one cell.
pub(super) fn end_box(lines: &[String]) -> Table {
    let wide = TEXT_WIDTH as usize;
    let all = lines.iter().fold(cell(wide), |cell, text| cell.add_paragraph(line("Earlier", text)));
    framed(vec![TableRow::new(vec![all]).cant_split()], vec![wide])
}

fn line(style: &str, text: &str) -> Paragraph {
    Paragraph::new().style(style).add_run(Run::new().add_text(text))
}

fn cell(wide: usize) -> TableCell {
    TableCell::new().width(wide, WidthType::Dxa)
}

fn framed(rows: Vec<TableRow>, grid: Vec<usize>) -> Table {
    use TableBorderPosition as At;
    let rules = [At::Top, At::Left, At::Bottom, At::Right, At::InsideH, At::InsideV]
        .into_iter()
        .fold(TableBorders::with_empty(), |all, at| all.set(TableBorder::new(at).size(RULE).color("000000")));
    let width = grid.iter().sum();
    Table::without_borders(rows)
        .set_grid(grid)
        .width(width, WidthType::Dxa)
        .layout(TableLayoutType::Fixed)
        .margins(TableCellMargins::new().margin(0, PADDING, 0, PADDING))
        .set_borders(rules)
}
