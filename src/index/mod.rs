//! (4') The index: a view of the facts for searching, which can always be made again from them.
//!
//! One thread follows the change log and is the only writer. Every commit carries the sequence number up to which the
//! index has come, so a start goes on exactly there, and a replay is harmless.

mod document;
mod facets;
mod fill;
mod follower;
mod kin;
mod packed;
mod patterns;
mod pieces;
pub mod query;
mod rank;
mod rarity;
mod schema;
mod search;
mod settings;
mod snippet;
mod translate;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};
use tantivy::{Index, IndexReader, ReloadPolicy};

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
    /// A paging cursor that this server did not give.
    #[error("翻页标记无效，请从第一页重新检索")]
    Cursor,
}

/// Texts are compressed in blocks of so many bytes; to weigh a hit, one block is taken out.
const STORED_BLOCK: usize = 4096;

/// One opened generation of the index. A rebuild makes another beside it and swaps.
struct Generation {
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
    sample: Arc<ArcSwapOption<rarity::Sampled>>,
}

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
    /// Opens the index of these settings under `dir`, or begins an empty one. An index that cannot be read is set
    /// aside and begun anew: the follower fills it again.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(dir: &Path, settings: IndexSettings, segmenter: Segmenter) -> Result<Self, IndexError> {
        std::fs::create_dir_all(dir)?;
        let folder = settings::current_folder(dir, &settings)?;
        let generation = match Generation::open(&folder) {
            Ok(generation) => generation,
            Err(error) => {
                tracing::error!(%error, folder = %folder.display(), "the index cannot be read and is built again");
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
            sample: Arc::default(),
        })
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
        Ok(Self { index, reader, fields })
    }

    /// The sequence number that the last commit carries.
    fn seq(&self) -> Result<Seq, IndexError> {
        let payload = self.index.load_metas()?.payload;
        Ok(Seq(payload.and_then(|text| text.parse().ok()).unwrap_or(0)))
    }
}
