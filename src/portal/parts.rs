//! One box first: what stands in it is told apart into situation, causes and suggestions. A proposal that its writer looks
//! at: every sentence stays, in its order within its part.

use serde::Serialize;

/// A longer line is a sentence, not the heading of a part.
const HEADING_MAX: usize = 14;
/// Fewer characters say too little to stand as a part of their own.
const PART_MIN: usize = 6;

/// Who and what, as it was recognised in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recognised {
    /// 标题.
    pub title: String,
    /// 正文.
    pub body: String,
    /// 反映人.
    pub name: String,
    /// 单位.
    pub unit: String,
    /// 电话.
    pub phone: String,
}

/// The fields of the form as they are proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Proposal {
    pub title: String,
    pub body: String,
    pub causes: String,
    pub suggestions: String,
    pub name: String,
    pub unit: String,
    pub phone: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Situation,
    Causes,
    Suggestions,
}

/// Headings, without their numbers: a line that is one of these begins its part and is left out.
const HEADINGS: &[(Part, &[&str])] = &[
    (Part::Situation, &["情况", "问题", "现状", "背景"]),
    (Part::Causes, &["原因", "成因", "原因分析", "问题原因"]),
    (Part::Suggestions, &["建议", "对策", "措施", "意见建议", "对策建议"]),
];

/// How a sentence begins that belongs to another part than the one before it.
const OPENINGS: &[(Part, &[&str])] = &[
    (Part::Causes, &["究其原因", "主要原因", "其原因", "原因是", "原因在于", "原因有"]),
    (
        Part::Suggestions,
        &[
            "为此",
            "建议",
            "因此建议",
            "希望有关",
            "希望相关",
            "请有关",
            "请相关",
            "恳请",
            "呼吁",
            "对此，建议",
        ],
    ),
];

/// Tells the parts apart.
pub(super) fn propose(found: Recognised) -> Proposal {
    let (body, causes, suggestions) = split(&found.body);
    Proposal {
        title: found.title,
        body,
        causes,
        suggestions,
        name: found.name,
        unit: found.unit,
        phone: found.phone,
    }
}

/// Situation, causes, suggestions. Where nothing would be left of the situation, the text stays whole.
fn split(text: &str) -> (String, String, String) {
    let mut parts: [Vec<String>; 3] = Default::default();
    let mut now = Part::Situation;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some((part, rest)) = headed(line) {
            now = part;
            if !rest.is_empty() {
                parts[now as usize].push(rest.to_owned());
            }
            continue;
        }
        let mut begun = false;
        for sentence in sentences(line) {
            if let Some(part) = opened(sentence).filter(|part| *part != now) {
                (now, begun) = (part, false);
            }
            match parts[now as usize].last_mut().filter(|_| begun) {
                Some(last) => last.push_str(sentence),
                None => parts[now as usize].push(sentence.to_owned()),
            }
            begun = true;
        }
    }
    let [situation, causes, suggestions] = parts.map(|lines| lines.join("\n"));
    let short = |part: &str| !part.is_empty() && part.chars().count() < PART_MIN;
    if situation.chars().count() < PART_MIN || short(&causes) || short(&suggestions) {
        return (text.trim().to_owned(), String::new(), String::new());
    }
    (situation, causes, suggestions)
}

/// 二、建议 / 建议：…… : the part that a line begins, and what stands behind its heading.
fn headed(line: &str) -> Option<(Part, &str)> {
    let bare = unnumbered(line);
    let (head, rest) = bare.split_once(['：', ':']).unwrap_or((bare, ""));
    // 关于路灯的建议 is a title.
    if head.chars().count() > HEADING_MAX
        || head.starts_with("关于")
        || head.contains(['，', '。', '；', '、'])
    {
        return None;
    }
    let head: String =
        head.chars().filter(|c| !c.is_whitespace() && !"【】〔〕[]《》".contains(*c)).collect();
    let named = |words: &[&str]| {
        words.iter().any(|word| head == *word || (head.ends_with(word) && head.chars().count() <= 8))
    };
    // 存在的问题及原因: what stands last says what it is about.
    let part = HEADINGS.iter().rev().find(|(_, words)| named(words)).map(|(part, _)| *part)?;
    Some((part, rest.trim()))
}

