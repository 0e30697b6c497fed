//! Segmentation with jieba: search-mode words for the index, each with its place in the text as received.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jieba_rs::{Jieba, TokenizeMode};

use super::fold::searchable;

/// A word in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// First byte in [`Segmented::text`].
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// Its first character's offset, the same in the text as received.
    pub position: u32,
}

/// A text in its searchable form, cut into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segmented {
    /// The searchable form: as many characters as the original.
    pub text: String,
    /// Search-mode words: a long word and the dictionary words in it. Punctuation is left out.
    pub tokens: Vec<Token>,
}

impl Segmented {
    /// The word of a token.
    pub fn word(&self, token: &Token) -> &str {
        &self.text[token.start as usize..token.end as usize]
    }

    /// Memory in bytes, for caches that are bounded by it.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.tokens.len() * size_of::<Token>() + 64
    }

    /// Pairs of characters that no two-character word covers: through them a word is found that the lexicon does not
    /// know, or that was cut another way here. A pair between two longer words is left out, for it cannot be part of
    /// a word that either side of the search would keep whole.
    pub fn pairs(&self) -> Vec<Token> {
        let mut loose = vec![false; self.text.len()];
        let mut whole = vec![false; self.text.len()];
        for token in &self.tokens {
            let chars = self.word(token).chars().count();
            // Latin words and numbers are whole by nature.
            let ideographs = self.word(token).chars().all(is_ideograph);
            match chars {
                1 if ideographs => loose[token.start as usize] = true,
                2 => whole[token.start as usize] = true,
                _ if ideographs => {
                    loose[token.start as usize..token.end as usize].iter_mut().for_each(|b| *b = true);
                }
                _ => {}
            }
        }
        let mut out = Vec::new();
        let mut chars = self.text.char_indices().enumerate().peekable();
        while let Some((position, (start, one))) = chars.next() {
            let Some((_, (next, other))) = chars.peek().copied() else { break };
            let pair = is_ideograph(one) && is_ideograph(other);
            if pair && !whole[start] && (loose[start] || loose[next]) {
                out.push(Token {
                    start: start as u32,
                    end: (next + other.len_utf8()) as u32,
                    position: position as u32,
                });
            }
        }
        out
    }
}

/// An item's title and text, cut into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// 标题.
    pub title: Segmented,
    /// 正文.
    pub body: Segmented,
}

/// Characters that Chinese words are made of.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

/// Cuts text into words with a dictionary that can be exchanged while others cut.
#[derive(Clone)]
pub struct Segmenter {
    jieba: Arc<ArcSwap<Jieba>>,
}

impl Segmenter {
    /// With jieba's own dictionary and the office's words over it.
    pub fn new<'a>(lexicon: impl IntoIterator<Item = &'a str>) -> Self {
        let mut jieba = Jieba::new();
        for word in lexicon {
            jieba.add_word(word, None, None);
        }
        Self { jieba: Arc::new(ArcSwap::from_pointee(jieba)) }
    }

    /// Cuts a text for the index: search mode, with the hidden Markov model for unknown words.
    pub fn for_index(&self, text: &str) -> Segmented {
        self.cut(text, TokenizeMode::Search)
    }

    /// Cuts a query: whole words only, so that `留学生活` asks for two words and not for every word inside.
    pub fn for_query(&self, text: &str) -> Segmented {
        self.cut(text, TokenizeMode::Default)
    }

    fn cut(&self, text: &str, mode: TokenizeMode) -> Segmented {
        let text = searchable(text);
        let jieba = self.jieba.load();
        let tokens = jieba
            .tokenize(&text, mode, true)
            .into_iter()
            .filter(|token| token.word.chars().any(char::is_alphanumeric))
            .map(|token| Token {
                start: token.byte_start as u32,
                end: token.byte_end as u32,
                position: token.start as u32,
            })
            .collect();
        Segmented { text, tokens }
    }

    /// Whether the lexicon knows a word as a whole.
    pub fn knows(&self, word: &str) -> bool {
        self.jieba.load().has_word(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::OnceLock;

    fn segmenter() -> &'static Segmenter {
        static SHARED: OnceLock<Segmenter> = OnceLock::new();
        SHARED.get_or_init(|| Segmenter::new(["渝事好商量"]))
    }

    fn words(text: &str) -> Vec<String> {
        let cut = segmenter().for_index(text);
        cut.tokens.iter().map(|token| cut.word(token).to_owned()).collect()
    }

    #[test]
    fn punctuation_is_no_word_and_script_does_not_matter() {
        assert_eq!(words("垃圾分類，！"), words("垃圾分类"));
        assert!(words("，。！？ \u{3000}").is_empty());
    }

    #[test]
    fn a_word_of_the_office_is_not_split() {
        assert!(words("渝事好商量平台").contains(&"渝事好商量".to_owned()));
    }

    #[test]
    fn a_name_that_the_lexicon_does_not_know_is_covered_by_pairs() {
        let cut = segmenter().for_index("请翀珺小区整改");
        let pairs: Vec<_> = cut.pairs().iter().map(|t| cut.word(t).to_owned()).collect();
        let found =
            pairs.contains(&"翀珺".to_owned()) || words("请翀珺小区整改").contains(&"翀珺".to_owned());
        assert!(found, "{pairs:?}");
    }

    proptest! {
        #[test]
        fn every_token_is_a_piece_of_the_text(text in "\\PC{0,60}") {
            let cut = segmenter().for_index(&text);
            for token in cut.tokens.iter().chain(&cut.pairs()) {
                let position = cut.text[..token.start as usize].chars().count();
                prop_assert_eq!(position, token.position as usize);
                prop_assert!(!cut.word(token).is_empty());
            }
        }
    }
}
