//! From a text with line breaks to paragraphs and headings (GB/T 9704-2012 7.3.3: 一、 （一） 1. （1）).

use std::collections::BTreeMap;

use super::document::{Block, Lead};
use super::picture::Picture;

/// Longest heading, its number included: a line and a half of the page. What is longer is a sentence.
const HEADING_MAX: usize = 42;
/// More columns than these do not fit on 156 mm.
const TABLE_COLUMNS_MAX: usize = 10;

/// The lines of a text without what does not print: blank ends, empty lines, control and zero-width characters.
pub(super) fn lines(text: &str) -> Vec<String> {
    raw_lines(text).map(clean).filter(|line| !line.is_empty()).collect()
}

/// The lines as typed; an empty one more between CR and LF does no harm.
fn raw_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r', '\u{0B}', '\u{0C}', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// One line without what does not print. Blanks at the ends go, the indent comes from the style; tabs become blanks.
pub(super) fn clean(line: &str) -> String {
    let printing: String =
        line.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !is_invisible(*c)).collect();
    printing.trim_matches(|c: char| c.is_whitespace()).to_owned()
}

/// Control, zero-width and direction characters, and what XML 1.0 cannot hold.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
        || matches!(c, '\u{00AD}' | '\u{FFFE}' | '\u{FFFF}')
}

/// The blocks of a text. Two or more lines with the same number of cells, parted by tabs or upright bars, are a table;
/// a line 【图1】 is the picture of that number, where there is one.
pub(super) fn blocks(text: &str, pictures: &BTreeMap<u32, Picture>) -> Vec<Block> {
    let lines: Vec<&str> = raw_lines(text).collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let table = table_at(&lines[at..]);
        if table.len() > 1 {
            at += table.len();
            let rows: Vec<Vec<String>> = table.into_iter().filter(|row| !is_ruler(row)).collect();
            let caption = take_caption(&mut blocks);
            blocks.push(Block::Table { caption, rows });
            continue;
        }
        at += 1;
        let line = clean(line);
        match picture_mark(&line).and_then(|(number, said)| Some((number, said, pictures.get(&number)?))) {
            Some((number, said, picture)) => {
                let caption = (!said.is_empty()).then(|| format!("图{number}　{said}"));
                blocks.push(Block::Picture { caption, picture: picture.clone() });
            }
            None => blocks.extend(Some(line).filter(|line| !line.is_empty()).map(block)),
        }
    }
    blocks
}

/// The number of the picture that a line asks for, and what is to stand under it: 【图1】, 【图1】沿街商铺.
pub(super) fn picture_mark(line: &str) -> Option<(u32, &str)> {
    let (number, said) = line.strip_prefix("【图")?.split_once('】')?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    Some((number, said.trim_matches(|c: char| c.is_whitespace() || "：:".contains(c))))
}

/// The line before a table is its caption if it begins with 表 or 附表 and a number: 表1 各区县件数.
fn take_caption(blocks: &mut Vec<Block>) -> Option<String> {
    let is_caption = |text: &str| {
        let rest = text.strip_prefix("附表").or_else(|| text.strip_prefix('表'))?;
        let counted = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
        let parted = |c: char| c.is_whitespace() || "：:".contains(c);
        let whole = rest.trim_start_matches(counted);
        (whole.len() < rest.len() && whole.starts_with(parted) && text.chars().count() <= HEADING_MAX)
            .then_some(())
    };
    match blocks.last() {
        Some(Block::Paragraph { lead: None, text }) if is_caption(text).is_some() => {}
        _ => return None,
    }
    match blocks.pop() {
        Some(Block::Paragraph { text, .. }) => Some(text),
        _ => None,
    }
}

/// The rows of the table that begins with the first of these lines; fewer than two = none begins there.
fn table_at(lines: &[&str]) -> Vec<Vec<String>> {
    let Some(first) = lines.first().and_then(|line| cells(line)).filter(|row| !is_ruler(row)) else {
        return Vec::new();
    };
    let rest = lines[1..].iter().map_while(|line| cells(line).filter(|row| row.len() == first.len()));
    let mut rows = vec![first.clone()];
    rows.extend(rest);
    let said: Vec<_> = rows.iter().filter(|row| !is_ruler(row)).collect();
    // Paragraphs that were indented by a tab are no rows.
    let named = said.iter().filter(|row| row.first().is_some_and(|cell| !cell.is_empty())).count();
    if said.len() < 2 || named * 2 < said.len() { Vec::new() } else { rows }
}

