//! The change log: what followers read, in the order of commit (DESIGN §9).

use serde::{Deserialize, Serialize};

use super::item_state::states;

/// A position in the change log. Taken under a lock held to commit, so whoever has seen `n` has seen all up to `n`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seq(pub i64);

impl Seq {
    /// Before the first change.
    pub const ZERO: Self = Self(0);
}

states! {
    /// What changed.
    ChangeKind {
        /// A new item.
        ItemReceived = "item.received", "收到来稿";
        /// A further version of an item.
        ItemVersion = "item.version", "来稿更正";
        /// An item moved.
        ItemState = "item.state", "来稿状态";
        /// A bulletin that carries the item was issued: what searches say of it changes.
        ItemIssued = "item.issued", "来稿已编发";
        /// Links or a group of an item changed.
        ItemLinked = "item.linked", "相似来稿";
        /// A manuscript was made or moved.
        Manuscript = "manuscript", "编稿";
        /// An issue was made or moved.
        Issue = "issue", "期";
        /// A source was added, changed or revoked.
        Source = "source", "来稿渠道";
        /// A dead letter was written, sent again or closed.
        DeadLetter = "dead_letter", "异常来稿";
        /// A row of a table was added, changed, retired, or one of these undone.
        Table = "table", "基础数据";
        /// A document was put on the shelf, taken off, or put back.
        Shelf = "shelf", "参考资料";
    }
}
