//! 待办 and 已办: what waits for whom, and since when.

use crate::model::{ManuscriptState, Permission, Timestamp, User};
use crate::store::{ReviewRow, Sql, StoreError, manuscripts_in, manuscripts_owed, steps_by, steps_of};

use super::super::{Desk, DeskError};
use super::stages::hindrance;

/// Most manuscripts in a list.
const LISTED: i64 = 300;
/// Steps that 已办 lists.
const DONE: i64 = 50;
const DAY_SECONDS: i64 = 86_400;

/// What waits for somebody.
pub struct Task {
    /// The manuscript.
    pub row: ReviewRow,
    /// What is to be done: 编稿, 补审, or the name of a stage.
    pub what: String,
    /// Until when.
    pub due: Option<Timestamp>,
}

impl Desk {
    /// 待办 of this person: reviews owed, manuscripts at stages that they may pass, and those in editing. 特急 first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn tasks(&self, user: &User) -> Result<Vec<Task>, DeskError> {
        let (edits, reviews) = (user.may(Permission::Edit), user.may(Permission::Review));
        let (signs, sends) = (user.may(Permission::Sign), user.may(Permission::Register));
        let (written, waiting, owed, sending) = self
            .store
            .read(move |sql: &mut dyn Sql| {
                let mut sending = Vec::new();
                let written =
                    if edits { manuscripts_in(sql, ManuscriptState::Editing, LISTED)? } else { Vec::new() };
                let waiting = manuscripts_in(sql, ManuscriptState::InReview, LISTED)?
                    .into_iter()
                    .map(|row| Ok((steps_of(sql, &row.id)?, row)))
                    .collect::<Result<Vec<_>, StoreError>>()?;
                if signs {
                    out_of_series(sql, ManuscriptState::AwaitingSignature, "签发", &mut sending)?;
                }
                if sends {
                    out_of_series(sql, ManuscriptState::Signed, "上报", &mut sending)?;
                }
                let owed = if reviews { manuscripts_owed(sql, LISTED)? } else { Vec::new() };
                Ok::<_, StoreError>((written, waiting, owed, sending))
            })
            .await?;
        let late = owed.into_iter().map(|(row, since)| {
            // 次一工作日 is a matter of the holiday table; until then the next day counts.
            Task { what: "补审".to_owned(), due: Some(since.plus_seconds(DAY_SECONDS)), row }
        });
        let at_stages = waiting.into_iter().filter_map(|(steps, row)| {
            let stages = &self.kinds.get(&row.kind)?.stages;
            let at = stages.iter().position(|stage| Some(&stage.code) == row.stage.as_ref())?;
            let stage = &stages[at];
            let due = (stage.days > 0).then(|| row.at.plus_seconds(i64::from(stage.days) * DAY_SECONDS));
            let task = Task { what: stage.name.clone(), due, row };
            hindrance(stages, at, user, &steps).is_none().then_some(task)
        });
        let in_editing = written.into_iter().map(|row| Task { what: "编稿".to_owned(), due: None, row });
        let mut tasks: Vec<Task> = late.chain(at_stages).chain(sending).chain(in_editing).collect();
        tasks.sort_by_key(|task| std::cmp::Reverse(task.row.urgency as u8));
        Ok(tasks)
    }

    /// 已办 of this person, the latest first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn done(&self, user: &User) -> Result<Vec<ReviewRow>, DeskError> {
        let actor = user.actor();
        Ok(self.store.read(move |sql: &mut dyn Sql| steps_by(sql, &actor, DONE)).await?)
    }
}

/// What goes out without an issue and waits for a person instead of a proof.
fn out_of_series(
    sql: &mut dyn Sql,
    state: ManuscriptState,
    what: &str,
    out: &mut Vec<Task>,
) -> Result<(), StoreError> {
    let rows = manuscripts_in(sql, state, LISTED)?.into_iter().filter(|row| row.outlet.series().is_none());
    out.extend(rows.map(|row| Task { what: what.to_owned(), due: None, row }));
    Ok(())
}
