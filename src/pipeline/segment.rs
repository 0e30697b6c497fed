//! Stage 2: words, for the index that follows.

use crate::telemetry::Stage;
use crate::text::{Segmenter, Words};

use super::flow::{Normalised, Segmented};

pub(super) fn run(batch: Vec<Normalised>, segmenter: &Segmenter) -> Vec<Segmented> {
    let (stage, items) = (Stage::begin("segment"), batch.len());
    let out = batch
        .into_iter()
        .map(|normalised| {
            let submission = &normalised.opened.envelope.submission;
            let words = Words {
                title: segmenter.for_index(submission.title.as_str()),
                body: segmenter.for_index(&submission.text.plain()),
            };
            Segmented { normalised, words }
        })
        .collect();
    stage.end(items);
    out
}
