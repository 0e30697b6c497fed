//! What a check finds.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What kind of fault it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 领导人姓名、职务、排序.
    Leader,
    /// 单位名称: an old name of a unit.
    Unit,
    /// 规范表述.
    Phrase,
    /// 错别字.
    Word,
    /// 重复字词.
    Doubled,
    /// 标点配对: quotes, brackets, 书名号.
    Pair,
    /// 数字与单位.
    Number,
    /// 日期与时间.
    Date,
    /// 区划地名.
    District,
    /// 个人信息 left over.
    Personal,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Leader,
        Self::Unit,
        Self::Phrase,
        Self::Word,
        Self::Doubled,
        Self::Pair,
        Self::Number,
        Self::Date,
        Self::District,
        Self::Personal,
    ];

    /// Whether the office may let a phrase pass wherever it stands: a word or a name may be right, a day that does not
    /// exist or somebody's number is not.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Unit | Self::Phrase | Self::Word | Self::Doubled | Self::Number | Self::District)
    }

    /// Its name for an editor.
    pub fn label(self) -> &'static str {
        match self {
            Self::Leader => "领导人",
            Self::Unit => "单位名称",
            Self::Phrase => "规范表述",
            Self::Word => "错别字",
            Self::Doubled => "重复字词",
            Self::Pair => "标点配对",
            Self::Number => "数字单位",
            Self::Date => "日期时间",
            Self::District => "区划地名",
            Self::Personal => "个人信息",
        }
    }

    /// The kind of this name in files and in the API.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Its name in files and in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Unit => "unit",
            Self::Phrase => "phrase",
            Self::Word => "word",
            Self::Doubled => "doubled",
            Self::Pair => "pair",
            Self::Number => "number",
            Self::Date => "date",
            Self::District => "district",
            Self::Personal => "personal",
        }
    }
}

/// How grave it is. An open 严重 needs a reason before 签发.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Severity {
    /// 提示: look, often all is well.
    #[serde(rename = "提示")]
    Notice,
    /// 一般: a slip.
    #[default]
    #[serde(rename = "一般")]
    Ordinary,
    /// 严重: must not go out.
    #[serde(rename = "严重")]
    Severe,
}

impl Severity {
    /// 严重, 一般, 提示.
    pub fn label(self) -> &'static str {
        match self {
            Self::Severe => "严重",
            Self::Ordinary => "一般",
            Self::Notice => "提示",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A place to look at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProofHit {
    /// Its first character, counted from 0.
    pub start: usize,
    /// The character after its last.
    pub end: usize,
    /// What kind of fault it may be.
    pub kind: Kind,
    /// How grave.
    pub severity: Severity,
    /// The text at the place.
    pub text: String,
    /// Why, in Chinese.
    pub reason: String,
    /// What should stand there instead; empty = nothing should; none = the editor has to decide.
    pub proposal: Option<String>,
}

/// The same before its place is counted in characters.
#[derive(Debug, Clone)]
pub(super) struct Find {
    /// Bytes of the text.
    pub range: Range<usize>,
    pub kind: Kind,
    pub severity: Severity,
    pub reason: String,
    pub proposal: Option<String>,
}
