//! Registrations as somebody may see them.

use serde::Serialize;

use crate::model::{Actor, Outcome, OutcomeFields, Roles, Timestamp};
use crate::store::{OutcomeRecord, OutcomeVersion};

/// What somebody who may not read it sees in its place.
const WITHHELD: &str = "（内容限定阅看）";

/// A registration as somebody may see it: without wording, leader and scan where they are not for them.
pub fn shown(mut record: OutcomeRecord, roles: &Roles) -> (OutcomeRecord, bool) {
    if record.outcome.fields().readers.admit(roles) {
        return (record, true);
    }
    record.outcome = without_wording(&record.outcome);
    record.scan = None;
    record.scan_name = String::new();
    (record, false)
}

fn without_wording(outcome: &Outcome) -> Outcome {
    let fields = outcome.fields().clone();
    let (by, wording) = (WITHHELD.to_owned(), WITHHELD.to_owned());
    Outcome::from_stored(OutcomeFields { by, wording, ..fields })
}

/// A registration as programs see it.
#[derive(Debug, Serialize)]
pub struct OutcomeView {
    #[serde(flatten)]
    record: OutcomeRecord,
    /// Whether the wording was withheld.
    withheld: bool,
}

impl OutcomeView {
    /// As somebody with these roles sees it.
    pub fn new(record: OutcomeRecord, roles: &Roles) -> Self {
        let (record, open) = shown(record, roles);
        Self { record, withheld: !open }
    }
}

/// A revision of a registration as programs see it.
#[derive(Debug, Serialize)]
pub struct VersionView {
    rev: i64,
    at: Timestamp,
    actor: Actor,
    /// 登记, 更正 or 撤销.
    action: String,
    /// Why.
    comment: String,
    #[serde(flatten)]
    outcome: Outcome,
    withheld: bool,
}

impl VersionView {
    /// As somebody with these roles sees it, who may or may not read how the registration stands now.
    pub fn new(version: OutcomeVersion, may_read: bool, roles: &Roles) -> Self {
        let OutcomeVersion { rev, outcome, at, actor, action, comment } = version;
        let open = may_read && outcome.fields().readers.admit(roles);
        let outcome = if open { outcome } else { without_wording(&outcome) };
        Self { rev, at, actor, action, comment, outcome, withheld: !open }
    }
}
