//! The model: learned, asked, and how sure it is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::features::{Block, Counts, Vector, Vocabulary, counts};
use super::neighbours::{Neighbours, unit};
use super::{glossary, svm};
use crate::text::Segmenter;

/// What a mistake costs in training, on the average. Every subject weighs the same in all, or those with few items
/// would never be suggested.
const COST: f32 = 1.6;
/// The name of a subject beside an average item.
const NAME: f32 = 1.0;
/// What runs of characters say beside words.
const RUNS: f32 = 0.7;
/// What the labelled texts most like a text say beside both: as much as this margin, if they all agree.
const NEAREST: f32 = 1.0;
/// Words given as reasons.
const REASONS: usize = 5;
/// Margins are turned into shares of 1 by a softmax of this steepness until held-out items have shown a better one.
const STEEPNESS: f32 = 4.0;

/// A labelled text, its features counted.
pub struct Labelled {
    counts: Counts,
    subject: String,
}

impl Labelled {
    /// Counts the features of a labelled text.
    pub fn new(title: &str, body: &str, subject: &str, segmenter: &Segmenter) -> Self {
        Self { counts: counts(title, body, segmenter), subject: subject.to_owned() }
    }

    /// 主题.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// A suggested subject.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// 主题.
    pub subject: String,
    /// 0–1: about how often a suggestion this sure is right.
    pub confidence: f64,
    /// The words that spoke most for it.
    pub reasons: Vec<String>,
}

/// A trained model.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectModel {
    pub(super) subjects: Vec<String>,
    pub(super) vocabulary: Vocabulary,
    /// For each subject the weights of the features, and one for all texts.
    pub(super) weights: Vec<Vec<f32>>,
    pub(super) neighbours: Neighbours,
    pub(super) steepness: f32,
}

impl SubjectModel {
    /// Learns from labelled texts; the same texts in the same order give the same model.
    pub fn train(items: &[&Labelled]) -> Self {
        let mut sizes = BTreeMap::<&str, usize>::new();
        items.iter().for_each(|item| *sizes.entry(&item.subject).or_default() += 1);
        let subjects: Vec<String> = sizes.keys().map(|subject| (*subject).to_owned()).collect();
        let vocabulary = Vocabulary::learn(items.iter().map(|item| &item.counts), &subjects);
        let share = COST * items.len() as f32 / sizes.len().max(1) as f32;
        let mut examples: Vec<Example<'_>> = items
            .iter()
            .map(|item| Example {
                vector: vocabulary.vector(&item.counts),
                subject: &item.subject,
                cost: share / sizes[item.subject.as_str()] as f32,
            })
            .collect();
        let place = |subject: &str| sizes.keys().position(|known| *known == subject).unwrap_or(0) as u32;
        let texts = examples.iter().map(|example| (place(example.subject), unit(&example.vector))).collect();
        let neighbours = Neighbours::new(texts, vocabulary.features(), subjects.len());
        // The name of a subject speaks like one more item of it.
        examples.extend(sizes.keys().filter_map(|subject| {
            let vector = vocabulary.vector(&glossary::words(subject));
            (!vector.is_empty()).then_some(Example { vector, subject, cost: COST * NAME })
        }));
        let weights = sizes.keys().map(|subject| learned(&examples, subject, &vocabulary)).collect();
        Self { subjects, vocabulary, weights, neighbours, steepness: STEEPNESS }
    }

    /// The subjects it knows, sorted.
    pub fn subjects(&self) -> &[String] {
        &self.subjects
    }

    /// The most likely subject of a text whose features are counted, as a place in [`Self::subjects`].
    pub fn best(&self, item: &Labelled) -> usize {
        let margins = self.margins(&self.vocabulary.vector(&item.counts));
        (0..margins.len()).max_by(|a, b| margins[*a].total_cmp(&margins[*b])).unwrap_or(0)
    }

    /// Sets how sure margins make it, so that on these held-out texts it is right about as often as it says.
    pub fn calibrate(&mut self, held_out: &[(&Self, &Labelled)]) {
        let margins: Vec<(Vec<f32>, usize)> = held_out
            .iter()
            .filter_map(|(model, item)| {
                let truth = model.subjects.iter().position(|subject| *subject == item.subject)?;
                Some((model.margins(&model.vocabulary.vector(&item.counts)), truth))
            })
            .collect();
        let surprise = |steepness: f32| -> f32 {
            margins.iter().map(|(margins, truth)| -shares(margins, steepness)[*truth].max(1e-9).ln()).sum()
        };
        let tried = (1..=60).map(|step| step as f32 * 0.25);
        if let Some(best) = tried.min_by(|a, b| surprise(*a).total_cmp(&surprise(*b))) {
            self.steepness = best;
        }
    }

