//! Any bytes as a mail: its texts and files, or a sentence that says it is none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minyi::pull::parts_of_mail;

fuzz_target!(|bytes: &[u8]| {
    if let Err(why) = parts_of_mail(bytes) {
        assert!(why.contains("邮件"), "{why}");
    }
});
