//! 联名: the items on which somebody else named one, and 不是我.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::ItemId;
use crate::site::{Page, Visit};
use crate::store::{OutcomeMark, Sql, StoreError, cosigned_by, deny_cosigning};
use crate::web::Problem;

use super::Shared;
use super::status::told;

/// Items listed.
const LISTED: i64 = 50;

/// An item on which one is named.
pub(super) struct CoSignedLine {
    pub id: String,
    pub title: String,
    pub reporter: String,
    pub state: &'static str,
    pub told_at: String,
    pub denied: bool,
    pub may_deny: bool,
}

pub(super) fn cosigned(sql: &mut dyn Sql, account: &str) -> Result<Vec<CoSignedLine>, StoreError> {
    let all = cosigned_by(sql, account, LISTED)?.into_iter().map(|one| CoSignedLine {
        id: one.item.to_string(),
        may_deny: one.may_deny(),
        denied: one.signer.denied_at.is_some(),
        told_at: one.signer.told_at.minute(),
        state: told(Some(one.state), OutcomeMark::default()).0,
        title: one.title,
        reporter: one.reporter,
    });
    Ok(all.collect())
}

/// 不是我: the name goes, the editor sees it.
pub(super) async fn not_me(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id: ItemId = id.parse().map_err(|_| Problem::not_found("没有这件来稿"))?;
    let account = visit.who()?.user.name.to_string();
    if pages.portal.write(move |tx| deny_cosigning(tx, &id, &account)).await? {
        return Ok(Redirect::to("/mine?denied=1#cosigned").into_response());
    }
    Err(Problem::conflict("too_late", "这件来稿编辑已在处理，不能自行去名，请联系政协机关更正署名"))
}
