//! A linear support vector machine with squared hinge loss, by dual coordinate descent (Hsieh and others, 2008).

use super::features::Vector;

/// Passes over the items at most; nearly always it has settled long before.
const PASSES: usize = 60;
/// Settled when no item pulls harder than this.
const SETTLED: f32 = 0.02;
/// The value of the feature that every text has.
pub(super) const BIAS: f32 = 1.0;

/// Weights, one for each feature and one more for the feature that every text has.
///
/// `costs` says how much a mistake on each item costs: large costs fit the items, small ones keep the weights small.
pub(super) fn train(items: &[Vector], yes: &[bool], costs: &[f32], features: usize) -> Vec<f32> {
    let mut weights = vec![0.0f32; features + 1];
    let mut pulls = vec![0.0f32; items.len()];
    let lengths: Vec<f32> =
        items.iter().map(|item| item.iter().map(|(_, v)| v * v).sum::<f32>() + BIAS * BIAS).collect();
    let mut order: Vec<usize> = (0..items.len()).collect();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..PASSES {
        shuffle(&mut order, &mut state);
        let mut hardest = 0.0f32;
        for at in &order {
            let (item, sign) = (&items[*at], if yes[*at] { 1.0 } else { -1.0 });
            let slack = 0.5 / costs[*at];
            let gradient = sign * score(&weights, item) - 1.0 + slack * pulls[*at];
            let projected = if pulls[*at] == 0.0 { gradient.min(0.0) } else { gradient };
            if projected == 0.0 {
                continue;
            }
            hardest = hardest.max(projected.abs());
            let before = pulls[*at];
            pulls[*at] = (before - gradient / (lengths[*at] + slack)).max(0.0);
            let step = (pulls[*at] - before) * sign;
            item.iter().for_each(|(place, value)| weights[*place as usize] += step * value);
            weights[features] += step * BIAS;
        }
        if hardest < SETTLED {
            break;
        }
    }
    weights
}

/// How far on the side of yes a text lies.
pub(super) fn score(weights: &[f32], item: &Vector) -> f32 {
    let bias = weights.last().copied().unwrap_or(0.0) * BIAS;
    item.iter().map(|(place, value)| weights[*place as usize] * value).sum::<f32>() + bias
}

/// The same on every machine.
fn shuffle(order: &mut [usize], state: &mut u64) {
    for at in (1..order.len()).rev() {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        order.swap(at, (*state % (at as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_told_apart_by_one_feature_is_told_apart_with_a_margin() {
        let items: Vec<Vector> = (0..40u32).map(|n| vec![(n % 2, 1.0), (2 + n % 5, 0.3)]).collect();
        let yes: Vec<bool> = (0..40).map(|n| n % 2 == 0).collect();
        let weights = train(&items, &yes, &[10.0; 40], 7);
        for (item, yes) in items.iter().zip(&yes) {
            let score = score(&weights, item);
            assert!(if *yes { score > 0.9 } else { score < -0.9 }, "{score}");
        }
    }
}
