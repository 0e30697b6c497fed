//! The measures of the page that every writer shares, after GB/T 9704-2012 as DOMAIN §3 gives them.

/// A point in twips.
pub(super) const POINT: u32 = 20;

/// Paper: A4, in twips.
pub(super) const PAGE: (u32, u32) = (11906, 16838);
/// 上白边 37 mm.
pub(super) const MARGIN_TOP: u32 = mm(370);
/// 下白边 35 mm.
pub(super) const MARGIN_BOTTOM: u32 = mm(350);
/// 订口 28 mm.
pub(super) const MARGIN_LEFT: u32 = mm(280);
/// 右白边 26 mm.
pub(super) const MARGIN_RIGHT: u32 = mm(260);
/// 版心宽: 156 mm.
pub(super) const TEXT_WIDTH: u32 = PAGE.0 - MARGIN_LEFT - MARGIN_RIGHT;
/// The page number's foot above the paper's edge: its dashes then lie 7 mm under the type area.
pub(super) const FOOTER: u32 = mm(255);

/// Lines on a page.
pub const LINES_A_PAGE: usize = 22;
/// One of 22 lines on 225 mm.
pub(super) const LINE: u32 = 579;
/// 28 characters of 3号 on 156 mm: each is condensed by this many twips.
pub(super) const CONDENSED: i32 = -5;

// 字号, in half-points.
/// 2号: titles.
pub(super) const SIZE_2: u32 = 44;
/// 3号: text.
pub(super) const SIZE_3: u32 = 32;
/// 4号: foot and page numbers.
pub(super) const SIZE_4: u32 = 28;

/// 小4号: tables.
pub(super) const SIZE_12: u32 = 24;

/// The red of masthead and rule.
pub(super) const RED: &str = "FF0000";

const fn mm(tenths: u32) -> u32 {
    (tenths * 1440 + 127) / 254
}

/// How a 刊名 stands on its line: size in half-points, and letter space in twips. Short names are spaced out, long
/// ones made smaller, so that none fills the line.
pub(super) fn masthead(name: &str) -> (u32, u32) {
    let chars = u32::try_from(name.chars().count().max(1)).unwrap_or(12);
    match chars {
        1..=3 => (120, 40 * POINT),
        4..=5 => (112, 12 * POINT),
        6 => (104, 4 * POINT),
        _ => ((2 * 400 / chars).clamp(48, 104), 0),
    }
}

/// A twip for each dot of a picture of 96 to the inch: it is never printed larger than screens show it.
const DOT: u32 = 15;
/// What a picture keeps from the text, above and below together: the gap between two lines of 3号, and a little.
const AROUND: u32 = LINE - SIZE_3 * POINT / 2 + LINE / 4;
/// A picture is no higher than so many lines.
const PICTURE_LINES: u32 = 9;

/// A picture's place on the page, in twips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub width: u32,
    pub height: u32,
    /// Lines of the grid that it takes.
    pub lines: u32,
}

/// How large a picture of so many dots prints: as screens show it, but within the type area and 9 lines.
pub(super) fn picture(dots_wide: u32, dots_high: u32) -> Place {
    let (wide, high) = (u64::from(dots_wide.max(1)), u64::from(dots_high.max(1)));
    let (widest, highest) = (u64::from(TEXT_WIDTH), u64::from(PICTURE_LINES * LINE - AROUND));
    let width = (wide * u64::from(DOT)).min(widest).min(highest * wide / high).max(1);
    let height = (width * high / wide).clamp(1, highest);
    let small = |value: u64| u32::try_from(value).unwrap_or(TEXT_WIDTH);
    let (width, height) = (small(width), small(height));
    Place { width, height, lines: (height + AROUND).div_ceil(LINE) }
}

/// How many lines of the grid lie above a height on the page, in points from its upper edge.
#[cfg_attr(not(feature = "pdf"), expect(dead_code, reason = "only the typesetter tells heights"))]
pub(super) fn lines_above(points: f64) -> usize {
    let twips = points * f64::from(POINT) - f64::from(MARGIN_TOP);
    (twips / f64::from(LINE)).round().max(0.0) as usize
}

/// The least share of the type area that a column of a table takes, in thousandths.
const COLUMN_LEAST: usize = 80;
/// Characters from which a column's cells are left-aligned sentences, not words and numbers.
const WORDY: usize = 12;

/// A column of a table: its share of the width in thousandths, and whether its cells are set from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(super) struct Column {
    pub share: usize,
    pub wordy: bool,
}

