//! Names by their pinyin: `ybq` and `yubeiqu` find 渝北区.

use pinyin::ToPinyin;

/// Endings that people leave out when they type a place.
const ENDINGS: &[char] = &['区', '县', '市', '镇', '乡'];
/// Longer names are sentences; nobody types their initials.
const CHARS_MAX: usize = 20;

/// The ways in which a name may be typed in Latin letters: full and initials, with and without its ending. Empty where
/// the name holds a character that has no reading.
pub fn romanised(name: &str) -> Vec<String> {
    let name = name.trim();
    let mut out = spelled(name);
    if let Some(stem) = name.strip_suffix(ENDINGS) {
        out.extend(spelled(stem));
    }
    out.sort_unstable();
    out.dedup();
    out
}

fn spelled(name: &str) -> Vec<String> {
    let chars = name.chars().count();
    if !(2..=CHARS_MAX).contains(&chars) {
        return Vec::new();
    }
    let syllables: Option<Vec<&str>> = name.to_pinyin().map(|reading| Some(reading?.plain())).collect();
    let Some(syllables) = syllables else { return Vec::new() };
    let initials = syllables.iter().filter_map(|syllable| syllable.chars().next()).collect();
    vec![syllables.concat().replace('ü', "v"), initials]
}

/// Whether a word of a query may be a name in Latin letters.
pub fn may_be_romanised(word: &str) -> bool {
    (2..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_its_initials_and_its_full_spelling_with_and_without_its_ending() {
        assert_eq!(romanised("渝北区"), ["yb", "ybq", "yubei", "yubeiqu"]);
        assert_eq!(romanised("吕梁"), ["ll", "lvliang"]);
    }

    #[test]
    fn a_name_that_is_not_all_ideographs_has_none() {
        assert!(romanised("第3小组").is_empty());
        assert!(romanised("区").is_empty());
    }

    #[test]
    fn only_short_words_of_letters_are_looked_up() {
        assert!(may_be_romanised("ybq") && !may_be_romanised("y") && !may_be_romanised("5g"));
    }
}
