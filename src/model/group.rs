//! Links between two texts, and groups of items (DESIGN §4.5).

use serde::{Deserialize, Serialize};

use super::item_state::states;

states! {
    /// How two texts are alike. A link is a fact about the two texts alone.
    LinkKind {
        /// Equal after folding.
        Exact = "exact", "完全重复";
        /// Character 5-gram Jaccard of the folded texts at or above the threshold.
        Near = "near", "近似重复";
        /// One holds the other, in whatever order, or they differ by scattered changes.
        Edited = "edited", "改写重复";
        /// Another text about the same thing.
        SameMatter = "same_matter", "同类反映";
    }
}

states! {
    /// Why an item is in a group.
    Joined {
        /// It repeats the first member exactly.
        Exact = "exact", "完全重复";
        /// An editor merged it.
        Merged = "merged", "编辑并入";
    }
}

states! {
    /// What an editor decided about two items (DOMAIN §2).
    Verdict {
        /// The same again.
        Repeat = "repeat", "重复";
        /// The later one carries the matter on.
        FollowUp = "follow_up", "续报";
        /// Another matter: never shown again for this pair.
        Unrelated = "unrelated", "无关";
    }
}

/// A verified pair, seen from one of the two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// How they are alike.
    pub kind: LinkKind,
    /// 0–1: 1 for exact repeats; for near ones the Jaccard of the folded texts' 5-grams; for edited copies the part of
    /// the shorter text that the other holds, or of the longer that agrees in order.
    pub score: f64,
}
