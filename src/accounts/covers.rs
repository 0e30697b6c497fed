//! 代理: handing one's tasks and rights to another for some days.

use serde::Deserialize;

use crate::model::{CoverDays, LocalDate, SignedIn, User, UserName};
use crate::store::{Absence, Priority, Sql, Tx, absence_of, end_cover, list_users, put_cover, read_user};

use super::{AccountError, Accounts};

/// An absence to be entered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverRequest {
    /// The account that stands in.
    pub deputy: String,
    /// The first day, `2026-01-08`.
    pub from: String,
    /// The last day, included.
    pub until: String,
}

impl Accounts {
    /// Lets somebody stand in for the person who asks.
    ///
    /// # Errors
    /// When a day is wrong, or the other cannot stand in: oneself, an account that is disabled, an administrator's
    /// (the three administrators keep out of the business).
    pub async fn cover(&self, who: &SignedIn, request: CoverRequest) -> Result<(), AccountError> {
        let day = |label: &str, text: &str| {
            LocalDate::parse(text.trim())
                .map_err(|_| AccountError::Field(format!("{label}须为日期，如 2026-01-08（现为“{text}”）")))
        };
        let (from, until) = (day("开始日期", &request.from)?, day("结束日期", &request.until)?);
        let days = CoverDays::new(from, until, self.clock.now().date());
        let days = days.map_err(|error| AccountError::Field(error.to_string()))?;
        let deputy: UserName = request.deputy.trim().parse()?;
        let user = who.user.clone();
        if deputy == user.name {
            return Err(AccountError::Field("代理人须是另一位同事".to_owned()));
        }
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let other = read_user(tx, &deputy)?;
                if !stands_in(&other) {
                    let why = format!("“{}”已停用或是管理员账户，不能代理，请另选", other.title);
                    return Err(AccountError::Field(why));
                }
                Ok(put_cover(tx, &user.name, &deputy, days, &user.actor())?)
            })
            .await
    }

    /// Ends the absence that the person entered.
    ///
    /// # Errors
    /// When none is entered.
    pub async fn end_cover(&self, who: &SignedIn) -> Result<(), AccountError> {
        let user = who.user.clone();
        let ended =
            self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| end_cover(tx, &user.name, &user.actor()));
        Ok(ended.await?)
    }

    /// The absence that the person entered, if it has not passed, and who could stand in.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn absence(&self, who: &SignedIn) -> Result<(Option<Absence>, Vec<User>), AccountError> {
        let (name, today) = (who.user.name.clone(), self.clock.now().date());
        let (absence, users) = self
            .store
            .read(move |sql: &mut dyn Sql| {
                Ok::<_, AccountError>((absence_of(sql, &name, today)?, list_users(sql)?))
            })
            .await?;
        let others = users.into_iter().filter(|user| user.name != who.user.name && stands_in(user)).collect();
        Ok((absence, others))
    }
}

/// Whether an account may stand in for somebody.
fn stands_in(user: &User) -> bool {
    user.disabled_at.is_none() && !user.roles.iter().any(crate::model::Role::is_administrator)
}
