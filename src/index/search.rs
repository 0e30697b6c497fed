//! Running a query: strict first, relaxed when nothing is found; sorted, counted, paged.

use serde::Serialize;
use std::ops::Bound;
use tantivy::aggregation::agg_req::Aggregations;
use tantivy::aggregation::agg_result::{AggregationResult, AggregationResults, BucketResult};
use tantivy::aggregation::{AggContextParams, AggregationCollector, Key};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, Occur, Query as IndexQuery, RangeQuery};
use tantivy::{DocAddress, Order, Searcher, Term};

use crate::telemetry::Stage;

use super::query::Query;
use super::translate::{IssueItems, translate};
use super::{IndexError, SearchIndex, schema};

/// How hits are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The best first.
    #[default]
    Relevance,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// One hit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The item's number.
    pub no: i64,
    /// How well it fits; 0 when sorted by date.
    pub score: f32,
}

/// How many hits carry a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetCount {
    /// The value.
    pub value: String,
    /// How many.
    pub count: u64,
}

/// A page of hits.
#[derive(Debug, Clone)]
pub struct Hits {
    /// The hits.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
    /// Whether fewer words had to match than were asked for.
    pub relaxed: bool,
    /// Words to be marked in snippets.
    pub marks: Vec<String>,
    /// Counts by district, subject and kind of reporter.
    pub facets: Vec<(&'static str, Vec<FacetCount>)>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
    /// What could not be done as typed.
    pub notes: Vec<String>,
}

/// Where a page begins: so far into the hits among items up to a number, so that what arrives meanwhile moves nothing.
struct Cursor {
    offset: usize,
    up_to: i64,
    relaxed: bool,
}

/// Facets and how many values of each are shown.
const FACETS: [&str; 3] = [schema::DISTRICT, schema::SUBJECT, schema::REPORTER_KIND];
const FACET_VALUES: usize = 50;
/// Nobody pages further; and a cursor cannot make the server collect everything.
const OFFSET_MAX: usize = 10_000;

impl SearchIndex {
    /// Searches. Blocking: CPU work for a thread of the bounded pool.
    ///
    /// # Errors
    /// [`IndexError::Cursor`] for a cursor that this server did not give; else as the engine reports.
    pub fn search(
        &self,
        query: &Query,
        issues: &IssueItems,
        sort: Sort,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Hits, IndexError> {
        let stage = Stage::begin("search");
        let generation = self.current.load_full();
        let searcher = generation.reader.searcher();
        let translated = translate(query, &generation.fields, &self.segmenter, issues);
        let cursor = cursor.map(Cursor::read).transpose()?;
        let begun = cursor.unwrap_or(Cursor { offset: 0, up_to: i64::MAX, relaxed: false });
        let bounded = |query: &dyn IndexQuery| -> Box<dyn IndexQuery> {
            if begun.up_to == i64::MAX {
                return query.box_clone();
            }
            let top = Term::from_field_i64(generation.fields.no, begun.up_to);
            let upto = Box::new(RangeQuery::new(Bound::Unbounded, Bound::Included(top)));
            Box::new(BooleanQuery::new(vec![(Occur::Must, query.box_clone()), (Occur::Must, upto)]))
        };
        let run =
            |query: &dyn IndexQuery| page(&searcher, bounded(query).as_ref(), sort, begun.offset, limit);
        let mut relaxed = begun.relaxed;
        let mut found = match (&translated.relaxed, relaxed) {
            (Some(query), true) => run(query.as_ref())?,
            _ => run(translated.strict.as_ref())?,
        };
        if found.total == 0
            && let Some(query) = &translated.relaxed
        {
            found = run(query.as_ref())?;
            relaxed = found.total > 0;
        }
        let shown = begun.offset + found.hits.len();
        let up_to = if begun.up_to == i64::MAX { self.newest(&searcher)? } else { begun.up_to };
        let more = shown < found.total.min(OFFSET_MAX) && !found.hits.is_empty();
        stage.end(1);
        Ok(Hits {
            next: more.then(|| Cursor { offset: shown, up_to, relaxed }.write()),
            hits: found.hits,
            total: found.total,
            relaxed,
            marks: translated.marks,
            facets: found.facets,
            notes: query.notes.iter().cloned().chain(translated.notes).collect(),
        })
    }

    /// The highest item number that the searcher sees.
    fn newest(&self, searcher: &Searcher) -> Result<i64, IndexError> {
        let mut newest = 0;
        for segment in searcher.segment_readers() {
            newest = newest.max(segment.fast_fields().i64(schema::NO)?.max_value());
        }
        Ok(newest)
    }
}

struct Page {
    hits: Vec<Hit>,
    total: usize,
    facets: Vec<(&'static str, Vec<FacetCount>)>,
}

fn page(
    searcher: &Searcher,
    query: &dyn IndexQuery,
    sort: Sort,
    offset: usize,
    limit: usize,
) -> Result<Page, IndexError> {
    let top = TopDocs::with_limit(limit.max(1)).and_offset(offset);
    let facets = AggregationCollector::from_aggs(facet_request()?, AggContextParams::default());
    let (found, total, facets): (Vec<(f32, DocAddress)>, usize, AggregationResults) = match sort {
        Sort::Relevance => searcher.search(query, &(top.order_by_score(), Count, facets))?,
        Sort::Newest | Sort::Oldest => {
            let order = if sort == Sort::Newest { Order::Desc } else { Order::Asc };
            let by_number = top.order_by_fast_field::<i64>(schema::NO, order);
            let (found, total, facets) = searcher.search(query, &(by_number, Count, facets))?;
            (found.into_iter().map(|(_, address)| (0.0, address)).collect(), total, facets)
        }
    };
    let hits = found
        .into_iter()
        .map(|(score, address)| {
            let numbers = searcher.segment_reader(address.segment_ord).fast_fields().i64(schema::NO)?;
            Ok(Hit { no: numbers.first(address.doc_id).unwrap_or(0), score })
        })
        .collect::<Result<_, IndexError>>()?;
    Ok(Page { hits, total, facets: read_facets(&facets) })
}

fn facet_request() -> Result<Aggregations, IndexError> {
    let request: serde_json::Map<String, serde_json::Value> = FACETS
        .iter()
        .map(|field| {
            ((*field).to_owned(), serde_json::json!({ "terms": { "field": field, "size": FACET_VALUES } }))
        })
        .collect();
    serde_json::from_value(serde_json::Value::Object(request))
        .map_err(|error| tantivy::TantivyError::InvalidArgument(error.to_string()).into())
}

fn read_facets(results: &AggregationResults) -> Vec<(&'static str, Vec<FacetCount>)> {
    let values = |field: &str| match results.0.get(field) {
        Some(AggregationResult::BucketResult(BucketResult::Terms { buckets, .. })) => buckets
            .iter()
            .filter_map(|bucket| match &bucket.key {
                Key::Str(value) => Some(FacetCount { value: value.clone(), count: bucket.doc_count }),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    FACETS.iter().map(|field| (*field, values(field))).collect()
}

impl Cursor {
    fn write(&self) -> String {
        format!("{}.{}.{}", self.offset, self.up_to, u8::from(self.relaxed))
    }

    fn read(text: &str) -> Result<Self, IndexError> {
        let mut parts = text.split('.');
        let mut number = || parts.next()?.parse::<i64>().ok();
        let (offset, up_to, relaxed) = (number(), number(), number());
        match (offset.map(usize::try_from), up_to, relaxed, parts.next()) {
            (Some(Ok(offset)), Some(up_to), Some(relaxed), None) if offset <= OFFSET_MAX => {
                Ok(Self { offset, up_to, relaxed: relaxed != 0 })
            }
            _ => Err(IndexError::Cursor),
        }
    }
}
