//! 参考资料: what an office looks things up in besides its items: 公报, policy, press. Never an item.

use serde::{Deserialize, Serialize};

use super::item_state::states;
use super::time::LocalDate;

states! {
    /// What a document of the shelf is.
    ShelfKind {
        /// An official gazette.
        Gazette = "gazette", "公报";
        /// A policy or a regulation.
        Policy = "policy", "政策";
        /// A newspaper or magazine article.
        Press = "press", "报刊";
        /// Anything else.
        Other = "other", "其他";
    }
}

impl ShelfKind {
    /// By code or by the word that people use.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_code(text).or_else(|| Self::ALL.iter().copied().find(|kind| kind.label() == text))
    }
}

const TITLE_MAX: usize = 120;
const SOURCE_MAX: usize = 60;
/// A yearbook has about so many characters.
const BODY_MAX: usize = 1_000_000;
/// A first line that is longer is no title.
const FIRST_LINE_MAX: usize = 60;

/// A document that is to be put on the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShelfDocument {
    /// What it is.
    pub kind: ShelfKind,
    /// 题名.
    pub title: String,
    /// Its own date.
    pub day: Option<LocalDate>,
    /// 来源: who published it; may be empty.
    pub source: String,
    /// The name of the file that it was read from.
    pub file: String,
    /// 正文.
    pub body: String,
}

impl NewShelfDocument {
    /// Of the paragraphs of a file. Without a title of its own it is called by its first line, or by the file's name.
    ///
    /// # Errors
    /// Which part is missing or too long and what to do, in Chinese.
    pub fn new(
        kind: ShelfKind,
        title: &str,
        day: Option<LocalDate>,
        source: &str,
        file: &str,
        paragraphs: &[String],
    ) -> Result<Self, String> {
        let lines: Vec<&str> =
            paragraphs.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let first = lines.first().copied().filter(|line| line.chars().count() <= FIRST_LINE_MAX);
        let title = Some(title.trim()).filter(|title| !title.is_empty()).or(first).unwrap_or(stem).to_owned();
        let body = lines.join("\n");
        let (source, file) = (source.trim().to_owned(), file.trim().to_owned());
        let bounded = |what: &str, chars: usize, max: usize| match chars {
            chars if chars > max => {
                Err(format!("{what}共 {chars} 字，超过 {max} 字的上限，请删减或分成几份"))
            }
            _ => Ok(()),
        };
        if title.is_empty() {
            return Err("没有题名，请填写题名".to_owned());
        }
        if body.is_empty() {
            return Err("文件中没有文字，不能检索；扫描件请先识别文字".to_owned());
        }
        bounded("题名", title.chars().count(), TITLE_MAX)?;
        bounded("来源", source.chars().count(), SOURCE_MAX)?;
        bounded("正文", body.chars().count(), BODY_MAX)?;
        if [&title, &source, &file].iter().any(|text| text.contains(char::is_control)) {
            return Err("题名、来源或文件名中有换行或控制字符，请删去".to_owned());
        }
        Ok(Self { kind, title, day, source, file, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(title: &str, lines: &[&str]) -> Result<NewShelfDocument, String> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        NewShelfDocument::new(ShelfKind::Policy, title, None, "", "加装电梯办法.docx", &lines)
    }

    #[test]
    fn a_document_is_called_by_what_is_given_by_its_first_line_or_by_its_file() {
        let called = |title: &str, lines: &[&str]| document(title, lines).expect("a document").title;
        assert_eq!(called(" 办法 ", &["第一条"]), "办法");
        assert_eq!(called("", &["", " 老旧住宅增设电梯办法 ", "第一条"]), "老旧住宅增设电梯办法");
        assert_eq!(called("", &[&"很长的一段".repeat(20)]), "加装电梯办法");
    }

    #[test]
    fn what_cannot_be_searched_or_is_too_long_is_refused_with_what_to_do() {
        assert!(document("题", &[" ", ""]).expect_err("empty").contains("识别文字"));
        assert!(document(&"长".repeat(121), &["文"]).expect_err("long").contains("题名共 121 字"));
        assert!(document("两\n行", &["文"]).expect_err("control").contains("换行"));
        assert_eq!(ShelfKind::parse("政策"), Some(ShelfKind::Policy));
        assert_eq!(ShelfKind::parse("press"), Some(ShelfKind::Press));
    }
}