    /// The likeliest subjects of a text, the likeliest first.
    pub fn suggest(&self, title: &str, body: &str, segmenter: &Segmenter, limit: usize) -> Vec<Suggestion> {
        let vector = self.vocabulary.vector(&counts(title, body, segmenter));
        // A text of which nothing is known gets no suggestion.
        if vector.is_empty() {
            return Vec::new();
        }
        let shares = shares(&self.margins(&vector), self.steepness);
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
        let suggestion = |at: usize| Suggestion {
            subject: self.subjects[at].clone(),
            confidence: f64::from(shares[at]),
            reasons: self.reasons(at, &vector),
        };
        order.into_iter().take(limit).map(suggestion).collect()
    }

    fn margins(&self, vector: &Vector) -> Vec<f32> {
        let near = self.neighbours.shares(&unit(vector));
        let both = self.weights.iter().zip(near);
        both.map(|(weights, share)| svm::score(weights, vector) + NEAREST * share).collect()
    }

    /// The single words that spoke most for a subject; runs of characters say nothing to a reader.
    fn reasons(&self, subject: usize, vector: &Vector) -> Vec<String> {
        let weights = &self.weights[subject];
        let mut parts: Vec<(f32, &str)> = vector
            .iter()
            .filter_map(|(place, value)| {
                let name = self.vocabulary.names.get(*place as usize)?;
                Some((weights[*place as usize] * value, &**name))
            })
            .filter(|(part, name)| *part > 0.0 && !name.starts_with('#'))
            .filter(|(_, name)| name.chars().count() > 1)
            .collect();
        parts.sort_by(|a, b| b.0.total_cmp(&a.0));
        parts.into_iter().take(REASONS).map(|(_, name)| name.to_owned()).collect()
    }
}

/// A text to learn from.
struct Example<'a> {
    vector: Vector,
    subject: &'a str,
    cost: f32,
}

/// The weights that tell a subject from all others: words and runs learn apart, and both have a say. Together the many
/// runs would explain the items before the words could.
fn learned(examples: &[Example<'_>], subject: &str, vocabulary: &Vocabulary) -> Vec<f32> {
    let features = vocabulary.features();
    let yes: Vec<bool> = examples.iter().map(|example| example.subject == subject).collect();
    let costs: Vec<f32> = examples.iter().map(|example| example.cost).collect();
    let mut weights = vec![0.0; features + 1];
    for (block, say) in [(Block::Words, 1.0), (Block::Runs, RUNS)] {
        let part = |example: &Example<'_>| -> Vector {
            // What names stand for guides both.
            let own = |place: u32| [block, Block::Guides].contains(&vocabulary.block(place));
            example.vector.iter().filter(|(place, _)| own(*place)).copied().collect()
        };
        let vectors: Vec<Vector> = examples.iter().map(part).collect();
        let one = svm::train(&vectors, &yes, &costs, features);
        weights.iter_mut().zip(one).for_each(|(sum, weight)| *sum += say * weight);
    }
    weights
}

/// Margins as shares of 1.
fn shares(margins: &[f32], steepness: f32) -> Vec<f32> {
    let most = margins.iter().copied().fold(f32::MIN, f32::max);
    let raised: Vec<f32> = margins.iter().map(|margin| ((margin - most) * steepness).exp()).collect();
    let sum: f32 = raised.iter().sum();
    raised.into_iter().map(|value| value / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: [(&str, &str); 8] = [
        ("交通", "公交车班次太少，早高峰站台挤不上车"),
        ("交通", "路口红绿灯时间太短，车辆排队，公交车也堵"),
        ("交通", "停车位不够，车辆占道停放，道路拥堵"),
        ("交通", "轨道站口没有公交接驳，换乘要走很远的道路"),
        ("卫生", "社区医院没有夜间门诊，老人看病要去市里医院"),
        ("卫生", "医院挂号难，专家号一早就没有了，看病排队"),
        ("卫生", "疫苗接种门诊太远，孩子打针要跑两趟医院"),
        ("卫生", "乡镇卫生院药品不全，看病开不到药"),
    ];

    fn segmenter() -> Segmenter {
        Segmenter::plain()
    }

    fn labelled(segmenter: &Segmenter) -> Vec<Labelled> {
        ITEMS.iter().map(|(subject, body)| Labelled::new("", body, subject, segmenter)).collect()
    }

    #[test]
    fn a_text_is_given_the_subject_of_those_like_it_with_the_words_that_tell() {
        let segmenter = segmenter();
        let items = labelled(&segmenter);
        let model = SubjectModel::train(&items.iter().collect::<Vec<_>>());
        let said = model.suggest("医院排队", "到医院看病，排队两小时", &segmenter, 2);
        assert_eq!(said[0].subject, "卫生");
        assert!(said[0].confidence > said[1].confidence);
        assert!(said[0].reasons.iter().any(|word| word == "医院"), "{said:?}");
        assert!((said.iter().map(|s| s.confidence).sum::<f64>() - 1.0).abs() < 1e-4);
        assert!(model.suggest("", "", &segmenter, 2).is_empty());
    }

    #[test]
    fn the_same_items_make_the_same_model() {
        let segmenter = segmenter();
        let items = labelled(&segmenter);
        let train = || SubjectModel::train(&items.iter().collect::<Vec<_>>());
        assert_eq!(train(), train());
    }
}
