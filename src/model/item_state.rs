//! The life of a submission (DOMAIN §2), with its one transition function.

use serde::{Deserialize, Serialize};

use super::IllegalMove;

macro_rules! states {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name it is stored under.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The office's word for it.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// Reads the stored name.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|state| state.code() == code)
            }
        }
    };
}
pub(super) use states;

states! {
    /// Where a submission stands.
    ItemState {
        /// 暂存: written, not sent.
        Draft = "draft", "暂存";
        /// 已收到.
        Received = "received", "已收到";
        /// 在编.
        Editing = "editing", "在编";
        /// 请补充: returned to its author with a comment.
        Returned = "returned", "请补充";
        /// 已采用: in at least one issued manuscript.
        Adopted = "adopted", "已采用";
        /// 留作参考: the usual end.
        Kept = "kept", "留作参考";
        /// 不采用, with an inner reason.
        Declined = "declined", "不采用";
        /// 直转: the original passed on.
        Forwarded = "forwarded", "直转";
        /// 并入 another item; reversible.
        Merged = "merged", "并入";
        /// 撤稿, asked for by its author.
        Withdrawn = "withdrawn", "撤稿";
    }
}

states! {
    /// What an office or an author does with a submission.
    ItemMove {
        /// Send a draft.
        Submit = "submit", "提交";
        /// Take it into a manuscript.
        Take = "take", "编入编稿";
        /// Its last manuscript was given up.
        Release = "release", "退出编稿";
        /// Ask the author for more.
        AskForMore = "ask", "请补充";
        /// The author answered.
        Resubmit = "resubmit", "补充后再报";
        /// A manuscript that holds it was issued.
        Adopt = "adopt", "采用";
        /// Every issue that held it was taken back.
        Unadopt = "unadopt", "撤销采用";
        /// Keep for reference.
        Keep = "keep", "留作参考";
        /// Decline with a reason.
        Decline = "decline", "不采用";
        /// Pass the original on.
        Forward = "forward", "直转";
        /// Merge into another item.
        Merge = "merge", "并入";
        /// Undo a merge, a keep or a decline.
        Reopen = "reopen", "恢复";
        /// The author takes it back.
        Withdraw = "withdraw", "撤稿";
    }
}

/// The only states that a contributor sees (DOMAIN §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum PublicState {
    /// 已收到.
    #[serde(rename = "已收到")]
    Received,
    /// 编辑中.
    #[serde(rename = "编辑中")]
    Editing,
    /// 已采用.
    #[serde(rename = "已采用")]
    Adopted,
    /// 留作参考.
    #[serde(rename = "留作参考")]
    Kept,
    /// 请补充.
    #[serde(rename = "请补充")]
    Returned,
    /// 已撤回, after the author's own request.
    #[serde(rename = "已撤回")]
    Withdrawn,
}

impl ItemState {
    /// The one transition function.
    ///
    /// # Errors
    /// [`IllegalMove`] when the workflow has no such step from here.
    pub fn apply(self, by: ItemMove) -> Result<Self, IllegalMove> {
        use ItemMove as M;
        use ItemState as S;
        let next = match (self, by) {
            (S::Draft, M::Submit) | (S::Returned, M::Resubmit) => S::Received,
            // An item may feed several manuscripts, and one already adopted may be taken into a further one.
            (S::Received | S::Editing | S::Kept | S::Declined | S::Merged | S::Forwarded, M::Take) => {
                S::Editing
            }
            (S::Editing, M::Release) => S::Received,
            (S::Adopted, M::Take | M::Release) => S::Adopted,
            (S::Received | S::Editing, M::AskForMore) => S::Returned,
            (S::Editing | S::Adopted, M::Adopt) => S::Adopted,
            (S::Adopted, M::Unadopt) => S::Editing,
            (S::Received | S::Editing | S::Returned, M::Keep) => S::Kept,
            (S::Received | S::Editing | S::Returned, M::Decline) => S::Declined,
            (S::Received | S::Editing | S::Kept, M::Forward) => S::Forwarded,
            (S::Received | S::Editing | S::Kept, M::Merge) => S::Merged,
            (S::Kept | S::Declined | S::Merged | S::Forwarded, M::Reopen) => S::Received,
            (S::Draft | S::Received | S::Editing | S::Returned, M::Withdraw) => S::Withdrawn,
            _ => return Err(IllegalMove { what: "来稿", from: self.label(), by: by.label() }),
        };
        Ok(next)
    }

    /// Whether the workflow leads from here to `to` by some number of steps: another site that decides of the item tells only
    /// where it stands now.
    ///
    /// # Errors
    /// [`IllegalMove`] when no way leads there.
    pub fn reach(self, to: Self) -> Result<(), IllegalMove> {
        let mut known = vec![self];
        let mut at = 0;
        while let Some(state) = known.get(at).copied() {
            if state == to {
                return Ok(());
            }
            let next = ItemMove::ALL.iter().filter_map(|by| state.apply(*by).ok());
            let fresh: Vec<Self> = next.filter(|state| !known.contains(state)).collect();
            known.extend(fresh);
            at += 1;
        }
        Err(IllegalMove { what: "来稿", from: self.label(), by: to.label() })
    }

    /// What the contributor is told: nobody learns 不采用 or 并入 in those words.
    pub fn public(self) -> PublicState {
        match self {
            Self::Draft | Self::Received => PublicState::Received,
            Self::Editing => PublicState::Editing,
            Self::Adopted => PublicState::Adopted,
            Self::Kept | Self::Declined | Self::Forwarded | Self::Merged => PublicState::Kept,
            Self::Returned => PublicState::Returned,
            Self::Withdrawn => PublicState::Withdrawn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_adopted_item_can_neither_be_withdrawn_nor_declined() {
        for by in [ItemMove::Withdraw, ItemMove::Decline, ItemMove::Merge] {
            assert!(ItemState::Adopted.apply(by).is_err(), "{by:?}");
        }
    }

    #[test]
    fn what_another_site_says_is_reached_by_steps_of_the_workflow_or_refused() {
        for (from, to) in [
            (ItemState::Received, ItemState::Adopted),
            (ItemState::Kept, ItemState::Adopted),
            (ItemState::Adopted, ItemState::Kept),
            (ItemState::Returned, ItemState::Received),
            (ItemState::Kept, ItemState::Withdrawn),
        ] {
            assert_eq!(from.reach(to), Ok(()), "{from:?} to {to:?}");
        }
        assert!(ItemState::Withdrawn.reach(ItemState::Adopted).is_err());
        assert!(ItemState::Received.reach(ItemState::Draft).is_err());
    }

    #[test]
    fn a_withdrawn_item_stays_withdrawn() {
        assert!(ItemMove::ALL.iter().all(|by| ItemState::Withdrawn.apply(*by).is_err()));
    }

    #[test]
    fn codes_read_back() {
        assert!(ItemState::ALL.iter().all(|s| ItemState::from_code(s.code()) == Some(*s)));
    }

    proptest! {
        /// Adoption is only ever left by taking the adoption back.
        #[test]
        fn no_walk_leaves_adoption_but_by_unadopt(steps in proptest::collection::vec(0..ItemMove::ALL.len(), 0..40)) {
            let mut state = ItemState::Received;
            for step in steps {
                let by = ItemMove::ALL[step];
                if let Ok(next) = state.apply(by) {
                    if state == ItemState::Adopted && next != ItemState::Adopted {
                        prop_assert_eq!(by, ItemMove::Unadopt);
                    }
                    state = next;
                }
            }
        }
    }
}
