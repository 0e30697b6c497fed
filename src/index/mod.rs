//! (4') The index: a view of the facts for searching, which can always be made again from them.
//!
//! One thread follows the change log and is the only writer. Every commit carries the sequence number up to which the
//! index has come, so a start goes on exactly there, and a replay is harmless.

mod best;
mod document;
mod facets;
mod fill;
mod follower;
mod kin;
mod newer;
mod packed;
mod patterns;
mod pieces;
pub mod query;
mod rank;
mod rarity;
mod schema;
mod search;
mod settings;
mod shelf;
mod snippet;
mod statistics;
mod translate;

#[cfg(test)]
mod same_order_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tantivy::{Index, IndexReader, ReloadPolicy, TantivyError};

use crate::model::Seq;
use crate::store::StoreError;
use crate::text::Segmenter;

pub use document::Document;
pub use facets::FacetCount;
pub use fill::Filling;
pub use follower::{Follower, follow, rebuild};
pub use kin::Kin;
pub use search::{Ask, Hit, Hits, Sort};
pub use settings::{IndexSettings, VERSION};
pub use shelf::ShelfIndex;
pub use snippet::{Snippet, snippet};

use schema::Fields;

/// What can go wrong with the index. It is never the truth: the remedy is always to build it again.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// tantivy's own errors.
    #[error("索引出错：{0}")]
    Engine(#[from] tantivy::TantivyError),
    /// The facts cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder cannot be used.
    #[error("索引目录出错：{0}")]
    Folder(#[from] std::io::Error),
    /// A file that is not what was written.
    #[error("索引文件 {0} 已损坏")]
    Damaged(String),
    /// A paging cursor that this server did not give.
    #[error("翻页标记无效，请从第一页重新检索")]
    Cursor,
}

/// Files of the index in `dir`, which no process uses, that are not what was written; those of other settings as well.
///
/// # Errors
/// [`IndexError`] when one of its folders cannot be read as an index.
pub fn damaged_files(dir: &Path) -> Result<Vec<PathBuf>, IndexError> {
    let mut out = Vec::new();
    for folder in settings::folders(dir)? {
        out.extend(Generation::open(&folder)?.damaged()?.into_iter().map(|file| folder.join(file)));
    }
    Ok(out)
}

/// Texts are compressed in blocks of so many bytes; to weigh a hit, one block is taken out.
const STORED_BLOCK: usize = 4096;

/// One opened generation of the index. A rebuild makes another beside it and swaps.
struct Generation {
    folder: PathBuf,
    index: Index,
    reader: IndexReader,
    fields: Fields,
}

/// The handle for searching; cheap to clone.
#[derive(Clone)]
pub struct SearchIndex {
    dir: PathBuf,
    current: Arc<ArcSwap<Generation>>,
    settings: Arc<ArcSwap<IndexSettings>>,
    segmenter: Segmenter,
    applied: Arc<Applied>,
    known: Arc<Mutex<statistics::Known>>,
    /// The change up to which it must have come before it is whole again; 0 when nothing is known to be missing.
    whole_from: Arc<AtomicI64>,
}

/// Bytes of an index that is read through before it serves: about a quarter of a second.
const READ_AT_ONCE: u64 = 256 << 20;

/// So many changes behind, an index is being built rather than following.
const FAR_BEHIND: i64 = 2000;

/// How far the index has come, as searches see it.
#[derive(Debug, Default)]
pub struct Applied(Mutex<i64>);

impl Applied {
    fn set(&self, seq: Seq) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = seq.0;
    }

    /// The last change that a search sees.
    pub fn seq(&self) -> Seq {
        Seq(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SearchIndex {
    /// Opens the index of these settings under `dir`, or begins an empty one. An index that cannot be read, or of which a
    /// file is not what was written, is set aside and begun anew: the follower fills it again.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(dir: &Path, settings: IndexSettings, segmenter: Segmenter) -> Result<Self, IndexError> {
        std::fs::create_dir_all(dir)?;
        let folder = settings::current_folder(dir, &settings)?;
        let generation = match Generation::open(&folder).and_then(Generation::sound) {
            Ok(generation) => generation,
            Err(error) => {
                tracing::error!(%error, folder = %folder.display(), "the index is damaged, set aside and built again");
                settings::set_aside(dir, &folder)?;
                Generation::open(&settings::fresh_folder(dir, &settings)?)?
            }
        };
        let applied = Applied::default();
        applied.set(generation.seq()?);
        Ok(Self {
            dir: dir.to_owned(),
            current: Arc::new(ArcSwap::from_pointee(generation)),
            settings: Arc::new(ArcSwap::from_pointee(settings)),
            segmenter,
            applied: Arc::new(applied),
            known: Arc::default(),
            whole_from: Arc::default(),
        })
    }

    /// Tells how far the facts have come: an index that is far behind them says so with every search until it is there.
    pub fn expect(&self, level: Seq) {
        let behind = level.0 - self.applied().0;
        if behind > FAR_BEHIND || (behind > 0 && self.applied() == Seq::ZERO) {
            self.whole_from.store(level.0, Ordering::SeqCst);
        }
    }

    /// While it is being built: how far it has come, percent.
    pub fn building(&self) -> Option<i64> {
        let (whole, applied) = (self.whole_from.load(Ordering::SeqCst), self.applied().0);
        (applied < whole).then(|| applied * 100 / whole)
    }

    /// Reads every file of it and gives those that are not what was written.
    ///
    /// # Errors
    /// [`IndexError`] when it cannot be read at all.
    pub fn damaged(&self) -> Result<BTreeSet<PathBuf>, IndexError> {
        self.current.load().damaged()
    }

    /// As [`Self::heal`], where opening left the reading for later.
    pub(crate) fn read_through(&self, level: Seq) -> Result<(), IndexError> {
        if !self.current.load().is_small()? {
            self.heal(level)?;
        }
        Ok(())
    }

    /// Where the index in use is damaged, sets it aside and begins an empty one, which the follower fills again; gives
    /// whether it did.
    pub(crate) fn heal(&self, level: Seq) -> Result<bool, IndexError> {
        let current = self.current.load_full();
        // A disk or a memory that gives nothing at all says nothing about the files.
        let damaged = match current.damaged() {
            Ok(damaged) => !damaged.is_empty(),
            Err(IndexError::Engine(error)) => matches!(error, TantivyError::DataCorruption(_)),
            Err(_) => false,
        };
        if !damaged {
            return Ok(false);
        }
        let settings = self.settings.load();
        let fresh = Generation::open(&settings::fresh_folder(&self.dir, &settings)?)?;
        self.applied.set(Seq::ZERO);
        self.current.store(Arc::new(fresh));
        settings::set_aside(&self.dir, &current.folder)?;
        self.expect(level);
        tracing::error!(folder = %current.folder.display(), "the index was damaged while in use; it is built again");
        Ok(true)
    }

    /// Takes note of another lexicon; whether the index was made with other words and must be rebuilt.
    pub fn relearn(&self, lexicon: u64) -> bool {
        let now = self.settings.load();
        let changed = now.lexicon != lexicon;
        if changed {
            self.settings.store(Arc::new(IndexSettings { lexicon, ..IndexSettings::clone(&now) }));
        }
        changed
    }

    /// How far searches see.
    pub fn applied(&self) -> Seq {
        self.applied.seq()
    }

    /// How many documents it holds.
    pub fn documents(&self) -> u64 {
        self.current.load().reader.searcher().num_docs()
    }

    /// Every item number that it holds, ascending: for checks that walk everything.
    ///
    /// # Errors
    /// [`IndexError`] when a segment cannot be read.
    pub fn numbers(&self) -> Result<Vec<i64>, IndexError> {
        let mut out = Vec::new();
        for segment in self.current.load().reader.searcher().segment_readers() {
            let numbers = segment.fast_fields().i64(schema::NO)?;
            out.extend(segment.doc_ids_alive().filter_map(|doc| numbers.first(doc)));
        }
        out.sort_unstable();
        Ok(out)
    }
}

impl Generation {
    fn open(folder: &Path) -> Result<Self, IndexError> {
        let (schema, fields) = schema::build();
        std::fs::create_dir_all(folder)?;
        let directory = tantivy::directory::MmapDirectory::open(folder)
            .map_err(|error| IndexError::Folder(std::io::Error::other(error.to_string())))?;
        let stored = tantivy::IndexSettings { docstore_blocksize: STORED_BLOCK, ..Default::default() };
        let index = Index::builder().schema(schema).settings(stored).open_or_create(directory)?;
        index.tokenizers().register(packed::UNPACK, packed::Unpack::default());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { folder: folder.to_owned(), index, reader, fields })
    }

    /// Itself, if every file is what was written. A large one is not kept waiting for: it is [read through](SearchIndex::heal)
    /// when it serves already.
    fn sound(self) -> Result<Self, IndexError> {
        if !self.is_small()? {
            return Ok(self);
        }
        match self.damaged()?.first() {
            None => Ok(self),
            Some(file) => Err(IndexError::Damaged(file.display().to_string())),
        }
    }

    /// Whether to read all of it takes no time that anybody would notice.
    fn is_small(&self) -> Result<bool, IndexError> {
        let mut bytes = 0;
        for entry in std::fs::read_dir(&self.folder)? {
            bytes += entry?.metadata()?.len();
        }
        Ok(bytes <= READ_AT_ONCE)
    }

    /// Files that are not what was written: each carries a check sum of its own.
    fn damaged(&self) -> Result<BTreeSet<PathBuf>, IndexError> {
        Ok(self.index.validate_checksum()?.into_iter().collect())
    }

    /// The sequence number that the last commit carries.
    fn seq(&self) -> Result<Seq, IndexError> {
        let payload = self.index.load_metas()?.payload;
        Ok(Seq(payload.and_then(|text| text.parse().ok()).unwrap_or(0)))
    }
}
