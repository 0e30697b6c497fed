//! A manuscript (编稿): what editors write from one or more submissions for one outlet (DOMAIN §2).

use serde::{Deserialize, Serialize};

use super::IllegalMove;
use super::ids::SeriesId;
use super::item_state::states;

states! {
    /// Where a manuscript stands.
    ManuscriptState {
        /// 在编.
        Editing = "editing", "在编";
        /// 待审.
        InReview = "in_review", "待审";
        /// 待签: on the proof of an issue.
        AwaitingSignature = "awaiting_signature", "待签";
        /// 已签.
        Signed = "signed", "已签";
        /// 复核 passed: slips corrected after the signature.
        Checked = "checked", "已复核";
        /// 登记: its issue has a number.
        Registered = "registered", "已登记";
        /// 编发: frozen.
        Issued = "issued", "已编发";
        /// 不用: given up.
        Dropped = "dropped", "不用";
    }
}

states! {
    /// What moves a manuscript.
    ManuscriptMove {
        /// To 审核.
        Submit = "submit", "送审";
        /// 审核 passes it, changed or not; it goes on the proof.
        Pass = "pass", "审核通过";
        /// 签发, given once on the proof of the issue.
        Sign = "sign", "签发";
        /// 复核 finds nothing left to correct.
        Check = "check", "复核通过";
        /// The issue takes its number.
        Register = "register", "登记";
        /// The issue is frozen and goes out.
        Issue = "issue", "编发";
        /// 往期: issued before the system came.
        Import = "import", "往期录入";
        /// Back to the editor, with a comment.
        Return = "return", "退回";
        /// Taken out of a proof: the signature is void, the review stands to be done again.
        TakeOut = "take_out", "撤出清样";
        /// Given up.
        Drop = "drop", "不用";
    }
}

impl ManuscriptState {
    /// The one transition function.
    ///
    /// # Errors
    /// [`IllegalMove`] when the workflow has no such step from here.
    pub fn apply(self, by: ManuscriptMove) -> Result<Self, IllegalMove> {
        use ManuscriptMove as M;
        use ManuscriptState as S;
        let next = match (self, by) {
            (S::Editing, M::Submit) => S::InReview,
            (S::InReview, M::Pass) => S::AwaitingSignature,
            (S::AwaitingSignature, M::Sign) => S::Signed,
            (S::Signed, M::Check) => S::Checked,
            (S::Checked, M::Register) => S::Registered,
            (S::Registered, M::Issue) | (S::Editing, M::Import) => S::Issued,
            (S::InReview | S::AwaitingSignature | S::Signed | S::Checked, M::Return) => S::Editing,
            (S::AwaitingSignature | S::Signed | S::Checked | S::Registered, M::TakeOut) => S::InReview,
            (S::Editing | S::InReview | S::AwaitingSignature, M::Drop) => S::Dropped,
            _ => return Err(IllegalMove { what: "编稿", from: self.label(), by: by.label() }),
        };
        Ok(next)
    }
}

/// Where a manuscript goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outlet")]
pub enum Outlet {
    /// A bulletin series 刊.
    Series {
        /// Which one.
        series: SeriesId,
    },
    /// 上报 to a higher body under that body's own title.
    Report {
        /// 全国政协, 市委办公厅 …
        to: String,
    },
    /// 直转: the original passed to a department.
    Forward {
        /// The receiving unit.
        to: String,
    },
}

impl Outlet {
    /// The series, where the outlet is one.
    pub fn series(&self) -> Option<&SeriesId> {
        match self {
            Self::Series { series } => Some(series),
            Self::Report { .. } | Self::Forward { .. } => None,
        }
    }
}

/// The texts of a manuscript at one step. Every step keeps the full text (DOMAIN §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// 标题.
    pub title: String,
    /// 正文; paragraphs by line breaks, headings by their numbering.
    pub body: String,
    /// 署名: who is credited, as printed.
    pub credit: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_an_issued_manuscript() {
        assert!(ManuscriptMove::ALL.iter().all(|by| ManuscriptState::Issued.apply(*by).is_err()));
    }

    #[test]
    fn the_usual_chain_ends_in_issued() {
        use ManuscriptMove as M;
        let chain = [M::Submit, M::Pass, M::Sign, M::Check, M::Register, M::Issue];
        let end = chain.iter().try_fold(ManuscriptState::Editing, |state, by| state.apply(*by));
        assert_eq!(end, Ok(ManuscriptState::Issued));
    }

    #[test]
    fn taking_one_out_of_the_proof_voids_the_signature() {
        assert_eq!(ManuscriptState::Signed.apply(ManuscriptMove::TakeOut), Ok(ManuscriptState::InReview));
        assert!(ManuscriptState::InReview.apply(ManuscriptMove::Register).is_err());
    }
}
