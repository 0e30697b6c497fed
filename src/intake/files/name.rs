//! What the name of a file says: 1.关于…的建议（张三）.docx, 20260301 张三-关于….docx, 关于…（市第一中学 李四、王五）.docx.

use crate::text::surname;

use super::cells;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub title: Option<String>,
    pub author: Option<String>,
    pub co_authors: Vec<String>,
    pub unit: Option<String>,
    pub date: Option<String>,
}

/// Words with which people mark drafts, and that say nothing of the item.
const DRAFT_MARKS: [&str; 16] = [
    "定稿",
    "终稿",
    "最终版",
    "最终稿",
    "修改稿",
    "修改版",
    "修改",
    "初稿",
    "副本",
    "打印版",
    "报送版",
    "新",
    "改",
    "已审",
    "电子版",
    "社情民意",
];
/// What names of units end with.
const UNIT_ENDS: [&str; 28] = [
    "局",
    "委",
    "委员会",
    "办公室",
    "办",
    "学校",
    "中学",
    "小学",
    "大学",
    "学院",
    "医院",
    "公司",
    "集团",
    "街道",
    "镇",
    "乡",
    "社区",
    "村",
    "中心",
    "政协",
    "协会",
    "市委会",
    "支部",
    "总支",
    "工商联",
    "研究所",
    "研究院",
    "事务所",
];
const PARTIES: [&str; 8] = ["民革", "民盟", "民建", "民进", "农工党", "致公党", "九三学社", "台盟"];

pub(super) fn read(file: &str) -> Named {
    let own = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = own.rsplit_once('.').filter(|(_, end)| end.len() <= 5).map_or(own, |(stem, _)| stem);
    let mut named = Named::default();
    let rest = numbering(stem.trim());
    let rest = leading_date(rest, &mut named);
    let rest = numbering(rest);
    let (rest, brackets) = brackets(rest);
    let mut title: Vec<&str> = Vec::new();
    for piece in pieces(&rest) {
        if !said(piece, &mut named) {
            title.push(piece);
        }
    }
    for inner in brackets.iter().filter(|inner| !is_mark(inner)) {
        said_together(inner, &mut named);
    }
    named.title = longest(&title).map(str::to_owned);
    named
}

/// `1.`, `12、`, `附件1：`, `（三）` at the front.
fn numbering(stem: &str) -> &str {
    let stem = stem.trim_start_matches("附件").trim_start_matches("附");
    let digits = stem.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() < stem.len() && stem.len() - digits.len() <= 3 {
        let parted = digits.trim_start_matches(['.', '、', '．', '：', ':', '-', '_', ' ', ')', '）']);
        if parted.len() < digits.len() {
            return parted;
        }
    }
    let numerals = stem.trim_start_matches(|c: char| "一二三四五六七八九十".contains(c));
    match numerals.strip_prefix('、') {
        Some(rest) if numerals.len() < stem.len() => rest,
        _ => stem,
    }
}

/// 20260301, 2026-03-01, 2026.3.1, 2026年3月1日 at the front.
fn leading_date<'a>(stem: &'a str, named: &mut Named) -> &'a str {
    let end = stem
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || matches!(c, '-' | '.' | '/' | '年' | '月' | '日' | '号')))
        .map_or(stem.len(), |(at, _)| at);
    let written = stem[..end].trim_end_matches(['-', '.', '/']);
    if written.chars().filter(char::is_ascii_digit).count() < 6 {
        return stem;
    }
    match cells::time(written) {
        Some(time) => {
            named.date = Some(time);
            stem[end..].trim_start_matches(['-', '_', ' ', '—', '.'])
        }
        None => stem,
    }
}

/// The name without what stands in brackets at its end, and that.
fn brackets(stem: &str) -> (String, Vec<String>) {
    let (mut rest, mut found) = (stem.trim().to_owned(), Vec::new());
    while let Some(close) = rest.chars().next_back().filter(|c| matches!(c, '）' | ')' | '】' | ']')) {
        let open = match close {
            '）' | ')' => ['（', '('],
            _ => ['【', '['],
        };
        let Some(at) = rest.rfind(open) else { break };
        let inner = rest[at..rest.len() - close.len_utf8()].trim_start_matches(open).trim().to_owned();
        // 《…管理办法（试行）》 is cut within its title otherwise.
        let keep = !is_mark(&inner) && !said_together(&inner, &mut Named::default());
        if keep {
            break;
        }
        rest.truncate(at);
        rest = rest.trim_end().to_owned();
        found.push(inner);
    }
    (rest, found)
}

fn pieces(rest: &str) -> impl Iterator<Item = &str> {
    let parted = |c: char| matches!(c, '-' | '—' | '–' | '_' | '－' | '：' | ':' | '+');
    rest.split(parted)
        .flat_map(parted_by_blanks)
        .map(str::trim)
        .filter(|piece| !piece.is_empty() && !is_mark(piece))
}