/// Without 一、（二） 3. in front.
fn unnumbered(line: &str) -> &str {
    let digits = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    let rest = line.trim_start_matches(['（', '(', '#', '*', ' ', '\u{3000}']);
    let after = rest.trim_start_matches(digits);
    if after.len() == rest.len() {
        return rest;
    }
    let end = after.trim_start_matches(['、', '.', '．', '）', ')', ' ', '\u{3000}']);
    if end.len() == after.len() { rest } else { end }
}

fn opened(sentence: &str) -> Option<Part> {
    let bare = unnumbered(sentence.trim());
    let begins = |words: &&[&str]| words.iter().any(|word| bare.starts_with(word));
    OPENINGS.iter().find(|(_, words)| begins(words)).map(|(part, _)| *part)
}

/// The sentences of a line, each with its own end.
fn sentences(line: &str) -> Vec<&str> {
    let (mut out, mut from) = (Vec::new(), 0);
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let ends = "。！？!?".contains(c);
        let more = chars.peek().is_some_and(|(_, next)| "。！？!?”’』」）".contains(*next));
        if ends && !more || "”’』」）".contains(c) && line[from..at].ends_with(['。', '！', '？']) {
            out.push(&line[from..at + c.len_utf8()]);
            from = at + c.len_utf8();
        }
    }
    if !line[from..].trim().is_empty() {
        out.push(&line[from..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> [String; 3] {
        let (situation, causes, suggestions) = split(text);
        [situation, causes, suggestions]
    }

    #[test]
    fn headings_begin_their_parts_and_are_left_out() {
        let text = "一、基本情况\n翠柏苑北门一段没有路灯。\n二、原因分析\n建设时没有预留管线。\n三、意见建议\n（一）尽快增设路灯。\n（二）定期检修。";
        assert_eq!(
            told(text),
            ["翠柏苑北门一段没有路灯。", "建设时没有预留管线。", "（一）尽快增设路灯。\n（二）定期检修。"]
        );
        assert_eq!(
            told("情况：翠柏苑北门没有路灯。\n原因：没有预留管线。\n建议：尽快增设路灯。"),
            ["翠柏苑北门没有路灯。", "没有预留管线。", "尽快增设路灯。"]
        );
    }

    #[test]
    fn what_was_dictated_in_one_breath_is_parted_where_the_proposal_begins() {
        assert_eq!(
            told("翠柏苑北门没有路灯，老人摔倒过几次。主要原因是没有预留管线。建议尽快增设。同时定期检修。"),
            [
                "翠柏苑北门没有路灯，老人摔倒过几次。",
                "主要原因是没有预留管线。",
                "建议尽快增设。同时定期检修。"
            ]
        );
        let two = "有人说：“晚上看不见路。”大家都有同感。\n为此，建议增设路灯。";
        assert_eq!(told(two)[2], "为此，建议增设路灯。");
    }

    #[test]
    fn a_text_without_a_situation_stays_whole() {
        for whole in ["建议在翠柏苑北门增设路灯。", "", "建议：修灯", "路灯坏了。建议修"]
        {
            assert_eq!(told(whole), [whole.trim(), "", ""], "{whole}");
        }
        // A proposal that is spoken of is no proposal.
        let plain = "居民多次提出建议，至今没有答复。该问题已持续三年。";
        assert_eq!(told(plain), [plain, "", ""]);
    }

    #[test]
    fn no_character_of_a_text_without_headings_is_lost() {
        let text = "第一处没有路灯！第二处也没有？\n“真的黑。”原因是没有预留管线（见附图。）建议增设路灯；请有关部门研究";
        let all: String = told(text).concat();
        let sorted = |text: &str| {
            let mut chars: Vec<char> = text.chars().filter(|c| *c != '\n').collect();
            chars.sort_unstable();
            chars
        };
        assert_eq!(sorted(&all), sorted(text));
    }
}
