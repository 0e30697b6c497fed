//! Filling an index without a store: for evaluations, and for collections that are searched but never kept.

use crate::model::Seq;

use super::document::{Document, Maker};
use super::follower::writer;
use super::{IndexError, SearchIndex};

impl SearchIndex {
    /// Adds documents and makes them visible. Not for an index that a follower writes.
    ///
    /// # Errors
    /// [`IndexError`] when the index cannot be written.
    pub fn fill(&self, documents: impl IntoIterator<Item = Document>) -> Result<u64, IndexError> {
        let generation = self.current.load_full();
        let mut writer = writer(&generation, self.settings.load().writer_bytes)?;
        let maker = Maker {
            fields: generation.fields,
            segmenter: &self.segmenter,
            handovers: None,
            bigrams: self.settings.load().bigrams,
        };
        let mut count = 0;
        for document in documents {
            writer.add_document(maker.make_loose(&document))?;
            count += 1;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        generation.reader.reload()?;
        self.applied.set(Seq(i64::try_from(count).unwrap_or(i64::MAX)));
        Ok(count)
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
            for (name, space) in [("positions", segment.positions()), ("fieldnorms", segment.fieldnorms())] {
                *kinds.entry(name.to_owned()).or_default() += space.total().get_bytes();
            }
            for (name, space) in [("terms", segment.termdict()), ("postings", segment.postings())] {
                for space in space.fields() {
                    let field = space.field_name();
                    *kinds.entry(format!("{name} {field}")).or_default() += space.total().get_bytes();
                }
            }
            *kinds.entry("all".to_owned()).or_default() += segment.total().get_bytes();
        }
        let mut out: Vec<_> = kinds.into_iter().collect();
        out.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        Ok(out)
    }
}
