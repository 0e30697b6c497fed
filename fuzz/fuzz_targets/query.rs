//! Any text as a query: read without a panic, and what it is shown as is read as the same again. The shown form is longer
//! by its brackets and words; one beyond what a query may have is cut, so it is not compared.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minyi::index::query::{MAX_CHARS, parse};
use minyi::model::Timestamp;

fuzz_target!(|text: &str| {
    let today = Timestamp::from_micros(1_780_000_000_000_000).date();
    let shown = parse(text, today).to_string();
    if shown.chars().count() <= MAX_CHARS {
        assert_eq!(parse(&shown, today).to_string(), shown, "from {text:?}");
    }
});
