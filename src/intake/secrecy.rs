//! Secrecy marks 密级标志: what a text marked 秘密, 机密 or 绝密 looks like (DOMAIN §2).
//!
//! Nothing secret may enter this system, so a marked text is refused before it is acknowledged and is never stored.
//! A mark is a level followed by a star (`机密★3年`, `机 密 ★`, `秘密 10年 ☆`), or `密级：` and a level. The bare word
//! is no mark: people do write about 商业机密. Simplified and traditional forms count alike; blanks, zero-width
//! characters included, may stand anywhere in a mark, line breaks may not.

use crate::model::is_invisible;

/// What the office's forms say, and what the refusal of a marked text says.
pub const NOTICE: &str = "严禁处理涉密信息";

/// Longest term 保密期限 between level and star, in characters: 二十五年, １２个月.
const TERM_MAX: usize = 8;

/// Whether `text` holds a secrecy mark.
pub fn find_mark(text: &str) -> bool {
    // Every form of a mark has this character; in a text without it one pass over the bytes is all.
    text.match_indices('密').any(|(at, found)| {
        let (before, after) = (&text[..at], &text[at + found.len()..]);
        (is_level_before(before) && is_star_after(after)) || is_level_after_label(after)
    })
}

fn is_blank(c: char) -> bool {
    let breaks_line = matches!(c, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    !breaks_line && (c.is_whitespace() || is_invisible(c))
}

fn is_level_start(c: char) -> bool {
    matches!(c, '秘' | '祕' | '机' | '機' | '绝' | '絕')
}

fn is_level_before(before: &str) -> bool {
    before.trim_end_matches(is_blank).ends_with(is_level_start)
}

fn is_star_after(after: &str) -> bool {
    let rest = after.trim_start_matches(is_blank);
    let is_star = |text: &str| text.starts_with(['★', '☆', '*', '＊']);
    is_star(rest) || is_star(skip_term(rest).trim_start_matches(is_blank))
}

/// Skips a term such as `10年`, `6个月`, `长期` at the beginning.
fn skip_term(text: &str) -> &str {
    let is_term = |c: char| c.is_numeric() || "〇一二两三四五六七八九十百年月日天个個长長期永久".contains(c);
    let mut rest = text;
    for _ in 0..TERM_MAX {
        match rest.trim_start_matches(is_blank).strip_prefix(is_term) {
            Some(shorter) => rest = shorter,
            None => break,
        }
    }
    rest
}

/// After the 密 of 密级: `级：` and a level.
fn is_level_after_label(after: &str) -> bool {
    let steps: [fn(char) -> bool; 4] =
        [|c| matches!(c, '级' | '級'), |c| matches!(c, '：' | ':'), is_level_start, |c| c == '密'];
    let mut rest = after;
    for step in steps {
        match rest.trim_start_matches(is_blank).strip_prefix(step) {
            Some(shorter) => rest = shorter,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MARKS: &[&str] = &[
        "机密★3年",
        "机 密 ★",
        "秘密☆",
        "绝密*",
        "秘密＊长期",
        "機密★",
        "絕密 ★ 10年",
        "祕密★",
        "机\u{3000}密\u{3000}★",
        "机\u{200B}密★",
        "秘密 10年★",
        "机密１２个月☆",
        "秘密二十年★",
        "密级：秘密",
        "密级:机密",
        "密 级 ： 绝 密",
        "密級：機密",
    ];

    #[test]
    fn every_form_of_a_mark_is_found_wherever_it_stands() {
        for mark in MARKS {
            assert!(find_mark(mark), "{mark}");
            assert!(find_mark(&format!("关于加强管理的建议\n{mark}\n一、情况")), "{mark}");
        }
    }

    #[test]
    fn the_bare_word_is_no_mark() {
        for text in [
            "",
            "保护企业商业机密的建议",
            "商业秘密，*注",
            "机密\n★ 一、建议",
            "密级：内部",
            "密级",
            "密级：",
            "★机密文件管理",
            "亲密★",
            "密切联系群众★★★",
            "严禁处理涉密信息",
            "秘密投票3年后★",
        ] {
            assert!(!find_mark(text), "{text}");
        }
    }

    #[test]
    fn a_long_run_of_blanks_costs_one_pass() {
        let text = format!("{}★", "密 级 ".repeat(20_000)) + &" ".repeat(200_000) + "密";
        assert!(!find_mark(&text));
    }

    fn any_text() -> impl Strategy<Value = String> {
        let pieces =
            ["机", "密", "绝", "秘", "级", "：", "★", "*", " ", "\u{3000}", "年", "3", "\n", "a", "情况"];
        let tricky = prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..30);
        prop_oneof![tricky.prop_map(|parts| parts.concat()), "\\PC{0,60}"]
    }

    proptest! {
        /// Any text is read without a panic, and a mark put anywhere into it is found.
        #[test]
        fn a_mark_put_into_any_text_is_found(
            text in any_text(),
            mark in prop::sample::select(MARKS.to_vec()),
            at in any::<prop::sample::Index>(),
        ) {
            find_mark(&text);
            let at = at.index(text.chars().count() + 1);
            let (before, after): (String, String) =
                (text.chars().take(at).collect(), text.chars().skip(at).collect());
            let marked = [before.as_str(), mark, &after].concat();
            prop_assert!(find_mark(&marked));
        }
    }
}
