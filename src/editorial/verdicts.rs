//! 认定: what an editor decides about two items. 无关 is never shown again; 重复 and 续报 come first.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, ItemId, Verdict};
use crate::store::{Priority, Tx, VerdictRow, item_no, put_verdict, verdicts_of, withdraw_verdict};

use super::{Desk, DeskError};

/// Longest comment, in characters.
const COMMENT_MAX: usize = 500;

/// A verdict to be given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictRequest {
    /// The other item.
    pub other: ItemId,
    /// What is decided.
    pub verdict: Verdict,
    /// Why.
    #[serde(default)]
    pub comment: String,
}

impl Desk {
    /// Every verdict on an item, the latest first.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn verdicts(&self, id: ItemId) -> Result<Vec<VerdictRow>, DeskError> {
        self.store
            .read(move |sql| {
                let no = item_no(sql, &id)?;
                Ok(verdicts_of(sql, no)?)
            })
            .await
    }

    /// Gives a verdict on two items; it replaces the one before. Answers with every verdict on the first.
    ///
    /// # Errors
    /// When one of the two is not there, or both are the same.
    pub async fn give_verdict(
        &self,
        id: ItemId,
        request: VerdictRequest,
        by: Actor,
    ) -> Result<Vec<VerdictRow>, DeskError> {
        if request.other == id {
            return Err(DeskError::Request("不能认定一件来稿与它自己的关系".to_owned()));
        }
        if request.comment.chars().count() > COMMENT_MAX {
            return Err(DeskError::Request(format!("说明超过 {COMMENT_MAX} 字")));
        }
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let (one, other) = (item_no(tx, &id)?, item_no(tx, &request.other)?);
                put_verdict(tx, (one, &id), (other, &request.other), request.verdict, &request.comment, &by)?;
                Ok(verdicts_of(tx, one)?)
            })
            .await
    }

    /// Takes a verdict back.
    ///
    /// # Errors
    /// When there is none on these two.
    pub async fn withdraw_verdict(&self, id: ItemId, other: ItemId, by: Actor) -> Result<(), DeskError> {
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let (one, two) = (item_no(tx, &id)?, item_no(tx, &other)?);
                Ok(withdraw_verdict(tx, (one, &id), (two, &other), &by)?)
            })
            .await
    }
}
