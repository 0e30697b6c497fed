//! Which of the items before it a text repeats. Knows no store: who has the texts hands them over.

use std::collections::HashMap;
use std::path::Path;

use crate::config;
use crate::model::{Link, LinkKind};
use crate::text::{Comparing, Fingerprint, Sketch, Wording};

use super::bands::{BandError, Bands};
use super::verify::{Recent, link};

/// Wordings kept for verification, bytes.
const RECENT_BYTES: usize = 8 << 20;
/// Candidates in a row, the most alike first, that may turn out to be no duplicates before the rest is not looked at:
/// where thousands of texts are made of the same phrases, hundreds are candidates by chance.
const IN_VAIN: usize = 48;
/// Of so many candidates and more hardly any is one but by chance, and a duplicate stands out from them: fewer are looked
/// at in vain.
const MANY: usize = 200;
const IN_VAIN_OF_MANY: usize = 16;
/// Candidates whose texts are fetched at a time.
const FETCHED: usize = 16;

/// The items so far, as far as duplicates are concerned.
pub struct Duplicates {
    bands: Bands,
    recent: Recent,
    criteria: config::Group,
}

impl Duplicates {
    /// Opens the bands in `dir`.
    ///
    /// # Errors
    /// When their file cannot be read or written.
    pub fn open(dir: &Path, criteria: config::Group) -> Result<Self, BandError> {
        Ok(Self { bands: Bands::open(dir)?, recent: Recent::new(RECENT_BYTES), criteria })
    }

    /// The highest item number that can be found.
    pub fn last(&self) -> i64 {
        self.bands.last()
    }

    /// Memory in bytes that grows with the items.
    pub fn bytes(&self) -> usize {
        self.bands.bytes()
    }

