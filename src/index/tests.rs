//! The index follows the facts, finds what is asked, and can be made again.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::clock::ManualClock;
use crate::model::{
    Actor, ContentHash, ItemId, ItemKey, LocalDate, NewShelfDocument, Receipt, SecretKey, ShelfKind,
    SourceId, Submission, Timestamp,
};
use crate::store::{Arrival, Priority, Store, StoreError, Tx, add_to_shelf, insert_item, take_off_shelf};
use crate::text::{Handovers, Lexicon, Segmenter, fold};

use super::query::parse;
use super::*;

struct Bench {
    store: Arc<Store>,
    index: SearchIndex,
    follower: Option<Follower>,
    dir: tempfile::TempDir,
}

pub(super) fn segmenter() -> Segmenter {
    static SHARED: OnceLock<Segmenter> = OnceLock::new();
    SHARED.get_or_init(|| Segmenter::new(Lexicon::parse("词.txt", "渝事好商量").expect("lexicon"))).clone()
}

pub(super) fn settings() -> IndexSettings {
    IndexSettings { bigrams: true, lexicon: 1, writer_bytes: 16 << 20, commit_ms: 50 }
}

impl Bench {
    fn with(texts: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("dir");
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
        let store =
            Arc::new(Store::open_sqlite(dir.path(), 1, Duration::from_millis(5), clock).expect("store"));
        let index = SearchIndex::open(&dir.path().join("index"), settings(), segmenter()).expect("index");
        let follower =
            follow(index.clone(), Arc::clone(&store), Arc::new(Handovers::new(1 << 20))).expect("follow");
        let bench = Self { store, index, follower: Some(follower), dir };
        for (title, body) in texts {
            bench.add(title, body);
        }
        bench.caught_up();
        bench
    }

