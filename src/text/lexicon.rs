//! The office's words: those compiled in from `config/lexicon/`, an office's own folder over them.
//!
//! A line is `word [frequency] [tag]`; what follows `#` is a comment. Every fault is told with its file and line, and
//! with any fault none of the words is taken: half a lexicon would cut texts in a way that nobody asked for.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::fold::searchable;
use super::synonyms::Synonyms;

/// The words that every office gets: file by theme, text.
const COMPILED_IN: &[(&str, &str)] = &[
    ("config/lexicon/general.txt", include_str!("../../config/lexicon/general.txt")),
    ("config/lexicon/institutions.txt", include_str!("../../config/lexicon/institutions.txt")),
    ("config/lexicon/policy.txt", include_str!("../../config/lexicon/policy.txt")),
    ("config/lexicon/livelihood.txt", include_str!("../../config/lexicon/livelihood.txt")),
    ("config/lexicon/chongqing.txt", include_str!("../../config/lexicon/chongqing.txt")),
];
/// The file of this name holds words of one meaning, not words of the dictionary.
const SYNONYMS: &str = "synonyms.txt";
const COMPILED_IN_SYNONYMS: &str = include_str!("../../config/lexicon/synonyms.txt");
/// Longer ones are sentences: jieba would have to walk them at every character.
const CHARS_MAX: usize = 20;
/// So frequent a word would swallow its neighbours.
const FREQUENCY_MAX: usize = 1_000_000;

/// A word with what jieba is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// In searchable form: half width, lower case, simplified.
    pub word: String,
    /// `None`: as high as it takes to keep the word whole.
    pub frequency: Option<usize>,
    /// Part of speech, as jieba names it.
    pub tag: Option<String>,
    /// The file that it stands in.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
}

/// All words and synonyms in force.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    entries: Vec<Entry>,
    synonyms: Synonyms,
}

/// What is wrong with a lexicon.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// A folder or file cannot be read.
    #[error("词库 {file} 无法读取：{source}")]
    Read {
        /// Which.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// Lines that are no words: all of them, so that they can be put right in one go.
    #[error("词库有 {} 处错误，整个词库未采用：{}", .0.len(), .0.iter().map(Fault::to_string).collect::<Vec<_>>().join("；"))]
    Faults(Vec<Fault>),
}

/// A line that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} 第 {} 行：{}", self.file, self.line, self.why)
    }
}

impl Lexicon {
    /// The words compiled in, and those of an office's folder over them; an empty path names none.
    ///
    /// # Errors
    /// Naming every file and line that is wrong.
    pub fn load(dir: &Path) -> Result<Self, LexiconError> {
        let mut faults = Vec::new();
        let mut layers = vec![Layer::default()];
        for (file, text) in COMPILED_IN {
            layers[0].add(file, text, &mut faults);
        }
        let mut synonyms = Synonyms::default();
        synonyms.add("config/lexicon/synonyms.txt", COMPILED_IN_SYNONYMS, &mut faults);
        if !dir.as_os_str().is_empty() {
            let mut own = Layer::default();
            for (file, text) in read(dir, &mut faults)? {
                if file.ends_with(SYNONYMS) {
                    synonyms.add(&file, &text, &mut faults);
                } else {
                    own.add(&file, &text, &mut faults);
                }
            }
            layers.push(own);
        }
        if !faults.is_empty() {
            return Err(LexiconError::Faults(faults));
        }
        Ok(Self { entries: merge(layers), synonyms })
    }

    /// The words of one text, for tests and single files.
    ///
    /// # Errors
    /// Naming every line that is wrong.
    pub fn parse(file: &str, text: &str) -> Result<Self, LexiconError> {
        let (mut faults, mut layer) = (Vec::new(), Layer::default());
        layer.add(file, text, &mut faults);
        if faults.is_empty() {
            Ok(Self { entries: layer.entries, synonyms: Synonyms::default() })
        } else {
            Err(LexiconError::Faults(faults))
        }
    }

    /// Every word, in the order of the files; an office's own after those compiled in.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Words of one meaning.
    pub fn synonyms(&self) -> &Synonyms {
        &self.synonyms
    }

    /// Changes when texts would be cut otherwise. Synonyms and comments do not matter: the index does not hold them.
    pub fn hash(&self) -> u64 {
        let line = |entry: &Entry| format!("{} {}\n", entry.word, entry.frequency.unwrap_or(0));
        let lines: BTreeSet<String> = self.entries.iter().map(line).collect();
        xxh3_64(lines.into_iter().collect::<String>().as_bytes())
    }
}

/// The words of one origin: within it a word stands once.
#[derive(Default)]
struct Layer {
    entries: Vec<Entry>,
    seen: HashMap<String, usize>,
}

impl Layer {
    fn add(&mut self, file: &str, text: &str, faults: &mut Vec<Fault>) {
        for (line, parts) in lines(text) {
            let mut fault = |why: String| faults.push(Fault { file: file.to_owned(), line, why });
            match entry(&parts) {
                Err(why) => fault(why),
                Ok((word, frequency, tag)) => match self.seen.get(&word) {
                    Some(first) => {
                        let Entry { file, line, .. } = &self.entries[*first];
                        fault(format!("“{word}”重复，已在 {file} 第 {line} 行，请删去一处"));
                    }
                    None => {
                        self.seen.insert(word.clone(), self.entries.len());
                        self.entries.push(Entry { word, frequency, tag, file: file.to_owned(), line });
                    }
                },
            }
        }
    }
}

