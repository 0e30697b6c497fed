//! What people send with programs of their own: by a key of theirs, in their own name, as by the form and by files. Everybody
//! counts their own numbers: number 1 of one person is not number 1 of another.

use crate::clock::random_bytes;
use crate::model::{Actor, Caller, ExternalId, ItemId, Source, Submission};
use crate::store::{Priority, Sql, Tx, is_own_item, put_sent};
use crate::web::Problem;

use super::accept::Ticket;
use super::review::Way;
use super::routes::{Shared, not_taken, posting_source};

/// Who posts.
#[derive(Clone)]
pub(super) struct Poster {
    /// Through which way in, with its limits.
    pub source: Source,
    /// Who: a source, or a person.
    pub actor: Actor,
}

impl Poster {
    /// Whoever calls, if they may post.
    ///
    /// # Errors
    /// [`Problem`] for an operator, who has no source.
    pub(super) fn of(caller: Caller) -> Result<Self, Problem> {
        let actor = caller.actor.clone();
        let source = posting_source(caller)?;
        Ok(Self { source, actor })
    }
}

fn away(error: &crate::store::StoreError) -> Problem {
    Problem::unavailable(error.to_string())
}

/// Hands an item to the intake: as its source's, or as somebody's own.
///
/// # Errors
/// The refusal.
pub(super) async fn hand(
    shared: &Shared,
    poster: &Poster,
    corrects: Option<ItemId>,
    submission: Submission,
    key: Option<&str>,
) -> Result<Ticket, Problem> {
    let Actor::User(account) = &poster.actor else {
        let way = Way::new(&poster.source.id, &poster.actor, key);
        return shared.intake.take(&way, corrects, submission).await.map_err(|error| not_taken(&error));
    };
    if let Some(item) = corrects {
        let owner = poster.actor.clone();
        let own = shared.store.read(move |sql: &mut dyn Sql| is_own_item(sql, &owner, &item)).await;
        if !own.map_err(|error| away(&error))? {
            return Err(Problem::not_found("没有本人的这件来稿"));
        }
    }
    let submission = own_numbers(account, submission)?;
    let key = match key {
        Some(key) => Some(format!("{account}/{key}")),
        None if submission.external_id.is_some() && corrects.is_none() => None,
        // It is held, perhaps, and sent later: it needs a name until then.
        None => Some(format!("{account}/{}", random()?)),
    };
    let title = submission.title.as_str().to_owned();
    let way = Way::new(&poster.source.id, &poster.actor, key.as_deref());
    let ticket = shared.intake.take(&way, corrects, submission).await.map_err(|error| not_taken(&error))?;
    if !ticket.waits {
        let (owner, item, receipt) = (poster.actor.clone(), ticket.item, ticket.receipt.clone());
        let note = move |tx: &mut Tx<'_>| put_sent(tx, &owner, (&item, &receipt), &title, corrects.is_none());
        shared.store.write(Priority::Batch, note).await.map_err(|error| away(&error))?;
    }
    Ok(ticket)
}

fn own_numbers(account: &str, mut submission: Submission) -> Result<Submission, Problem> {
    if let Some(id) = &submission.external_id {
        let own = ExternalId::parse(format!("{account}/{}", id.as_str()));
        let own = own.map_err(|why| Problem::invalid(format!("external_id 连同用户名{why}，请改短")))?;
        submission.external_id = Some(own);
    }
    Ok(submission)
}

fn random() -> Result<String, Problem> {
    let random: [u8; 16] = random_bytes().map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
