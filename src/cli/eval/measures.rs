//! The usual measures, and a paired test of whether a gain is a gain.

/// Counts of a yes-or-no decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Said yes, rightly.
    pub right: usize,
    /// Said yes, wrongly.
    pub wrong: usize,
    /// Said no where it was yes.
    pub missed: usize,
}

impl Counts {
    /// Of what is, how much was found; 1 where nothing is.
    pub fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// Of what was found, how much is; 1 where nothing was found.
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// Their harmonic mean.
    pub fn f1(&self) -> f64 {
        share(2 * self.right, 2 * self.right + self.wrong + self.missed)
    }
}

/// A part of a whole; 1 of nothing.
pub fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// The area under the ROC curve: how often a positive scores above a negative, ties counting half.
pub fn auc(scored: &[(f64, bool)]) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won, mut positives) = (0.0, 0.0, 0.0);
    for same in sorted.chunk_by(|a, b| a.0 == b.0) {
        let yes = same.iter().filter(|(_, label)| *label).count() as f64;
        let no = same.len() as f64 - yes;
        won += yes * (below + no / 2.0);
        below += no;
        positives += yes;
    }
    if positives * below == 0.0 { 1.0 } else { won / (positives * below) }
}

/// What a ranked list is worth: `hits` says of each place in it whether it is relevant, of `relevant` in all.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ranking {
    /// 1 when the first is relevant.
    pub hit_at_1: f64,
    /// Of the relevant, how much is among the first ten.
    pub recall_at_10: f64,
    /// 1 / place of the first relevant one, 0 beyond the tenth.
    pub mrr_at_10: f64,
    /// Discounted gain beside the best possible.
    pub ndcg_at_10: f64,
}

impl Ranking {
    /// Of one list.
    pub fn of(hits: &[bool], relevant: usize) -> Self {
        let top = &hits[..hits.len().min(10)];
        let gain = |place: usize| 1.0 / ((place + 2) as f64).log2();
        let best: f64 = (0..relevant.min(10)).map(gain).sum();
        let got: f64 = top.iter().enumerate().filter(|(_, hit)| **hit).map(|(place, _)| gain(place)).sum();
        Self {
            hit_at_1: f64::from(u8::from(top.first() == Some(&true))),
            recall_at_10: share(top.iter().filter(|hit| **hit).count(), relevant),
            mrr_at_10: top.iter().position(|hit| *hit).map_or(0.0, |place| 1.0 / (place + 1) as f64),
            ndcg_at_10: if best == 0.0 { 1.0 } else { got / best },
        }
    }

    /// The mean of many.
    pub fn mean(all: &[Self]) -> Self {
        let n = all.len().max(1) as f64;
        let mean = |of: fn(&Self) -> f64| all.iter().map(of).sum::<f64>() / n;
        Self {
            hit_at_1: mean(|r| r.hit_at_1),
            recall_at_10: mean(|r| r.recall_at_10),
            mrr_at_10: mean(|r| r.mrr_at_10),
            ndcg_at_10: mean(|r| r.ndcg_at_10),
        }
    }
}

/// Accuracy and macro-averaged F1 of predicted classes, as (truth, predicted).
pub fn classes(answers: &[(usize, usize)], count: usize) -> (f64, f64) {
    let right = answers.iter().filter(|(truth, said)| truth == said).count();
    let mut of = vec![Counts::default(); count];
    for (truth, said) in answers {
        if truth == said {
            of[*truth].right += 1;
        } else {
            of[*truth].missed += 1;
            of[*said].wrong += 1;
        }
    }
    let seen: Vec<f64> = of.iter().filter(|c| c.right + c.missed + c.wrong > 0).map(Counts::f1).collect();
    (share(right, answers.len()), seen.iter().sum::<f64>() / seen.len().max(1) as f64)
}

/// How likely a mean difference as large as this one comes by chance: the share of 10,000 random sign changes of the
/// pairs' differences that reach it (two-sided; the seed is fixed).
pub fn paired_p(one: &[f64], other: &[f64]) -> f64 {
    const ROUNDS: u32 = 10_000;
    let differences: Vec<f64> = one.iter().zip(other).map(|(a, b)| a - b).collect();
    let seen = differences.iter().sum::<f64>().abs();
    let (mut state, mut reached) = (0x9E37_79B9_7F4A_7C15_u64, 0u32);
    for _ in 0..ROUNDS {
        let mut sum = 0.0;
        for difference in &differences {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            sum += if state & 1 == 0 { *difference } else { -difference };
        }
        reached += u32::from(sum.abs() + 1e-12 >= seen);
    }
    f64::from(reached + 1) / f64::from(ROUNDS + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }

    #[test]
    fn measures_are_what_counting_by_hand_gives() {
        let counts = Counts { right: 3, wrong: 1, missed: 2 };
        close(counts.recall(), 0.6);
        close(counts.precision(), 0.75);
        close(counts.f1(), 2.0 / 3.0);
        close(auc(&[(0.9, true), (0.8, false), (0.7, true), (0.1, false)]), 0.75);
        close(auc(&[(0.5, true), (0.5, false)]), 0.5);
        let ranking = Ranking::of(&[false, true, false], 2);
        close(ranking.mrr_at_10, 0.5);
        close(ranking.recall_at_10, 0.5);
        close(ranking.ndcg_at_10, (1.0 / 3f64.log2()) / (1.0 + 1.0 / 3f64.log2()));
        let (accuracy, macro_f1) = classes(&[(0, 0), (0, 1), (1, 1)], 2);
        close(accuracy, 2.0 / 3.0);
        close(macro_f1, (2.0 / 3.0 + 2.0 / 3.0) / 2.0);
    }

    #[test]
    fn a_gain_everywhere_is_a_gain_and_noise_is_none() {
        assert!(paired_p(&[1.0; 20], &[0.0; 20]) < 0.001);
        let noise: Vec<f64> = (0..40).map(|n| f64::from(n % 2)).collect();
        let other: Vec<f64> = (0..40).map(|n| f64::from((n + 1) % 2)).collect();
        assert!(paired_p(&noise, &other) > 0.5);
    }
}
