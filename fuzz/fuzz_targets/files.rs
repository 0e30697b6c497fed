//! Any bytes as an uploaded file of each kind. Panics of the crates that read strangers' formats are caught by the reader
//! itself (a damaged file), so they are no finding; what hangs, eats memory or breaks our own promises is.
#![no_main]

use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use minyi::intake::files::{Helpers, read};

const ENDINGS: &[&str] = &["xlsx", "xls", "xlsb", "ods", "csv", "jsonl", "docx", "txt", "zip", "json"];

static QUIET: Once = Once::new();

fuzz_target!(|input: (u8, &[u8])| {
    // The fuzzer's own hook ends the process before anybody could catch the panic.
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let (kind, bytes) = input;
    let ending = ENDINGS[kind as usize % ENDINGS.len()];
    if let Ok(reading) = read(&format!("关于某事的建议.{ending}"), bytes, Helpers::default()) {
        for draft in &reading.drafts {
            let item = serde_json::to_string(&draft.item).expect("an item is JSON");
            assert!(item.starts_with('{'));
        }
    }
});
