//! `minyi verify`: store = index = files = audit chain; numbers without gap; nothing acknowledged is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::group;
use crate::index::IndexError;
use crate::model::{ItemId, Receipt};
use crate::store::{
    Blobs, ChainCheck, Counts, Origin, Sql, StoreError, book, check_chain, count_items, cursor, files_of,
    ids_after, item_by_receipt, last_seq, list_issues, outlet_papers_after, receipt_is_dead, texts_after,
    used_files,
};

use super::issue::{Book, book_of};
use super::{Desk, DeskError};

/// Findings are listed up to this many of each kind; the rest is counted.
const LISTED: usize = 50;
/// How long to wait while workers and followers, on their way up to the present, do not move at all.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait in all: where contributors keep sending, the present is never reached.
const LONGEST: Duration = Duration::from_secs(900);

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether everything agrees.
    pub ok: bool,
    /// How much there is.
    pub counts: Counts,
    /// Acknowledged messages that no worker has stored yet.
    pub waiting: u64,
    /// Documents of the index.
    pub indexed: u64,
    /// Items that the index lacks, and documents without an item.
    pub index_differs: Differences,
    /// Files of the index that are not what was written; `minyi reindex` builds it again.
    pub index_files: Differences,
    /// What is wrong with the database's file itself; `None` where every page is sound.
    pub database: Option<String>,
    /// Whether links are placed up to the last change.
    pub links_behind: i64,
    /// The audit chain.
    pub audit: ChainCheck,
    /// Files of issues, attachments, and papers of 上报 and 直转 that are missing or changed.
    pub files: Differences,
    /// Numbers of issues that appear twice, or are missing without explanation.
    pub numbers: Differences,
    /// Issues that hold a number and are not issued yet: 编发 can be repeated for them.
    pub registered: Vec<String>,
    /// Acknowledged receipts or ids that stand for nothing.
    pub missing: Differences,
}

/// Findings of one kind.
#[derive(Debug, Default, Serialize)]
pub struct Differences {
    /// How many.
    pub count: usize,
    /// The first of them.
    pub first: Vec<String>,
}

impl Differences {
    fn add(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < LISTED {
            self.first.push(what());
        }
    }
}

impl Desk {
    /// Compares everything with everything, and `acknowledged` (receipts or item ids) with the facts.
    ///
    /// # Errors
    /// When something cannot be read at all.
    pub async fn verify(&self, acknowledged: Vec<String>) -> Result<Report, DeskError> {
        let links_behind = self.settle().await?;
        let index = self.index.clone();
        let damaged = self.index.clone();
        let index_files = self.compute(move || Ok(index_files(damaged.damaged()))).await?;
        let store = std::sync::Arc::clone(&self.store);
        let database = self.compute(move || Ok(store.check().err().map(|error| error.to_string()))).await?;
        // A damaged index need not even be readable.
        let numbers = match index_files.count {
            0 => Some(self.compute(move || Ok(index.numbers()?)).await?),
            _ => None,
        };
        let blobs = self.blobs.clone();
        let resets: BTreeMap<_, _> =
            self.series.iter().map(|(id, series)| (id.clone(), series.numbering.reset)).collect();
        let waiting = (self.hooks.waiting)();
        let indexed = self.index.documents();
        self.store
            .read(move |sql| {
                let index_differs = match &numbers {
                    Some(numbers) => compare(sql, numbers)?,
                    None => Differences::default(),
                };
                let audit = check_chain(sql)?;
                let mut files = Differences::default();
                let issues = list_issues(sql, i64::MAX)?;
                for issue in &issues {
                    for file in files_of(sql, &issue.id)? {
                        if let Err(error) = blobs.get(&file.blob) {
                            files.add(|| format!("{}：{error}", file.name));
                        }
                    }
                }
                let mut after = String::new();
                loop {
                    let page = used_files(sql, &after, 500)?;
                    let Some(last) = page.last() else { break };
                    after = last.id.to_string();
                    for file in &page {
                        if let Err(error) = blobs.get(&file.hash) {
                            files.add(|| format!("附件 {}：{error}", file.id));
                        }
                    }
                }
                check_outlet_papers(sql, &blobs, &mut files)?;
                let registered: Vec<String> = issues
                    .iter()
                    .filter(|issue| issue.issued_at.is_none() && issue.number.is_some())
                    .map(|issue| issue.id.to_string())
                    .collect();
                let mut by_book: BTreeMap<Book, Vec<u32>> = BTreeMap::new();
                for issue in issues.iter().filter(|issue| issue.origin != Origin::Past) {
                    let Some(number) = &issue.number else { continue };
                    let reset = resets.get(&number.series).copied().unwrap_or_default();
                    let place = book_of(&number.series, reset, number.year, issue.supplement);
                    by_book.entry(place).or_default().push(number.number);
                }
                let numbers = check_numbers(sql, by_book)?;
                let missing = missing(sql, &acknowledged)?;
                let problems =
                    index_differs.count + index_files.count + files.count + numbers.count + missing.count;
                let ok = problems == 0
                    && database.is_none()
                    && audit.broken_at.is_none()
                    && waiting == 0
                    && links_behind == 0;
                let counts = count_items(sql)?;
                Ok::<_, DeskError>(Report {
                    ok,
                    counts,
                    waiting,
                    indexed,
                    index_differs,
                    index_files,
                    database,
                    links_behind,
                    audit,
                    files,
                    numbers,
                    registered,
                    missing,
                })
            })
            .await
    }

