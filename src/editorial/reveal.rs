//! Personal data: masked wherever a text is shown, revealed to who has the right, and every look is a row of the log.

use serde_json::json;

use crate::model::{Actor, ItemId};
use crate::store::{Priority, Tx, item_no};

use super::{Desk, DeskError};

/// That a look was logged: without it no page can print a text as received.
pub(super) struct Revealed(());

impl Desk {
    /// Logs that somebody looks at an item unmasked.
    ///
    /// # Errors
    /// When there is no such item, or the log cannot be written: then nothing is shown.
    pub(super) async fn reveal(&self, id: ItemId, by: Actor) -> Result<Revealed, DeskError> {
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                item_no(tx, &id)?;
                Ok::<_, DeskError>(tx.audit(&by, "item.reveal", &id.to_string(), &json!({}))?)
            })
            .await?;
        Ok(Revealed(()))
    }
}
