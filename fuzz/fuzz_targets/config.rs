//! Any text as the configuration, and as the description of a pulled source.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minyi::config::layered;
use minyi::pull::Plan;

fuzz_target!(|text: &str| {
    if let Err(error) = layered(Some(("minyi.toml", text)), &[]) {
        assert!(!error.to_string().is_empty());
    }
    if let Err(error) = Plan::parse(text) {
        assert!(!error.is_empty());
    }
});
