//! The index of the shelf 参考资料: one of its own, so that nothing on the shelf can be counted, grouped, linked or issued as an
//! item. It is small and asked seldom: whoever asks it first brings it up to date, by the numbers of the changes.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::Term;

use crate::store::{ShelfDocument, Store, shelf_after, shelf_seq};
use crate::text::{Segmenter, Words};

use super::document::{Document, Maker};
use super::follower::{commit, writer};
use super::{IndexError, IndexSettings, SearchIndex, settings};

/// Documents read at once; each may be a book.
const PAGE: i64 = 20;

/// The shelf as it can be searched; cheap to clone.
#[derive(Clone)]
pub struct ShelfIndex {
    index: SearchIndex,
    store: Arc<Store>,
    /// Held by whoever brings it up to date.
    turn: Arc<Mutex<()>>,
}

impl ShelfIndex {
    /// Opens it under `dir`, a folder of its own. What other settings left there goes: it is filled from the facts.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(
        dir: &Path,
        with: IndexSettings,
        segmenter: Segmenter,
        store: Arc<Store>,
    ) -> Result<Self, IndexError> {
        let index = SearchIndex::open(dir, with, segmenter)?;
        settings::remove_others(dir, &index.current.load().folder)?;
        Ok(Self { index, store, turn: Arc::default() })
    }

    /// The index, as of now. Blocking.
    ///
    /// # Errors
    /// When the facts cannot be read or the index cannot be written.
    pub fn current(&self) -> Result<&SearchIndex, IndexError> {
        let last = self.store.read(shelf_seq).wait()?;
        if self.index.applied() < last {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            if self.index.applied() < last {
                self.catch_up()?;
            }
        }
        Ok(&self.index)
    }

    fn catch_up(&self) -> Result<(), IndexError> {
        let generation = self.index.current.load_full();
        let with = self.index.settings.load();
        let maker = Maker {
            fields: generation.fields,
            segmenter: &self.index.segmenter,
            handovers: None,
            bigrams: with.bigrams,
        };
        let mut writer = writer(&generation, with.writer_bytes)?;
        let mut at = self.index.applied();
        loop {
            let from = at;
            let page = self.store.read(move |sql| shelf_after(sql, from, PAGE)).wait()?;
            if page.is_empty() {
                break;
            }
            for (seq, one) in page {
                at = seq;
                writer.delete_term(Term::from_field_i64(maker.fields.no, one.record.no));
                if one.record.removed_at.is_none() {
                    let (document, words) = self.cut(one);
                    writer.add_document(maker.make_loose(&document, &words))?;
                }
            }
        }
        commit(&mut writer, at)?;
        writer.wait_merging_threads()?;
        generation.reader.reload()?;
        self.index.applied.set(at);
        Ok(())
    }

    fn cut(&self, one: ShelfDocument) -> (Document, Words) {
        let cut = |text: &str| self.index.segmenter.for_index(text);
        let words = Words { title: cut(&one.record.title), body: cut(&one.body) };
        let unit = Some(one.record.source).filter(|source| !source.is_empty());
        let (title, body) = (one.record.title, one.body);
        (Document { no: one.record.no, title, body, unit, ..Document::default() }, words)
    }
}
