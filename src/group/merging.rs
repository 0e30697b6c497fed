//! What several texts say, sentence beside sentence: which mean the same, and what each brings that is new.

use crate::text::{Frequencies, Segmented, Terms};

use super::sentences::{covered, sentences};

/// The share of the shorter sentence's weight that two must have in common to say the same.
const SAME: f32 = 0.55;
/// Sentences of one text that are looked at.
const SENTENCES_MAX: usize = 200;

/// A sentence and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Which text, from 0.
    pub text: usize,
    /// Which sentence of it, from 0.
    pub at: usize,
    /// As written.
    pub sentence: String,
}

/// Groups the sentences of several texts by what they say, in the order of the first text that says it. A group holds
/// at most the sentences that resemble its first: likeness is not handed on.
pub fn by_what_they_say(
    texts: &[&str],
    frequencies: &Frequencies,
    cut: impl Fn(&str) -> Segmented,
) -> Vec<Vec<Said>> {
    let mut groups: Vec<(Terms, Vec<Said>)> = Vec::new();
    for (text, written) in texts.iter().enumerate() {
        for (at, sentence) in sentences(written).into_iter().take(SENTENCES_MAX).enumerate() {
            let terms = Terms::of_text(&cut(sentence), frequencies);
            let said = Said { text, at, sentence: sentence.to_owned() };
            let nearest = groups
                .iter()
                .enumerate()
                .map(|(group, (first, _))| (group, covered(&terms, first).min(covered(first, &terms))))
                .filter(|(_, share)| *share >= SAME)
                .max_by(|a, b| a.1.total_cmp(&b.1));
            match nearest {
                Some((group, _)) => groups[group].1.push(said),
                None => groups.push((terms, vec![said])),
            }
        }
    }
    groups.into_iter().map(|(_, all)| all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Segmenter;

    #[test]
    fn sentences_of_one_meaning_stand_together_and_the_others_by_themselves() {
        let segmenter = Segmenter::plain();
        let texts = [
            "翠柏苑小区电梯经常停运，老人被困过三次。物业说没有维修资金。",
            "翠柏苑小区的电梯经常停运，有老人被困。消防部门已下达整改通知书。",
            "消防部门下达了整改通知书。建议动用维修基金更换电梯。",
        ];
        let cut = |text: &str| segmenter.for_index(text);
        let groups = by_what_they_say(&texts, &Frequencies::default(), cut);
        let shape: Vec<Vec<usize>> =
            groups.iter().map(|all| all.iter().map(|one| one.text).collect()).collect();
        assert_eq!(shape, [vec![0, 1], vec![0], vec![1, 2], vec![2]], "{groups:?}");
        let count: usize = groups.iter().map(Vec::len).sum();
        assert_eq!(count, 6, "no sentence is lost or doubled");
    }
}
