//! 热点: what many speak of in a period. Pure: items in, matters out.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::model::Timestamp;
use crate::text::{Frequencies, Terms, Words};

use super::clusters::{Sum, added, clusters, product};
use super::focus::focuses;

/// Fewer people make no hot matter, however much they write.
const VOICES: usize = 3;
/// The mean likeness that people who speak of one thing in their own words reach. More of it is copying, which adds
/// nothing.
const OWN_WORDS: f64 = 0.3;
/// How much it tells that one wording marks a matter off: a theme has none that does.
const NAMED: f64 = 1.5;
/// Clusters that are looked at closely, for each that is asked for, and at least.
const CLOSELY: usize = 10;
const CLOSELY_LEAST: usize = 200;
/// What votes, growth and recency add at most or per step: people who wrote count for more than people who clicked.
const PER_VOTE_FOLD: f64 = 0.1;
const GROWTH: f64 = 0.1;
const RECENCY: f64 = 0.1;
/// The last part of the period counts as recent, as a share.
const RECENT: f64 = 0.25;
/// A matter flares up and is over; a theme, the schools of a city, goes on all year. So heat counts the people of the
/// matter's busiest days in full and the others in part.
const BUSIEST_DAYS: i64 = 30;
const BESIDE_BUSIEST: f64 = 0.1;
/// Of a short period, the busiest days are at most this part.
const BUSIEST_PARTS: i64 = 3;
const DAY_MICROS: i64 = 86_400_000_000;
/// Heat is shown with this factor, so that its numbers read well.
const SCALE: f64 = 10.0;

/// An item of the period.
#[derive(Debug, Clone)]
pub struct PeriodItem {
    /// Its text, cut.
    pub words: Words,
    /// Who speaks; items of the same author count once.
    pub author: String,
    /// 区县.
    pub place: Option<String>,
    /// When it was submitted.
    pub at: Timestamp,
    /// 支持 and 反对.
    pub votes: (u32, u32),
}

/// A hot matter. Items are places in the list that was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HotMatter {
    /// How hot.
    pub heat: f64,
    /// Its items, in order of time.
    #[serde(skip)]
    pub items: Vec<usize>,
    /// The item that says best what it is about.
    #[serde(skip)]
    pub medoid: usize,
    /// How many items.
    pub count: usize,
    /// How many people.
    pub contributors: usize,
    /// 支持 and 反对.
    pub up: u64,
    /// 反对.
    pub down: u64,
    /// The wording that runs through them.
    pub wording: String,
    /// Places named beside the items, the most frequent first.
    pub places: Vec<String>,
    /// The first item.
    pub first: Timestamp,
    /// The last item.
    pub last: Timestamp,
    /// −1 to 1: whether more came in the second half of the period than in the first.
    pub growth: f64,
    /// The share that came in the last quarter of the period.
    pub recent: f64,
    /// The share of the people who wrote within the busiest thirty days.
    pub busiest: f64,
}

/// The hot matters of a period, the hottest first, at most `limit`.
pub fn hot_matters(
    items: &[PeriodItem],
    frequencies: &Frequencies,
    period: (Timestamp, Timestamp),
    limit: usize,
) -> Vec<HotMatter> {
    let terms: Vec<Terms> = items.iter().map(|item| Terms::of(&item.words, frequencies)).collect();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let authors: Vec<usize> = items
        .iter()
        .map(|item| {
            let next = numbers.len();
            *numbers.entry(item.author.as_str()).or_insert(next)
        })
        .collect();
    let mut found: Vec<(HotMatter, Vec<usize>)> = clusters(&terms)
        .into_iter()
        .filter_map(|members| {
            let voices = voices(&members, &authors);
            let matter =
                (voices.len() >= VOICES).then(|| describe(items, &terms, members, &voices, period))?;
            Some((matter, voices))
        })
        .collect();
    hottest_first(&mut found);
    found.truncate((limit * CLOSELY).max(CLOSELY_LEAST));
    let members: Vec<Vec<usize>> = found.iter().map(|(matter, _)| matter.items.clone()).collect();
    let texts: Vec<(&Words, usize)> =
        items.iter().map(|item| &item.words).zip(authors.iter().copied()).collect();
    for ((matter, _), focus) in found.iter_mut().zip(focuses(&members, &texts)) {
        matter.heat *= focus.sharpness.powf(NAMED);
        matter.wording = focus.wording;
    }
    hottest_first(&mut found);
    found.truncate(limit);
    found.into_iter().map(|(matter, _)| matter).collect()
}

fn hottest_first(found: &mut [(HotMatter, Vec<usize>)]) {
    found.sort_by(|(a, _), (b, _)| b.heat.total_cmp(&a.heat).then_with(|| a.items.cmp(&b.items)));
}

/// One item of each author: what one person writes again is one voice.
fn voices(members: &[usize], authors: &[usize]) -> Vec<usize> {
    let mut heard = HashSet::new();
    members.iter().copied().filter(|at| heard.insert(authors[*at])).collect()
}

