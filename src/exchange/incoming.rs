//! Taking packages: in their order, once; what is left out, changed or forged is said.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::json;

use crate::failpoint;
use crate::model::{Actor, BlobHash, ItemId, ItemMove, ItemState, Receipt, Seq, Timestamp};
use crate::store::{
    PackageRecord, PackageState, Priority, Sql, StoreError, Telling, Tx, Way, begin_anew, files_by_id,
    forget_answers, item_no, last_package, move_item_telling, note_crossed, put_package, read_package,
    read_rows, receipt_is_dead, set_arrived, set_cursor, versions_of,
};

use super::answers::follow;
use super::package::{Counts, Manifest, Package, RECORDS, read};
use super::records::{Answer, CarriedFile, CarriedItem, Record, lines, member_of};
use super::{CURSOR, Carried, Exchange, ExchangeError, OWED, Side, Untaken};

/// Records noted in one transaction.
const CHUNK: usize = 200;
/// How long is waited for what was taken to be stored, and for room in the queue.
const WAIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// What became of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Its number.
    pub number: i64,
    /// What its file is called.
    pub name: String,
    /// Whether it had been taken before.
    pub repeat: bool,
    /// What is in it.
    pub counts: Counts,
    /// What could not be done as the other site wanted.
    pub notes: Vec<String>,
}

/// Where a package stands among those that were taken.
enum Place {
    Next,
    /// It was taken, with these notes.
    Repeat(Vec<String>),
    /// Others must come first.
    Early {
        from: i64,
    },
    /// It does not follow what was taken.
    Other(String),
}

fn place(sql: &mut dyn Sql, package: &Package) -> Result<Place, StoreError> {
    let (number, hash) = (package.manifest.number, package.hash);
    let last = last_package(sql, Way::In)?;
    let reached = last.as_ref().map_or(0, |last| last.number);
    if number > reached + 1 {
        return Ok(Place::Early { from: reached + 1 });
    }
    if number == reached + 1 {
        if package.manifest.previous == last.map(|last| last.hash) {
            return Ok(Place::Next);
        }
        return Ok(Place::Other(format!(
            "第 {number} 号包不是接着本站已导入的第 {reached} 号做的，没有导入。{ANEW}"
        )));
    }
    let known = read_package(sql, Way::In, number)?;
    Ok(match known {
        Some(known) if known.hash == hash => {
            Place::Repeat(serde_json::from_str(&known.notes).unwrap_or_default())
        }
        _ => Place::Other(format!("第 {number} 号包与本站已导入的第 {number} 号内容不同，没有导入。{ANEW}")),
    })
}

/// What to do where the two sites do not know of the same packages.
const ANEW: &str = "对方可能从较早的备份恢复过：请在本站导出一次，带到对方导入，对方随即知道本站收到了哪一号；再由对方重新导出，带来导入。已收的不会重复";

impl Exchange {
    /// Takes a package, whole or not at all as far as it is noted: what was cut off is taken up by taking it again.
    ///
    /// # Errors
    /// [`ExchangeError`], with what to do.
    pub async fn import(self: &Arc<Self>, bytes: Bytes, by: &Actor) -> Result<Imported, ExchangeError> {
        let (side, peer) = self.link()?;
        let _alone = self.alone.lock().await;
        let own = self.key.public();
        let package = tokio::task::spawn_blocking(move || read(&bytes, &peer, &own)).await;
        let package = Arc::new(package.map_err(|error| ExchangeError::Later(error.to_string()))??);
        let manifest = &package.manifest;
        if manifest.to != side || manifest.from == side {
            let (from, to) = (manifest.from.label(), manifest.to.label());
            return Err(ExchangeError::Order(format!(
                "这是{from}送往{to}的包，本站是{}，没有导入。请核对两站的 exchange.side",
                side.label()
            )));
        }
        let looked = Arc::clone(&package);
        let place = self.parts.store.read(move |sql: &mut dyn Sql| place(sql, &looked)).await?;
        match place {
            Place::Next => {}
            Place::Repeat(notes) => return Ok(self.imported(&package, true, notes)),
            Place::Early { from } => return Err(self.early(&package, from).await?),
            Place::Other(why) => {
                let owe = move |tx: &mut Tx<'_>| set_cursor(tx, OWED, Seq(1));
                self.parts.store.write::<_, StoreError, _>(Priority::Desk, owe).await?;
                return Err(ExchangeError::Order(why));
            }
        }
        let records = package.member(RECORDS).map(|bytes| lines(bytes)).unwrap_or(Err(0));
        let records = records.map_err(|line| {
            ExchangeError::Later(format!("包内第 {line} 行是本版本不认识的内容，没有导入，请先升级本站"))
        })?;
        let notes = match side {
            Side::Inner => self.take_items(&package, records).await?,
            Side::Outer => self.take_answers(records, by).await?,
        };
        failpoint::pass("exchange.before_end");
        self.end(&package, &notes, by).await?;
        Ok(self.imported(&package, false, notes))
    }

