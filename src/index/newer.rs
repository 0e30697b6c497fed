//! What a kept search finds among the items that came since.

use std::ops::Bound;

use tantivy::Term;
use tantivy::collector::Count;
use tantivy::query::{BooleanQuery, Occur, RangeQuery};

use super::query::Query;
use super::search::newest;
use super::translate::{IssueItems, translate};
use super::{IndexError, SearchIndex};

impl SearchIndex {
    /// The highest item number that a search sees. Items come in the order of their numbers: it sees all below too.
    ///
    /// # Errors
    /// [`IndexError`] when a segment cannot be read.
    pub fn newest(&self) -> Result<i64, IndexError> {
        newest(&self.current.load_full().reader.searcher())
    }

    /// How many items of numbers above `above`, up to and with `upto`, hold every word of a query. Blocking.
    ///
    /// # Errors
    /// As the engine reports.
    pub fn count_newer(
        &self,
        query: &Query,
        issues: &IssueItems,
        above: i64,
        upto: i64,
    ) -> Result<usize, IndexError> {
        let generation = self.current.load_full();
        let statistics = self.statistics(&generation)?;
        let translated = translate(query, &generation.fields, &statistics, &self.segmenter, issues);
        let number = |no| Term::from_field_i64(generation.fields.no, no);
        let range = RangeQuery::new(Bound::Excluded(number(above)), Bound::Included(number(upto)));
        let among = BooleanQuery::new(vec![
            (Occur::Must, translated.strict.box_clone()),
            (Occur::Must, Box::new(range) as Box<dyn tantivy::query::Query>),
        ]);
        Ok(statistics.searcher.search(&among, &Count)?)
    }
}
