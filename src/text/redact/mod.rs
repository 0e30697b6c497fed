//! Personal data masked in copies: pages, exports, bulletins, never in the text as received (DOMAIN §6).
//!
//! What counts as personal data is a list of rules in `config/redact.toml`. Of two finds that overlap the earlier one
//! stands, then the one whose rule is listed first.

mod checks;
mod masked;
mod rules;

use std::collections::HashSet;
use std::ops::Range;

pub use checks::surname;
pub use masked::{Masked, Piece, Pieces};
pub use rules::RedactError;
use rules::Rule;

/// A place with personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What it is: `mobile`.
    pub kind: String,
    /// The same for an editor: 手机号码.
    pub label: String,
    /// What stands for it.
    pub mask: String,
}

/// Finds personal data and masks it.
#[derive(Debug, Clone)]
pub struct Redactor {
    rules: Vec<Rule>,
}

impl Redactor {
    /// With the rules that come with the program.
    ///
    /// # Errors
    /// Never, as a test holds; the rules are read as an office's own are.
    pub fn standard() -> Result<Self, RedactError> {
        Self::from_toml(rules::DEFAULT)
    }

    /// With an office's own rules.
    ///
    /// # Errors
    /// [`RedactError`], naming the rule.
    pub fn from_toml(text: &str) -> Result<Self, RedactError> {
        Ok(Self { rules: rules::read(text)? })
    }

    /// Every place with personal data, in order.
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let plain = HalfWidth::of(text);
        let mut found: Vec<(Range<usize>, usize)> = Vec::new();
        for (order, rule) in self.rules.iter().enumerate() {
            found.extend(places(rule, &plain.text).map(|range| (range, order)));
        }
        found.sort_by_key(|(range, order)| (range.start, *order));
        let mut hits: Vec<Hit> = Vec::new();
        for (range, order) in found {
            let range = plain.original(range);
            if hits.last().is_some_and(|last| range.start < last.range.end) {
                continue;
            }
            let rule = &self.rules[order];
            let mask = rule.mask(&text[range.clone()]);
            hits.push(Hit { range, kind: rule.kind.clone(), label: rule.label.clone(), mask });
        }
        hits
    }

    /// The text with its personal data masked.
    pub fn mask(&self, text: &str) -> Masked<String> {
        Masked::new(self.pieces(text, &HashSet::new()).into_inner().to_string())
    }

    /// The same in pieces. What stands in `released`, word for word, an editor has said to be no personal data.
    pub fn pieces(&self, text: &str, released: &HashSet<String>) -> Masked<Pieces> {
        let (mut pieces, mut at, mut number) = (Vec::new(), 0, 0);
        let plain = |range: Range<usize>| Piece::Plain { text: text[range].to_owned() };
        for hit in self.find(text) {
            if released.contains(&text[hit.range.clone()]) {
                continue;
            }
            if at < hit.range.start {
                pieces.push(plain(at..hit.range.start));
            }
            at = hit.range.end;
            pieces.push(Piece::Hidden { text: hit.mask, label: hit.label, kind: hit.kind, number });
            number += 1;
        }
        if at < text.len() {
            pieces.push(plain(at..text.len()));
        }
        Masked::new(Pieces(pieces))
    }

    /// What the hidden piece of that number hides, for “reveal”, which is logged.
    pub fn hidden<'a>(&self, text: &'a str, released: &HashSet<String>, number: usize) -> Option<&'a str> {
        let hits = self.find(text).into_iter().map(|hit| &text[hit.range]);
        hits.filter(|hidden| !released.contains(*hidden)).nth(number)
    }

    /// A field that is personal data whatever it looks like, such as the telephone number of a contributor: masked as
    /// its rule says, and all but the first character where no rule knows it.
    pub fn field(&self, value: &str) -> Masked<String> {
        let masked = self.mask(value);
        if masked.get() != value || value.is_empty() {
            return masked;
        }
        let first = value.chars().take(1);
        Masked::new(first.chain(std::iter::repeat_n('*', value.chars().count().clamp(3, 9) - 1)).collect())
    }

    /// A field that everyone may read, such as the name of a unit.
    pub fn open(value: impl Into<String>) -> Masked<String> {
        Masked::new(value.into())
    }
}

/// Where a rule finds something that passes its check and edges.
fn places(rule: &Rule, text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(found) = rule.pattern.captures_at(text, from) {
            let part = found.name("hide").or_else(|| found.get(0))?;
            let (before, after) = (&text[..part.start()], &text[part.end()..]);
            let step = text[part.start()..].chars().next().map_or(1, char::len_utf8);
            if !part.is_empty()
                && rule.edge.allows(before.chars().next_back(), after.chars().next())
                && rule.check.holds(part.as_str(), after)
            {
                from = part.end();
                return Some(part.range());
            }
            // A find that is none may hide one that begins within it.
            from = part.start() + step;
        }
        None
    })
}

/// A text with full-width letters, digits and signs as half-width ones, character for character.
struct HalfWidth {
    text: String,
    /// Where each byte of `text` that begins a character stands in the original; `None` while both are the same.
    starts: Option<Vec<(usize, usize)>>,
    end: usize,
}

impl HalfWidth {
    fn of(text: &str) -> Self {
        let wide =
            |c: char| ('\u{ff10}'..='\u{ff5a}').contains(&c) && c.is_alphanumeric() || "－＠．＿".contains(c);
        if !text.contains(wide) {
            return Self { text: text.to_owned(), starts: None, end: text.len() };
        }
        let (mut out, mut starts) = (String::with_capacity(text.len()), Vec::new());
        for (at, c) in text.char_indices() {
            starts.push((out.len(), at));
            let narrow = char::from_u32(u32::from(c).wrapping_sub(0xfee0)).filter(|_| wide(c));
            out.push(narrow.unwrap_or(c));
        }
        Self { text: out, starts: Some(starts), end: text.len() }
    }

    fn original(&self, range: Range<usize>) -> Range<usize> {
        let Some(starts) = &self.starts else { return range };
        let place = |at: usize| {
            starts.binary_search_by_key(&at, |(own, _)| *own).map_or(self.end, |index| starts[index].1)
        };
        place(range.start)..place(range.end)
    }
}

#[cfg(test)]
mod tests;
