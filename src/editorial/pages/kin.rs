//! What an item is in: its group, and the manuscripts that it was taken into.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::{ItemId, Joined};
use crate::site::{Fields, Page, Visit};
use crate::store::{ItemRow, ManuscriptRecord};

use super::super::Desk;
use super::Shared;
use super::item::item_id;
use super::manuscript::outlet;
use super::passage::Passage;

/// A manuscript that it was taken into.
pub(super) struct Used {
    pub id: String,
    pub outlet: String,
    pub state: &'static str,
}

pub(super) struct MemberLine {
    pub id: String,
    pub title: Passage,
    pub by: String,
    pub joined: &'static str,
    pub first: bool,
    pub current: bool,
}

pub(super) fn uses(desk: &Desk, uses: &[ManuscriptRecord]) -> Vec<Used> {
    let line = |used: &ManuscriptRecord| Used {
        id: used.id.to_string(),
        outlet: outlet(desk, &used.outlet),
        state: used.state.label(),
    };
    uses.iter().map(line).collect()
}

pub(super) fn members(desk: &Desk, members: &[(ItemRow, Joined)], own: ItemId) -> Vec<MemberLine> {
    let line = |(at, (row, joined)): (usize, &(ItemRow, Joined))| {
        let by = [row.reporter.clone(), row.unit.clone(), Some(row.received_at.minute())];
        MemberLine {
            id: row.id.to_string(),
            title: Passage::new(&desk.redactor, &row.title, None),
            by: by.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            joined: joined.label(),
            first: at == 0,
            current: row.id == own,
        }
    };
    members.iter().enumerate().map(line).collect()
}

/// Takes one out of the group.
pub(super) async fn take_out(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let member = item_id(form.text("member"))?;
    let act = pages.desk.take_out(member, visit.who()?.user.name.clone()).await?;
    pages.desk.counted.forget();
    Ok(Redirect::to(&format!("/items/{}?act={act}", item_id(&id)?)).into_response())
}