/// The cells of a line: `单位\t件数`, or `| 单位 | 件数 |`; at least two and at most ten.
fn cells(line: &str) -> Option<Vec<String>> {
    // An empty cell at either end counts: the head of the first column often says nothing.
    let line = line.trim_matches(|c: char| c.is_whitespace() && c != '\t');
    let parts: Vec<String> = match line.strip_prefix('|').and_then(|rest| rest.strip_suffix('|')) {
        Some(inner) => inner.split('|').map(clean).collect(),
        None => line.split('\t').map(clean).collect(),
    };
    (2..=TABLE_COLUMNS_MAX).contains(&parts.len()).then_some(parts)
}

/// A row that says nothing: the line under the head of a table written with bars (`|---|:--|`), or empty cells.
fn is_ruler(row: &[String]) -> bool {
    let all = |is: fn(&str) -> bool| row.iter().all(|cell| is(cell));
    all(|cell| !cell.is_empty() && cell.chars().all(|c| "-:".contains(c))) || all(str::is_empty)
}

/// A whole short line that begins with a heading's number is a heading; a short first sentence that begins so and goes
/// on is a run-in heading; all else is text.
fn block(line: String) -> Block {
    let plain = |text| Block::Paragraph { lead: None, text };
    let Some(level) = level_of(&line) else { return plain(line) };
    let stop = line
        .find(['。', '！', '？', '；'])
        .map(|at| at + line[at..].chars().next().map_or(0, char::len_utf8));
    let lead_len = stop.unwrap_or(line.len());
    let (lead, rest) = line.split_at(lead_len);
    if lead.chars().count() > HEADING_MAX || lead.ends_with(['；', '，', ';', ',', '、']) {
        return plain(line);
    }
    if rest.is_empty() {
        // A number before a whole sentence counts the points of a list, it does not begin a part.
        let listed = stop.is_some() && (level > 2 || lead.contains('，'));
        return if listed { plain(line) } else { Block::Heading { level, text: line } };
    }
    Block::Paragraph { lead: Some(Lead { level, text: lead.to_owned() }), text: rest.to_owned() }
}

/// The level of the heading that a line's first characters announce.
fn level_of(line: &str) -> Option<u8> {
    let chinese = |c: char| "一二三四五六七八九十百".contains(c);
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    if let Some(rest) = line.strip_prefix(['（', '(']) {
        let (is_chinese, after) = match split_number(rest, chinese, 4) {
            Some(after) => (true, after),
            None => (false, split_number(rest, digit, 2)?),
        };
        let after = after.strip_prefix(['）', ')'])?;
        return (!after.trim().is_empty()).then_some(if is_chinese { 2 } else { 4 });
    }
    if let Some(after) = split_number(line, chinese, 4) {
        let after = after.strip_prefix('、')?;
        // 一、二、三级医院 counts, it does not begin a part.
        let counts = split_number(after, chinese, 4).is_some_and(|next| next.starts_with(['、', '级', '类']));
        return (!after.trim().is_empty() && !counts).then_some(1);
    }
    let after = split_number(line, digit, 2)?.strip_prefix(['.', '．', '、'])?;
    // 1.5万元 is an amount.
    (!after.trim().is_empty() && !after.starts_with(digit)).then_some(3)
}