fn describe(
    items: &[PeriodItem],
    terms: &[Terms],
    mut members: Vec<usize>,
    voices: &[usize],
    period: (Timestamp, Timestamp),
) -> HotMatter {
    members.sort_by_key(|at| (items[*at].at, *at));
    let sum = voices.iter().fold(Sum::new(), |sum, at| added(&sum, terms[*at].weights()));
    let size = voices.len() as f64;
    // The mean cosine over the pairs of different people.
    let coherence = (f64::from(product(&sum, &sum)) - size) / (size * (size - 1.0));
    let central = |at: &usize| product(&sum, terms[*at].weights());
    let medoid = voices.iter().copied().max_by(|a, b| central(a).total_cmp(&central(b)).then(b.cmp(a)));
    let (up, down) = members.iter().fold((0, 0), |(up, down), at| {
        (up + u64::from(items[*at].votes.0), down + u64::from(items[*at].votes.1))
    });
    let (recent, growth) = course(items, &members, period);
    let busiest = busiest(items, voices, period);
    let at_height = size * (busiest + BESIDE_BUSIEST * (1.0 - busiest));
    let loud = 1.0 + PER_VOTE_FOLD * ((1 + up + down) as f64).ln();
    let lively = (1.0 + GROWTH * growth) * (1.0 + RECENCY * recent);
    HotMatter {
        heat: SCALE * at_height * loud * coherence.clamp(0.0, OWN_WORDS) * lively,
        medoid: medoid.unwrap_or(0),
        count: members.len(),
        contributors: voices.len(),
        up,
        down,
        wording: String::new(),
        places: places(items, &members),
        first: items[members[0]].at,
        last: items[members[members.len() - 1]].at,
        growth,
        recent,
        busiest,
        items: members,
    }
}

/// The share of the people who wrote in the busiest days; of each, the time of the first item counts.
fn busiest(items: &[PeriodItem], voices: &[usize], period: (Timestamp, Timestamp)) -> f64 {
    let length = period.1.as_micros() - period.0.as_micros();
    let window = (BUSIEST_DAYS * DAY_MICROS).min(length / BUSIEST_PARTS);
    let mut times: Vec<i64> = voices.iter().map(|at| items[*at].at.as_micros()).collect();
    times.sort_unstable();
    let within = |from: &i64| times.iter().filter(|time| (*from..=*from + window).contains(*time)).count();
    times.iter().map(within).max().unwrap_or(0) as f64 / times.len().max(1) as f64
}

/// The share of recent items, and how much more came in the second half than in the first.
fn course(items: &[PeriodItem], members: &[usize], period: (Timestamp, Timestamp)) -> (f64, f64) {
    let (from, to) = (period.0.as_micros() as f64, period.1.as_micros() as f64);
    let share = |since: f64| {
        let begin = to - (to - from) * since;
        let later = members.iter().filter(|at| items[**at].at.as_micros() as f64 >= begin).count();
        later as f64 / members.len() as f64
    };
    (share(RECENT), 2.0 * share(0.5) - 1.0)
}

fn places(items: &[PeriodItem], members: &[usize]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    members.iter().filter_map(|at| items[*at].place.as_deref()).for_each(|place| {
        *counts.entry(place).or_default() += 1;
    });
    let mut sorted: Vec<(&str, usize)> = counts.into_iter().collect();
    sorted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    sorted.into_iter().map(|(place, _)| place.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Segmenter;

    fn items(texts: &[(&str, &str)]) -> (Vec<PeriodItem>, Frequencies) {
        let segmenter = Segmenter::plain();
        let items: Vec<PeriodItem> = texts
            .iter()
            .zip(0..)
            .map(|((author, title), day)| PeriodItem {
                words: Words { title: segmenter.for_index(title), body: segmenter.for_index(title) },
                author: (*author).to_owned(),
                place: Some("渝中区".to_owned()),
                at: Timestamp::from_micros(day * DAY_MICROS),
                votes: (0, 0),
            })
            .collect();
        let frequencies = Frequencies::count(items.iter().map(|item| &item.words));
        (items, frequencies)
    }

    fn hot(texts: &[(&str, &str)]) -> Vec<HotMatter> {
        let (items, frequencies) = items(texts);
        hot_matters(
            &items,
            &frequencies,
            (Timestamp::from_micros(0), Timestamp::from_micros(9 * DAY_MICROS)),
            10,
        )
    }

    #[test]
    fn one_author_however_loud_makes_no_hot_matter() {
        assert!(
            hot(&[("甲", "梧桐里菜市场拆除"), ("甲", "梧桐里菜市场拆除"), ("甲", "梧桐里菜市场拆了")])
                .is_empty()
        );
    }

    #[test]
    fn what_more_people_say_is_hotter_and_carries_its_time_its_place_and_its_wording() {
        let found = hot(&[
            ("甲", "梧桐里菜市场拆除后买菜难"),
            ("乙", "梧桐里菜市场拆除何时重建"),
            ("戊", "请恢复梧桐里菜市场"),
            ("庚", "再问梧桐里菜市场拆除"),
            ("丙", "青石桥路面塌陷"),
            ("丁", "青石桥路面塌陷多日"),
            ("己", "青石桥路面塌陷无人管"),
        ]);
        let (first, second) = (&found[0], &found[1]);
        assert_eq!((first.count, first.contributors, first.items.as_slice()), (4, 4, &[0, 1, 2, 3][..]));
        assert_eq!((second.count, second.contributors), (3, 3));
        assert!(first.wording.contains("梧桐里菜市场"), "{}", first.wording);
        assert_eq!(
            (first.first, first.last),
            (Timestamp::from_micros(0), Timestamp::from_micros(3 * DAY_MICROS))
        );
        assert_eq!(first.places, ["渝中区"]);
    }
}
