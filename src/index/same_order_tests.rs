//! The order of hits is a function of the items alone, whatever a node's segments have gone through.

use std::collections::HashMap;

use tantivy::Term;

use super::document::Maker;
use super::follower::writer;
use super::query::parse;
use super::tests::{segmenter, settings};
use super::*;
use crate::model::LocalDate;
use crate::text::Words;

const ITEMS: i64 = 700;
/// Most of them come with such a text at first, and are replaced by what they are in the end.
const BEFORE: &str = "加装电梯的老旧小区停车难，停车难，停车难。";

/// How an index came about.
struct History {
    commit_every: usize,
    backwards: bool,
    /// One item in so many has had another version before; 0: none.
    replaced: i64,
    /// It is searched already while it grows.
    asked_early: bool,
}

/// A text that differs from the others in a few words: thousands of hits weigh nearly alike.
fn item(no: i64) -> Document {
    let pick = |words: &[&str], salt: i64| {
        words[((no * 7 + salt) * (no + 3 * salt) % 97) as usize % words.len()].to_owned()
    };
    let place = pick(&["上清寺", "观音桥", "石板坡", "南坪", "大坪"], 1);
    let matter = pick(&["加装电梯", "停车难", "管线迁改", "垃圾分类", "养老床位"], 2);
    let why = pick(&["费用过高", "资金不足", "无人负责", "审批太慢"], 3);
    let who = pick(&["老旧小区的居民", "街道办事处", "物业公司", "沿街商户"], 4);
    let extra = pick(&["", "管线迁改费用由谁承担也不清楚。", "路面停车占用消防通道。", "夜间尤甚。"], 5);
    Document {
        no,
        title: format!("关于{place}{matter}的建议"),
        body: format!("{place}的{who}反映，老旧小区{matter}的问题由来已久，{why}。{extra}建议统筹解决。"),
        district: Some(pick(&["渝中区", "江北区", "南岸区"], 6)),
        ..Document::default()
    }
}

fn grown(dir: &Path, history: &History) -> SearchIndex {
    let index = SearchIndex::open(dir, settings(), segmenter()).expect("index");
    let (generation, words) = (index.current.load_full(), segmenter());
    let mut writer = writer(&generation, 16 << 20).expect("writer");
    let maker = Maker { fields: generation.fields, segmenter: &words, handovers: None, bigrams: true };
    let make = |document: &Document| {
        let cut = |text: &str| words.for_index(text);
        maker.make_loose(document, &Words { title: cut(&document.title), body: cut(&document.body) })
    };
    let (mut order, old): (Vec<i64>, _) =
        ((1..=ITEMS).collect(), |no| history.replaced > 0 && no % history.replaced == 0);
    if history.backwards {
        order.reverse();
    }
    for (at, no) in order.iter().copied().enumerate() {
        let before = Document { body: BEFORE.repeat(1 + no as usize % 4), ..item(no) };
        writer.add_document(make(&if old(no) { before } else { item(no) })).expect("added");
        if (at + 1) % history.commit_every == 0 {
            writer.commit().expect("committed");
            if history.asked_early {
                generation.reader.reload().expect("reloaded");
                first(&index, "电梯", 10);
            }
        }
    }
    writer.commit().expect("committed");
    for no in order.into_iter().filter(|no| old(*no)) {
        writer.delete_term(Term::from_field_i64(maker.fields.no, no));
        writer.add_document(make(&item(no))).expect("added");
    }
    writer.commit().expect("committed");
    writer.wait_merging_threads().expect("merged");
    generation.reader.reload().expect("reloaded");
    index
}

/// The first hundred hits, by pages of so many.
fn first(index: &SearchIndex, query: &str, limit: usize) -> Vec<i64> {
    let (today, mut cursor, mut out) =
        (LocalDate::parse("2026-03-10").expect("date"), None::<String>, Vec::new());
    while out.len() < 100 {
        let ask = Ask { sort: Sort::Relevance, limit, cursor: cursor.as_deref(), counts: false };
        let hits = index.search(&parse(query, today), &HashMap::new(), ask).expect("search");
        out.extend(hits.hits.iter().map(|hit| hit.no));
        cursor = hits.next;
        if cursor.is_none() {
            break;
        }
    }
    out.truncate(100);
    out
}

#[test]
fn whatever_the_segments_have_gone_through_the_first_hundred_hits_are_the_same() {
    let straight = History { commit_every: 10_000, backwards: false, replaced: 0, asked_early: false };
    let others = [
        History { commit_every: 37, ..straight },
        History { backwards: true, ..straight },
        History { commit_every: 11, backwards: true, replaced: 3, asked_early: true },
        History { commit_every: 150, replaced: 2, asked_early: true, ..straight },
    ];
    let dir = tempfile::tempdir().expect("a folder");
    let one = grown(&dir.path().join("one"), &straight);
    for (n, history) in others.iter().enumerate() {
        let other = grown(&dir.path().join(n.to_string()), history);
        for query in [
            "老旧小区",
            "电梯",
            "停车难 居民",
            "管线迁改 -物业",
            "区县:渝中 停车",
            "\"费用过高\" OR 资金",
            "老旧小区加装电梯管线迁改费用过高由谁承担",
            "居民反映夜间路面停车占用消防通道无人负责审批太慢",
        ] {
            let (here, there) = (first(&one, query, 100), first(&other, query, 100));
            assert!(here.len() > 20, "{query}: {here:?}");
            assert_eq!(here, there, "{query}, the index of history {n}");
            assert_eq!(first(&one, query, 20), first(&other, query, 20), "{query}, paged, history {n}");
        }
    }
}

#[test]
fn paging_gives_each_hit_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let index =
        grown(dir.path(), &History { commit_every: 90, backwards: false, replaced: 4, asked_early: false });
    for query in ["老旧小区", "停车难 居民", "区县:渝中 停车"] {
        let mut hits = first(&index, query, 7);
        let all = hits.len();
        hits.sort_unstable();
        hits.dedup();
        assert_eq!(hits.len(), all, "{query}");
    }
}
