//! Making packages: from the change log, with a cursor in the store, each of at most so many bytes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;

use crate::failpoint;
use crate::model::{Actor, BlobHash, FileId, ItemId, ItemState, Seq};
use crate::store::{
    Crossed, FileRecord, PackageRecord, PackageState, Priority, Sql, StoreError, ToTell, Tx, VersionRow, Way,
    crossed, crossed_with_outcomes, cursor, file_crossed, files_by_id, items_changed_after, last_package,
    last_seq, list_packages, note_loose, put_crossed, put_file_crossed, put_package, read_package,
    set_cursor, set_handed, to_tell, versions_after,
};

use super::answers::answer;
use super::package::{Counts, EARLIER_MAX, Earlier, Manifest, RECORDS, write};
use super::records::{CarriedFile, CarriedItem, Record, member_of};
use super::{CURSOR, Exchange, ExchangeError, OWED, Side};

/// Changes looked at in one read.
const PAGE: i64 = 500;

/// A package that is being filled.
struct Draft {
    limit: usize,
    size: usize,
    records: Vec<u8>,
    files: Vec<(String, Vec<u8>)>,
    counts: Counts,
    /// What will have gone over of each item.
    crossed: HashMap<ItemId, Crossed>,
    sent: HashSet<FileId>,
}

impl Draft {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            size: 0,
            records: Vec::new(),
            files: Vec::new(),
            counts: Counts::default(),
            crossed: HashMap::new(),
            sent: HashSet::new(),
        }
    }

    /// Adds a line, and what belongs to it; `false`: it has to wait for the next package. The first always finds room.
    fn push(&mut self, record: &Record, file: Option<(String, Vec<u8>)>) -> Result<bool, StoreError> {
        let line = serde_json::to_vec(record).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let more = line.len() + 1 + file.as_ref().map_or(0, |(_, bytes)| bytes.len());
        if self.size > 0 && self.size + more > self.limit {
            return Ok(false);
        }
        self.size += more;
        self.records.extend_from_slice(&line);
        self.records.push(b'\n');
        self.files.extend(file);
        Ok(true)
    }
}

/// What stood when a package was begun.
struct Begun {
    last: Option<PackageRecord>,
    taken: Option<PackageRecord>,
    earlier: Vec<Earlier>,
    cursor: Seq,
    top: Seq,
    /// The other site has to be told what was taken, though there is nothing else to tell.
    owed: bool,
}

fn begin(sql: &mut dyn Sql) -> Result<Begun, StoreError> {
    let last = last_package(sql, Way::Out)?;
    let taken = last_package(sql, Way::In)?;
    let told = last.as_ref().map_or(0, |last| last.acknowledged);
    let untold = |one: &PackageRecord| {
        // One that held nothing but an acknowledgement is not acknowledged: it would go to and fro for ever.
        one.state == PackageState::Imported
            && one.number > told
            && !serde_json::from_str::<Counts>(&one.counts).is_ok_and(|counts| counts.is_empty())
    };
    let owed = cursor(sql, OWED)? > Seq::ZERO || list_packages(sql, Way::In, EARLIER_MAX)?.iter().any(untold);
    let mut earlier: Vec<Earlier> = list_packages(sql, Way::Out, EARLIER_MAX)?
        .into_iter()
        .filter(|one| one.state != PackageState::Arrived)
        .map(|one| Earlier { number: one.number, made_at: one.made_at, hash: one.hash })
        .collect();
    earlier.reverse();
    Ok(Begun { last, taken, earlier, cursor: cursor(sql, CURSOR)?, top: last_seq(sql)?, owed })
}

/// An item with what has not gone over of it.
struct Due {
    item: ToTell,
    known: Crossed,
    versions: Vec<VersionRow>,
    files: Vec<FileRecord>,
}

impl Exchange {
    /// Makes packages until nothing is left that the other site has not been sent.
    ///
    /// # Errors
    /// [`ExchangeError`]; what was made before stays made.
    pub async fn export(self: &Arc<Self>, by: &Actor) -> Result<Vec<PackageRecord>, ExchangeError> {
        self.link()?;
        let _alone = self.alone.lock().await;
        let mut made = Vec::new();
        loop {
            let (exchange, by) = (Arc::clone(self), by.clone());
            let one = tokio::task::spawn_blocking(move || exchange.make(&by)).await;
            match one.map_err(|error| ExchangeError::Later(error.to_string()))?? {
                Some(package) => made.push(package),
                None => return Ok(made),
            }
        }
    }

    /// A package's bytes, as they were made, and its name.
    ///
    /// # Errors
    /// [`ExchangeError::NoSuch`] when there is none of this number.
    pub async fn fetch(&self, number: i64) -> Result<(String, Vec<u8>), ExchangeError> {
        self.side()?;
        let found = self.parts.store.read(move |sql| read_package(sql, Way::Out, number));
        let found: Option<PackageRecord> = found.await?;
        let found = found.filter(|found| found.bytes > 0);
        let found = found.ok_or_else(|| ExchangeError::NoSuch(format!("本站没有做过第 {number} 号包")))?;
        let (blobs, hash) = (self.parts.blobs.clone(), found.hash);
        let bytes = tokio::task::spawn_blocking(move || blobs.get(&hash)).await;
        let bytes = bytes.map_err(|error| ExchangeError::Later(error.to_string()))?;
        let bytes =
            bytes.map_err(|error| ExchangeError::Later(format!("第 {number} 号包读不出来：{error}")))?;
        Ok((self.name_of(Way::Out, &found), bytes))
    }

