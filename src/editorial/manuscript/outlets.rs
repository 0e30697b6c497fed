//! 上报 and 直转: what goes out without an issue. It is signed (上报) or not (直转), set like the others, and sent.

use crate::model::{ItemMove, ManuscriptId, ManuscriptMove, ManuscriptState, Outlet, Permission, User};
use crate::store::{
    Priority, Tx, freeze_outlet_papers, items_of, move_item, move_manuscript, read_item, read_manuscript,
    set_stage, uses_of,
};

use super::super::{Desk, DeskError};
use super::{COMMENT_MAX, current};

/// What is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// 签发.
    Sign,
    /// 退回 to its editor.
    Return,
    /// 上报 or 直转.
    Send,
}

impl Desk {
    /// Signs, returns or sends what goes out without an issue.
    ///
    /// # Errors
    /// When it goes into a series, stands elsewhere, or this person may not.
    pub async fn send_manuscript(
        &self,
        (id, rev): (ManuscriptId, i64),
        what: Sending,
        comment: String,
        by: &User,
    ) -> Result<(), DeskError> {
        let right = if what == Sending::Send { Permission::Register } else { Permission::Sign };
        if !by.may(right) {
            return Err(DeskError::Forbidden(format!("这一步需要“{}”权限", right.label())));
        }
        let comment = comment.trim().to_owned();
        if comment.chars().count() > COMMENT_MAX {
            return Err(DeskError::Request(format!("意见超过 {COMMENT_MAX} 字的上限，请删减")));
        }
        if what == Sending::Return && comment.is_empty() {
            return Err(DeskError::Request("退回须写明意见".to_owned()));
        }
        let papers = match what {
            Sending::Send => self.papers_to_send(id, rev).await?,
            Sending::Sign | Sending::Return => Vec::new(),
        };
        let actor = by.actor();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let record = current(tx, &id, rev)?;
                let step = match (&record.outlet, what) {
                    (Outlet::Series { .. }, _) => {
                        return Err(DeskError::Request("本稿编入刊物，请在拟发稿中成期签发".to_owned()));
                    }
                    (_, Sending::Sign) => ManuscriptMove::Sign,
                    (_, Sending::Return) => ManuscriptMove::Return,
                    (Outlet::Report { .. }, Sending::Send) => ManuscriptMove::Report,
                    (Outlet::Forward { .. }, Sending::Send) => ManuscriptMove::Forward,
                };
                let next = record.state.apply(step)?;
                move_manuscript(tx, &record, next, step.label(), &actor, &comment)?;
                set_stage(tx, &id, None)?;
                if what == Sending::Send {
                    freeze_outlet_papers(tx, &id, &papers, &actor)?;
                }
                match step {
                    ManuscriptMove::Report => follow(tx, &id, ItemMove::Adopt, "上报", &actor),
                    ManuscriptMove::Forward => follow(tx, &id, ItemMove::Forward, "直转", &actor),
                    _ => Ok(()),
                }
            })
            .await
    }
}

/// The items follow: those of a 上报 are adopted; those of a 直转 are passed on unless another manuscript holds them.
fn follow(
    tx: &mut Tx<'_>,
    id: &ManuscriptId,
    by: ItemMove,
    why: &str,
    actor: &crate::model::Actor,
) -> Result<(), DeskError> {
    for (no, _) in items_of(tx, id)? {
        let mut held = false;
        for other in uses_of(tx, no)? {
            let ended = [ManuscriptState::Dropped, ManuscriptState::Forwarded];
            held |= other != *id && !ended.contains(&read_manuscript(tx, &other)?.state);
        }
        let item = read_item(tx, no)?.row;
        if by == ItemMove::Forward && held {
            continue;
        }
        match item.state.apply(by) {
            Ok(next) if next != item.state => move_item(tx, &item, next, actor, why)?,
            // One that stands elsewhere meanwhile stays there.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}
