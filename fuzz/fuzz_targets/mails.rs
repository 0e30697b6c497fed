//! Any bytes as a mail: its texts and files, or a sentence that says it is none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minyi::pull::parts_of_mail;

/// An assertion of the crate that parses mails, which a released program has not, is caught where it is called: a damaged
/// mail. Every other panic is a finding.
fn let_the_parsers_own_pass() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.location().is_some_and(|at| at.file().contains("/mail-parser-")) {
            abort(info);
        }
    }));
}

fuzz_target!(init: let_the_parsers_own_pass(), |bytes: &[u8]| {
    if let Err(why) = parts_of_mail(bytes) {
        assert!(why.contains("邮件"), "{why}");
    }
});