/// The columns of a table: as wide as what they hold, within limits. Their shares add up to a thousand.
pub(super) fn columns(rows: &[Vec<String>]) -> Vec<Column> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let half_widths = |text: &str| text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let longest = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| half_widths(cell)).max();
    let longest: Vec<usize> = (0..count).map(|at| longest(at).unwrap_or(0)).collect();
    // A long cell wraps: beyond a dozen characters more text asks for less and less width.
    let weight = |long: usize| 4 + long.min(2 * WORDY) + long.saturating_sub(2 * WORDY) / 4;
    let total: usize = longest.iter().map(|long| weight(*long)).sum();
    let least = COLUMN_LEAST.min(1000 / count);
    let free = 1000 - least * count;
    let mut shares: Vec<usize> =
        longest.iter().map(|long| least + free * weight(*long) / total.max(1)).collect();
    let given: usize = shares.iter().sum();
    if let Some(widest) = shares.iter_mut().max() {
        *widest += 1000 - given;
    }
    let column = |(share, long): (usize, &usize)| Column { share, wordy: *long > 2 * WORDY };
    shares.into_iter().zip(&longest).map(column).collect()
}

/// A run of letters, digits and signs as long as this (a link, an address) may break anywhere inside.
const LONG_RUN: usize = 16;
/// How many of its characters stay together at either end.
const RUN_ENDS: usize = 3;
/// Marks a place where a line may break; prints nothing.
const ZERO_WIDTH_SPACE: char = '\u{200B}';

/// The text with places to break inside very long runs of half-width characters; otherwise the line before one stands
/// stretched over the page, and one longer than a line leaves the type area.
pub(super) fn breakable(text: &str) -> std::borrow::Cow<'_, str> {
    let graphic = |c: char| c.is_ascii_graphic();
    let runs = text.split(|c: char| !graphic(c));
    if runs.map(str::len).max().unwrap_or(0) < LONG_RUN {
        return std::borrow::Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = rest.find(|c: char| graphic(c) != graphic(first)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(run);
        for (at, c) in part.chars().enumerate() {
            if graphic(c) && run >= LONG_RUN && at >= RUN_ENDS && at + RUN_ENDS <= run {
                out.push(ZERO_WIDTH_SPACE);
            }
            out.push(c);
        }
        rest = after;
    }
    std::borrow::Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_area_holds_22_lines_of_28_characters() {
        let height = PAGE.1 - MARGIN_TOP - MARGIN_BOTTOM;
        assert_eq!(height / LINE, 22);
        let advance = SIZE_3 * POINT / 2 - CONDENSED.unsigned_abs();
        assert_eq!(TEXT_WIDTH / advance, 28);
    }

    #[test]
    fn only_long_runs_may_break_inside() {
        assert_eq!(breakable("PM2.5为31μg/m³，详见附件"), "PM2.5为31μg/m³，详见附件");
        let link = breakable("见https://example.org/x。").replace(ZERO_WIDTH_SPACE, "|");
        assert_eq!(link, "见htt|p|s|:|/|/|e|x|a|m|p|l|e|.|o|r|g/x。");
    }

    #[test]
    fn a_picture_stays_within_the_type_area_and_its_lines() {
        let photo = picture(1843, 1382);
        assert!(photo.lines == 9 && photo.width < TEXT_WIDTH && photo.height > 8 * LINE, "{photo:?}");
        assert_eq!(picture(1843, 600).width, TEXT_WIDTH);
        let upright = picture(1382, 1843);
        assert!(upright.height < 9 * LINE && upright.lines == 9 && upright.width < TEXT_WIDTH);
        assert_eq!(picture(200, 100), Place { width: 3000, height: 1500, lines: 4 });
        for (wide, high) in [(1, 1), (1, 100_000), (100_000, 1), (0, 0)] {
            let place = picture(wide, high);
            assert!(
                place.width <= TEXT_WIDTH && place.lines <= PICTURE_LINES && place.lines > 0,
                "{place:?}"
            );
        }
    }

    #[test]
    fn columns_are_as_wide_as_what_they_hold() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["区县", "件数", "主要反映"]), row(["渝中区", "12", &"停车难".repeat(12)])];
        let found = columns(&rows);
        assert_eq!(found.iter().map(|column| column.share).sum::<usize>(), 1000);
        assert!(found[2].wordy && !found[0].wordy && found[2].share > 2 * found[1].share, "{found:?}");
        assert_eq!(columns(&[vec![String::new(); 10]]).len(), 10);
        assert!(columns(&[vec![String::new(); 10]]).iter().all(|column| column.share == 100));
    }

    #[test]
    fn no_masthead_is_wider_than_the_type_area() {
        for chars in 1..=12 {
            let (size, space) = masthead(&"刊".repeat(chars));
            let width = u32::try_from(chars).expect("small") * (size * POINT / 2 + space);
            assert!(width <= TEXT_WIDTH, "{chars}: {width}");
        }
    }
}
