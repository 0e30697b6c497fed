//! 交回: what somebody took and left when they went off duty is free again, all of it in one act.
//!
//! Nobody else can act on an item that is held, so without this the items of whoever is away would wait for their return.

use crate::model::{Actor, Permission, UserName};
use crate::store::{
    Moved, Priority, Tx, covers_of, held_numbers, insert_act, read_rows, read_user, set_holder,
};

use super::{Desk, DeskError};

impl Desk {
    /// Releases everything that `whose` holds; gives the number of the act, which can be undone.
    ///
    /// Oneself, whoever stands in for them today (代理) and whoever reviews may do it; anybody at the desk where the account is
    /// disabled.
    ///
    /// # Errors
    /// When there is no such person, they hold nothing, or `by` may not.
    pub async fn hand_back(&self, whose: UserName, by: UserName) -> Result<i64, DeskError> {
        let today = self.clock.now().date();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let (holder, own) = (read_user(tx, &whose)?, read_user(tx, &by)?);
                let stands_in = covers_of(tx, &by, today)?.iter().any(|cover| cover.name == whose);
                let may = by == whose
                    || stands_in
                    || holder.disabled_at.is_some()
                    || own.roles.allow(Permission::Review);
                if !may {
                    return Err(DeskError::Forbidden(format!(
                        "只有{}本人、其代理人或审核人可以交回其领取的来稿",
                        holder.title
                    )));
                }
                let actor = Actor::User(by.to_string());
                let numbers = held_numbers(tx, whose.as_str())?;
                let mut moved = Vec::with_capacity(numbers.len());
                for row in read_rows(tx, &numbers)? {
                    set_holder(tx, row.no, None)?;
                    let detail = if by == whose {
                        serde_json::json!({})
                    } else {
                        serde_json::json!({ "held_by": whose.as_str() })
                    };
                    tx.audit(&actor, "item.release", &row.id.to_string(), &detail)?;
                    moved.push(Moved {
                        no: row.no,
                        from: row.state,
                        to: row.state,
                        rev: row.rev,
                        holder: Some(whose.to_string()),
                        groups: Vec::new(),
                    });
                }
                if moved.is_empty() {
                    return Err(DeskError::Request(format!("{}没有领取中的来稿，无须交回", holder.title)));
                }
                Ok::<_, DeskError>(insert_act(tx, "释放", &moved, &[], &actor)?)
            })
            .await
    }
}
