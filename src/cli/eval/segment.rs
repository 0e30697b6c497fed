//! `minyi eval segment`: the product's cut beside a standard one.
//!
//! Every piece of the standard counts, punctuation and numbers too, each as the standard has it; a word is right when
//! both ends are. Texts are compared in the searchable form, which keeps the number of characters.

use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Value, json};

use crate::config::Config;
use crate::text::{Lexicon, Segmenter};

use super::data::{as_texts, lines};
use super::measures::Counts;

/// 评测分词：与标准分词相比（标点、数字同样计入；词的两端都对才算对）
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 标准分词文件：每行 words（词的列表）
    #[arg(long, value_name = "文件")]
    gold: PathBuf,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
pub fn run(config: &Config, args: &Args) -> anyhow::Result<Value> {
    let gold = gold(args)?;
    let own = Segmenter::new(Lexicon::load(&config.lexicon.dir)?);
    let plain = Segmenter::plain();
    let (with, without) = (counts(&gold, &own, true), counts(&gold, &own, false));
    Ok(json!({
        "texts": gold.len(),
        "words": with.right + with.missed,
        "word_f1": with.f1(),
        "word_precision": with.precision(),
        "word_recall": with.recall(),
        "word_f1_no_hmm": without.f1(),
        "plain_word_f1": counts(&gold, &plain, true).f1(),
        "plain_word_f1_no_hmm": counts(&gold, &plain, false).f1(),
    }))
}

fn gold(args: &Args) -> anyhow::Result<Vec<Vec<String>>> {
    let read = lines(&args.gold)?.into_iter().map(|(number, fields)| {
        let words = fields.get("words").map(as_texts);
        words.with_context(|| format!("{} 第 {number} 行没有 words", args.gold.display()))
    });
    read.collect()
}

fn counts(gold: &[Vec<String>], segmenter: &Segmenter, unknown: bool) -> Counts {
    let mut all = Counts::default();
    for words in gold {
        let truth = spans(words.iter().scan(0, |end, word| {
            *end += word.chars().count();
            Some(*end)
        }));
        let said = spans(segmenter.boundaries(&words.concat(), unknown).into_iter());
        let right = said.iter().filter(|span| truth.binary_search(span).is_ok()).count();
        all.right += right;
        all.wrong += said.len() - right;
        all.missed += truth.len() - right;
    }
    all
}

/// Pieces as (begin, end) from their ends.
fn spans(ends: impl Iterator<Item = usize>) -> Vec<(usize, usize)> {
    let mut begin = 0;
    ends.map(|end| (std::mem::replace(&mut begin, end), end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_right_when_both_ends_are() {
        let segmenter = Segmenter::plain();
        let text = |words: &[&str]| vec![words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()];
        let same = counts(&text(&["停车", "困难", "。"]), &segmenter, true);
        assert_eq!((same.right, same.wrong, same.missed), (3, 0, 0));
        let other = counts(&text(&["停", "车", "困难", "。"]), &segmenter, true);
        assert_eq!((other.right, other.wrong, other.missed), (2, 1, 2));
    }
}
