//! Running a query: what holds every word, ranked anew. A sentence is asked both ways: a text that scatters its words
//! may well say less about it than one that lacks a word, so both are ranked together. Where nothing holds every word,
//! what comes nearest is shown. Sorted, counted, paged.

use std::collections::HashSet;
use std::ops::Bound;

use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query as IndexQuery, RangeQuery};
use tantivy::{DocAddress, Order, Searcher, Term};

use crate::telemetry::Stage;

use super::best::Best;
use super::facets::{self, FacetCount, Facets};
use super::query::Query;
use super::rank::{Candidate, order, weigh};
use super::statistics::Statistics;
use super::translate::{IssueItems, Translated, translate};
use super::{Generation, IndexError, SearchIndex, schema};

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
    /// Whether it holds only some of the words.
    pub partial: bool,
}

/// What is wanted of a query.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// In which order.
    pub sort: Sort,
    /// Hits of a page.
    pub limit: usize,
    /// Where the page begins, as the page before said.
    pub cursor: Option<&'a str>,
    /// Whether hits are counted, in all and by facet: that looks at every one of them, while the best are found without.
    pub counts: bool,
}

/// A page of hits.
#[derive(Debug, Clone)]
pub struct Hits {
    /// The hits; for a sentence also those that only come near.
    pub hits: Vec<Hit>,
    /// How many hold every word; where none does, how many come near. `None` where they were not counted.
    pub total: Option<usize>,
    /// Whether none holds every word.
    pub relaxed: bool,
    /// Words to be marked in snippets.
    pub marks: Vec<String>,
    /// Counts by district, subject and kind of reporter; with the first page only.
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

/// So many of the best are weighed anew; beyond them tantivy's order stands. A few words say little more of a text than
/// tantivy has seen already.
const DEPTH: usize = 40;
const DEPTH_OF_SENTENCES: usize = 100;
/// Of what only comes near so many are weighed: most of the time of a long query goes into it.
const NEAR: usize = 120;
/// Holding every word of a sentence counts for so much.
const EVERY_WORD: f32 = 1.068;
/// Nobody pages further; and a cursor cannot make the server collect everything.
const OFFSET_MAX: usize = 10_000;
/// Said where facets are not counted to the last hit.
const ESTIMATED: &str = "结果很多，区县、主题等栏中的件数是约数；可再加词或加条件";

impl SearchIndex {
    /// Searches. Blocking: CPU work for a thread of the bounded pool.
    ///
    /// # Errors
    /// [`IndexError::Cursor`] for a cursor that this server did not give; else as the engine reports.
    pub fn search(&self, query: &Query, issues: &IssueItems, ask: Ask<'_>) -> Result<Hits, IndexError> {
        let stage = Stage::begin("search");
        let cursor = ask.cursor.map(Cursor::read).transpose()?;
        let begun = cursor.unwrap_or(Cursor { offset: 0, up_to: i64::MAX, relaxed: false });
        let generation = self.current.load_full();
        let statistics = self.statistics(&generation)?;
        let translated = translate(query, &generation.fields, &statistics, &self.segmenter, issues);
        let up_to = if begun.up_to == i64::MAX { newest(&statistics.searcher)? } else { begun.up_to };
        let run = Run { generation: &generation, statistics, translated: &translated, begun, ask };
        let page = run.page()?;
        stage.end(1);
        let shown = run.begun.offset + page.hits.len();
        let more = !page.hits.is_empty() && shown < page.listed.min(OFFSET_MAX);
        Ok(Hits {
            next: more.then(|| Cursor { offset: shown, up_to, relaxed: page.relaxed }.write()),
            hits: page.hits,
            total: page.total,
            relaxed: page.relaxed,
            facets: page.facets,
            notes: self
                .told()
                .into_iter()
                .chain(page.estimated.then(|| ESTIMATED.to_owned()))
                .chain(query.notes.iter().cloned())
                .chain(translated.notes)
                .collect(),
            marks: translated.marks,
        })
    }
}

impl SearchIndex {
    /// What every search must say while not everything can be found.
    fn told(&self) -> Option<String> {
        let done = self.building()?;
        Some(format!("索引正在重建（已完成 {done}%），此时检索结果不全，请稍后再查"))
    }
}

/// The highest item number that the searcher sees.
pub(super) fn newest(searcher: &Searcher) -> Result<i64, IndexError> {
    let mut newest = 0;
    for segment in searcher.segment_readers() {
        newest = newest.max(segment.fast_fields().i64(schema::NO)?.max_value());
    }
    Ok(newest)
}

#[derive(Default)]
struct Page {
    hits: Vec<Hit>,
    /// How many can be paged through.
    listed: usize,
    /// How many hold every word; where none does, how many come near.
    total: Option<usize>,
    relaxed: bool,
    facets: facets::Counted,
    /// Whether those are estimates.
    estimated: bool,
}

/// One page of one query.
struct Run<'a> {
    generation: &'a Generation,
    statistics: Statistics,
    translated: &'a Translated,
    begun: Cursor,
    ask: Ask<'a>,
}

