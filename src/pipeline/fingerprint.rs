//! Stage 3: fingerprints, for the duplicates that are looked for after the store has given the item its place.

use crate::telemetry::Stage;
use crate::text::Fingerprint;

use crate::queue::Purpose;
use crate::store::Arrival;

use super::flow::{Prepared, Segmented};

pub(super) fn run(batch: Vec<Segmented>) -> Vec<Prepared> {
    let (stage, items) = (Stage::begin("fingerprint"), batch.len());
    let out = batch.into_iter().map(prepare).collect();
    stage.end(items);
    out
}

fn prepare(segmented: Segmented) -> Prepared {
    let Segmented { normalised, words } = segmented;
    let (delivery, envelope) = (normalised.opened.delivery, normalised.opened.envelope);
    let arrival = Arrival {
        id: envelope.item,
        receipt: envelope.receipt,
        source: envelope.source,
        actor: envelope.actor,
        received_at: envelope.received_at,
        content_hash: envelope.content,
        fold_hash: normalised.folded.hash(),
        canonical: normalised.canonical,
        submission: envelope.submission,
    };
    let fingerprint = Fingerprint::of(&normalised.folded);
    Prepared { delivery, version: envelope.purpose == Purpose::Version, arrival, words, fingerprint }
}
