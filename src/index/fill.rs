//! Filling an index without a store: for evaluations, and for collections that are searched but never kept.

use std::sync::Arc;

use tantivy::IndexWriter;

use crate::model::Seq;
use crate::text::{Segmenter, Words};

use super::document::{Document, Maker};
use super::follower::writer;
use super::{Generation, IndexError, SearchIndex};

/// An index being filled: nothing of it is seen before [`Self::finish`].
pub struct Filling<'a> {
    index: &'a SearchIndex,
    generation: Arc<Generation>,
    writer: IndexWriter,
    segmenter: &'a Segmenter,
    bigrams: bool,
    count: u64,
}

impl Filling<'_> {
    /// Adds a document of which the words are known.
    ///
    /// # Errors
    /// [`IndexError`] when the index cannot be written.
    pub fn add(&mut self, document: &Document, words: &Words) -> Result<(), IndexError> {
        let maker = Maker {
            fields: self.generation.fields,
            segmenter: self.segmenter,
            handovers: None,
            bigrams: self.bigrams,
        };
        self.writer.add_document(maker.make_loose(document, words))?;
        self.count += 1;
        Ok(())
    }

    /// Commits, waits until merging has ended, and makes everything visible; gives how many documents there are.
    ///
    /// # Errors
    /// [`IndexError`] when the index cannot be written.
    pub fn finish(mut self) -> Result<u64, IndexError> {
        self.writer.commit()?;
        self.writer.wait_merging_threads()?;
        self.generation.reader.reload()?;
        self.index.applied.set(Seq(i64::try_from(self.count).unwrap_or(i64::MAX)));
        Ok(self.count)
    }
}

impl SearchIndex {
    /// Begins to fill it. Not for an index that a follower writes.
    ///
    /// # Errors
    /// [`IndexError`] when the index cannot be written.
    pub fn filling(&self) -> Result<Filling<'_>, IndexError> {
        let (generation, settings) = (self.current.load_full(), self.settings.load());
        let writer = writer(&generation, settings.writer_bytes)?;
        let (segmenter, bigrams) = (&self.segmenter, settings.bigrams);
        Ok(Filling { index: self, generation, writer, segmenter, bigrams, count: 0 })
    }

    /// Adds documents and makes them visible. Not for an index that a follower writes.
    ///
    /// # Errors
    /// [`IndexError`] when the index cannot be written.
    pub fn fill(&self, documents: impl IntoIterator<Item = Document>) -> Result<u64, IndexError> {
        let mut filling = self.filling()?;
        for document in documents {
            let cut = |text: &str| self.segmenter.for_index(text);
            let words = Words { title: cut(&document.title), body: cut(&document.body) };
            filling.add(&document, &words)?;
        }
        filling.finish()
    }

    /// Bytes on the disk by kind of file, the largest first.
    ///
    /// # Errors
    /// [`IndexError`] when the segments cannot be read.
    pub fn space(&self) -> Result<Vec<(String, u64)>, IndexError> {
        let generation = self.current.load_full();
        let usage = generation.reader.searcher().space_usage()?;
        let mut kinds = std::collections::BTreeMap::<String, u64>::new();
        for segment in usage.segments() {
            for (name, space) in [
                ("positions", segment.positions()),
                ("fieldnorms", segment.fieldnorms()),
                ("fast", segment.fast_fields()),
            ] {
                *kinds.entry(name.to_owned()).or_default() += space.total().get_bytes();
            }
            for (name, space) in [("terms", segment.termdict()), ("postings", segment.postings())] {
                for space in space.fields() {
                    let field = space.field_name();
                    *kinds.entry(format!("{name} {field}")).or_default() += space.total().get_bytes();
                }
            }
            let stored = segment.store().total().get_bytes();
            *kinds.entry("stored".to_owned()).or_default() += stored;
            // What is searched; the stored texts are told apart.
            *kinds.entry("all".to_owned()).or_default() += segment.total().get_bytes() - stored;
        }
        let mut out: Vec<_> = kinds.into_iter().collect();
        out.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        Ok(out)
    }
}
