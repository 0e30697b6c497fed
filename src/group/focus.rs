//! What a cluster turns about: the wording that its items share and other items do not have.
//!
//! A matter has a name (a place, a firm, a scheme) that runs through what people write of it. A mere theme, the
//! kindergartens of a whole city, has none; that is what tells the two apart.

use std::collections::{HashMap, HashSet};

use crate::text::Words;

/// Characters of the wordings that are counted: long enough to be a name or a phrase rather than a common noun.
const LENGTH: usize = 4;
/// Wordings of a cluster that are compared with the rest of the period.
const TRIED: usize = 12;
/// The share of its users that a wording must keep when it is made longer, in percent.
const KEPT: usize = 80;
/// What no wording that is shown begins or ends with.
const PARTICLES: [char; 6] = ['的', '了', '在', '是', '和', '与'];
/// Longest wording shown, in characters.
const LONGEST: usize = 12;

/// A wording and how well it marks off its cluster.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Focus {
    /// The wording, in searchable form.
    pub wording: String,
    /// 0–1: the F1 of "has this wording" as a test for "belongs to the cluster", counted by authors.
    pub sharpness: f64,
}

/// The focus of each cluster; `items` are the texts of the whole period, each with its author's number.
pub(super) fn focuses(clusters: &[Vec<usize>], items: &[(&Words, usize)]) -> Vec<Focus> {
    let tried: Vec<Vec<(Vec<char>, usize)>> = clusters.iter().map(|members| common(members, items)).collect();
    let mut users: HashMap<&[char], HashSet<usize>> =
        tried.iter().flatten().map(|(wording, _)| (wording.as_slice(), HashSet::new())).collect();
    for (words, author) in items {
        for_each_wording(words, |wording| {
            if let Some(authors) = users.get_mut(wording) {
                authors.insert(*author);
            }
        });
    }
    let focus = |(members, tried): (&Vec<usize>, &Vec<(Vec<char>, usize)>)| {
        let authors: HashSet<usize> = members.iter().map(|at| items[*at].1).collect();
        let mut best = Focus { wording: String::new(), sharpness: 0.0 };
        for (wording, inside) in tried {
            let everywhere = users.get(wording.as_slice()).map_or(*inside, HashSet::len);
            let sharpness = 2.0 * *inside as f64 / (authors.len() + everywhere) as f64;
            if sharpness > best.sharpness {
                best = Focus { wording: wording.iter().collect(), sharpness };
            }
        }
        best.wording = lengthened(&best.wording, members, items).trim_matches(PARTICLES).to_owned();
        best
    };
    clusters.iter().zip(&tried).map(focus).collect()
}

/// The wordings that most authors of a cluster use, each with how many do.
fn common(members: &[usize], items: &[(&Words, usize)]) -> Vec<(Vec<char>, usize)> {
    let mut users: HashMap<Vec<char>, HashSet<usize>> = HashMap::new();
    for (words, author) in members.iter().map(|at| items[*at]) {
        for_each_wording(words, |wording| {
            users.entry(wording.to_vec()).or_default().insert(author);
        });
    }
    let mut counted: Vec<(Vec<char>, usize)> = users
        .into_iter()
        .map(|(wording, authors)| (wording, authors.len()))
        .filter(|(_, authors)| *authors > 1)
        .collect();
    counted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counted.truncate(TRIED);
    counted
}

fn for_each_wording(words: &Words, mut with: impl FnMut(&[char])) {
    for part in [&words.title, &words.body] {
        let chars: Vec<char> = part.text.chars().collect();
        for run in chars.split(|c| !c.is_alphanumeric()) {
            run.windows(LENGTH).for_each(&mut with);
        }
    }
}

/// The wording with what nearly everybody writes before and after it.
fn lengthened(wording: &str, members: &[usize], items: &[(&Words, usize)]) -> String {
    let texts: Vec<String> =
        members.iter().map(|at| format!("{}\n{}", items[*at].0.title.text, items[*at].0.body.text)).collect();
    let users = |wording: &str| texts.iter().filter(|text| text.contains(wording)).count();
    let (mut wording, all) = (wording.to_owned(), users(wording));
    if wording.is_empty() {
        return wording;
    }
    while wording.chars().count() < LONGEST {
        let mut longer: Vec<String> = texts
            .iter()
            .filter_map(|text| text.split_once(wording.as_str()))
            .flat_map(|(before, after)| {
                let before = before.chars().next_back().filter(|c| c.is_alphanumeric());
                let after = after.chars().next().filter(|c| c.is_alphanumeric());
                [before.map(|c| format!("{c}{wording}")), after.map(|c| format!("{wording}{c}"))]
            })
            .flatten()
            .collect();
        longer.sort_unstable();
        longer.dedup();
        let best = longer.into_iter().map(|longer| (users(&longer), longer)).max();
        match best {
            Some((count, longer)) if count * 100 >= all * KEPT => wording = longer,
            _ => break,
        }
    }
    wording
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Segmenter;

    #[test]
    fn a_name_that_runs_through_a_cluster_is_its_focus_and_a_common_noun_is_none() {
        let segmenter = Segmenter::plain();
        let words: Vec<Words> = [
            "翡翠谷小区电梯停运",
            "翡翠谷小区电梯困人",
            "反映翡翠谷小区电梯问题",
            "城东幼儿园收费高",
            "城西幼儿园没有校车",
            "城南公交末班太早",
        ]
        .iter()
        .map(|text| Words { title: segmenter.for_index(text), body: segmenter.for_index("") })
        .collect();
        let items: Vec<(&Words, usize)> = words.iter().zip(0..).collect();
        let found = focuses(&[vec![0, 1, 2], vec![3, 4]], &items);
        assert_eq!(found[0], Focus { wording: "翡翠谷小区电梯".to_owned(), sharpness: 1.0 });
        assert_eq!(found[1].sharpness, 0.0);
    }
}
