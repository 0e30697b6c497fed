//! 代录签批: what was decided with a pen and is entered afterwards (DOMAIN §2).

use serde::{Deserialize, Serialize};

use super::item_state::states;

states! {
    /// What a paper decides.
    PaperAct {
        /// The stage of review that the manuscript waits at passes it.
        Pass = "pass", "审核通过";
        /// 签发, of a proof or of what goes out without an issue.
        Sign = "sign", "签发";
        /// Back, with a word.
        Return = "return", "退回";
        /// 补审: the review of what was signed first.
        Late = "late", "补审通过";
    }
}
