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
        /// 上报: sent to a higher body, without an issue.
        Reported = "reported", "已上报";
        /// 直转: passed to a unit with a letter, without an issue.
        Forwarded = "forwarded", "已转";
        /// 不用: given up.
        Dropped = "dropped", "不用";
    }
}

states! {
    /// What moves a manuscript.
    ManuscriptMove {
        /// To 审核.
        Submit = "submit", "送审";
        /// A stage of 审核 before the last passes it.
        PassOn = "pass_on", "本级通过";
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
        /// Sent to a higher body, after its signature.
        Report = "report", "上报";
        /// Passed to a unit.
        Forward = "forward", "直转";
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
            (S::Editing, M::Submit) | (S::InReview, M::PassOn) => S::InReview,
            (S::InReview, M::Pass) => S::AwaitingSignature,
            (S::AwaitingSignature, M::Sign) => S::Signed,
            (S::Signed, M::Report) => S::Reported,
            (S::Editing | S::InReview | S::AwaitingSignature, M::Forward) => S::Forwarded,
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
        /// The title that its paper bears there.
        #[serde(default)]
        title: String,
        /// The line under that title, in the place of a number.
        #[serde(default)]
        cover: String,
    },
    /// 直转: the original passed to a department.
    Forward {
        /// The receiving unit.
        to: String,
    },
}

/// Longest texts of an outlet, in characters: the title stands on one line of the masthead.
const OUTLET_TO_MAX: usize = 30;
const OUTLET_TITLE_MAX: usize = 12;
const OUTLET_COVER_MAX: usize = 30;
/// The one text that may be empty.
const COVER: &str = "封面行";

/// Why an outlet cannot be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutletError {
    /// Nobody to send it to.
    #[error("请填写{0}")]
    Missing(&'static str),
    /// A text that does not fit on its line.
    #[error("{label}共 {chars} 字，超过 {max} 字的上限，请缩短")]
    Long {
        /// Which.
        label: &'static str,
        /// As entered.
        chars: usize,
        /// As allowed.
        max: usize,
    },
}

fn outlet_text(label: &'static str, text: &str, max: usize) -> Result<String, OutletError> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().count() {
        0 if label != COVER => Err(OutletError::Missing(label)),
        chars if chars > max => Err(OutletError::Long { label, chars, max }),
        _ => Ok(text),
    }
}

impl Outlet {
    /// 上报 under a title of its own, with a line under it.
    ///
    /// # Errors
    /// [`OutletError`] when a text is missing or does not fit on its line.
    pub fn report(to: &str, title: &str, cover: &str) -> Result<Self, OutletError> {
        Ok(Self::Report {
            to: outlet_text("收文单位", to, OUTLET_TO_MAX)?,
            title: outlet_text("刊头", title, OUTLET_TITLE_MAX)?,
            cover: outlet_text(COVER, cover, OUTLET_COVER_MAX)?,
        })
    }

    /// 直转 to a unit.
    ///
    /// # Errors
    /// [`OutletError`] when the unit is missing or too long.
    pub fn forward(to: &str) -> Result<Self, OutletError> {
        Ok(Self::Forward { to: outlet_text("收文单位", to, OUTLET_TO_MAX)? })
    }

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
    fn what_is_reported_is_signed_first_and_what_is_passed_on_need_not_be() {
        use ManuscriptMove as M;
        assert!(ManuscriptState::Editing.apply(M::Report).is_err());
        assert_eq!(ManuscriptState::Signed.apply(M::Report), Ok(ManuscriptState::Reported));
        assert_eq!(ManuscriptState::Editing.apply(M::Forward), Ok(ManuscriptState::Forwarded));
        for end in [ManuscriptState::Reported, ManuscriptState::Forwarded] {
            assert!(M::ALL.iter().all(|by| end.apply(*by).is_err()), "{end:?}");
        }
    }

    #[test]
    fn an_outlet_names_its_receiver_and_fits_on_its_lines() {
        assert_eq!(Outlet::forward(" "), Err(OutletError::Missing("收文单位")));
        assert_eq!(Outlet::report("全国政协", "", ""), Err(OutletError::Missing("刊头")));
        assert!(Outlet::report("全国政协", "社情民意信息", "").is_ok(), "the line under it may be empty");
        assert!(Outlet::report("全国政协", &"刊".repeat(13), "").is_err());
        let old: Outlet =
            serde_json::from_str(r#"{"outlet":"report","to":"全国政协"}"#).expect("one of before");
        assert!(matches!(old, Outlet::Report { title, .. } if title.is_empty()));
    }

    #[test]
    fn taking_one_out_of_the_proof_voids_the_signature() {
        assert_eq!(ManuscriptState::Signed.apply(ManuscriptMove::TakeOut), Ok(ManuscriptState::InReview));
        assert!(ManuscriptState::InReview.apply(ManuscriptMove::Register).is_err());
    }
}
