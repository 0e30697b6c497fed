//! Tables of the text, and the box at its end.

use docx_rs::{
    Paragraph, Run, Table, TableBorder, TableBorderPosition, TableBorders, TableCell, TableCellMargins,
    TableLayoutType, TableRow, VAlignType, WidthType,
};

use super::super::layout::{TEXT_WIDTH, breakable, columns};

/// Rules of a table, in eighths of a point.
const RULE: usize = 4;
/// What text keeps away from the rules at the sides, in twips.
const PADDING: usize = 80;

/// What text keeps away from the rules above and below.
const ABOVE: usize = 50;
/// Rows that are kept on one page.
const TOGETHER_MAX: usize = 10;

/// A table of the text: as wide as the type area, its head repeated on the next page.
pub(super) fn table(rows: &[Vec<String>]) -> Table {
    let columns = columns(rows);
    let mut grid: Vec<usize> = columns.iter().map(|one| TEXT_WIDTH as usize * one.share / 1000).collect();
    if let Some(last) = grid.last_mut() {
        *last += TEXT_WIDTH as usize
            - columns.iter().map(|one| TEXT_WIDTH as usize * one.share / 1000).sum::<usize>();
    }
    // A short table stays on one page: every row but the last holds on to the next.
    let together = rows.len() <= TOGETHER_MAX;
    let row = |(at, cells): (usize, &Vec<String>)| {
        let cells = columns.iter().zip(&grid).enumerate().map(|(column, (kind, wide))| {
            let text = cells.get(column).map_or("", String::as_str);
            let style = match (at, kind.wordy) {
                (0, _) => "TableHead",
                (_, true) => "TableWords",
                (_, false) => "TableText",
            };
            let text = line(style, text).keep_next(together && at + 1 < rows.len());
            cell(*wide).vertical_align(VAlignType::Center).add_paragraph(text)
        });
        TableRow::new(cells.collect()).cant_split()
    };
    framed(rows.iter().enumerate().map(row).collect(), grid)
}

/// 此前编发: a box of one cell.
pub(super) fn end_box(lines: &[String]) -> Table {
    let wide = TEXT_WIDTH as usize;
    let all = lines.iter().fold(cell(wide), |cell, text| cell.add_paragraph(line("Earlier", text)));
    framed(vec![TableRow::new(vec![all]).cant_split()], vec![wide])
}

fn line(style: &str, text: &str) -> Paragraph {
    Paragraph::new().style(style).add_run(Run::new().add_text(breakable(text)))
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
        .margins(TableCellMargins::new().margin(ABOVE, PADDING, ABOVE, PADDING))
        .set_borders(rules)
}
