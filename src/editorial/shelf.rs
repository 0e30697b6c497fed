//! 参考资料: put on the shelf, taken off, put back, searched, and found beside an item. It never counts as one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::index::query::parse;
use crate::index::{Ask, Kin, ShelfIndex, Sort, snippet};
use crate::model::{Actor, ItemId, LocalDate, NewShelfDocument, ShelfKind};
use crate::store::{
    Priority, ShelfDocument, ShelfRecord, Sql, Store, StoreError, Tx, add_to_shelf, item_no, list_shelf,
    read_item, read_shelf, take_off_shelf,
};
use crate::text::{Keyword, keywords};

use super::{Desk, DeskError};

/// Largest file.
pub(super) const SHELF_FILE_MAX: usize = 32 << 20;
/// Documents that a list shows.
const LISTED: i64 = 500;
const PAGE: usize = 20;
const PAGE_MAX: usize = 100;
/// Words of an item by which documents are looked for.
const TELLING: usize = 20;
/// Documents shown beside an item, and those looked at for each.
const RELATED: usize = 3;
const CANDIDATES: usize = 10;
/// A document has to share so many of these words, and so much of their weight.
const SHARED_LEAST: usize = 3;
const SHARED_WEIGHT: f32 = 0.3;
/// Words given as the reason.
const REASONS: usize = 6;

/// What is said of a file that is put on the shelf.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShelfRequest {
    /// The name of the file.
    pub name: String,
    /// 公报, 政策, 报刊 or 其他, or its code.
    #[serde(default)]
    pub kind: String,
    /// 题名; by default its first line.
    #[serde(default)]
    pub title: String,
    /// Its own date; may be empty.
    #[serde(default)]
    pub date: String,
    /// 来源.
    #[serde(default)]
    pub source: String,
}

/// What became of a file.
#[derive(Debug, Serialize)]
pub struct Shelved {
    /// The document.
    #[serde(flatten)]
    pub record: ShelfRecord,
    /// Whether it stood there before, word for word.
    pub repeat: bool,
}

/// Which documents are listed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShelfList {
    /// Of one kind.
    #[serde(default)]
    pub kind: String,
    /// Those that were taken off.
    #[serde(default)]
    pub removed: bool,
}

/// A search on the shelf.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShelfSearch {
    /// 检索式.
    #[serde(default)]
    pub q: String,
    /// Hits on a page.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Where the page begins.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A page of hits.
#[derive(Debug, Serialize)]
pub struct ShelfFound {
    /// How many there are.
    pub total: usize,
    /// Whether fewer words had to match than were asked for.
    pub relaxed: bool,
    /// What could not be done as typed.
    pub notes: Vec<String>,
    /// The hits.
    pub hits: Vec<ShelfHit>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A hit.
#[derive(Debug, Serialize)]
pub struct ShelfHit {
    /// The document.
    #[serde(flatten)]
    pub record: ShelfRecord,
    /// 题名 as HTML with marks.
    pub marked: String,
    /// The passage that shows why it was found, as HTML with marks.
    pub snippet: String,
}

/// A document that concerns what an item is about.
#[derive(Debug, Serialize)]
pub struct ShelfRelated {
    /// The document.
    #[serde(flatten)]
    pub record: ShelfRecord,
    /// The words that both have, the most telling first.
    pub words: Vec<String>,
}

fn kind(text: &str) -> Result<Option<ShelfKind>, DeskError> {
    if text.is_empty() {
        return Ok(None);
    }
    let known = || ShelfKind::ALL.iter().map(|kind| kind.label()).collect::<Vec<_>>().join("、");
    let kind = ShelfKind::parse(text);
    kind.map(Some).ok_or_else(|| DeskError::Request(format!("没有类别“{text}”，可用：{}", known())))
}

impl Desk {
    /// Puts the text of a file on the shelf.
    ///
    /// # Errors
    /// When the file cannot be read, or something about it is wrong: what and what to do.
    pub async fn shelve(
        &self,
        wanted: ShelfRequest,
        bytes: Vec<u8>,
        by: Actor,
    ) -> Result<Shelved, DeskError> {
        let read = Arc::clone(&self.hooks.read_text);
        let document = self
            .compute(move || {
                let ShelfRequest { name, kind: of, title, date, source } = wanted;
                let kind = kind(&of)?.unwrap_or(ShelfKind::Other);
                let day = Some(date.trim()).filter(|date| !date.is_empty()).map(LocalDate::parse).transpose();
                let day = day.map_err(|error| DeskError::Request(format!("日期“{date}”{error}")))?;
                let paragraphs = read(&name, &bytes).map_err(DeskError::Request)?;
                let made = NewShelfDocument::new(kind, &title, day, &source, &name, &paragraphs);
                made.map_err(DeskError::Request)
            })
            .await?;
        let write = move |tx: &mut Tx<'_>| {
            let (no, added) = add_to_shelf(tx, &document, &by)?;
            Ok::<_, StoreError>(Shelved { record: read_shelf(tx, no)?.record, repeat: !added })
        };
        Ok(self.store.write(Priority::Desk, write).await?)
    }

