//! Stage 1: the folded text, which is a key and never shown.

use crate::telemetry::Stage;
use crate::text::fold;

use super::flow::{Normalised, Opened};

pub(super) fn run(batch: Vec<Opened>) -> Vec<Normalised> {
    let (stage, items) = (Stage::begin("normalise"), batch.len());
    let out = batch
        .into_iter()
        .map(|opened| {
            let submission = &opened.envelope.submission;
            let folded = fold(std::iter::once(submission.title.as_str()).chain(submission.text.pieces()));
            Normalised { canonical: submission.canonical(), folded, opened }
        })
        .collect();
    stage.end(items);
    out
}
