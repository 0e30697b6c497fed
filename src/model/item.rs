//! A submission (来稿): what came in. It keeps its text as received for ever; a correction is a further version.

use serde::{Deserialize, Serialize};

use super::contributor::Contributor;
use super::ids::{ContentHash, FileId, KindId};
use super::time::Timestamp;

/// Longest title, in characters.
pub const TITLE_MAX: usize = 100;
/// Longest text, in characters, all parts together.
pub const BODY_MAX: usize = 20_000;
/// Longest reason for keeping an item closed, in characters.
pub const OPEN_REASON_MAX: usize = 20;

/// A text of 1 to `MAX` characters that is not blank and holds no control characters but tab and line break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BoundedText<const MAX: usize>(String);

impl<const MAX: usize> BoundedText<MAX> {
    /// Keeps the text as it is.
    ///
    /// # Errors
    /// What is wrong with it, in Chinese, ready to be shown.
    pub fn parse(text: String) -> Result<Self, String> {
        // Blank also means: nothing but zero-width characters, which look like an empty field.
        if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
            return Err("不能为空".to_owned());
        }
        let chars = text.chars().count();
        if chars > MAX {
            return Err(format!("共 {chars} 字，超过 {MAX} 字的上限"));
        }
        if let Some(c) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(format!("含有控制字符 U+{:04X}", u32::from(c)));
        }
        Ok(Self(text))
    }

    /// The text as received.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that print as nothing: zero-width ones, direction marks, the byte order mark.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{00AD}')
}

impl<const MAX: usize> TryFrom<String> for BoundedText<MAX> {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl<const MAX: usize> From<BoundedText<MAX>> for String {
    fn from(text: BoundedText<MAX>) -> String {
        text.0
    }
}

/// The source's own id of an item: 1–200 characters.
pub type ExternalId = BoundedText<200>;

/// The text of a submission, in one piece or in the three parts of the form (DOMAIN §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ItemText {
    /// One text.
    Body {
        /// 正文.
        body: BoundedText<BODY_MAX>,
    },
    /// Situation, causes, suggestions; the situation at least.
    Parts {
        /// 情况.
        situation: BoundedText<BODY_MAX>,
        /// 原因.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        causes: Option<BoundedText<BODY_MAX>>,
        /// 建议.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suggestions: Option<BoundedText<BODY_MAX>>,
    },
}

impl ItemText {
    /// The text in one piece, parts separated by a line break.
    pub fn plain(&self) -> String {
        self.pieces().collect::<Vec<_>>().join("\n")
    }

    /// The pieces in reading order.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        let (first, rest) = match self {
            Self::Body { body } => (body, [None, None]),
            Self::Parts { situation, causes, suggestions } => {
                (situation, [causes.as_ref(), suggestions.as_ref()])
            }
        };
        std::iter::once(first.as_str()).chain(rest.into_iter().flatten().map(BoundedText::as_str))
    }

    /// Length in characters.
    pub fn chars(&self) -> usize {
        self.pieces().map(|piece| piece.chars().count()).sum()
    }
}

/// How urgent the contributor holds it; an editor confirms (DOMAIN §2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Urgency {
    /// 普通.
    #[default]
    #[serde(rename = "普通")]
    Normal,
    /// 加急.
    #[serde(rename = "加急")]
    Urgent,
    /// 特急.
    #[serde(rename = "特急")]
    Critical,
}

impl Urgency {
    /// Every degree.
    pub const ALL: &'static [Self] = &[Self::Normal, Self::Urgent, Self::Critical];

    /// The office's word, which is also its form in the API.
    pub fn label(self) -> &'static str {
        match self {
            Self::Normal => "普通",
            Self::Urgent => "加急",
            Self::Critical => "特急",
        }
    }

    /// Reads the office's word.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|urgency| urgency.label() == label)
    }

    fn is_normal(&self) -> bool {
        *self == Self::Normal
    }
}

/// Whether the contributor agrees to publication, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Openness {
    /// 同意公开.
    pub agreed: bool,
    /// 不公开理由, at most [`OPEN_REASON_MAX`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<BoundedText<OPEN_REASON_MAX>>,
}

/// What other people said of it where it was first published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Votes {
    /// 支持.
    pub up: u32,
    /// 反对.
    pub down: u32,
}

/// One submission as received and checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The source's own id, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
    /// 类别; `opinion` by default.
    pub kind: KindId,
    /// 标题.
    pub title: BoundedText<TITLE_MAX>,
    /// 正文.
    #[serde(flatten)]
    pub text: ItemText,
    /// 第一反映人.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contributor: Option<Contributor>,
    /// 联名人, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub co_contributors: Vec<Contributor>,
    /// 涉及区县.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// 主题.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// 选题: as its source named it; once it is accepted, by its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// 紧急程度.
    #[serde(default, skip_serializing_if = "Urgency::is_normal")]
    pub urgency: Urgency,
    /// 是否同意公开.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Openness>,
    /// 支持与反对.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Votes>,
    /// 附件, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<FileId>,
    /// When the contributor wrote it; the time of receipt is the envelope's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
}

impl Submission {
    /// The canonical form: what is stored, and what [`ContentHash`] is taken of.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The hash that tells a repeat from another text.
    pub fn content_hash(&self) -> ContentHash {
        ContentHash::of(self.canonical().as_bytes())
    }

    /// Where it happens: the item's own district, else the reporter's.
    pub fn place(&self) -> Option<&str> {
        self.district.as_deref().or_else(|| self.contributor.as_ref().and_then(|c| c.district.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_of_nothing_but_zero_width_characters_is_empty() {
        assert!(BoundedText::<100>::parse("\u{200B}\u{FEFF} ".to_owned()).is_err());
    }

    #[test]
    fn a_control_character_is_named_in_the_error() {
        let error = BoundedText::<100>::parse("a\u{0007}b".to_owned()).expect_err("bell");
        assert!(error.contains("U+0007"), "{error}");
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(BoundedText::<3>::parse("渝中区".to_owned()).is_ok());
        assert!(BoundedText::<3>::parse("渝中区四".to_owned()).is_err());
    }

    #[test]
    fn a_submission_reads_back_from_its_canonical_form() {
        let text = r#"{"kind":"opinion","title":"t","situation":"s","suggestions":"g","urgency":"加急"}"#;
        let submission: Submission = serde_json::from_str(text).expect("valid");
        assert_eq!(submission.text.plain(), "s\ng");
        assert_eq!(serde_json::from_str::<Submission>(&submission.canonical()).expect("valid"), submission);
    }
}