    /// Takes a document off the shelf (`off`), or puts it back.
    ///
    /// # Errors
    /// When there is none of this number.
    pub async fn take_off_shelf(&self, no: i64, off: bool, by: Actor) -> Result<ShelfRecord, DeskError> {
        let write = move |tx: &mut Tx<'_>| {
            take_off_shelf(tx, no, off, &by)?;
            Ok::<_, StoreError>(read_shelf(tx, no)?.record)
        };
        Ok(self.store.write(Priority::Desk, write).await?)
    }

    /// What stands on the shelf.
    ///
    /// # Errors
    /// For a kind that there is not.
    pub async fn shelf(&self, wanted: ShelfList) -> Result<Vec<ShelfRecord>, DeskError> {
        let kind = kind(&wanted.kind)?;
        Ok(self.store.read(move |sql: &mut dyn Sql| list_shelf(sql, kind, wanted.removed, LISTED)).await?)
    }

    /// A document.
    ///
    /// # Errors
    /// When there is none of this number.
    pub async fn shelf_document(&self, no: i64) -> Result<ShelfDocument, DeskError> {
        Ok(self.store.read(move |sql: &mut dyn Sql| read_shelf(sql, no)).await?)
    }

    /// Searches the shelf, and it alone.
    ///
    /// # Errors
    /// For a cursor of another server; no query text is an error.
    pub async fn search_shelf(&self, wanted: ShelfSearch) -> Result<ShelfFound, DeskError> {
        let query = parse(&wanted.q, self.clock.now().date());
        let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
        let (shelf, store) = (self.shelf_index.clone(), Arc::clone(&self.store));
        self.compute(move || {
            let ask = Ask { sort: Sort::Relevance, limit, cursor: wanted.cursor.as_deref(), counts: true };
            let found = shelf.current()?.search(&query, &Default::default(), ask)?;
            let hits = found.hits.iter().filter_map(|hit| on_shelf(&store, hit.no).transpose());
            let hits = hits.map(|document| {
                let ShelfDocument { record, body } = document?;
                let marked = snippet(&record.title, &found.marks, true).html();
                let snippet = snippet(&body, &found.marks, false).html();
                Ok::<_, DeskError>(ShelfHit { record, marked, snippet })
            });
            Ok(ShelfFound {
                hits: hits.collect::<Result<_, _>>()?,
                total: found.total.unwrap_or_default(),
                relaxed: found.relaxed,
                notes: found.notes,
                next: found.next,
            })
        })
        .await
    }

    /// The documents that concern what an item is about.
    ///
    /// # Errors
    /// When there is no item of this id.
    pub async fn shelf_beside(&self, id: ItemId) -> Result<Vec<ShelfRelated>, DeskError> {
        let read = move |sql: &mut dyn Sql| {
            let no = item_no(sql, &id)?;
            read_item(sql, no)
        };
        let item = self.store.read(read).await?.submission;
        let (kin, shelf, store) = (self.kin.clone(), self.shelf_index.clone(), Arc::clone(&self.store));
        self.compute(move || related(&kin, &shelf, &store, item.title.as_str(), &item.text.plain())).await
    }
}

/// A document that the index has found; none where it was taken off meanwhile.
fn on_shelf(store: &Store, no: i64) -> Result<Option<ShelfDocument>, DeskError> {
    match store.read(move |sql| read_shelf(sql, no)).wait() {
        Ok(document) => Ok(Some(document).filter(|one: &ShelfDocument| one.record.removed_at.is_none())),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(DeskError::Store(error)),
    }
}

fn related(
    kin: &Kin,
    shelf: &ShelfIndex,
    store: &Store,
    title: &str,
    body: &str,
) -> Result<Vec<ShelfRelated>, DeskError> {
    let index = shelf.current()?;
    if index.documents() == 0 {
        return Ok(Vec::new());
    }
    // How rare a word is, the items say: the shelf is too small for that.
    let frequencies = kin.frequencies()?;
    let telling = keywords(&kin.words(title, body), &frequencies, TELLING);
    let all: f32 = telling.iter().map(|keyword| keyword.weight).sum();
    let asked: Vec<(String, f32)> =
        telling.iter().map(|keyword| (keyword.word.clone(), keyword.weight)).collect();
    let mut found: Vec<(f32, ShelfRelated)> = Vec::new();
    for no in Kin::new(index.clone()).candidates(&asked, false, CANDIDATES)? {
        let Some(ShelfDocument { record, body }) = on_shelf(store, no)? else { continue };
        let text = crate::text::searchable(&format!("{}\n{body}", record.title));
        let shared: Vec<&Keyword> =
            telling.iter().filter(|keyword| text.contains(keyword.word.as_str())).collect();
        let weight = shared.iter().map(|keyword| keyword.weight).sum::<f32>() / all.max(f32::EPSILON);
        if shared.len() >= SHARED_LEAST && weight >= SHARED_WEIGHT {
            let words = shared.iter().take(REASONS).map(|keyword| keyword.word.clone()).collect();
            found.push((weight, ShelfRelated { record, words }));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(found.into_iter().map(|(_, related)| related).take(RELATED).collect())
}

impl ShelfFound {
    /// What is shown before anything was asked.
    pub(super) fn nothing() -> Self {
        Self { total: 0, relaxed: false, notes: Vec::new(), hits: Vec::new(), next: None }
    }
}
