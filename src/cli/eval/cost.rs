//! What search costs: bytes of the index beside the text, milliseconds of a query.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use serde_json::{Value, json};

use crate::index::query::parse;
use crate::index::{Ask, Document, SearchIndex, Sort};
use crate::model::LocalDate;
use crate::text::Segmenter;

use super::super::sample::{Maker, text_of};
use super::data::lines;

/// The seed of made items: the same corpus gives the same items.
const SEED: u64 = 20_260_101;
/// So many words of a text make a conjunction.
const CONJUNCTION: usize = 2;
/// Queries whose time is taken.
const ASKED: usize = 1_000;
/// Queries that are shown for having taken longest.
const SLOWEST: usize = 5;
/// Hits of a page.
const TOP: usize = 10;

/// Made items in any number, and the titles of the texts that they were made from.
pub struct Load {
    maker: Maker,
    number: u64,
    /// 标题 of the corpus, to be asked for.
    pub titles: Vec<String>,
}

impl Load {
    /// From a corpus in JSON Lines.
    ///
    /// # Errors
    /// When the file cannot be read or holds too few sentences.
    pub fn of(corpus: &Path, number: u64) -> anyhow::Result<Self> {
        let (mut texts, mut titles) = (Vec::new(), Vec::new());
        for (_, fields) in lines(corpus)? {
            let title = fields.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
            texts.extend(text_of(&Value::Object(fields)));
            titles.extend((!title.is_empty()).then_some(title));
        }
        let maker = Maker::new(texts.iter().map(String::as_str), SEED, 0.0)?;
        let step = titles.len().div_ceil(ASKED).max(1);
        Ok(Self { maker, number, titles: titles.into_iter().step_by(step).collect() })
    }

    /// The items, made one after another: they need not be in memory together.
    pub fn documents(&self) -> impl Iterator<Item = Document> {
        (0..self.number).filter_map(|number| self.document(number))
    }

    /// The item of a number.
    pub fn document(&self, number: u64) -> Option<Document> {
        let item: Value = serde_json::from_str(&self.maker.item(number)).ok()?;
        let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Document {
            no: i64::try_from(number).unwrap_or(i64::MAX),
            title: text("title"),
            body: text("body"),
            district: Some(text("district")),
            ..Document::default()
        })
    }

    /// Some of the items' bodies, from which words are asked for together.
    pub fn bodies(&self) -> Vec<String> {
        let step = (self.number as usize).div_ceil(ASKED).max(1);
        self.documents().step_by(step).map(|document| document.body).collect()
    }
}

/// What the index takes on the disk beside the text, in all and by part.
///
/// # Errors
/// When the index cannot be read.
pub fn size(index: &SearchIndex, text_bytes: usize) -> anyhow::Result<Value> {
    let share = |bytes: u64| json!(bytes as f64 / text_bytes.max(1) as f64);
    let parts = index.space()?.into_iter().map(|(name, bytes)| (name, share(bytes)));
    Ok(json!({ "text_bytes": text_bytes, "bytes_per_text_byte": Value::Object(parts.collect()) }))
}

/// How long searches take: two words of a text together, and a whole title; each also with every hit counted, in all and
/// by facet, as the first page of the search shows them.
///
/// # Errors
/// When the index cannot be read.
pub fn speed(
    index: &SearchIndex,
    texts: &[String],
    titles: &[String],
    segmenter: &Segmenter,
) -> anyhow::Result<Value> {
    let pairs: Vec<String> = texts.iter().map(|text| some_words(text, segmenter)).collect();
    Ok(json!({
        "and": times(index, &pairs, false)?,
        "and_counted": times(index, &pairs, true)?,
        "or": times(index, titles, false)?,
        "or_counted": times(index, titles, true)?,
    }))
}

/// Words of two or more characters from the middle of a text.
fn some_words(text: &str, segmenter: &Segmenter) -> String {
    let cut = segmenter.for_query(text);
    let words: Vec<&str> =
        cut.tokens.iter().map(|token| cut.word(token)).filter(|word| word.chars().count() > 1).collect();
    let from = if words.len() > 2 * CONJUNCTION { words.len() / 2 } else { 0 };
    words[from..].iter().take(CONJUNCTION).copied().collect::<Vec<_>>().join(" ")
}

fn times(index: &SearchIndex, queries: &[String], counts: bool) -> anyhow::Result<Value> {
    let today = LocalDate::parse("2026-01-01").context("date")?;
    let step = queries.len().div_ceil(ASKED).max(1);
    let mut times = Vec::new();
    // Once to have the files in memory, once to be timed.
    for timed in [false, true] {
        for text in queries.iter().step_by(step) {
            let query = parse(text, today);
            let begun = Instant::now();
            let ask = Ask { sort: Sort::Relevance, limit: TOP, cursor: None, counts };
            index.search(&query, &HashMap::new(), ask)?;
            if timed {
                times.push((begun.elapsed().as_secs_f64() * 1e3, text));
            }
        }
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let last = times.len().saturating_sub(1);
    let at = |share: f64| times.get(((times.len() as f64 * share) as usize).min(last)).map(|(took, _)| took);
    let slowest = times.iter().rev().take(SLOWEST).map(|(took, text)| ((*text).clone(), json!(took)));
    let slowest: serde_json::Map<String, Value> = slowest.collect();
    Ok(json!({
        "queries": times.len(),
        "p50": at(0.5),
        "p90": at(0.9),
        "p99": at(0.99),
        "max": at(1.0),
        "slowest": slowest,
    }))
}
