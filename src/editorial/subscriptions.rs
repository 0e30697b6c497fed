//! 订阅: kept searches whose owner is told of new hits. Each item is looked at once for each search, and counted once:
//! what was told moves in the transaction that tells of it, from the number that it stood at before.

use std::collections::HashMap;

use crate::index::query::{Query, parse};
use crate::model::User;
use crate::store::{
    Priority, Reminder, Sql, StoreError, Subscription, Tx, items_of_number, note_hits, reminders_of,
    see_reminders, see_search, set_subscribed, subscriptions_behind, take_lease,
};

use super::search::numbers;
use super::{Desk, DeskError};

/// The lease under which one node looks for all.
const LEASE: &str = "subscriptions";
const LEASE_SECONDS: i64 = 60;
/// Searches looked at in one round.
const ROUND: i64 = 500;
/// Reminders that a page lists.
const LISTED: i64 = 100;

impl Desk {
    /// 订阅, or 退订, of a kept search: new hits are told from now on.
    ///
    /// # Errors
    /// When there is no search of this name.
    pub async fn subscribe(&self, name: String, on: bool, by: &User) -> Result<(), DeskError> {
        let actor = by.actor();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| Ok(set_subscribed(tx, &actor, &name, on)?))
            .await
    }

    /// Somebody looked at what a kept search finds, at a time when the index had come to `upto`.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn looked_at(&self, name: String, upto: i64, by: &User) -> Result<(), DeskError> {
        let actor = by.actor();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| Ok(see_search(tx, &actor, &name, upto)?))
            .await
    }

    /// Somebody's reminders, those not seen first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn reminders(&self, by: &User) -> Result<Vec<Reminder>, DeskError> {
        let actor = by.actor();
        Ok(self.store.read(move |sql: &mut dyn Sql| reminders_of(sql, &actor, LISTED)).await?)
    }

    /// Everything up to a reminder has been seen.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn see_reminders(&self, upto: i64, by: &User) -> Result<(), DeskError> {
        let actor = by.actor();
        self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| Ok(see_reminders(tx, &actor, upto)?)).await
    }

    /// Looks for new hits of every subscribed search and tells their owners; `false`: there is more to look for, or
    /// another node does so just now.
    ///
    /// # Errors
    /// When the store or the index cannot be read.
    pub(super) async fn tell_subscribers(&self, node: &str) -> Result<bool, DeskError> {
        // A half index would pass items over.
        if self.index.building().is_some() {
            return Ok(false);
        }
        let newest = self.index.newest()?;
        let behind =
            self.store.read(move |sql: &mut dyn Sql| subscriptions_behind(sql, newest, ROUND)).await?;
        if behind.is_empty() {
            return Ok(true);
        }
        let all = i64::try_from(behind.len()).is_ok_and(|count| count < ROUND);
        let holder = node.to_owned();
        let lease = self
            .store
            .write(Priority::Batch, move |tx: &mut Tx<'_>| {
                let now = tx.now();
                take_lease(tx, LEASE, &holder, now, LEASE_SECONDS)
            })
            .await?;
        let Some(lease) = lease else { return Ok(false) };
        let mut found = Vec::with_capacity(behind.len());
        for one in behind {
            let hits = self.newer_hits(&one, newest).await?;
            found.push((one, hits));
        }
        let told = self.store.write(Priority::Batch, move |tx: &mut Tx<'_>| {
            lease.hold(tx, LEASE_SECONDS)?;
            // One that was looked at or changed meanwhile is left for the next round.
            found.iter().try_for_each(|(one, hits)| note_hits(tx, one, newest, *hits).map(drop))
        });
        match told.await {
            // Another node took over and tells of them.
            Err(StoreError::Stale) => Ok(false),
            other => Ok(other.map(|()| all)?),
        }
    }

    async fn newer_hits(&self, one: &Subscription, newest: i64) -> Result<i64, DeskError> {
        let query: Query = parse(&super::pages::query_of(&one.query), self.clock.now().date());
        let asked = numbers(&query.clauses);
        let items = move |sql: &mut dyn Sql| {
            let of = |(year, number)| Ok(((year, number), items_of_number(sql, year, number)?));
            asked.into_iter().map(of).collect::<Result<HashMap<_, _>, StoreError>>()
        };
        let issues = self.store.read(items).await?;
        let (index, above) = (self.index.clone(), one.told_no);
        let count = self.compute(move || Ok(index.count_newer(&query, &issues, above, newest)?)).await?;
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}
