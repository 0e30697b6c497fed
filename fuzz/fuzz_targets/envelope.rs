//! Any text as a message of the queue: refused, or read, and then written and read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minyi::queue::Envelope;

fuzz_target!(|text: &str| {
    if let Ok(envelope) = Envelope::decode(text) {
        let written = envelope.encode();
        assert_eq!(Envelope::decode(&written).expect("our own").encode(), written);
    }
});