    fn imported(&self, package: &Package, repeat: bool, notes: Vec<String>) -> Imported {
        let Manifest { number, made_at, from, counts, .. } = &package.manifest;
        let name = super::package::name(*from, *number, *made_at);
        Imported { number: *number, name, repeat, counts: *counts, notes }
    }

    /// Notes what is missing, and says it.
    async fn early(&self, package: &Arc<Package>, from: i64) -> Result<ExchangeError, ExchangeError> {
        let manifest = &package.manifest;
        let number = manifest.number;
        let made = |wanted: i64| manifest.earlier.iter().find(|one| one.number == wanted);
        let mut rows = Vec::new();
        // Somebody may bring a package of years later: nobody needs a line for each before it.
        for missing in from.max(number - super::package::EARLIER_MAX)..number {
            let (made_at, hash) = made(missing)
                .map_or((Timestamp::from_micros(0), BlobHash::of(b"")), |one| (one.made_at, one.hash));
            rows.push(seen(missing, PackageState::Missing, (made_at, hash), 0, manifest));
        }
        let told: Vec<String> = rows
            .iter()
            .take(20)
            .map(|row| match row.made_at.as_micros() {
                0 => format!("第 {} 号", row.number),
                _ => format!("第 {} 号（对方 {} 做出）", row.number, row.made_at.minute()),
            })
            .collect();
        let bytes = i64::try_from(package.bytes).unwrap_or(i64::MAX);
        rows.push(seen(number, PackageState::Early, (manifest.made_at, package.hash), bytes, manifest));
        let note = move |tx: &mut Tx<'_>| {
            for row in &rows {
                let known = read_package(tx, Way::In, row.number)?;
                // One that was seen is here somewhere: it is not missing.
                if known.is_none_or(|known| known.state != PackageState::Early) {
                    put_package(tx, Way::In, &PackageRecord { at: tx.now(), ..row.clone() })?;
                }
            }
            Ok::<_, StoreError>(())
        };
        self.parts.store.write(Priority::Desk, note).await?;
        Ok(ExchangeError::Order(format!(
            "缺{}，第 {number} 号没有导入。请先导入缺的，再导入第 {number} 号；找不到的，请对方按同一号重新取出（“跨网交换”页，或 minyi site export --again {from}）",
            told.join("、"),
        )))
    }

    /// Attachments, items and withdrawals, by the way of everything that comes in.
    async fn take_items(
        &self,
        package: &Package,
        records: Vec<Record>,
    ) -> Result<Vec<String>, ExchangeError> {
        let items: Vec<ItemId> = records
            .iter()
            .filter_map(|record| match record {
                Record::Item(item) => Some(item.item),
                _ => None,
            })
            .collect();
        // Noted before they come in, so that no change of one is missed.
        for chunk in items.chunks(CHUNK) {
            let chunk = chunk.to_vec();
            let note = move |tx: &mut Tx<'_>| chunk.iter().try_for_each(|item| note_crossed(tx, item));
            self.parts.store.write::<_, StoreError, _>(Priority::Desk, note).await?;
        }
        let mut notes = Vec::new();
        for record in records {
            let note = match record {
                Record::File(file) => self.take_file(package, file).await?,
                Record::Item(item) => self.take_item(*item).await?,
                Record::Withdrawal { item, receipt } => self.withdraw(item, receipt).await?,
                Record::Answer(answer) => Some(format!("回执 {}：内网不收答复", answer.receipt)),
            };
            notes.extend(note);
            failpoint::pass("exchange.after_record");
        }
        Ok(notes)
    }

    async fn take_file(&self, package: &Package, file: CarriedFile) -> Result<Option<String>, ExchangeError> {
        let CarriedFile { id, owner, name } = file;
        let asked = vec![id.clone()];
        let known = self.parts.store.read(move |sql: &mut dyn Sql| files_by_id(sql, &asked)).await;
        if known.is_ok_and(|known: Vec<crate::store::FileRecord>| !known.is_empty()) {
            return Ok(None);
        }
        let Some(bytes) = package.member(&member_of(&id)) else {
            return Ok(Some(format!("附件“{name}”不在包内，没有收下")));
        };
        match (self.parts.keep)(owner, name.clone(), bytes.to_vec()).await {
            Ok(kept) if kept == id => Ok(None),
            Ok(_) => Ok(Some(format!("附件“{name}”的编号对不上，来稿中看不到它"))),
            Err(Untaken::Never(why)) => Ok(Some(why)),
            Err(Untaken::Later(why)) => Err(later(&why)),
        }
    }

    async fn take_item(&self, item: CarriedItem) -> Result<Option<String>, ExchangeError> {
        let CarriedItem { item, receipt, source, version, received_at, submission } = item;
        let correction = version > 1;
        if correction && !self.stored(item, &receipt, version - 1).await? {
            return Ok(Some(format!("回执 {receipt}：前一版在异常来稿中，第 {version} 版没有收下")));
        }
        let carried = Carried { item, receipt: receipt.clone(), source, received_at, correction, submission };
        let begun = tokio::time::Instant::now();
        loop {
            match (self.parts.take)(carried.clone()).await {
                Ok(_) => return Ok(None),
                Err(Untaken::Never(why)) => return Ok(Some(format!("回执 {receipt}：{why}"))),
                Err(Untaken::Later(why)) if begun.elapsed() > WAIT => return Err(later(&why)),
                Err(Untaken::Later(_)) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Waits until so many versions of an item are stored; `false`: it stands among the dead letters.
    async fn stored(&self, item: ItemId, receipt: &Receipt, versions: i64) -> Result<bool, ExchangeError> {
        let begun = tokio::time::Instant::now();
        loop {
            let receipt = receipt.clone();
            let read = self.parts.store.read(move |sql: &mut dyn Sql| {
                Ok::<_, StoreError>((versions_of(sql, &item)?, receipt_is_dead(sql, &receipt)?))
            });
            match read.await? {
                (stored, _) if stored >= versions => return Ok(true),
                (_, true) => return Ok(false),
                _ if begun.elapsed() > WAIT => {
                    return Err(later("前面的来稿还在排队入库"));
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn withdraw(&self, item: ItemId, receipt: Receipt) -> Result<Option<String>, ExchangeError> {
        if !self.stored(item, &receipt, 1).await? {
            return Ok(Some(format!("回执 {receipt}：作者已撤稿，而它在异常来稿中，请一并处理")));
        }
        let withdraw = move |tx: &mut Tx<'_>| {
            let no = item_no(tx, &item)?;
            let Some(row) = read_rows(tx, &[no])?.pop() else { return Ok(None) };
            if row.state == ItemState::Withdrawn {
                return Ok(None);
            }
            match row.state.apply(ItemMove::Withdraw) {
                Ok(to) => {
                    let by = Actor::Source(row.source.clone());
                    move_item_telling(tx, &row, to, &by, "撤稿：作者在外网自行撤回", Telling::ByState)?;
                    Ok(None)
                }
                Err(_) => Ok(Some(format!(
                    "《{}》作者在外网要求撤稿，而它在本站为“{}”，没有撤，请与作者联系",
                    row.title,
                    row.state.label()
                ))),
            }
        };
        Ok(self.parts.store.write::<_, StoreError, _>(Priority::Desk, withdraw).await?)
    }

    /// Where items stand, as the inner site says.
    async fn take_answers(&self, records: Vec<Record>, by: &Actor) -> Result<Vec<String>, ExchangeError> {
        let mut notes = Vec::new();
        let answers: Vec<Answer> = records
            .into_iter()
            .filter_map(|record| match record {
                Record::Answer(answer) => Some(answer),
                _ => None,
            })
            .collect();
        for chunk in answers.chunks(CHUNK) {
            let (chunk, by) = (chunk.to_vec(), by.clone());
            let done = self.parts.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let mut notes = Vec::new();
                for answer in &chunk {
                    notes.extend(follow(tx, answer, &by)?);
                }
                Ok::<_, StoreError>(notes)
            });
            notes.extend(done.await?);
            failpoint::pass("exchange.after_record");
        }
        Ok(notes)
    }

    /// The package is taken: noted with what it acknowledges.
    async fn end(&self, package: &Package, notes: &[String], by: &Actor) -> Result<(), ExchangeError> {
        let manifest = &package.manifest;
        let row = PackageRecord {
            notes: serde_json::to_string(notes).unwrap_or_default(),
            ..seen(
                manifest.number,
                PackageState::Imported,
                (manifest.made_at, package.hash),
                i64::try_from(package.bytes).unwrap_or(i64::MAX),
                manifest,
            )
        };
        let (by, over, reached) = (by.clone(), manifest.acknowledged_hash, manifest.acknowledged);
        let end = move |tx: &mut Tx<'_>| {
            put_package(tx, Way::In, &PackageRecord { at: tx.now(), ..row.clone() })?;
            if let Some(hash) = over {
                acknowledged(tx, reached, hash, row.made_at)?;
            }
            let detail = json!({ "counts": row.counts, "hash": row.hash, "notes": row.notes });
            tx.audit(&by, "exchange.import", &format!("package:in:{}", row.number), &detail)
        };
        self.parts.store.write::<_, StoreError, _>(Priority::Desk, end).await.map_err(|error| match error {
            StoreError::Stale => ExchangeError::Later("另一处正在导入同一个包，请稍后再试".to_owned()),
            other => ExchangeError::Store(other),
        })
    }
}

/// The other site says up to which number it has taken what this one made.
fn acknowledged(tx: &mut Tx<'_>, number: i64, hash: BlobHash, made_at: Timestamp) -> Result<(), StoreError> {
    let known = read_package(tx, Way::Out, number)?;
    if known.is_none_or(|known| known.hash != hash) {
        tracing::warn!(
            number,
            "the other site has taken packages that this one does not know of: everything is sent anew"
        );
        let stand_in = PackageRecord {
            number,
            state: PackageState::Arrived,
            hash,
            made_at,
            at: tx.now(),
            bytes: 0,
            acknowledged: 0,
            counts: serde_json::to_string(&Counts::default()).unwrap_or_default(),
            notes: json!(["本站从较早的备份恢复过，不知道这一号；已从头重送，对方不会重复收"]).to_string(),
        };
        begin_anew(tx, &stand_in, CURSOR)?;
        // Only what the inner site knows of answers is its own: on the outer one it is what came.
        return forget_answers(tx);
    }
    set_arrived(tx, number).map(drop)
}

/// A package that was seen.
fn seen(
    number: i64,
    state: PackageState,
    (made_at, hash): (Timestamp, BlobHash),
    bytes: i64,
    manifest: &Manifest,
) -> PackageRecord {
    let known = number == manifest.number;
    let counts = if known { manifest.counts } else { Counts::default() };
    PackageRecord {
        number,
        state,
        hash,
        made_at,
        at: made_at,
        bytes,
        acknowledged: if known { manifest.acknowledged } else { 0 },
        counts: serde_json::to_string(&counts).unwrap_or_default(),
        notes: "[]".to_owned(),
    }
}

fn later(why: &str) -> ExchangeError {
    ExchangeError::Later(format!("{why}；本包没有导完，请处理后再导入一次，已收的不会重复"))
}
