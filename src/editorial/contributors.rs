//! Whose item it is: names on it beside 反映人库. What is without doubt was linked as it came in; the rest an editor decides.

use crate::model::{Actor, Contributor, ItemId, Submission};
use crate::store::{
    CoSigner, Priority, ReporterMatch, ReporterRecord, Sql, StoreError, Tx, cosigners_of, item_no,
    link_reporter, match_reporter, merged_fields, read_item, reporter_links,
};

use super::{Desk, DeskError};

/// Entries proposed for one name.
const PROPOSED: usize = 5;

/// What a name on an item stands for; the names' own order.
#[derive(Debug, Clone)]
pub struct Named {
    /// The entry that it stands for.
    pub entry: Option<ReporterRecord>,
    /// Entries that it may stand for.
    pub proposed: Vec<ReporterRecord>,
    /// 联名人 who was told, and may have said 不是我.
    pub signer: Option<CoSigner>,
}

fn people(submission: &Submission) -> impl Iterator<Item = &Contributor> {
    submission.contributor.iter().chain(&submission.co_contributors)
}

/// What the names of an item stand for.
pub(super) fn named(sql: &mut dyn Sql, id: &ItemId) -> Result<Vec<Named>, StoreError> {
    let no = item_no(sql, id)?;
    let submission = read_item(sql, no)?.submission;
    let (links, signers) = (reporter_links(sql, id)?, cosigners_of(sql, id)?);
    let mut out = Vec::new();
    for person in people(&submission) {
        let link = links.iter().find(|link| link.name == person.name);
        let entry = link.map(|link| merged_fields(sql, link.reporter)).transpose()?;
        let signer = signers.iter().find(|signer| signer.name == person.name).cloned();
        let denied = signer.as_ref().is_some_and(|signer| signer.denied_at.is_some());
        let likely = match (&entry, denied) {
            (None, false) => match match_reporter(sql, person, None)? {
                ReporterMatch::Sure(no) => vec![no],
                ReporterMatch::Likely(all) => all,
                ReporterMatch::Nobody => Vec::new(),
            },
            _ => Vec::new(),
        };
        let proposed = likely.into_iter().take(PROPOSED).map(|no| merged_fields(sql, no));
        let proposed = proposed.collect::<Result<Vec<_>, _>>()?;
        out.push(Named { entry, proposed, signer });
    }
    Ok(out)
}

impl Desk {
    /// Says which entry a name on an item stands for, or that it stands for none.
    ///
    /// # Errors
    /// When the item has no such name, or there is no such entry.
    pub async fn link_contributor(
        &self,
        id: ItemId,
        name: String,
        reporter: Option<i64>,
        by: Actor,
    ) -> Result<(), DeskError> {
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let no = item_no(tx, &id)?;
                let submission = read_item(tx, no)?.submission;
                let author = submission.contributor.as_ref().is_some_and(|person| person.name == name);
                if !people(&submission).any(|person| person.name == name) {
                    return Err(DeskError::Request(format!("来稿上没有“{name}”，请刷新后重试")));
                }
                Ok(link_reporter(tx, &id, (&name, !author), reporter, &by)?)
            })
            .await
    }
}
