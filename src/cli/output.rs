//! How commands print.

use std::io::Write;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// JSON for programs. A reader that has seen enough (`| head`) may close its end: that is no error.
pub fn print_json(value: &Value) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// A text out of a JSON object; empty where there is none.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A number out of a JSON object.
pub fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}

/// The elements of a list in a JSON object.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A progress bar on standard error; hidden where nobody watches.
pub fn progress(total: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:32}] {human_pos}/{human_len}  {per_sec}  余 {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("█▉ ");
    ProgressBar::new(total).with_style(style).with_message(what)
}

/// Marks in snippets, for a terminal: bold where colours are shown, brackets elsewhere.
pub fn plain_snippet(html: &str) -> String {
    html.replace("<mark>", "【")
        .replace("</mark>", "】")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
