//! Which characters of an issue no font has. They are reported before an issue is signed; none is printed as a box.

use std::collections::{BTreeMap, HashSet};

use super::super::document::{Document, Piece};
use super::fonts::Press;

/// How many missing characters a message lists.
const LISTED: usize = 12;

/// A character that would print as a box, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Missing {
    /// The character.
    pub character: char,
    /// `U+1F600`.
    pub code: String,
    /// The title, paragraph or line that holds it, cut short around it.
    pub place: String,
}

impl Press {
    /// The characters of an issue that none of the fonts has, each with the first place where it stands.
    pub fn missing(&self, document: &Document) -> Vec<Missing> {
        let mut found: BTreeMap<char, String> = BTreeMap::new();
        for text in texts(document) {
            for (at, c) in text.char_indices() {
                if !found.contains_key(&c) && !self.has(c) {
                    found.insert(c, around(&text, at));
                }
            }
        }
        found
            .into_iter()
            .map(|(character, place)| Missing {
                character,
                code: format!("U+{:04X}", u32::from(character)),
                place,
            })
            .collect()
    }

    /// Whether a character is printed in every face.
    fn has(&self, c: char) -> bool {
        self.printable.get_or_init(|| self.all_printable()).contains(&u32::from(c))
    }

    /// What every face prints: all chains end in the face of rare characters and the office's own. Looked up in one set,
    /// since asking each font about each character of a batch took longer than typesetting it.
    fn all_printable(&self) -> HashSet<u32> {
        let held = |font: &typst::text::Font| font.info().coverage.iter().collect::<HashSet<u32>>();
        let (own, ours) = self.fonts.split_at(self.own);
        let Some((rare, faces)) = ours.split_last() else { return HashSet::new() };
        let mut all = held(rare);
        all.extend(own.iter().flat_map(held));
        let faces: Vec<HashSet<u32>> = faces.iter().map(held).collect();
        if let Some((first, others)) = faces.split_first() {
            all.extend(first.iter().filter(|c| others.iter().all(|face| face.contains(c))));
        }
        all
    }

    /// The families of the office's own fonts, for the end of every chain.
    pub(super) fn own_families(&self) -> Vec<&str> {
        self.fonts[..self.own].iter().map(|font| font.info().family.as_str()).collect()
    }
}

/// Every text that is printed.
fn texts(document: &Document) -> Vec<String> {
    let head = &document.masthead;
    let mut all: Vec<String> = head.mark.iter().chain(&head.urgency).cloned().collect();
    all.extend([head.name.clone(), document.issue_line.clone(), document.unit.clone()]);
    for piece in document.flow() {
        match piece {
            Piece::Note(lines) | Piece::Contents(lines) | Piece::Earlier(lines) => {
                all.extend(lines.iter().cloned())
            }
            Piece::Title { lines, .. } => all.push(lines.concat()),
            Piece::Block(block) => all.push(block.text()),
            Piece::Credit(credit) => all.push(credit.to_owned()),
        }
    }
    all.extend(document.foot.recipients().map(|(_, list)| list));
    all.push(document.foot.last_line().0);
    all
}

/// A few characters before and after.
fn around(text: &str, at: usize) -> String {
    let before: String = {
        let mut last: Vec<char> = text[..at].chars().rev().take(8).collect();
        last.reverse();
        last.into_iter().collect()
    };
    let after: String = text[at..].chars().take(9).collect();
    before + &after
}

/// The characters in one line, with their places.
pub(super) fn listed(missing: &[Missing]) -> String {
    let one = |m: &Missing| format!("{}（{}，“{}”）", m.character, m.code, m.place);
    let mut text = missing.iter().take(LISTED).map(one).collect::<Vec<_>>().join("、");
    if missing.len() > LISTED {
        text.push_str(" 等");
    }
    text
}
