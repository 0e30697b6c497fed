//! What one item costs, stage by stage: `cargo bench`.

#![expect(clippy::expect_used, reason = "a benchmark that cannot begin stops")]

use minyi::config;
use minyi::group::{BandError, Duplicates};
use minyi::text::{Fingerprint, Segmenter, fold};

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