    fn add(&self, title: &str, body: &str) {
        let source: SourceId = "demo".parse().expect("slug");
        let json =
            serde_json::json!({ "kind": "opinion", "title": title, "body": body, "district": "渝中区" });
        let submission: Submission = serde_json::from_value(json).expect("submission");
        let id = ItemId::derive(&source, ItemKey::External(&format!("{title}{body}")));
        let arrival = Arrival {
            id,
            receipt: Receipt::derive(&SecretKey::new([1; 32]), &id),
            actor: Actor::Source(source.clone()),
            source,
            received_at: Timestamp::parse("2026-03-05T08:00:00").expect("time"),
            content_hash: ContentHash::of(submission.canonical().as_bytes()),
            fold_hash: fold([title, body]).hash(),
            canonical: submission.canonical(),
            submission,
        };
        self.store
            .write(Priority::Batch, move |tx: &mut Tx<'_>| insert_item(tx, &arrival))
            .wait()
            .expect("insert");
    }

    fn caught_up(&self) {
        let begun = Instant::now();
        while self.index.applied().0 < self.store.tide().level() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the index does not follow");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn find(&self, query: &str) -> Vec<i64> {
        let today = LocalDate::parse("2026-03-10").expect("date");
        let ask = Ask { sort: Sort::Oldest, limit: 50, cursor: None, counts: true };
        let hits = self.index.search(&parse(query, today), &HashMap::new(), ask);
        let hits = hits.expect("search");
        if hits.relaxed { Vec::new() } else { hits.hits.iter().map(|hit| hit.no).collect() }
    }
}

/// Numbers are sequence numbers: each item takes one.
fn bench() -> Bench {
    Bench::with(&[
        ("关于老旧小区加装电梯的建议", "渝中区上清寺老旧小区加装电梯缺少资金。"),
        ("關於垃圾分類的建議", "沙坪壩區垃圾分類投放點太少。"),
        ("关于停车难的建议", "翀珺广场周边停车难，夜间ＡＢＣ路段尤甚。"),
        ("关于养老床位的建议", "城市更新中养老床位不足，建议增加护理型床位。"),
    ])
}

#[test]
fn every_operator_finds_what_it_must() {
    let bench = bench();
    let table: &[(&str, &[i64])] = &[
        ("电梯", &[1]),
        ("老旧小区 电梯", &[1]),
        ("电梯 OR 停车", &[1, 3]),
        ("建议 -电梯", &[2, 3, 4]),
        ("\"养老床位\"", &[4]),
        ("“垃圾分类”", &[2]),
        ("标题:养老", &[4]),
        ("标题:资金", &[]),
        ("正文:关于", &[]),
        ("正文:养老床位", &[4]),
        ("正文:\"停车难\"", &[3]),
        ("正文:\"停车难的\"", &[]),
        ("正文：资金", &[1]),
        ("区县:渝中", &[1, 2, 3, 4]),
        ("日期:2026-03-05 停车", &[3]),
        ("日期:..2026-03-04", &[]),
        ("(电梯 OR 垃圾) -资金", &[2]),
        ("状态:已编发", &[]),
        ("2026年第1期", &[]),
    ];
    for (query, expected) in table {
        assert_eq!(bench.find(query), *expected, "{query}");
    }
}

#[test]
fn script_width_and_case_do_not_matter_either_way() {
    let bench = bench();
    assert_eq!(bench.find("垃圾分类"), [2]);
    assert_eq!(bench.find("電梯"), [1]);
    assert_eq!(bench.find("abc"), [3]);
    assert_eq!(bench.find("區縣:渝中 停車"), [3]);
}

#[test]
fn a_word_that_the_lexicon_does_not_know_is_found() {
    let bench = bench();
    assert_eq!(bench.find("翀珺"), [3]);
    assert_eq!(bench.find("翀珺广场"), [3]);
}

#[test]
fn a_word_that_is_cut_here_and_joined_from_single_characters_before_is_indexed_once_for_each_place() {
    // 停 and 车 stand alone first, 停车 is a word of its own later: places must ascend all the same.
    let bench = Bench::with(&[("停一停车", "他停车。不许停，车也不许停。停车难，暂停车辆通行，临时停车。")]);
    assert_eq!(bench.find("停车"), [1]);
    assert_eq!(bench.find("\"停车难\""), [1]);
}

#[test]
fn with_no_text_for_all_words_the_nearest_are_shown_and_said_to_be() {
    let bench = bench();
    let today = LocalDate::parse("2026-03-10").expect("date");
    let query = parse("电梯 火星", today);
    let ask = Ask { sort: Sort::Relevance, limit: 10, cursor: None, counts: true };
    let hits = bench.index.search(&query, &HashMap::new(), ask).expect("search");
    assert!(hits.relaxed);
    assert_eq!(hits.hits.first().map(|hit| hit.no), Some(1));
}

#[test]
fn a_name_that_is_cut_longer_in_the_query_than_in_the_text_still_chooses_it() {
    // The query has 新腾铎 as one word, the text has 腾铎.
    let bench = Bench::with(&[
        ("集团用工的建议", "某集团加班过多。"),
        ("夜里冒烟", "腾铎厂房夜里冒烟，腾铎的烟囱该查。"),
    ]);
    let query = parse("新腾铎集团", LocalDate::parse("2026-03-10").expect("date"));
    let ask = Ask { sort: Sort::Relevance, limit: 10, cursor: None, counts: true };
    let hits = bench.index.search(&query, &HashMap::new(), ask).expect("search");
    assert!(hits.hits.iter().any(|hit| hit.no == 2));
}

#[test]
fn of_very_many_hits_the_number_is_exact_and_facets_are_estimates_that_say_so() {
    let bench = Bench::with(&[]);
    (0..400).for_each(|n| bench.add(&format!("停车建议{n}"), "停车难。"));
    // One segment of all.
    rebuild(&bench.index, &bench.store, |_| {}).expect("rebuild");
    let today = LocalDate::parse("2026-03-10").expect("date");
    let search = |query: &str| {
        let ask = Ask { sort: Sort::Relevance, limit: 5, cursor: None, counts: true };
        bench.index.search(&parse(query, today), &HashMap::new(), ask).expect("search")
    };
    let many = search("停车");
    let (_, districts) = &many.facets[0];
    assert_eq!((many.total, districts[0].value.as_str()), (Some(400), "渝中区"));
    assert!((384..=400).contains(&districts[0].count), "{}", districts[0].count);
    assert!(many.notes.iter().any(|note| note.contains("约数")), "{:?}", many.notes);
    assert!(search("停车建议7").notes.is_empty());
}

#[test]
fn words_of_a_large_index_are_counted_behind_those_who_ask() {
    let bench = Bench::with(&[]);
    (0..30).for_each(|n| bench.add(&format!("停车建议{n}"), "停车难。"));
    bench.caught_up();
    let kin = Kin::new(bench.index.clone());
    assert_eq!(kin.frequencies().expect("counted").items(), 30);
    (30..60).for_each(|n| bench.add(&format!("路灯建议{n}"), "路灯不亮。"));
    bench.caught_up();
    assert_eq!(kin.frequencies().expect("the former counts").items(), 30);
    let begun = Instant::now();
    while kin.frequencies().expect("counts").items() != 60 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the words are not counted again");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn pages_give_each_hit_once_even_when_more_arrives_meanwhile() {
    let bench = Bench::with(&[]);
    (0..23).for_each(|n| bench.add(&format!("停车建议{n}"), &format!("第{n}处停车难。")));
    bench.caught_up();
    let today = LocalDate::parse("2026-03-10").expect("date");
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let query = parse("停车", today);
        // Whether hits are counted or not, the pages are the same.
        let ask =
            Ask { sort: Sort::Relevance, limit: 5, cursor: cursor.as_deref(), counts: seen.len() % 2 == 0 };
        let page = bench.index.search(&query, &HashMap::new(), ask).expect("search");
        seen.extend(page.hits.iter().map(|hit| hit.no));
        bench.add(&format!("停车迟到{}", seen.len()), "又一处停车难。");
        bench.caught_up();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=23).collect::<Vec<_>>());
}

