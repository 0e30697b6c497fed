//! Any text as a file of the lexicon: read, or refused with its line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minyi::text::Lexicon;

fuzz_target!(|text: &str| {
    if let Err(error) = Lexicon::parse("办公室.txt", text) {
        assert!(error.to_string().contains("办公室.txt"), "{error}");
    }
});
