//! What a package tells, a line each.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, FileId, ItemId, ItemState, Receipt, SourceId, Submission, Timestamp};
use crate::store::Elsewhere;

/// A line of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    /// An attachment, whose bytes are the member of its name; it comes before the item that refers to it.
    File(CarriedFile),
    /// A version of an item.
    Item(Box<CarriedItem>),
    /// An item was withdrawn by who sent it.
    Withdrawal {
        /// Which.
        item: ItemId,
        /// Its receipt.
        receipt: Receipt,
    },
    /// Where an item stands.
    Answer(Answer),
}

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CarriedFile {
    pub id: FileId,
    pub owner: Actor,
    pub name: String,
}

/// The name of the member that holds an attachment.
pub(super) fn member_of(file: &FileId) -> String {
    format!("files/{}", file.as_str())
}

/// A version of an item, as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CarriedItem {
    pub item: ItemId,
    pub receipt: Receipt,
    pub source: SourceId,
    /// From 1.
    pub version: i64,
    pub received_at: Timestamp,
    pub submission: Submission,
}

/// Where an item stands, as its contributor may know it: no names, no reasons of the office's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub item: ItemId,
    pub receipt: Receipt,
    /// The version that it is an answer to.
    pub version: i64,
    /// 已收到 · 编辑中 · 请补充 · 已采用 · 留作参考 · 已撤回, nothing else.
    pub state: ItemState,
    /// What is asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub asked: String,
    /// What the contributor is told instead of the usual words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Whether the contributor is told at all.
    pub tell: bool,
    #[serde(default)]
    pub adopted: bool,
    #[serde(default)]
    pub instructed: bool,
    /// The issues that carried it: series, year, number, printed date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<(String, i32, u32, String)>,
    /// What the contributor is told of its registrations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<String>,
}

impl Answer {
    /// What became of it.
    pub(super) fn mark(&self) -> String {
        let Self { adopted, instructed, uses, .. } = self;
        Elsewhere { adopted: *adopted, instructed: *instructed, uses: uses.clone() }.code()
    }
}

/// Reads the lines of a package; a kind of line that this version does not know is named.
///
/// # Errors
/// The number of the line that cannot be read.
pub(super) fn lines(bytes: &[u8]) -> Result<Vec<Record>, usize> {
    let text = std::str::from_utf8(bytes).map_err(|_| 0_usize)?;
    text.lines().zip(1..).map(|(line, at)| serde_json::from_str(line).map_err(|_| at)).collect()
}
