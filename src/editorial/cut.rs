//! A text in words, nothing left out: for showing what differs.

use crate::index::Kin;

/// The words of a text as the index cuts it, the longest at each place; what lies between them character by character.
pub(super) fn words<'a>(kin: &Kin, text: &'a str) -> Vec<&'a str> {
    let cut = kin.cut(text);
    // The searchable form has as many characters as the text, but not as many bytes.
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let searchable: Vec<usize> = cut.text.char_indices().map(|(at, _)| at).chain([cut.text.len()]).collect();
    let number = |byte: u32| searchable.binary_search(&(byte as usize)).ok();
    let mut ends = vec![0; places.len()];
    for token in &cut.tokens {
        if let (Some(start), Some(end)) = (number(token.start), number(token.end))
            && end < places.len()
        {
            ends[start] = ends[start].max(end);
        }
    }
    let (mut at, mut out) = (0, Vec::new());
    while at + 1 < places.len() {
        let end = ends[at].max(at + 1);
        out.push(&text[places[at]..places[end]]);
        at = end;
    }
    out
}