#[test]
fn after_a_rebuild_and_after_a_restart_the_answers_are_the_same() {
    let mut bench = bench();
    let before = bench.find("建议");
    let done = rebuild(&bench.index, &bench.store, |_| {}).expect("rebuild");
    assert_eq!((done, bench.find("建议")), (4, before.clone()));
    bench.add("关于路灯的建议", "路灯不亮。");
    bench.caught_up();
    assert_eq!(bench.find("路灯"), [5]);
    drop(bench.follower.take());
    let reopened = SearchIndex::open(&bench.dir.path().join("index"), settings(), segmenter()).expect("open");
    assert_eq!((reopened.applied().0, reopened.numbers().expect("numbers")), (5, vec![1, 2, 3, 4, 5]));
}

#[test]
fn a_damaged_index_is_begun_anew_and_filled_again() {
    let mut bench = bench();
    drop(bench.follower.take());
    let folder = bench.dir.path().join("index");
    for generation in std::fs::read_dir(&folder).expect("list") {
        std::fs::write(generation.expect("entry").path().join("meta.json"), b"{").expect("damage");
    }
    bench.index = SearchIndex::open(&folder, settings(), segmenter()).expect("open");
    let handovers = Arc::new(Handovers::new(1 << 20));
    bench.follower = Some(follow(bench.index.clone(), Arc::clone(&bench.store), handovers).expect("follow"));
    bench.caught_up();
    assert_eq!(bench.find("电梯"), [1]);
}

fn shelved(shelf: &ShelfIndex, query: &str) -> Vec<i64> {
    let today = LocalDate::parse("2026-03-10").expect("date");
    let ask = Ask { sort: Sort::Oldest, limit: 50, cursor: None, counts: true };
    let index = shelf.current().expect("up to date");
    let hits = index.search(&parse(query, today), &HashMap::new(), ask).expect("search");
    if hits.relaxed { Vec::new() } else { hits.hits.iter().map(|hit| hit.no).collect() }
}

#[test]
fn every_node_has_the_shelf_as_it_stands_and_the_index_of_items_knows_nothing_of_it() {
    let bench = Bench::with(&[("关于老旧小区加装电梯的建议", "缺少资金。")]);
    let node = |name: &str| {
        let dir = bench.dir.path().join(name);
        ShelfIndex::open(&dir, settings(), segmenter(), Arc::clone(&bench.store)).expect("the shelf")
    };
    let (one, two) = (node("one"), node("two"));
    assert!(shelved(&one, "电梯").is_empty());
    let add = |title: &str| {
        let lines = ["增设电梯由业主表决。".to_owned()];
        let document = NewShelfDocument::new(ShelfKind::Policy, title, None, "", "a.txt", &lines);
        let document = document.expect("a document");
        let write = move |tx: &mut Tx<'_>| add_to_shelf(tx, &document, &Actor::System);
        bench.store.write::<_, StoreError, _>(Priority::Desk, write).wait().expect("added")
    };
    add("电梯办法");
    add("电梯细则");
    assert_eq!((shelved(&one, "电梯 表决"), shelved(&two, "标题:细则")), (vec![1, 2], vec![2]));
    let take = |tx: &mut Tx<'_>| take_off_shelf(tx, 1, true, &Actor::System);
    bench.store.write::<_, StoreError, _>(Priority::Desk, take).wait().expect("taken off");
    assert_eq!((shelved(&one, "电梯"), shelved(&two, "电梯")), (vec![2], vec![2]));
    // A node that was away, or whose words are others now, reads it all from the facts.
    drop(two);
    let other = IndexSettings { lexicon: 2, ..settings() };
    let dir = bench.dir.path().join("two");
    let two = ShelfIndex::open(&dir, other, segmenter(), Arc::clone(&bench.store)).expect("the shelf");
    assert_eq!(shelved(&two, "电梯"), [2]);
    bench.caught_up();
    assert_eq!((bench.find("电梯"), bench.index.documents()), (vec![1], 1));
}