impl Run<'_> {
    fn page(&self) -> Result<Page, IndexError> {
        if self.begun.relaxed {
            return self.nearest();
        }
        let page = match self.ask.sort {
            Sort::Relevance if self.begun.offset < self.depth() + NEAR => self.best()?,
            Sort::Relevance => self.beyond()?,
            Sort::Newest => self.by_date(Order::Desc)?,
            Sort::Oldest => self.by_date(Order::Asc)?,
        };
        if page.listed == 0 && self.begun.offset == 0 { self.nearest() } else { Ok(page) }
    }

    /// How many are weighed anew.
    fn depth(&self) -> usize {
        if self.translated.sentence { DEPTH_OF_SENTENCES } else { DEPTH }
    }

    /// What holds every word, from among the first few, which are weighed anew.
    fn best(&self) -> Result<Page, IndexError> {
        let depth = self.depth();
        let query = self.bounded(self.translated.strict.as_ref());
        let found = self.top(query.as_ref(), depth)?;
        let many = found.len() == depth;
        if many && self.begun.offset >= depth {
            return self.beyond();
        }
        let none = found.is_empty();
        let found_none = Page { total: Some(0), ..Page::default() };
        let counted = if none { found_none } else { self.counted(query.as_ref())? };
        let mut list: Vec<Hit> = self.ranked(found)?.iter().map(|best| hit(best, false)).collect();
        if self.translated.sentence && !none && !many {
            self.join(&mut list)?;
        }
        let listed = list.len().max(counted.total.unwrap_or(if many { OFFSET_MAX } else { 0 }));
        let hits = list.into_iter().skip(self.begun.offset).take(self.ask.limit).collect();
        Ok(Page { hits, listed, ..counted })
    }

    /// A page without hits yet: how many there are, in all and by facet, where that is asked for; facets with the first
    /// page only.
    fn counted(&self, query: &dyn IndexQuery) -> Result<Page, IndexError> {
        if !self.ask.counts {
            return Ok(Page::default());
        }
        let searcher = &self.statistics.searcher;
        if self.begun.offset > 0 {
            return Ok(Page { total: Some(searcher.search(query, &Count)?), ..Page::default() });
        }
        let (total, counts) = searcher.search(query, &(Count, Facets))?;
        let estimated = counts.estimated;
        Ok(Page { total: Some(total), facets: facets::shown(counts), estimated, ..Page::default() })
    }

    /// Sets what comes near to a sentence among what holds every word of it.
    fn join(&self, list: &mut Vec<Hit>) -> Result<(), IndexError> {
        let exact: HashSet<i64> = list.iter().map(|hit| hit.no).collect();
        list.iter_mut().for_each(|hit| hit.score *= EVERY_WORD);
        let near = self.near()?;
        list.extend(near.iter().filter(|near| !exact.contains(&near.no)).map(|near| hit(near, true)));
        list.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.no.cmp(&a.no)));
        Ok(())
    }

    /// What holds every word and lies deeper than is weighed anew.
    fn beyond(&self) -> Result<Page, IndexError> {
        let query = self.bounded(self.translated.strict.as_ref());
        let found = self.top(query.as_ref(), self.begun.offset + self.ask.limit.max(1))?;
        let hits = found.iter().skip(self.begun.offset).map(|found| hit(found, false));
        self.plain(query.as_ref(), hits.collect())
    }

    fn by_date(&self, order: Order) -> Result<Page, IndexError> {
        let top = TopDocs::with_limit(self.ask.limit.max(1)).and_offset(self.begun.offset);
        let top = top.order_by_fast_field::<i64>(schema::NO, order);
        let query = self.bounded(self.translated.strict.as_ref());
        let searcher = &self.statistics.searcher;
        let found = searcher.search(query.as_ref(), &top)?;
        let mut hits = Vec::with_capacity(found.len());
        for (_, address) in found {
            let numbers = searcher.segment_reader(address.segment_ord).fast_fields().i64(schema::NO)?;
            hits.push(Hit { no: numbers.first(address.doc_id).unwrap_or(0), score: 0.0, partial: false });
        }
        self.plain(query.as_ref(), hits)
    }

    /// Hits in the order in which they were found.
    fn plain(&self, query: &dyn IndexQuery, hits: Vec<Hit>) -> Result<Page, IndexError> {
        let counted = self.counted(query)?;
        // Uncounted, a full page may have another after it.
        let seen = self.begun.offset + hits.len();
        let listed = counted.total.unwrap_or(seen + usize::from(hits.len() == self.ask.limit));
        Ok(Page { hits, listed, ..counted })
    }

    /// Where nothing holds every word: what comes nearest, and no more of it than is worth looking at.
    fn nearest(&self) -> Result<Page, IndexError> {
        let mut near = self.near()?;
        match self.ask.sort {
            Sort::Relevance => {}
            Sort::Newest => near.sort_by_key(|candidate| std::cmp::Reverse(candidate.no)),
            Sort::Oldest => near.sort_by_key(|candidate| candidate.no),
        }
        let facets = if self.ask.counts && self.begun.offset == 0 && !near.is_empty() {
            let documents: Vec<DocAddress> = near.iter().map(|candidate| candidate.address).collect();
            facets::shown(facets::count(&self.statistics.searcher, &documents)?)
        } else {
            Vec::new()
        };
        let page = near.iter().skip(self.begun.offset).take(self.ask.limit);
        let hits: Vec<Hit> = page.map(|candidate| hit(candidate, true)).collect();
        let (listed, total, relaxed) = (near.len(), Some(near.len()), !near.is_empty());
        Ok(Page { hits, listed, total, relaxed, facets, estimated: false })
    }

    fn near(&self) -> Result<Vec<Candidate>, IndexError> {
        let Some(query) = &self.translated.relaxed else { return Ok(Vec::new()) };
        self.ranked(self.top(self.bounded(query.as_ref()).as_ref(), NEAR)?)
    }

    /// The best as tantivy sees them.
    fn top(&self, query: &dyn IndexQuery, limit: usize) -> Result<Vec<Candidate>, IndexError> {
        let Statistics { searcher, .. } = &self.statistics;
        Ok(searcher.search_with_statistics_provider(query, &Best(limit), &self.statistics)?)
    }

    fn ranked(&self, found: Vec<Candidate>) -> Result<Vec<Candidate>, IndexError> {
        let evidence = &self.translated.evidence;
        let mut candidates = weigh(&self.statistics, &self.generation.fields, evidence, found)?;
        order(&mut candidates);
        Ok(candidates)
    }

    /// The query among the items that were there when the first page was shown.
    fn bounded(&self, query: &dyn IndexQuery) -> Box<dyn IndexQuery> {
        if self.begun.up_to == i64::MAX {
            return query.box_clone();
        }
        let top = Term::from_field_i64(self.generation.fields.no, self.begun.up_to);
        let upto = Box::new(RangeQuery::new(Bound::Unbounded, Bound::Included(top)));
        // It selects, and adds nothing to a score: every page must see the same grades.
        let upto = Box::new(BoostQuery::new(upto, 0.0));
        Box::new(BooleanQuery::new(vec![(Occur::Must, query.box_clone()), (Occur::Must, upto)]))
    }
}

fn hit(candidate: &Candidate, partial: bool) -> Hit {
    Hit { no: candidate.no, score: candidate.score, partial }
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
