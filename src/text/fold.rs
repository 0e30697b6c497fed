//! Folding: what two texts must share to count as the same (DESIGN §6). For keys only, never for text that is shown.

use unicode_normalization::UnicodeNormalization;

use crate::model::FoldHash;

use super::script::simplified;

/// A folded text: letters, digits and ideographs in half width, lower case, simplified script; nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded(Vec<char>);

impl Folded {
    /// The characters.
    pub fn chars(&self) -> &[char] {
        &self.0
    }

    /// The key of exact repeats.
    pub fn hash(&self) -> FoldHash {
        FoldHash::of(&self.0.iter().collect::<String>())
    }
}

/// Folds the parts of a text, in order, as one.
pub fn fold<'a>(parts: impl IntoIterator<Item = &'a str>) -> Folded {
    let mut out = Vec::with_capacity(512);
    for c in parts.into_iter().flat_map(str::chars) {
        match c {
            '\u{4E00}'..='\u{9FFF}' => out.push(simplified(c)),
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            // Punctuation, blanks, zero-width characters: the common case of what is dropped.
            '\0'..='\u{7F}' | '\u{2000}'..='\u{206F}' | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' => {
            }
            c => out.extend(
                std::iter::once(c)
                    .nfkc()
                    .flat_map(char::to_lowercase)
                    .filter(|c| c.is_alphanumeric())
                    .map(simplified),
            ),
        }
    }
    Folded(out)
}

/// The form in which text is segmented and searched: half width, lower case, simplified; character for character, so
/// that an offset here is an offset in the text as received.
pub fn searchable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{4E00}'..='\u{9FFF}' => simplified(c),
            'A'..='Z' => c.to_ascii_lowercase(),
            '\u{3000}' => ' ',
            '\u{FF01}'..='\u{FF5E}' => {
                char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c).to_ascii_lowercase()
            }
            c if c.is_ascii() => c,
            c => {
                let mut lower = c.to_lowercase();
                match (lower.next(), lower.next()) {
                    (Some(lower), None) => simplified(lower),
                    _ => c,
                }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(text: &str) -> String {
        fold([text]).chars().iter().collect()
    }

    #[test]
    fn width_case_script_and_punctuation_do_not_matter() {
        assert_eq!(folded("重慶ＡＢＣ，　１２３！"), folded("重庆abc 123"));
        assert_eq!(folded("零\u{200B}宽\u{FEFF}"), "零宽");
    }

    #[test]
    fn other_words_stay_other() {
        assert_ne!(folded("建议修路"), folded("建议修桥"));
        assert_ne!(folded("3号线"), folded("4号线"));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text in "\\PC{0,80}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }

        #[test]
        fn the_searchable_form_keeps_every_offset(text in "\\PC{0,80}") {
            prop_assert_eq!(searchable(&text).chars().count(), text.chars().count());
        }
    }
}
