//! What the most similar labelled texts were given: beside the linear model, which knows what a subject is like on the
//! whole, they know the one case that was seen before.

use super::features::Vector;

/// Texts that have a say.
const NEAREST: usize = 15;
/// The newest labelled texts are kept, so many at most: older ones say the same, and a look-up stays within a
/// millisecond.
const KEPT: usize = 20_000;

/// Labelled texts by the features they have.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Neighbours {
    /// The texts: unit vectors, with the place of the subject that each was given.
    pub(super) texts: Vec<(u32, Vector)>,
    /// For each feature the texts that have it.
    having: Vec<Vec<(u32, f32)>>,
    /// How many texts of each subject there are.
    sizes: Vec<u32>,
}

impl Neighbours {
    /// Of texts with the places of their subjects, of which there are so many.
    pub(super) fn new(mut texts: Vec<(u32, Vector)>, features: usize, subjects: usize) -> Self {
        texts.drain(..texts.len().saturating_sub(KEPT));
        let (mut having, mut sizes) = (vec![Vec::new(); features], vec![0; subjects]);
        for (at, (subject, text)) in (0u32..).zip(&texts) {
            sizes[*subject as usize] += 1;
            text.iter().for_each(|(place, value)| having[*place as usize].push((at, *value)));
        }
        Self { texts, having, sizes }
    }

    /// The say of each subject, 1 in all; none where nothing is similar. A subject with few texts is not outvoted by
    /// their number alone.
    pub(super) fn shares(&self, text: &Vector) -> Vec<f32> {
        let mut near = vec![0.0f32; self.texts.len()];
        for (place, value) in text {
            for (at, theirs) in &self.having[*place as usize] {
                near[*at as usize] += value * theirs;
            }
        }
        let mut order: Vec<usize> = (0..near.len()).filter(|at| near[*at] > 0.0).collect();
        if order.len() > NEAREST {
            order.select_nth_unstable_by(NEAREST, |a, b| near[*b].total_cmp(&near[*a]).then(a.cmp(b)));
            order.truncate(NEAREST);
        }
        // Summed in one order on every machine.
        order.sort_unstable();
        let mut shares = vec![0.0f32; self.sizes.len()];
        for at in order {
            let subject = self.texts[at].0 as usize;
            shares[subject] += near[at] * near[at] / (self.sizes[subject] as f32).sqrt();
        }
        let sum: f32 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= sum.max(1e-9));
        shares
    }
}

/// A vector of length 1.
pub(super) fn unit(text: &Vector) -> Vector {
    let norm = text.iter().map(|(_, value)| value * value).sum::<f32>().sqrt().max(1e-9);
    text.iter().map(|(place, value)| (*place, value / norm)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_of_the_most_similar_text_has_the_most_to_say() {
        let texts = vec![(0, unit(&vec![(0, 1.0), (1, 1.0)])), (1, unit(&vec![(1, 1.0), (2, 3.0)]))];
        let neighbours = Neighbours::new(texts, 4, 2);
        let shares = neighbours.shares(&unit(&vec![(0, 1.0), (1, 0.5)]));
        assert!(shares[0] > 0.7 && (shares.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{shares:?}");
        assert_eq!(neighbours.shares(&vec![(3, 1.0)]), [0.0, 0.0], "nothing is similar");
    }
}