    /// Waits until nothing is on its way any more; gives how far links are behind.
    async fn settle(&self) -> Result<i64, DeskError> {
        let begun = Instant::now();
        let (mut moved, mut seen) = (begun, None);
        loop {
            // The queue is asked first: what leaves it after this look is stored by then, and so within `last`. Asked
            // after it, an item stored between the two looks would be waited for by nobody.
            let waiting = (self.hooks.waiting)();
            let (last, linked) = self
                .store
                .read(|sql| Ok::<_, StoreError>((last_seq(sql)?, cursor(sql, group::CURSOR)?)))
                .await?;
            // Changes that concern no item's text leave the cursor where it is: only those behind it count.
            let behind = self.store.read(move |sql| texts_after(sql, linked)).await?;
            let applied = self.index.applied();
            let current = waiting == 0 && applied >= last && behind == 0;
            let now = Some((waiting, applied, linked));
            if seen != now {
                (moved, seen) = (Instant::now(), now);
            }
            if current || moved.elapsed() > PATIENCE || begun.elapsed() > LONGEST {
                return Ok(behind);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn index_files(damaged: Result<BTreeSet<PathBuf>, IndexError>) -> Differences {
    let mut out = Differences::default();
    match damaged {
        Ok(files) => files.iter().for_each(|file| out.add(|| file.display().to_string())),
        Err(error) => out.add(|| error.to_string()),
    }
    out
}

/// Walks the items and the numbers of the index side by side.
fn compare(sql: &mut dyn Sql, indexed: &[i64]) -> Result<Differences, StoreError> {
    let mut out = Differences::default();
    let (mut after, mut at) = (0, 0);
    loop {
        let page: Vec<(i64, ItemId)> = ids_after(sql, after, 5000)?;
        let Some(last) = page.last() else { break };
        after = last.0;
        for (no, id) in page {
            while at < indexed.len() && indexed[at] < no {
                out.add(|| format!("索引多出 {}", indexed[at]));
                at += 1;
            }
            if indexed.get(at) == Some(&no) {
                at += 1;
            } else {
                out.add(|| format!("索引缺少来稿 {id}"));
            }
        }
    }
    indexed[at.min(indexed.len())..].iter().for_each(|no| out.add(|| format!("索引多出 {no}")));
    Ok(out)
}

/// What was sent as 上报 or 直转 is there, byte for byte.
fn check_outlet_papers(sql: &mut dyn Sql, blobs: &Blobs, files: &mut Differences) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = outlet_papers_after(sql, after.as_ref(), 500)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for paper in &page {
            if let Err(error) = blobs.get(&paper.blob) {
                files.add(|| format!("{}：{error}", paper.name));
            }
        }
    }
}

/// Every number from the opening one to the highest is held by one issue, or waits to be taken again.
fn check_numbers(sql: &mut dyn Sql, by_book: BTreeMap<Book, Vec<u32>>) -> Result<Differences, StoreError> {
    let mut out = Differences::default();
    for (place, mut held) in by_book {
        let record = book(sql, &place.key, place.year)?;
        held.extend(&record.numbers.returned);
        held.sort_unstable();
        let Book { key, year } = place;
        let mut expected = record.opening + 1..=record.numbers.highest;
        for number in held {
            match expected.next() {
                Some(wanted) if wanted == number => {}
                wanted => out.add(|| format!("{key} {year}年：第{number}期处应为 {wanted:?}")),
            }
        }
        expected.for_each(|number| out.add(|| format!("{key} {year}年第{number}期没有着落")));
    }
    Ok(out)
}

fn missing(sql: &mut dyn Sql, acknowledged: &[String]) -> Result<Differences, StoreError> {
    let mut out = Differences::default();
    for text in acknowledged {
        let there = if let Ok(id) = text.parse::<ItemId>() {
            match crate::store::item_no(sql, &id) {
                Ok(_) => true,
                Err(StoreError::NotFound(_)) => false,
                Err(error) => return Err(error),
            }
        } else if let Ok(receipt) = text.parse::<Receipt>() {
            item_by_receipt(sql, &receipt)?.is_some() || receipt_is_dead(sql, &receipt)?
        } else {
            false
        };
        if !there {
            out.add(|| text.clone());
        }
    }
    Ok(out)
}
