//! What a subject's name says of its items: a subject with four items has hardly any words of its own yet.

use super::super::lexicon::lines;
use super::features::Counts;

/// `part of a name => words`, one to a line.
const GLOSSARY: &str = include_str!("../../../config/lexicon/subjects.txt");
const ARROW: &str = "=>";

/// The words that items of a subject of this name are likely to have, each once; empty where the name says nothing.
pub(super) fn words(subject: &str) -> Counts {
    let told = lines(GLOSSARY).filter_map(|(_, parts)| match parts.as_slice() {
        [part, ARROW, words @ ..] if subject.contains(part) => Some(words.to_vec()),
        _ => None,
    });
    told.flatten().map(|word| (Box::from(word), 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_brings_the_words_of_its_parts_and_every_line_can_be_read() {
        let brought = words("农林水利");
        assert!(["农村", "森林", "水库"].iter().all(|word| brought.contains_key(*word)), "{brought:?}");
        assert!(words("其他").is_empty());
        let wrong: Vec<_> = lines(GLOSSARY).filter(|(_, p)| p.len() < 3 || p[1] != ARROW).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
