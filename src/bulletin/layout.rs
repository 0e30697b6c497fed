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
    fn no_masthead_is_wider_than_the_type_area() {
        for chars in 1..=12 {
            let (size, space) = masthead(&"刊".repeat(chars));
            let width = u32::try_from(chars).expect("small") * (size * POINT / 2 + space);
            assert!(width <= TEXT_WIDTH, "{chars}: {width}");
        }
    }
}
