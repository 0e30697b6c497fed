//! Words of one meaning, everyday and official: what a search looks for besides what was typed.

use std::collections::HashMap;

use super::lexicon::{Fault, lines, word};

/// What stands between words and those that are looked for as well, one way only.
const ARROW: &str = "=>";

/// Words by the word that was typed.
#[derive(Debug, Clone, Default)]
pub struct Synonyms(HashMap<String, Vec<String>>);

impl Synonyms {
    /// Adds the groups of a text: `甲 乙 丙` all mean the same; with `甲 乙 => 丙` those before the arrow also look for
    /// those after it.
    pub(super) fn add(&mut self, file: &str, text: &str, faults: &mut Vec<Fault>) {
        for (line, parts) in lines(text) {
            if let Err(why) = self.line(&parts) {
                faults.push(Fault { file: file.to_owned(), line, why });
            }
        }
    }

    fn line(&mut self, parts: &[&str]) -> Result<(), String> {
        let mut sides = parts.split(|part| *part == ARROW);
        let mut side = || {
            let parts = sides.next()?;
            Some(parts.iter().map(|part| word(part, 1)).collect::<Result<Vec<String>, String>>())
        };
        let (from, to) = (side().transpose()?.unwrap_or_default(), side().transpose()?);
        if side().is_some() {
            return Err(format!("一行只能有一个“{ARROW}”"));
        }
        let to = to.unwrap_or_else(|| from.clone());
        if from.is_empty() || to.is_empty() || (from.len() == 1 && from == to) {
            return Err(format!("一行至少两个词：甲 乙，或 甲 {ARROW} 乙"));
        }
        for one in &from {
            let known = self.0.entry(one.clone()).or_default();
            for other in &to {
                if other != one && !known.contains(other) {
                    known.push(other.clone());
                }
            }
        }
        Ok(())
    }

    /// What else is looked for.
    pub fn of(&self, word: &str) -> &[String] {
        self.0.get(word).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Synonyms, Vec<Fault>) {
        let (mut synonyms, mut faults) = (Synonyms::default(), Vec::new());
        synonyms.add("同义.txt", text, &mut faults);
        (synonyms, faults)
    }

    #[test]
    fn a_group_goes_every_way_and_an_arrow_one_way() {
        let (synonyms, faults) = read("房东 => 出租人\n轻轨 地铁 軌道交通 # 说明\n地铁 => 城轨\n");
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(synonyms.of("房东"), ["出租人"]);
        assert!(synonyms.of("出租人").is_empty());
        assert_eq!(synonyms.of("地铁"), ["轻轨", "轨道交通", "城轨"]);
    }

    #[test]
    fn a_word_alone_or_two_arrows_are_wrong_and_named() {
        let (_, faults) = read("一词\n甲乙 => \n甲乙 => 丙丁 => 戊己\n");
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
