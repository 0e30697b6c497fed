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
mod tests;