    /// Notes that somebody took a package along.
    ///
    /// # Errors
    /// [`ExchangeError::NoSuch`] when there is none of this number.
    pub async fn hand(&self, number: i64, by: &Actor) -> Result<(), ExchangeError> {
        let by = by.clone();
        let handed = self.parts.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            if read_package(tx, Way::Out, number)?.is_none() {
                return Err(ExchangeError::NoSuch(format!("本站没有做过第 {number} 号包")));
            }
            set_handed(tx, number)?;
            tx.audit(&by, "exchange.hand", &format!("package:out:{number}"), &json!({}))?;
            Ok(())
        });
        handed.await
    }

    /// Makes the next package, if there is anything to send; blocking.
    fn make(&self, by: &Actor) -> Result<Option<PackageRecord>, ExchangeError> {
        let side = self.side()?;
        let store = &self.parts.store;
        let begun = store.read(begin).wait()?;
        let mut draft = Draft::new(self.parts.settings.max_mb.max(1) << 20);
        let upto = self.fill(side, &mut draft, begun.cursor, begun.top)?;
        if draft.size == 0 && !begun.owed {
            if upto > begun.cursor {
                let moved = store.write(Priority::Desk, move |tx: &mut Tx<'_>| set_cursor(tx, CURSOR, upto));
                let moved: Result<(), StoreError> = moved.wait();
                moved?;
            }
            return Ok(None);
        }
        let number = begun.last.as_ref().map_or(0, |last| last.number) + 1;
        let acknowledged = begun.taken.as_ref().map_or(0, |taken| taken.number);
        let made_at = self.parts.clock.now();
        let mut manifest = Manifest {
            from: side,
            to: side.other(),
            office: self.parts.office.clone(),
            number,
            made_at,
            previous: begun.last.map(|last| last.hash),
            acknowledged,
            acknowledged_hash: begun.taken.map(|taken| taken.hash),
            earlier: begun.earlier,
            counts: draft.counts,
            members: Vec::new(),
        };
        let mut members = vec![(RECORDS.to_owned(), std::mem::take(&mut draft.records))];
        members.append(&mut draft.files);
        let bytes = write(&mut manifest, &members, &self.key);
        drop(members);
        let package = PackageRecord {
            number,
            state: PackageState::Made,
            hash: BlobHash::of(&bytes),
            made_at,
            at: made_at,
            bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            acknowledged,
            counts: serde_json::to_string(&draft.counts).unwrap_or_default(),
            notes: "[]".to_owned(),
        };
        self.keep_package(&package, &bytes)?;
        self.note_package(&package, manifest.previous, &draft, upto, by)?;
        Ok(Some(package))
    }

    /// The bytes first: a crash before they are noted leaves a file that is swept.
    fn keep_package(&self, package: &PackageRecord, bytes: &[u8]) -> Result<(), ExchangeError> {
        let hash = package.hash;
        let loose = self.parts.store.write(Priority::Desk, move |tx: &mut Tx<'_>| note_loose(tx, &hash));
        let loose: Result<(), StoreError> = loose.wait();
        loose?;
        self.parts.blobs.put(bytes).map_err(|error| {
            ExchangeError::Later(format!("交换包没有存下（{error}），请腾出磁盘空间后再导出"))
        })?;
        failpoint::pass("exchange.after_file");
        Ok(())
    }

    /// The package, and what has gone over with it, in one transaction. Another node may have made one meanwhile, or begun
    /// anew after what it was told by the other site: this one would not follow, and is dropped.
    fn note_package(
        &self,
        package: &PackageRecord,
        previous: Option<BlobHash>,
        draft: &Draft,
        upto: Seq,
        by: &Actor,
    ) -> Result<(), ExchangeError> {
        let (package, by, number) = (package.clone(), by.clone(), package.number);
        let mut items: Vec<(ItemId, Crossed)> =
            draft.crossed.iter().map(|(id, crossed)| (*id, crossed.clone())).collect();
        // PostgreSQL takes row locks in this order on every node.
        items.sort_by_key(|(id, _)| *id);
        let files: Vec<FileId> = draft.sent.iter().cloned().collect();
        let noted = self.parts.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            if last_package(tx, Way::Out)?.map(|last| last.hash) != previous {
                return Err(StoreError::Stale);
            }
            put_package(tx, Way::Out, &package)?;
            for (item, crossed) in &items {
                put_crossed(tx, item, crossed)?;
            }
            for file in &files {
                put_file_crossed(tx, file, number)?;
            }
            set_cursor(tx, CURSOR, upto)?;
            set_cursor(tx, OWED, Seq::ZERO)?;
            let detail = json!({ "counts": package.counts, "hash": package.hash, "bytes": package.bytes });
            tx.audit(&by, "exchange.export", &format!("package:out:{number}"), &detail)
        });
        noted.wait().map_err(|error| match error {
            StoreError::Stale => ExchangeError::Later("另一处正在导出或导入，请稍后再试".to_owned()),
            other => ExchangeError::Store(other),
        })?;
        failpoint::pass("exchange.after_note");
        Ok(())
    }

    /// Fills a package; gives how far the change log is in it.
    fn fill(&self, side: Side, draft: &mut Draft, from: Seq, top: Seq) -> Result<Seq, ExchangeError> {
        let mut upto = from;
        loop {
            let changes = self.parts.store.read(move |sql| items_changed_after(sql, upto, PAGE)).wait();
            let changes: Vec<(Seq, ItemId)> = changes?;
            if changes.is_empty() {
                break;
            }
            for (seq, item) in changes {
                if !self.add(side, draft, item)? {
                    return Ok(upto);
                }
                upto = seq;
            }
        }
        if side == Side::Inner {
            let items: Vec<ItemId> = self.parts.store.read(crossed_with_outcomes).wait()?;
            for item in items {
                if !self.add(side, draft, item)? {
                    return Ok(upto);
                }
            }
        }
        Ok(upto.max(top))
    }

    fn add(&self, side: Side, draft: &mut Draft, item: ItemId) -> Result<bool, ExchangeError> {
        match side {
            Side::Outer => self.add_item(draft, item),
            Side::Inner => self.add_answer(draft, item),
        }
    }

    fn add_item(&self, draft: &mut Draft, id: ItemId) -> Result<bool, ExchangeError> {
        let known = draft.crossed.get(&id).cloned();
        let due = self.parts.store.read(move |sql| due(sql, &id, known)).wait();
        let Due { item, mut known, versions, files } = due?;
        for file in files.into_iter().filter(|file| !draft.sent.contains(&file.id)).collect::<Vec<_>>() {
            if draft.sent.contains(&file.id) {
                continue;
            }
            let bytes = self.parts.blobs.get(&file.hash).map_err(|error| {
                ExchangeError::Later(format!("附件“{}”读不出来（{error}），没有导出", file.name))
            })?;
            let owner = file.owner.parse().map_err(|_| StoreError::Corrupt(file.owner.clone()))?;
            let record = Record::File(CarriedFile { id: file.id.clone(), owner, name: file.name });
            if !draft.push(&record, Some((member_of(&file.id), bytes)))? {
                return Ok(false);
            }
            draft.counts.files += 1;
            draft.sent.insert(file.id);
        }
        for (version, received_at, _, submission) in versions {
            let record = Record::Item(Box::new(CarriedItem {
                item: id,
                receipt: item.receipt.clone(),
                source: item.source.clone(),
                version,
                received_at,
                submission,
            }));
            if !draft.push(&record, None)? {
                return Ok(false);
            }
            match version {
                1 => draft.counts.items += 1,
                _ => draft.counts.corrections += 1,
            }
            known.versions = version;
            draft.crossed.insert(id, known.clone());
        }
        if item.state == ItemState::Withdrawn && !known.withdrawn {
            if !draft.push(&Record::Withdrawal { item: id, receipt: item.receipt }, None)? {
                return Ok(false);
            }
            draft.counts.withdrawals += 1;
            known.withdrawn = true;
            draft.crossed.insert(id, known);
        }
        Ok(true)
    }

    fn add_answer(&self, draft: &mut Draft, id: ItemId) -> Result<bool, ExchangeError> {
        let (known, tables) = (draft.crossed.get(&id).cloned(), self.parts.tables.now());
        let read = self.parts.store.read(move |sql: &mut dyn Sql| {
            let known = match known {
                Some(known) => Some(known),
                None => crossed(sql, &id)?,
            };
            // What came in here is nobody's over there.
            let Some(known) = known else { return Ok::<_, StoreError>(None) };
            Ok(Some((known, answer(sql, &id, &tables)?)))
        });
        let Some((mut known, answer)) = read.wait()? else { return Ok(true) };
        let written =
            serde_json::to_string(&answer).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        // That it has come is nothing new to who took it.
        let nothing_new =
            known.answer.is_empty() && answer.state == ItemState::Received && answer.version <= 1;
        if known.answer == written || nothing_new {
            return Ok(true);
        }
        if !draft.push(&Record::Answer(answer), None)? {
            return Ok(false);
        }
        draft.counts.answers += 1;
        known.answer = written;
        draft.crossed.insert(id, known);
        Ok(true)
    }
}

fn due(sql: &mut dyn Sql, id: &ItemId, known: Option<Crossed>) -> Result<Due, StoreError> {
    let item = to_tell(sql, id)?;
    let known = match known {
        Some(known) => known,
        None => crossed(sql, id)?.unwrap_or_default(),
    };
    let versions = versions_after(sql, item.no, known.versions)?;
    let mut files = Vec::new();
    for (_, _, _, submission) in &versions {
        for file in files_by_id(sql, &submission.attachments)? {
            if !file_crossed(sql, &file.id)? {
                files.push(file);
            }
        }
    }
    Ok(Due { item, known, versions, files })
}
