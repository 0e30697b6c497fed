//! Segmentation with jieba: search-mode words for the index, each with its place in the text as received.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jieba_rs::{Jieba, TokenizeMode};

use super::fold::searchable;
use super::lexicon::Lexicon;

/// From so many characters on jieba's search mode does not look for words within a word.
const INNER: usize = 4;

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

    /// The pairs of neighbouring ideographs that are no word here but may be one, or part of one, that was not
    /// recognised: those at single characters and at words longer than two. The end of one two-character word with the
    /// beginning of the next (学生活动 has 生活) is none.
    pub fn loose_pairs(&self) -> Vec<Token> {
        // Where a two-character word begins; where a word begins or lies that is one character or longer than two.
        let (mut whole, mut loose) = (vec![false; self.text.len()], vec![false; self.text.len()]);
        for token in &self.tokens {
            let (start, end) = (token.start as usize, token.end as usize);
            match self.word(token).chars().count() {
                2 => whole[start] = true,
                _ => loose[start..end].fill(true),
            }
        }
        let mut out = Vec::with_capacity(self.tokens.len());
        let mut last: Option<usize> = None;
        for (position, (start, c)) in (0_u32..).zip(self.text.char_indices()) {
            if !is_ideograph(c) {
                last = None;
                continue;
            }
            let end = (start + c.len_utf8()) as u32;
            if let Some(before) = last
                && !whole[before]
                && (loose[before] || loose[start])
            {
                out.push(Token { start: before as u32, end, position: position - 1 });
            }
            last = Some(start);
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
    dictionary: Arc<ArcSwap<Dictionary>>,
}

/// jieba's dictionary with the office's words over it.
struct Dictionary {
    jieba: Jieba,
    lexicon: Lexicon,
    own: HashSet<String>,
}

impl Dictionary {
    fn new(lexicon: Lexicon) -> Self {
        let mut jieba = Jieba::new();
        for entry in lexicon.entries() {
            jieba.add_word(&entry.word, entry.frequency, entry.tag.as_deref());
        }
        let own = lexicon.entries().iter().map(|entry| entry.word.clone()).collect();
        Self { jieba, lexicon, own }
    }

    /// The words of four and more characters inside a longer one, which jieba leaves out: 轨道交通 in 轨道交通集团.
    fn inner(&self, word: &str, whole: &Token, out: &mut Vec<Token>) {
        let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
        let chars = ends.len() - 1;
        for from in 0..chars {
            for to in (from + INNER..=chars).filter(|to| (from, *to) != (0, chars)) {
                if self.jieba.has_word(&word[ends[from]..ends[to]]) {
                    out.push(Token {
                        start: whole.start + ends[from] as u32,
                        end: whole.start + ends[to] as u32,
                        position: whole.position + from as u32,
                    });
                }
            }
        }
    }
}

impl Segmenter {
    /// With jieba's own dictionary and the office's words over it.
    pub fn new(lexicon: Lexicon) -> Self {
        Self { dictionary: Arc::new(ArcSwap::from_pointee(Dictionary::new(lexicon))) }
    }

    /// With jieba's own dictionary alone.
    pub fn plain() -> Self {
        Self::new(Lexicon::default())
    }

    /// Exchanges the office's words. What is being cut meanwhile is cut with the old ones.
    pub fn replace(&self, lexicon: Lexicon) {
        self.dictionary.store(Arc::new(Dictionary::new(lexicon)));
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
        let dictionary = self.dictionary.load();
        let mut tokens = Vec::with_capacity(text.len() / 4);
        for token in dictionary.jieba.tokenize(&text, mode, true) {
            if !token.word.chars().any(char::is_alphanumeric) {
                continue;
            }
            let whole = Token {
                start: token.byte_start as u32,
                end: token.byte_end as u32,
                position: token.start as u32,
            };
            if mode == TokenizeMode::Search && token.word.chars().count() > INNER {
                dictionary.inner(token.word, &whole, &mut tokens);
            }
            tokens.push(whole);
        }
        Segmented { text, tokens }
    }

    /// Where every piece of a text ends, in characters, punctuation and blanks included: to compare with other
    /// segmentations. `unknown` asks the hidden Markov model about words that the dictionary does not know.
    pub fn boundaries(&self, text: &str, unknown: bool) -> Vec<usize> {
        let text = searchable(text);
        let dictionary = self.dictionary.load();
        let pieces = dictionary.jieba.tokenize(&text, TokenizeMode::Default, unknown);
        pieces.into_iter().map(|piece| piece.end).collect()
    }

    /// Whether the lexicon knows a word as a whole.
    pub fn knows(&self, word: &str) -> bool {
        self.dictionary.load().jieba.has_word(word)
    }

    /// The pairs of a text that may be words, each with whether the dictionary knows it as one.
    pub fn loose_pairs(&self, cut: &Segmented) -> Vec<(Token, bool)> {
        let dictionary = self.dictionary.load();
        let known = |pair: &Token| dictionary.jieba.has_word(cut.word(pair));
        cut.loose_pairs().into_iter().map(|pair| (pair, known(&pair))).collect()
    }

    /// Whether a word is one of the office's.
    pub fn is_own(&self, word: &str) -> bool {
        self.dictionary.load().own.contains(word)
    }

    /// Words of the same meaning.
    pub fn synonyms(&self, word: &str) -> Vec<String> {
        self.dictionary.load().lexicon.synonyms().of(word).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Path;
    use std::sync::OnceLock;

    fn segmenter() -> &'static Segmenter {
        static SHARED: OnceLock<Segmenter> = OnceLock::new();
        SHARED.get_or_init(|| Segmenter::new(Lexicon::load(Path::new("")).expect("lexicon")))
    }

    fn words(text: &str) -> Vec<String> {
        let cut = segmenter().for_index(text);
        cut.tokens.iter().map(|token| cut.word(token).to_owned()).collect()
    }

    fn whole(text: &str) -> Vec<String> {
        let cut = segmenter().for_query(text);
        cut.tokens.iter().map(|token| cut.word(token).to_owned()).collect()
    }

    #[test]
    fn punctuation_is_no_word_and_script_does_not_matter() {
        assert_eq!(words("垃圾分类，！"), words("垃圾分类"));
        assert_eq!(words("垃圾分類"), words("垃圾分类"));
        assert!(words("，。！？ \u{3000}").is_empty());
    }

    #[test]
    fn every_word_within_a_long_word_is_found() {
        let lexicon = Lexicon::parse("词.txt", "轨道交通\n城市轨道交通集团").expect("lexicon");
        let cut = Segmenter::new(lexicon).for_index("某城市轨道交通集团");
        let words: Vec<_> = cut.tokens.iter().map(|token| (cut.word(token), token.position)).collect();
        for word in [("轨道", 3), ("轨道交通", 3), ("城市轨道交通集团", 1)] {
            assert!(words.contains(&word), "{words:?}");
        }
    }

    #[test]
    fn no_word_of_the_office_is_ever_split() {
        let lexicon = Lexicon::load(Path::new("")).expect("lexicon");
        let split: Vec<_> = lexicon
            .entries()
            .iter()
            .filter(|entry| {
                let text = format!("，{}。", entry.word);
                let ends = segmenter().boundaries(&text, true);
                ends != [1, 1 + entry.word.chars().count(), 2 + entry.word.chars().count()]
            })
            .map(|entry| format!("{} {}: {}", entry.file, entry.line, entry.word))
            .collect();
        assert!(split.is_empty(), "{} split: {split:?}", split.len());
    }

    #[test]
    fn words_of_the_office_leave_their_neighbours_whole() {
        let table: &[(&str, &[&str])] = &[
            ("建议市政协关注民生", &["建议", "市政协", "关注", "民生"]),
            ("渝北区龙溪街道居民反映", &["渝北区", "龙溪街道", "居民", "反映"]),
            ("老旧小区加装电梯", &["老旧小区", "加装电梯"]),
            ("提案委员会会议", &["提案委员会", "会议"]),
            ("网约车司机的社会保险", &["网约车", "司机", "的", "社会保险"]),
        ];
        for (text, expected) in table {
            assert_eq!(whole(text), *expected, "{text}");
        }
    }

    #[test]
    fn words_can_be_exchanged_while_the_segmenter_is_in_use() {
        let shared = Segmenter::plain();
        let before = shared.for_query("白象居旁的停车场").tokens.len();
        let other = shared.clone();
        shared.replace(Lexicon::parse("本单位.txt", "白象居旁").expect("lexicon"));
        assert!(other.is_own("白象居旁"));
        assert!(other.for_query("白象居旁的停车场").tokens.len() < before);
    }

    #[test]
    fn a_pair_that_may_be_a_word_is_told_from_one_across_two_words_and_signs_part_them() {
        let pairs = |text: &str| {
            let cut = segmenter().for_index(text);
            cut.loose_pairs().iter().map(|pair| cut.word(pair).to_owned()).collect::<Vec<_>>()
        };
        assert!(pairs("翀珺路，A区").contains(&"珺路".to_owned()), "{:?}", pairs("翀珺路，A区"));
        assert!(!pairs("翀珺路，A区").contains(&"路区".to_owned()));
        assert_eq!(whole("学生活动"), ["学生", "活动"]);
        assert!(pairs("学生活动").is_empty());
    }

    proptest! {
        #[test]
        fn every_token_is_a_piece_of_the_text(text in "\\PC{0,60}") {
            let cut = segmenter().for_index(&text);
            for token in cut.tokens.iter().chain(&cut.loose_pairs()) {
                let position = cut.text[..token.start as usize].chars().count();
                prop_assert_eq!(position, token.position as usize);
                prop_assert!(!cut.word(token).is_empty());
            }
            let ends = segmenter().boundaries(&text, true);
            prop_assert_eq!(ends.last().copied().unwrap_or(0), text.chars().count());
        }
    }
}