    /// Lets an item be found that is not to be placed itself.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn remember(&mut self, no: i64, sketch: Sketch) -> Result<(), BandError> {
        self.bands.add(no, sketch)
    }

    /// Hands what was added to the operating system.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> Result<(), BandError> {
        self.bands.flush()
    }

    /// The links of an item with those before it; afterwards it can be found itself.
    ///
    /// An exact repeat of `first` is linked to that one only and is not found by others: they find `first`. Its
    /// fingerprint (`own`) is then not needed. `wordings` gives those of items that have not been seen lately.
    ///
    /// # Errors
    /// When the file cannot be written, or what `own` and `wordings` report.
    pub fn place<E: From<BandError>>(
        &mut self,
        no: i64,
        first: Option<i64>,
        own: impl FnOnce() -> Result<Fingerprint, E>,
        wordings: impl FnMut(Vec<i64>) -> Result<Vec<(i64, Wording)>, E>,
    ) -> Result<Vec<(i64, Link)>, E> {
        if let Some(first) = first {
            return Ok(vec![(first, Link { kind: LinkKind::Exact, score: 1.0 })]);
        }
        let Fingerprint { wording, sketch } = own()?;
        let mut candidates = self.bands.candidates(&sketch, self.criteria.max_candidates);
        candidates.retain(|other| *other != no);
        let mut links = self.verified(&wording, &candidates, wordings)?;
        links.sort_unstable_by_key(|(other, _)| *other);
        self.bands.add(no, sketch)?;
        self.recent.put(no, wording);
        Ok(links)
    }

    /// The links that a wording has with the candidates, as far as it is worth looking.
    fn verified<E>(
        &mut self,
        own: &Wording,
        candidates: &[i64],
        mut wordings: impl FnMut(Vec<i64>) -> Result<Vec<(i64, Wording)>, E>,
    ) -> Result<Vec<(i64, Link)>, E> {
        let (own, mut links, mut in_vain) = (Comparing::new(own), Vec::new(), 0);
        let most_in_vain = if candidates.len() < MANY { IN_VAIN } else { IN_VAIN_OF_MANY };
        for some in candidates.chunks(FETCHED) {
            let unknown: Vec<i64> =
                some.iter().copied().filter(|other| self.recent.get(*other).is_none()).collect();
            let fetched = if unknown.is_empty() { Vec::new() } else { wordings(unknown)? };
            let fetched: HashMap<i64, Wording> = fetched.into_iter().collect();
            for other in some {
                let known = self.recent.get(*other).or_else(|| fetched.get(other));
                match known.and_then(|known| link(&own, known, &self.criteria)) {
                    Some(link) => {
                        links.push((*other, link));
                        in_vain = 0;
                    }
                    None => in_vain += 1,
                }
            }
            for (other, wording) in fetched {
                self.recent.put(other, wording);
            }
            if in_vain >= most_in_vain {
                break;
            }
        }
        Ok(links)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    const TEXT: &str = "滨江步道三号桥下的照明灯已经坏了一个多月，夜里散步的老人孩子看不清台阶。\
        有邻居上周在那里崴了脚，打电话反映过两次没有人来修。希望管养单位尽快修复，并定期巡查。";

    fn criteria() -> config::Group {
        config::load(None, &[]).expect("defaults").group
    }

    /// The kinds of links that each text has with those before it.
    fn placed(texts: &[&str]) -> Vec<Vec<(i64, LinkKind)>> {
        let dir = tempfile::tempdir().expect("dir");
        let mut duplicates = Duplicates::open(dir.path(), criteria()).expect("open");
        let own = |no: i64| Fingerprint::of(&fold([texts[no as usize]]));
        (0..texts.len() as i64)
            .map(|no| {
                let others = |missing: Vec<i64>| {
                    Ok::<_, BandError>(missing.into_iter().map(|no| (no, own(no).wording)).collect())
                };
                let links = duplicates.place(no, None, || Ok(own(no)), others).expect("placed");
                links.into_iter().map(|(no, link)| (no, link.kind)).collect()
            })
            .collect()
    }

    fn kind(one: &str, other: &str) -> Option<LinkKind> {
        let both = [placed(&[one, other]), placed(&[other, one])]
            .map(|links| links[1].first().map(|(_, kind)| *kind));
        assert_eq!(both[0], both[1], "the order of arrival changes nothing");
        both[0]
    }

    #[test]
    fn sentences_added_moved_or_put_around_make_an_edited_copy() {
        let frame = "尊敬的各位负责同志，你们好，冒昧打扰，我是住在附近的一名普通市民，有一件事想反映。";
        let close = "以上情况属实，恳请百忙之中予以关注，期待早日得到答复，谢谢你们的辛勤付出。";
        assert_eq!(kind(TEXT, &format!("{frame}{TEXT}{close}")), Some(LinkKind::Edited));
        let (first, second) = TEXT.split_once('。').expect("sentences");
        assert_eq!(kind(TEXT, &format!("{second}{first}。")), Some(LinkKind::Near));
    }

    #[test]
    fn slips_of_the_pen_everywhere_make_an_edited_copy() {
        let slips: String =
            TEXT.chars().enumerate().map(|(i, c)| if i % 11 == 7 { '某' } else { c }).collect();
        assert_eq!(kind(TEXT, &slips), Some(LinkKind::Edited));
    }

    #[test]
    fn a_frame_in_common_is_no_copy() {
        let framed = |middle: &str| format!("尊敬的负责同志您好，冒昧打扰。{middle}恳请予以关注，谢谢。");
        let other = "菜市场门口的摊贩占道经营，早晚高峰车辆无法通行，公交车经常堵在路口，希望划定摊位。";
        assert_eq!(kind(&framed(TEXT), &framed(other)), None);
    }

    #[test]
    fn an_exact_repeat_is_linked_to_the_first_and_found_by_nobody() {
        let dir = tempfile::tempdir().expect("dir");
        let mut duplicates = Duplicates::open(dir.path(), criteria()).expect("open");
        let own = || Ok::<_, BandError>(Fingerprint::of(&fold([TEXT])));
        let none = |_| Ok(Vec::new());
        assert!(duplicates.place(1, None, own, none).expect("placed").is_empty());
        let links = duplicates.place(2, Some(1), own, none).expect("placed");
        assert_eq!(links, [(1, Link { kind: LinkKind::Exact, score: 1.0 })]);
        let links = duplicates.place(3, None, own, none).expect("placed");
        assert_eq!(links.iter().map(|(no, _)| *no).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn of_very_many_candidates_fewer_texts_are_fetched_in_vain() {
        let fetched_of = |candidates: usize| {
            let dir = tempfile::tempdir().expect("dir");
            let mut duplicates = Duplicates::open(dir.path(), criteria()).expect("open");
            let own = Fingerprint::of(&fold([TEXT])).wording;
            let other = Fingerprint::of(&fold(["菜市场门口的摊贩占道经营，早晚高峰车辆无法通行。"])).wording;
            let candidates: Vec<i64> = (1..=candidates as i64).collect();
            let mut fetched = 0;
            let links = duplicates.verified::<BandError>(&own, &candidates, |missing| {
                fetched += missing.len();
                Ok(missing.into_iter().map(|no| (no, other.clone())).collect())
            });
            assert!(links.expect("verified").is_empty());
            fetched
        };
        assert_eq!((fetched_of(MANY - 1), fetched_of(MANY)), (IN_VAIN, IN_VAIN_OF_MANY));
    }
}
