//! The tables as an office writes them: `config/proof/*.toml`, compiled in; a file of the same name in the office's own
//! folder replaces the one that comes with the program.

use std::collections::HashSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::LocalDate;

use super::hit::Kind;
use super::literals::Literal;
use super::patterns::Pattern;
use super::rows::{File, pair};

/// The files, by what their rows are about.
const FILES: [(&str, Kind, &str); 7] = [
    ("leaders.toml", Kind::Leader, include_str!("../../../config/proof/leaders.toml")),
    ("units.toml", Kind::Unit, include_str!("../../../config/proof/units.toml")),
    ("phrases.toml", Kind::Phrase, include_str!("../../../config/proof/phrases.toml")),
    ("words.toml", Kind::Word, include_str!("../../../config/proof/words.toml")),
    ("districts.toml", Kind::District, include_str!("../../../config/proof/districts.toml")),
    ("numbers.toml", Kind::Number, include_str!("../../../config/proof/numbers.toml")),
    ("doubled.toml", Kind::Doubled, include_str!("../../../config/proof/doubled.toml")),
];
const SNIPPETS: (&str, &str) = ("snippets.toml", include_str!("../../../config/proof/snippets.toml"));

/// Why tables cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A file cannot be read.
    #[error("无法读取校对表 {0}：{1}")]
    File(String, String),
    /// A file is not of the shape of a table.
    #[error("校对表 {0} 写法有误：{1}")]
    Shape(String, String),
    /// A regular expression is wrong.
    #[error("校对规则“{0}”的正则表达式有误：{1}")]
    Pattern(String, String),
    /// The rows cannot be made into one automaton.
    #[error("校对表无法装入：{0}")]
    Automaton(String),
    /// The rules for personal data are wrong.
    #[error("{0}")]
    Redaction(String),
}

/// A leader in a post for a time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leader {
    /// 姓名.
    pub name: String,
    /// 职务, as it stands before the name.
    pub post: String,
    /// 排序: a smaller number stands earlier; none where no order is kept.
    #[serde(default)]
    pub order: Option<u32>,
    /// From this day on.
    #[serde(default)]
    pub from: Option<LocalDate>,
    /// Until this day.
    #[serde(default)]
    pub to: Option<LocalDate>,
    /// 常见错写: ways in which the name is miswritten.
    #[serde(default)]
    pub miswritten: Vec<String>,
}

impl Leader {
    /// Whether the post is held on a day.
    pub fn holds(&self, date: LocalDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }
}

/// 常用语: a set phrase that an editor puts in by one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snippet {
    /// What it is for.
    pub name: String,
    /// The phrase; ｛｝ stand where something is to be filled in.
    pub text: String,
}

/// All tables.
#[derive(Debug, Clone)]
pub struct ProofTables {
    files: Vec<(Kind, File)>,
    snippets: Vec<Snippet>,
}

impl ProofTables {
    /// Those that come with the program.
    ///
    /// # Errors
    /// Never, as a test holds.
    pub fn standard() -> Result<Self, ProofError> {
        Self::read(|_| Ok(None))
    }

    /// With the files of an office's own folder in place of those of the same name; an empty path has none.
    ///
    /// # Errors
    /// [`ProofError`], naming the file.
    pub fn load(dir: &Path) -> Result<Self, ProofError> {
        if dir.as_os_str().is_empty() {
            return Self::standard();
        }
        Self::read(|name| {
            let path = dir.join(name);
            let failed =
                |error: std::io::Error| ProofError::File(path.display().to_string(), error.to_string());
            if path.exists() { std::fs::read_to_string(&path).map(Some).map_err(failed) } else { Ok(None) }
        })
    }

    fn read(own: impl Fn(&str) -> Result<Option<String>, ProofError>) -> Result<Self, ProofError> {
        let file = |name: &str, seed: &str| -> Result<File, ProofError> {
            let own = own(name)?;
            toml::from_str(own.as_deref().unwrap_or(seed))
                .map_err(|error| ProofError::Shape(name.to_owned(), error.to_string()))
        };
        let files = FILES
            .iter()
            .map(|(name, kind, seed)| Ok((*kind, file(name, seed)?)))
            .collect::<Result<Vec<_>, ProofError>>()?;
        Ok(Self { files, snippets: file(SNIPPETS.0, SNIPPETS.1)?.snippet })
    }

    /// 常用语.
    pub fn snippets(&self) -> &[Snippet] {
        &self.snippets
    }

    /// 领导人表; empty until the office has filled it in.
    pub fn leaders(&self) -> &[Leader] {
        self.files.first().map_or(&[], |(_, file)| &file.leader)
    }

    pub(super) fn repeatable(&self) -> Vec<String> {
        self.files.iter().flat_map(|(_, file)| file.repeatable.clone()).collect()
    }

    pub(super) fn not_doubled(&self) -> Vec<String> {
        self.files.iter().flat_map(|(_, file)| file.except.clone()).collect()
    }

    pub(super) fn patterns(&self) -> Vec<Pattern> {
        let all =
            self.files.iter().flat_map(|(kind, file)| file.pattern.iter().map(|row| (*kind, row.clone())));
        all.map(|(kind, row)| Pattern {
            kind,
            severity: row.severity,
            pattern: row.pattern,
            right: row.right,
            reason: row.reason,
            except: row.except,
            above: row.above,
        })
        .collect()
    }

    /// Every word that should be another, none twice. `known` tells the words of the dictionary.
    pub(super) fn literals(&self, known: impl Fn(&str) -> bool) -> Vec<Literal> {
        let (mut out, mut seen) = (Vec::new(), HashSet::new());
        for (kind, file) in &self.files {
            let rows = file.renamed.iter().flat_map(|row| row.literals(*kind));
            let rows = rows.chain(file.wrong.iter().flat_map(|row| row.literals(*kind)));
            let rows = rows.chain(file.pairs.lines().filter_map(|line| pair(*kind, line)));
            let rows = rows.chain(file.confused(*kind, &known));
            out.extend(rows.filter(|row| seen.insert(row.wrong.clone())));
        }
        out
    }
}
