//! What a contributor remembers: what was sent, and what was acknowledged with which receipt.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::client::Client;
use crate::instance::Instance;
use crate::items::Item;

/// Everything that was sent to one data folder.
#[derive(Default)]
pub struct Ledger(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    sent: BTreeSet<Item>,
    receipts: BTreeMap<Item, String>,
}

/// What came of a post.
#[derive(Debug, PartialEq, Eq)]
pub enum Posted {
    /// Acknowledged.
    New,
    /// Acknowledged as received before.
    Repeat,
    /// Not taken: 503, with when to come again.
    Refused,
    /// No answer: the process is gone.
    Lost,
}

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn sent(&self) -> BTreeSet<Item> {
        self.lock().sent.clone()
    }

    pub fn acknowledged(&self) -> BTreeMap<Item, String> {
        self.lock().receipts.clone()
    }

    /// Notes an item that was sent to a folder of which this one is the copy.
    pub fn note(&self, item: Item) {
        self.lock().sent.insert(item);
    }

    /// Posts an item, which must not be refused.
    pub fn post(&self, client: &mut Client, item: Item) -> Result<Posted> {
        let posted = self.offer(client, item)?;
        ensure!(posted != Posted::Refused, "{item:?} was refused");
        Ok(posted)
    }

    /// Posts an item and notes the answer. A receipt that differs from an earlier one is an error, and so is a refusal other
    /// than 503 with the time to come again and a reason in Chinese.
    pub fn offer(&self, client: &mut Client, item: Item) -> Result<Posted> {
        self.lock().sent.insert(item);
        let Ok(answer) = client.post("/api/v1/items", &item.json()) else { return Ok(Posted::Lost) };
        let posted = match answer.status {
            202 => Posted::New,
            200 => Posted::Repeat,
            503 => {
                let detail = answer.json()?["detail"].as_str().unwrap_or_default().to_owned();
                ensure!(answer.retry_after.is_some() && !detail.is_ascii(), "{answer:?}");
                return Ok(Posted::Refused);
            }
            _ => bail!("{item:?}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)),
        };
        let told = answer.json()?;
        let receipt = told.get("receipt").and_then(|receipt| receipt.as_str()).context("receipt")?;
        let before = self.lock().receipts.insert(item, receipt.to_owned());
        if let Some(before) = before {
            ensure!(before == receipt, "{item:?} got another receipt: {before}, then {receipt}");
            ensure!(posted == Posted::Repeat, "{item:?} was acknowledged before and is new again");
        }
        Ok(posted)
    }

    /// Posts from several connections until all is sent or the process is gone; none may be refused.
    pub fn post_all(
        &self,
        instance: &Instance,
        token: &str,
        items: &[Item],
        connections: usize,
        pause: Duration,
    ) -> Result<()> {
        self.send_all(Self::post, instance, token, items, connections, pause)
    }

    /// The same where the process may refuse what it has no room for.
    pub fn offer_all(
        &self,
        instance: &Instance,
        token: &str,
        items: &[Item],
        connections: usize,
    ) -> Result<()> {
        self.send_all(Self::offer, instance, token, items, connections, Duration::ZERO)
    }

    fn send_all(
        &self,
        send: fn(&Self, &mut Client, Item) -> Result<Posted>,
        instance: &Instance,
        token: &str,
        items: &[Item],
        connections: usize,
        pause: Duration,
    ) -> Result<()> {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let posters: Vec<_> = (0..connections)
                .map(|_| {
                    scope.spawn(|| {
                        let mut client = instance.client(token);
                        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                            if send(self, &mut client, *item)? == Posted::Lost {
                                break;
                            }
                            std::thread::sleep(pause);
                        }
                        Ok(())
                    })
                })
                .collect();
            let posted = posters.into_iter().map(|poster| match poster.join() {
                Ok(posted) => posted,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            posted.collect::<Result<Vec<()>>>().map(drop)
        })
    }
}