/// 张三 关于…的建议, where one part is a person; a blank within a title stays.
fn parted_by_blanks(piece: &str) -> Vec<&str> {
    let parts: Vec<&str> = piece.split_whitespace().collect();
    let person = |part: &&&str| is_people(part) || is_unit(part);
    if parts.len() > 1 && parts.iter().filter(person).count() > 0 { parts } else { vec![piece] }
}

/// Takes a piece for a person, a unit or a date, if it is one.
fn said(piece: &str, named: &mut Named) -> bool {
    if named.date.is_none()
        && let Some(date) = cells::time(piece)
    {
        named.date = Some(date);
        return true;
    }
    if named.author.is_none() && is_people(piece) {
        let mut names = cells::names(piece);
        named.author = Some(names.remove(0));
        named.co_authors = names;
        return true;
    }
    if named.unit.is_none() && is_unit(piece) {
        named.unit = Some(piece.to_owned());
        return true;
    }
    false
}

/// 市第一中学 李四、王五: a unit and people in one bracket.
fn said_together(inner: &str, named: &mut Named) -> bool {
    if said(inner, named) {
        return true;
    }
    let parts: Vec<&str> =
        inner.split([' ', '　', '，', ',', '：', ':']).filter(|part| !part.is_empty()).collect();
    parts.len() > 1 && parts.iter().filter(|part| said(part, named)).count() > 0
}

fn is_mark(piece: &str) -> bool {
    let plain = piece.trim_matches(|c: char| c.is_ascii_digit() || c.is_whitespace());
    plain.is_empty() && piece.chars().count() <= 3 || DRAFT_MARKS.contains(&plain)
}

/// 张三, 张三、李四: names with a surname, of two to four characters.
pub(super) fn is_people(piece: &str) -> bool {
    let names = cells::names(piece);
    !names.is_empty() && names.iter().all(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    let length = name.chars().count();
    let ideographs = name.chars().all(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
    ideographs
        && surname(name).is_some_and(|family| (family + 1..=family + 2).contains(&length))
        && !is_unit(name)
        && !name.ends_with(['的', '题', '议', '稿', '件', '表', '区', '县'])
}

pub(super) fn is_unit(piece: &str) -> bool {
    let length = piece.chars().count();
    let plain =
        !piece.contains(['，', '。', '、', '的']) && !piece.starts_with("关于") && (2..=30).contains(&length);
    plain
        && (PARTIES.iter().any(|party| piece == *party || piece.starts_with(party) && length <= 14)
            || length >= 3 && UNIT_ENDS.iter().any(|end| piece.ends_with(end)))
}

fn longest<'a>(pieces: &[&'a str]) -> Option<&'a str> {
    let about = pieces.iter().find(|piece| piece.starts_with("关于"));
    about
        .or_else(|| pieces.iter().max_by_key(|piece| piece.chars().count()))
        .copied()
        .filter(|title| title.chars().count() >= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_read_as_people_write_them() {
        let read = |file: &str| {
            let named = read(file);
            (
                named.title.unwrap_or_default(),
                named.author.unwrap_or_default(),
                named.unit.unwrap_or_default(),
            )
        };
        let all =
            |title: &str, author: &str, unit: &str| (title.to_owned(), author.to_owned(), unit.to_owned());
        let title = "关于增设路灯的建议";
        for (file, author, unit) in [
            ("1.关于增设路灯的建议（张三）.docx", "张三", ""),
            ("12、关于增设路灯的建议(李小明).docx", "李小明", ""),
            ("张三-关于增设路灯的建议.docx", "张三", ""),
            ("关于增设路灯的建议—欧阳修远.doc", "欧阳修远", ""),
            ("关于增设路灯的建议（市第一中学 张三）.docx", "张三", "市第一中学"),
            ("民盟渝中区委：关于增设路灯的建议.docx", "", "民盟渝中区委"),
            ("20260301 张三 关于增设路灯的建议.txt", "张三", ""),
            ("关于增设路灯的建议（定稿）.docx", "", ""),
            ("关于增设路灯的建议 - 副本 (2).docx", "", ""),
            ("资料/三、关于增设路灯的建议.docx", "", ""),
            ("附件1：关于增设路灯的建议.docx", "", ""),
        ] {
            assert_eq!(read(file), all(title, author, unit), "{file}");
        }
        assert_eq!(
            super::read("2026.3.1-张三-关于路灯的建议.docx").date.as_deref(),
            Some("2026-03-01T00:00")
        );
        let joint = super::read("关于增设路灯的建议（张三、李四、王五）.docx");
        assert_eq!(
            (joint.author.as_deref(), joint.co_authors),
            (Some("张三"), vec!["李四".to_owned(), "王五".to_owned()])
        );
        assert_eq!(
            super::read("关于修订《停车管理办法（试行）》的建议.docx").title.as_deref(),
            Some("关于修订《停车管理办法（试行）》的建议")
        );
    }
}