/// What follows 1 to `max` characters of a number at the start.
fn split_number(text: &str, is: impl Fn(char) -> bool, max: usize) -> Option<&str> {
    let count = text.chars().take_while(|c| is(*c)).count();
    let bytes: usize = text.chars().take(count).map(char::len_utf8).sum();
    (1..=max).contains(&count).then(|| &text[bytes..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<Block> {
        super::blocks(text, &BTreeMap::new())
    }

    fn one(text: &str) -> Block {
        let mut all = blocks(text);
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0)
    }

    fn heading(text: &str) -> Option<u8> {
        match one(text) {
            Block::Heading { level, text: whole } => {
                assert_eq!(whole, text);
                Some(level)
            }
            _ => None,
        }
    }

    #[test]
    fn the_four_levels_are_recognised_by_their_numbers() {
        assert_eq!(heading("一、存在的主要问题"), Some(1));
        assert_eq!(heading("十二、有关建议"), Some(1));
        assert_eq!(heading("二、加大投入，完善机制"), Some(1));
        assert_eq!(heading("三、完善补贴政策。"), Some(1));
        assert_eq!(heading("（二）服务供给不足"), Some(2));
        assert_eq!(heading("(二)服务供给不足"), Some(2));
        assert_eq!(heading("1. 完善标准"), Some(3));
        assert_eq!(heading("2．完善标准"), Some(3));
        assert_eq!(heading("（3）明确责任"), Some(4));
    }

    #[test]
    fn amounts_counts_and_long_sentences_are_no_headings() {
        for text in [
            "1.5万元的补贴标准偏低",
            "一、二、三级医院之间转诊不畅",
            "2026年，全市新增床位3000张。",
            "（据市统计局数据）",
            "一是加大投入；二是强化监管。",
            "1.加大财政投入力度；",
            "2. 建议由市民政局牵头制定实施细则。",
            "一、平台投保标准不一，理赔周期平均达47天。",
        ] {
            assert_eq!(heading(text), None, "{text}");
            assert_eq!(one(text), Block::Paragraph { lead: None, text: text.to_owned() });
        }
    }

    #[test]
    fn a_heading_that_the_text_follows_is_run_in() {
        let block = one("（一）站点布局不合理。部分老旧小区步行至最近站点超过800米。老人反映强烈。");
        let lead = Lead { level: 2, text: "（一）站点布局不合理。".to_owned() };
        let text = "部分老旧小区步行至最近站点超过800米。老人反映强烈。".to_owned();
        assert_eq!(block, Block::Paragraph { lead: Some(lead), text });
    }

    #[test]
    fn a_long_first_sentence_with_a_number_stays_text() {
        let long = format!("一、{}。后文。", "长".repeat(50));
        assert_eq!(one(&long), Block::Paragraph { lead: None, text: long.clone() });
    }

    #[test]
    fn empty_lines_indents_and_what_does_not_print_are_dropped() {
        assert_eq!(
            lines("　　第一段\u{200B}。\r\n\r\n \u{FEFF}　\n\t第二段\u{7}\u{2028}第三段"),
            ["第一段。", "第二段", "第三段"]
        );
    }

    #[test]
    fn lines_of_cells_are_a_table() {
        let rows = |text: &str| match blocks(text).remove(0) {
            Block::Table { rows, .. } => rows,
            other => panic!("{other:?}"),
        };
        let expected = [["区县", "件数"], ["渝中区", "12"], ["南岸区", "9"]];
        assert_eq!(rows("区县\t件数\n渝中区\t12\r南岸区\t9\n以上为统计。"), expected);
        assert_eq!(rows("| 区县 | 件数 |\n|---|:-:|\n| 渝中区 | 12 |\n| 南岸区 | 9 |"), expected);
        assert!(matches!(one("\t只有一行\t的制表符"), Block::Paragraph { .. }));
        let blank = [["", "2025年"], ["渝中区", "12"], ["合计", ""]];
        assert_eq!(rows("\t2025年\n渝中区\t12\n\t\n合计\t\n"), blank);
        assert_eq!(blocks("\t第一段。\n\t第二段。").len(), 2, "indents are no empty cells");
    }

    #[test]
    fn a_numbered_line_before_a_table_is_its_caption() {
        let captions = |text: &str| match blocks(text).as_slice() {
            [Block::Table { caption, .. }] => caption.clone(),
            [_, Block::Table { caption: None, .. }] => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(captions("表1　各区县件数\n区县\t件数\n渝中区\t12").as_deref(), Some("表1　各区县件数"));
        assert_eq!(captions("附表二：件数\n区县\t件数\n渝中区\t12").as_deref(), Some("附表二：件数"));
        assert_eq!(captions("表示支持的居民\n区县\t件数\n渝中区\t12"), None);
    }

    #[test]
    fn a_mark_is_the_picture_of_its_number_and_text_where_there_is_none() {
        let picture = Picture::take_in(&super::super::picture::tests::drawing(40, 30)).expect("taken");
        let given = BTreeMap::from([(2, picture)]);
        let found = super::blocks("【图1】没有这张\n【图2】：堵塞的消防通道\n【图2】\n【图二】", &given);
        let captions: Vec<_> = found
            .iter()
            .map(|block| match block {
                Block::Picture { caption, .. } => caption.clone().unwrap_or_default(),
                other => format!("[{}]", other.text()),
            })
            .collect();
        assert_eq!(captions, ["[【图1】没有这张]", "图2　堵塞的消防通道", "", "[【图二】]"]);
    }

    proptest::proptest! {
        /// Nothing that prints is lost or moved, whatever the text.
        #[test]
        fn blocks_hold_the_text_they_came_from(text in "(一、|（二）|1\\.|（3）|。|；|建议|\\n|　|[a-z0-9]|\\PC){0,60}") {
            let together: Vec<String> = blocks(&text).iter().map(Block::text).collect();
            let squeezed = |lines: &[String]| lines.concat().replace(['\n', '\t', '|', ' '], "");
            proptest::prop_assert_eq!(squeezed(&together), squeezed(&lines(&text)));
        }
    }
}
