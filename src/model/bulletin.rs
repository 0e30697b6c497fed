//! An issue (期) of a bulletin and its numbering (DOMAIN §3).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::IllegalMove;
use super::ids::SeriesId;
use super::item_state::states;

states! {
    /// Where an issue stands.
    IssueState {
        /// 拟: manuscripts are being put together.
        Draft = "draft", "拟";
        /// 清样: the proof, as it will print.
        Proof = "proof", "清样";
        /// 已签.
        Signed = "signed", "已签";
        /// 复核 done.
        Checked = "checked", "已复核";
        /// 登记: the number is taken, the files are being made.
        Registered = "registered", "已登记";
        /// 编发: frozen.
        Issued = "issued", "已编发";
        /// 作废.
        Void = "void", "作废";
    }
}

states! {
    /// What moves an issue.
    IssueMove {
        /// Make the proof.
        Proof = "proof", "出清样";
        /// 签发.
        Sign = "sign", "签发";
        /// 复核.
        Check = "check", "复核通过";
        /// 登记.
        Register = "register", "登记";
        /// 编发.
        Issue = "issue", "编发";
        /// 往期: issued before the system came.
        Import = "import", "往期录入";
        /// Back to 拟: something of substance changed, the signature is void.
        Reopen = "reopen", "退回修改";
        /// Give the number back before it was printed.
        GiveBack = "give_back", "退号";
        /// 作废.
        Void = "void", "作废";
    }
}

impl IssueState {
    /// The one transition function.
    ///
    /// # Errors
    /// [`IllegalMove`] when the workflow has no such step from here.
    pub fn apply(self, by: IssueMove) -> Result<Self, IllegalMove> {
        use IssueMove as M;
        use IssueState as S;
        let next = match (self, by) {
            (S::Draft, M::Proof) => S::Proof,
            (S::Proof, M::Sign) => S::Signed,
            (S::Signed, M::Check) => S::Checked,
            (S::Checked, M::Register) => S::Registered,
            (S::Registered, M::Issue) | (S::Draft, M::Import) => S::Issued,
            (S::Proof | S::Signed | S::Checked, M::Reopen) => S::Draft,
            (S::Registered, M::GiveBack) => S::Checked,
            (S::Draft | S::Proof | S::Signed | S::Checked | S::Registered, M::Void) => S::Void,
            _ => return Err(IllegalMove { what: "期", from: self.label(), by: by.label() }),
        };
        Ok(next)
    }
}

/// When a series begins to count again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// Each year of the printed date begins with 第1期.
    #[default]
    Yearly,
    /// Never (总第N期 only).
    Never,
}

/// A number as printed: 2026年第12期.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IssueNumber {
    /// 刊.
    pub series: SeriesId,
    /// The year of the printed date.
    pub year: i32,
    /// 第N期, from 1.
    pub number: u32,
}

impl fmt::Display for IssueNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}年第{}期", self.year, self.number)
    }
}

/// An issue as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Where it stands.
    pub state: IssueState,
    /// Its number, from 登记 on.
    pub number: Option<IssueNumber>,
}

/// One year's numbers of one series: which come next, and why none is missing.
///
/// A number taken and not printed comes back and is taken next, smallest first; so at any time every number up to the
/// highest is either taken or waiting to be taken again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberBook {
    /// The highest number ever taken (or the opening number less one).
    pub highest: u32,
    /// Numbers given back, ascending.
    pub returned: Vec<u32>,
}

impl NumberBook {
    /// The number that comes next, without taking it (预占 is not promised).
    pub fn peek(&self) -> u32 {
        self.returned.first().copied().unwrap_or(self.highest + 1)
    }

    /// Takes the next number: the smallest returned one, else one above the highest.
    pub fn take(&mut self) -> u32 {
        if self.returned.is_empty() {
            self.highest += 1;
            return self.highest;
        }
        self.returned.remove(0)
    }

    /// Gives back a number that was taken and not printed. Giving back what is not taken changes nothing.
    pub fn give_back(&mut self, number: u32) {
        if number == 0 || number > self.highest {
            return;
        }
        if let Err(at) = self.returned.binary_search(&number) {
            self.returned.insert(at, number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_issued_number_cannot_be_given_back() {
        assert!(IssueState::Issued.apply(IssueMove::GiveBack).is_err());
        assert!(IssueState::Issued.apply(IssueMove::Void).is_err());
    }

    #[test]
    fn a_returned_number_is_taken_next() {
        let mut book = NumberBook::default();
        assert_eq!([book.take(), book.take(), book.take()], [1, 2, 3]);
        book.give_back(2);
        assert_eq!([book.take(), book.take()], [2, 4]);
    }

    proptest! {
        /// Whatever is taken and given back: no number twice, and no gap that is not waiting to be taken.
        #[test]
        fn numbers_are_unique_and_gapless(steps in proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 0..200)) {
            let mut book = NumberBook::default();
            let mut held: Vec<u32> = Vec::new();
            for (take, index) in steps {
                if take || held.is_empty() {
                    let number = book.take();
                    prop_assert!(!held.contains(&number));
                    held.push(number);
                } else {
                    let number = held.swap_remove(index.index(held.len()));
                    book.give_back(number);
                }
                let mut all: Vec<u32> = held.iter().chain(&book.returned).copied().collect();
                all.sort_unstable();
                prop_assert_eq!(all, (1..=book.highest).collect::<Vec<_>>());
            }
        }
    }
}
