//! 待办 by e-mail: once a day, to whoever of the office wants it. How many wait and how many are late, and nothing of what they say.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::model::{Timestamp, User};
use crate::store::{Priority, Sql, Tx, set_task_mail, task_mail_of, task_mails_due, tell_tasks};

use super::manuscript::Task;
use super::{Desk, DeskError};

const HOUR_SECONDS: i64 = 3_600;
/// Within so many seconds before its due time a task is told of as due.
const SOON_SECONDS: i64 = 86_400;

/// What writes the notices.
pub struct Reminding {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Reminding {
    /// Ends.
    pub async fn stop(self) {
        // Nobody listening any more means that it has ended already.
        let _ = self.stop.send(true);
        if self.task.await.is_err() {
            tracing::warn!("reminders of what waits were no longer written");
        }
    }
}

/// Writes them from an hour of each day on (Asia/Shanghai), looking every so often.
pub fn remind(desk: Arc<Desk>, hour: u8, every: Duration) -> Reminding {
    let (stop, mut stopped) = watch::channel(false);
    let task = tokio::spawn(async move {
        while !*stopped.borrow() {
            if let Err(error) = desk.remind_of_tasks(hour).await {
                tracing::warn!(%error, "reminders of what waits could not be written; trying again");
            }
            // A timer that ends and a stop are both reasons to look again.
            let _ = tokio::time::timeout(every, stopped.changed()).await;
        }
    });
    Reminding { stop, task }
}

impl Desk {
    async fn remind_of_tasks(&self, hour: u8) -> Result<(), DeskError> {
        let now = self.clock.now();
        let day = now.date();
        if now < day.start().plus_seconds(i64::from(hour) * HOUR_SECONDS) {
            return Ok(());
        }
        let due = self.store.read(move |sql: &mut dyn Sql| task_mails_due(sql, day)).await?;
        for user in due {
            let words = told(&self.tasks(&user).await?, now);
            let tell = move |tx: &mut Tx<'_>| tell_tasks(tx, &user.name, day, words.as_deref());
            self.store.write(Priority::Batch, tell).await?;
        }
        Ok(())
    }

    /// Where somebody wants the daily e-mail; empty = nowhere.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn task_mail(&self, user: &User) -> Result<String, DeskError> {
        let name = user.name.clone();
        let read = self.store.read(move |sql: &mut dyn Sql| task_mail_of(sql, &name));
        Ok(read.await?.unwrap_or_default())
    }

    /// Keeps where somebody wants it; empty ends it.
    ///
    /// # Errors
    /// When it is no address.
    pub async fn set_task_mail(&self, address: String, user: &User) -> Result<(), DeskError> {
        if !address.is_empty() && !crate::model::is_mail_address(&address) {
            return Err(DeskError::Request("邮箱不对，应如 name@example.org，请改正后再保存".to_owned()));
        }
        let (name, by) = (user.name.clone(), user.actor());
        let write = move |tx: &mut Tx<'_>| set_task_mail(tx, &name, &address, &by);
        Ok(self.store.write(Priority::Desk, write).await?)
    }
}

/// In words; none where nothing waits.
fn told(tasks: &[Task], now: Timestamp) -> Option<String> {
    if tasks.is_empty() {
        return None;
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for task in tasks {
        *kinds.entry(&task.what).or_default() += 1;
    }
    let kinds: Vec<String> = kinds.iter().map(|(what, count)| format!("{what} {count} 件")).collect();
    let late = tasks.iter().filter(|task| task.due.is_some_and(|due| due < now)).count();
    let soon = tasks.iter().filter_map(|task| task.due);
    let soon = soon.filter(|due| *due >= now && *due < now.plus_seconds(SOON_SECONDS)).count();
    let marks = [(late, "已过期"), (soon, "一天内到期")].into_iter().filter(|(count, _)| *count > 0);
    let marks: Vec<String> = marks.map(|(count, mark)| format!("{mark} {count} 件")).collect();
    let marks = if marks.is_empty() { String::new() } else { format!("，其中{}", marks.join("、")) };
    Some(format!("待办 {} 件（{}）{marks}", tasks.len(), kinds.join("、")))
}
