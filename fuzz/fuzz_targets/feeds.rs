//! Any bytes as the answer of a pulled source: each entry becomes an item that the intake takes, or says what it lacks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minyi::intake::{Refusal, read_submission};
use minyi::model::Timestamp;
use minyi::pull::items_of;

fuzz_target!(|bytes: &[u8]| {
    let now = Timestamp::from_micros(1_780_000_000_000_000);
    let kinds = ["opinion".parse().expect("a kind")];
    let Ok(items) = items_of(bytes, "application/rss+xml", now) else { return };
    for item in items.into_iter().flatten() {
        match read_submission(item.to_string().as_bytes(), now, 24, &kinds) {
            // A secrecy mark is the intake's to refuse.
            Ok(_) | Err(Refusal::Secret { .. }) => {}
            Err(refusal) => panic!("{refusal:?} for {item}"),
        }
    }
});