/// The lines that hold something, without comments, each with its number and parts.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    text.lines().enumerate().filter_map(|(at, line)| {
        let parts: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        (!parts.is_empty()).then_some((at + 1, parts))
    })
}

type Read = (String, Option<usize>, Option<String>);

fn entry(parts: &[&str]) -> Result<Read, String> {
    let (written, rest) = parts.split_first().ok_or("空行")?;
    let word = word(written, 2)?;
    let (mut frequency, mut tag) = (None, None);
    for part in rest {
        if tag.is_some() {
            return Err(format!("多出“{part}”；一行应为：词 [词频] [词性]"));
        }
        if part.starts_with(|c: char| c.is_ascii_digit()) && frequency.is_none() {
            let number = part.parse::<usize>().ok().filter(|n| (1..=FREQUENCY_MAX).contains(n));
            frequency = Some(number.ok_or(format!("词频“{part}”应为 1 至 {FREQUENCY_MAX} 的整数"))?);
        } else if part.len() <= 8 && part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            tag = Some((*part).to_owned());
        } else {
            return Err(format!("“{part}”不是词频（整数）也不是词性（字母，如 ns）"));
        }
    }
    Ok((word, frequency, tag))
}

/// A word of at least so many characters, in searchable form.
pub(super) fn word(written: &str, least: usize) -> Result<String, String> {
    let word = searchable(written);
    if let Some(sign) = word.chars().find(|c| !c.is_alphanumeric() && !matches!(c, '·' | '-' | '+' | '.')) {
        return Err(format!("“{written}”中的“{sign}”不能用在词里"));
    }
    match word.chars().count() {
        count if count < least => Err(format!("“{written}”只有一个字，不成词")),
        ..=CHARS_MAX => Ok(word),
        count => Err(format!("“{written}”有 {count} 个字，最多 {CHARS_MAX} 个")),
    }
}

/// The text files of a folder, by name.
fn read(dir: &Path, faults: &mut Vec<Fault>) -> Result<Vec<(String, String)>, LexiconError> {
    let cannot = |file: String| move |source| LexiconError::Read { file, source };
    let mut out = Vec::new();
    for found in std::fs::read_dir(dir).map_err(cannot(dir.display().to_string()))? {
        let path = found.map_err(cannot(dir.display().to_string()))?.path();
        if path.extension().is_none_or(|end| end != "txt") {
            continue;
        }
        let file = path.display().to_string();
        let bytes = std::fs::read(&path).map_err(cannot(file.clone()))?;
        match String::from_utf8(bytes) {
            Ok(text) => out.push((file, text)),
            Err(error) => {
                let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
                faults.push(Fault { file, line, why: "不是 UTF-8 编码，请另存为 UTF-8".to_owned() });
            }
        }
    }
    out.sort();
    Ok(out)
}

/// A later layer's word replaces an earlier one's.
fn merge(layers: Vec<Layer>) -> Vec<Entry> {
    let mut layers = layers.into_iter();
    let mut merged = layers.next().unwrap_or_default();
    for entry in layers.flat_map(|layer| layer.entries) {
        match merged.seen.get(&entry.word) {
            Some(at) => merged.entries[*at] = entry,
            None => {
                merged.seen.insert(entry.word.clone(), merged.entries.len());
                merged.entries.push(entry);
            }
        }
    }
    merged.entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<(usize, String)> {
        match Lexicon::parse("本单位.txt", text) {
            Err(LexiconError::Faults(faults)) => faults.into_iter().map(|f| (f.line, f.why)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_line_is_a_word_perhaps_with_frequency_and_tag() {
        let text = "\u{FEFF}# 说明\n\n白象街 120 ns # 街\n兩江四岸\nＡＩ大模型 nz\n";
        let lexicon = Lexicon::parse("本单位.txt", text).expect("words");
        let read: Vec<_> = lexicon
            .entries()
            .iter()
            .map(|e| (e.word.as_str(), e.frequency, e.tag.as_deref(), e.line))
            .collect();
        let expected = [
            ("白象街", Some(120), Some("ns"), 3),
            ("两江四岸", None, None, 4),
            ("ai大模型", None, Some("nz"), 5),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn every_wrong_line_is_named_and_none_of_the_words_is_taken() {
        let wrong = faults("好词\n字\n甲、乙\n白象街 很多\n白象街 0\n白象街 5 ns 又\n好词\n");
        let lines: Vec<_> = wrong.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 7]);
        assert!(wrong[5].1.contains("已在 本单位.txt 第 1 行"), "{wrong:?}");
    }

    #[test]
    fn an_office_words_lie_over_those_compiled_in_and_change_the_hash() {
        let dir = tempfile::tempdir().expect("dir");
        let plain = Lexicon::load(Path::new("")).expect("compiled in");
        std::fs::write(dir.path().join("本区.txt"), "渝事好商量 9999\n某某小街\n").expect("write");
        std::fs::write(dir.path().join("读我.md"), "不是词库").expect("write");
        let own = Lexicon::load(dir.path()).expect("own");
        assert_eq!(own.entries().len(), plain.entries().len() + 1);
        assert!(own.entries().iter().any(|e| e.word == "渝事好商量" && e.frequency == Some(9999)));
        assert_ne!(own.hash(), plain.hash());
        std::fs::write(dir.path().join("坏.txt"), [b'\n', 0xff, 0xfe]).expect("write");
        let error = Lexicon::load(dir.path()).expect_err("no UTF-8").to_string();
        assert!(error.contains("坏.txt 第 2 行"), "{error}");
    }
}
