//! Any bytes as an item: refused with what is wrong, or taken, and then its canonical form is taken for the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minyi::intake::{Refusal, read_submission};
use minyi::model::Timestamp;

fuzz_target!(|bytes: &[u8]| {
    let now = Timestamp::from_micros(1_780_000_000_000_000);
    let kinds = ["opinion".parse().expect("a kind")];
    match read_submission(bytes, now, 24, &kinds) {
        Ok(item) => {
            let again = read_submission(item.canonical().as_bytes(), now, 24, &kinds)
                .expect("taken once, taken twice");
            assert_eq!(again.content_hash(), item.content_hash());
        }
        Err(Refusal::Invalid(errors)) => assert!(!errors.is_empty(), "a refusal says why"),
        Err(_) => {}
    }
});
