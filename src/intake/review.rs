//! 本级审核: what a person of a unit sends in their own name or in the unit's is passed by another of the unit before it is
//! accepted, whatever way it comes. Asked at the one place that every way in passes; what waits is kept as it will be accepted.

use std::sync::Arc;

use crate::model::{Actor, ExternalId, ItemId, Receipt, SourceId, Submission, UnitDraftState};
use crate::store::{NewUnitDraft, Priority, Sql, Store, StoreError, Tx, put_unit_draft, unit_of};

/// The way in of what people send in their own name: by the form, by files, by their own programs.
pub const OWN_SOURCE: &str = "portal";
/// What stands before the key of a form among the keys of requests.
const FORM: &str = "form-";
/// Letters of the key of a form.
const KEY_LEN: usize = 32;

/// How an item comes in.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// Through which way in.
    pub source: &'a SourceId,
    /// Who sends it.
    pub actor: &'a Actor,
    /// The request's own key.
    pub key: Option<&'a str>,
    /// The account that it comes from, where the actor does not say it: a mailbox hands over what its sender wrote.
    pub account: Option<&'a str>,
    /// The fields of the form, to be filled in again where it is returned.
    pub form: &'a str,
    /// Whether it is sent in the name of the sender's unit.
    pub as_unit: bool,
    /// Whether the unit has passed it.
    pub passed: bool,
}

impl<'a> Way<'a> {
    /// Nothing but where from, by whom, and under which key.
    pub fn new(source: &'a SourceId, actor: &'a Actor, key: Option<&'a str>) -> Self {
        Self { source, actor, key, account: None, form: "", as_unit: true, passed: false }
    }

    /// The account whose unit may want to see it first. What an editor sends for others is not the editor's own.
    fn account(&self) -> Option<&'a str> {
        match self.actor {
            Actor::User(name) if self.source.as_str() == OWN_SOURCE => Some(name.as_str()),
            Actor::User(_) | Actor::Source(_) | Actor::Operator(_) | Actor::System => self.account,
        }
    }
}

/// Why something that should wait cannot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// The unit cannot be looked up, or it cannot be kept now.
    #[error("本级审核暂时无法办理：{0}")]
    Away(String),
    /// It is on its way and says something else.
    #[error("这件稿本单位已通过、正在报送，不能再改；如有更正，请报送后再补充")]
    Moving,
}

impl ReviewError {
    /// Whether the same will be taken later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}

/// What became of it before it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// Nothing: it goes on.
    Not,
    /// It waits for a reviewer.
    Waits,
    /// It was passed and sent before.
    Sent,
    /// Something else was passed and sent under the same name.
    SentOther,
}

/// Holds what has to wait.
pub struct Review(Arc<Store>);

impl Review {
    /// In this store.
    pub fn new(store: Arc<Store>) -> Self {
        Self(store)
    }

    /// Holds an item where the sender's unit wants to pass it first.
    ///
    /// # Errors
    /// [`ReviewError`]; it is neither kept nor may it go on.
    pub(super) async fn hold(
        &self,
        way: &Way<'_>,
        corrects: Option<ItemId>,
        submission: &Submission,
        receipt: &Receipt,
    ) -> Result<Held, ReviewError> {
        let Some(account) = way.account().filter(|_| !way.passed).map(str::to_owned) else {
            return Ok(Held::Not);
        };
        let away = |error: StoreError| match error {
            StoreError::Stale => ReviewError::Moving,
            other => ReviewError::Away(other.to_string()),
        };
        let own = account.clone();
        let unit = self.0.read(move |sql: &mut dyn Sql| unit_of(sql, &own)).await.map_err(away)?;
        let Some(unit) = unit.filter(crate::store::OwnUnit::must_wait) else { return Ok(Held::Not) };
        let item = submission.canonical();
        let new = NewUnitDraft {
            title: submission.title.as_str().to_owned(),
            fields: way.form.to_owned(),
            form_key: key_of(way, corrects, submission.external_id.as_ref(), &item),
            request_key: way.key.unwrap_or_default().to_owned(),
            item: item.clone(),
            source: way.source.clone(),
            receipt: receipt.clone(),
            corrects,
            as_unit: way.as_unit,
        };
        let put = move |tx: &mut Tx<'_>| put_unit_draft(tx, unit.no, &account, &new);
        let draft = self.0.write(Priority::Desk, put).await.map_err(away)?;
        Ok(match draft.state {
            UnitDraftState::Sent if draft.item.as_deref().is_none_or(|sent| sent == item) => Held::Sent,
            UnitDraftState::Sent => Held::SentOther,
            _ => Held::Waits,
        })
    }
}

/// The key under which it waits: that of the form; else made of what names it, so that the same file sent again waits once.
fn key_of(way: &Way<'_>, corrects: Option<ItemId>, external: Option<&ExternalId>, item: &str) -> String {
    let form = way.key.and_then(|key| key.strip_prefix(FORM)).filter(|key| key.len() == KEY_LEN);
    if let Some(form) = form {
        return form.to_owned();
    }
    let name = match (external, way.key) {
        // An item is corrected more than once; its own name stands for how it was sent first.
        (_, Some(key)) if corrects.is_some() => format!("correction:{key}"),
        (Some(name), _) => format!("external:{}", name.as_str()),
        (None, Some(key)) => format!("request:{key}"),
        (None, None) => format!("text:{item}"),
    };
    let hash = blake3::hash(format!("{}\n{name}", way.source).as_bytes()).to_hex();
    hash[..KEY_LEN].to_owned()
}
