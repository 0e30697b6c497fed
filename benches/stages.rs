//! What one item costs, stage by stage: `cargo bench`.

#![expect(clippy::expect_used, reason = "a benchmark that cannot begin stops")]

use std::collections::HashMap;

use minyi::config;
use minyi::group::{BandError, Duplicates};
use minyi::index::query::parse;
use minyi::index::{Ask, Document, IndexSettings, SearchIndex, Sort};
use minyi::model::LocalDate;
use minyi::text::{Fingerprint, ProofTables, Proofreader, Segmenter, Words, fold, tidy};

fn main() {
    divan::main();
}

/// Titles and texts of the samples that the demonstration posts.
fn samples() -> Vec<(String, String)> {
    let lines = include_str!("../config/demo/items-1.jsonl").lines();
    let text = |item: &serde_json::Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .map(|item| {
            let parts = ["body", "situation", "causes", "suggestions"].map(|key| text(&item, key));
            (text(&item, "title"), parts.concat())
        })
        .collect()
}

#[divan::bench]
fn fold_samples(bencher: divan::Bencher<'_, '_>) {
    let samples = samples();
    bencher.counter(samples.len()).bench(|| {
        samples.iter().map(|(title, body)| fold([title.as_str(), body]).hash()).collect::<Vec<_>>()
    });
}

#[divan::bench]
fn fingerprint_samples(bencher: divan::Bencher<'_, '_>) {
    let folded: Vec<_> =
        samples().iter().map(|(title, body)| fold([title.as_str(), body.as_str()])).collect();
    bencher.counter(folded.len()).bench(|| folded.iter().map(Fingerprint::of).collect::<Vec<_>>());
}

#[divan::bench]
fn segment_samples(bencher: divan::Bencher<'_, '_>) {
    let (samples, segmenter) = (samples(), Segmenter::plain());
    bencher
        .counter(samples.len())
        .bench(|| samples.iter().map(|(_, body)| segmenter.for_index(body).tokens.len()).sum::<usize>());
}

/// 1,500 characters, the length of a manuscript, made of the samples.
fn manuscript() -> String {
    samples().iter().flat_map(|(_, body)| body.chars()).take(1500).collect()
}

/// 校对 of a manuscript.
#[divan::bench]
fn proof_fifteen_hundred_characters(bencher: divan::Bencher<'_, '_>) {
    let tables = ProofTables::load(std::path::Path::new("")).expect("tables");
    let proofreader = Proofreader::new(&tables, Segmenter::plain()).expect("rules");
    let (text, today) = (manuscript(), LocalDate::parse("2026-03-01").expect("a date"));
    bencher.bench(|| proofreader.check(&text, today).len());
}

/// 一键整理 of a manuscript.
#[divan::bench]
fn tidy_fifteen_hundred_characters(bencher: divan::Bencher<'_, '_>) {
    let text = manuscript();
    bencher.bench(|| tidy::propose(&text).len());
}

/// Candidates, verification, and the item's own place in the bands.
#[divan::bench]
fn place_samples(bencher: divan::Bencher<'_, '_>) {
    let own: Vec<_> = samples()
        .iter()
        .map(|(title, body)| Fingerprint::of(&fold([title.as_str(), body.as_str()])))
        .collect();
    let criteria = config::load(None, &[]).expect("the defaults").group;
    bencher
        .counter(own.len())
        .with_inputs(|| {
            let dir = tempfile::tempdir().expect("a folder");
            let duplicates = Duplicates::open(dir.path(), criteria.clone()).expect("bands");
            (dir, duplicates, own.clone())
        })
        .bench_values(|(dir, mut duplicates, own)| {
            for (no, own) in (0..).zip(own) {
                let placed = duplicates.place::<BandError>(no, None, || Ok(own), |_| Ok(Vec::new()));
                divan::black_box(placed.expect("placed"));
            }
            dir
        });
}

/// An index of the samples in a folder of its own.
fn index(dir: &std::path::Path) -> SearchIndex {
    let settings = IndexSettings { bigrams: true, lexicon: 0, writer_bytes: 32 << 20, commit_ms: 400 };
    SearchIndex::open(dir, settings, Segmenter::plain()).expect("an index")
}

fn documents() -> Vec<(Document, Words)> {
    let segmenter = Segmenter::plain();
    let cut = |text: &str| segmenter.for_index(text);
    (1..)
        .zip(samples())
        .map(|(no, (title, body))| {
            let words = Words { title: cut(&title), body: cut(&body) };
            (Document { no, title, body, ..Document::default() }, words)
        })
        .collect()
}

fn filled(index: &SearchIndex, documents: &[(Document, Words)]) {
    let mut filling = index.filling().expect("a writer");
    for (document, words) in documents {
        filling.add(document, words).expect("added");
    }
    filling.finish().expect("committed");
}

/// Into an empty index, commit included.
#[divan::bench]
fn index_samples(bencher: divan::Bencher<'_, '_>) {
    let documents = documents();
    let fresh = || {
        let dir = tempfile::tempdir().expect("a folder");
        let index = index(dir.path());
        (dir, index)
    };
    bencher.counter(documents.len()).with_inputs(fresh).bench_values(|(dir, index)| {
        filled(&index, &documents);
        (dir, index)
    });
}

/// The title of each sample as a query, with and without counts and facets.
#[divan::bench(args = [false, true])]
fn search_samples(bencher: divan::Bencher<'_, '_>, counts: bool) {
    let (dir, documents) = (tempfile::tempdir().expect("a folder"), documents());
    let index = index(dir.path());
    filled(&index, &documents);
    let today = LocalDate::parse("2026-01-01").expect("a date");
    let queries: Vec<_> = documents.iter().map(|(document, _)| parse(&document.title, today)).collect();
    bencher.counter(queries.len()).bench(|| {
        let ask = Ask { sort: Sort::Relevance, limit: 10, cursor: None, counts };
        let found = queries.iter().map(|query| index.search(query, &HashMap::new(), ask).expect("found"));
        found.map(|found| found.hits.len()).sum::<usize>()
    });
}
