//! 会期账户: accounts that end with a day by themselves; what they held goes back to the others.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::model::{Actor, LocalDate, UserName};
use crate::store::{
    Priority, Sql, Tx, account_ends, accounts_over, drop_keys, end_sessions, release_all_of, set_account_end,
    set_disabled,
};

use super::{AccountError, Accounts};

/// How often is looked whether a day is over.
const LOOK: Duration = Duration::from_secs(30);

impl Accounts {
    /// Gives an account its last day, or none; nobody ends their own.
    ///
    /// # Errors
    /// When the day is over already, or there is no such account.
    pub async fn set_end(&self, name: &str, last: Option<LocalDate>, by: Actor) -> Result<(), AccountError> {
        let name: UserName = name.parse()?;
        if by == Actor::User(name.to_string()) {
            return Err(AccountError::Field("不能给自己的账户设到期日".to_owned()));
        }
        if let Some(day) = last.filter(|day| *day < self.clock.now().date()) {
            return Err(AccountError::Field(format!("到期日 {day} 已过，请改为今天或以后的日期")));
        }
        let write = move |tx: &mut Tx<'_>| set_account_end(tx, &name, last, &by);
        Ok(self.store.write(Priority::Desk, write).await?)
    }

    /// The accounts that end, each with its last day.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn ends(&self) -> Result<Vec<(UserName, LocalDate)>, AccountError> {
        Ok(self.store.read(|sql: &mut dyn Sql| account_ends(sql)).await?)
    }

    /// Disables whose last day is over: sessions and keys end, what they held is released.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn end_those_over(&self) -> Result<usize, AccountError> {
        let today = self.clock.now().date();
        let over = self.store.read(move |sql: &mut dyn Sql| accounts_over(sql, today)).await?;
        let count = over.len();
        for name in over {
            let end = move |tx: &mut Tx<'_>| {
                let by = Actor::System;
                set_disabled(tx, &name, true, &by)?;
                end_sessions(tx, &name, None, "disabled", &by)?;
                drop_keys(tx, &name, "disabled", &by)?;
                release_all_of(tx, &name, &by).map(|_| ())
            };
            self.store.write::<_, crate::store::StoreError, _>(Priority::Desk, end).await?;
        }
        Ok(count)
    }
}

/// What looks whether a day is over.
pub struct Ending {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Ending {
    /// Ends.
    pub async fn stop(self) {
        // Nobody listening any more means that it has ended already.
        let _ = self.stop.send(true);
        if self.task.await.is_err() {
            tracing::warn!("accounts whose last day is over were no longer looked for");
        }
    }
}

/// Ends accounts as their days come.
pub fn end_accounts(accounts: Arc<Accounts>) -> Ending {
    let (stop, mut stopped) = watch::channel(false);
    let task = tokio::spawn(async move {
        while !*stopped.borrow() {
            if let Err(error) = accounts.end_those_over().await {
                tracing::warn!(%error, "accounts whose last day is over could not be ended; trying again");
            }
            // A timer that ends and a stop are both reasons to look again.
            let _ = tokio::time::timeout(LOOK, stopped.changed()).await;
        }
    });
    Ending { stop, task }
}
