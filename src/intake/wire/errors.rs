//! Everything that is wrong with an item, collected.

use super::refusal::{FieldError, Rule};

/// More errors than this help nobody; the rest is counted.
const ERRORS_MAX: usize = 200;

/// What is wrong with an item so far.
#[derive(Debug, Default)]
pub(super) struct Errors {
    listed: Vec<FieldError>,
    unlisted: usize,
}

impl Errors {
    /// Notes one.
    pub(super) fn push(&mut self, field: String, rule: Rule, reason: String, remedy: impl Into<String>) {
        if !self.only_count() {
            self.listed.push(FieldError { field, rule, reason, remedy: remedy.into() });
        }
    }

    /// Counts an error instead of describing it, once enough are described.
    pub(super) fn only_count(&mut self) -> bool {
        let full = self.listed.len() >= ERRORS_MAX;
        self.unlisted += usize::from(full);
        full
    }

    /// All of them; empty if the item is good.
    pub(super) fn into_list(mut self) -> Vec<FieldError> {
        if self.unlisted > 0 {
            self.listed.push(FieldError {
                field: super::WHOLE.to_owned(),
                rule: Rule::TooMany,
                reason: format!("另有 {} 处错误未列出", self.unlisted),
                remedy: "请先改正已列出的各处".to_owned(),
            });
        }
        self.listed
    }
}
