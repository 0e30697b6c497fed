//! What is found, what is left alone, and the measures on the labelled sentences of `tests/fixtures/proof`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::*;
use crate::text::Lexicon;

/// The day on which the labelled sentences are checked unless they say another.
const TODAY: &str = "2026-03-01";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/proof")
}

/// With the tables of the program and invented leaders.
fn proofreader() -> &'static Proofreader {
    static SHARED: OnceLock<Proofreader> = OnceLock::new();
    SHARED.get_or_init(|| {
        let tables = ProofTables::load(&fixtures()).expect("tables");
        let segmenter = Segmenter::new(Lexicon::load(Path::new("")).expect("lexicon"));
        Proofreader::new(&tables, segmenter).expect("rules")
    })
}

fn on(date: &str) -> LocalDate {
    LocalDate::parse(date).expect("a date")
}

fn check(text: &str) -> Vec<ProofHit> {
    proofreader().check(text, on(TODAY))
}

#[test]
fn what_the_office_lets_pass_is_no_fault_within_its_phrase_alone() {
    let passed = ["按装街".to_owned(), "2026年2月30日".to_owned(), "有中国特色社会主义".to_owned()];
    let text = "按装街的路灯于2026年2月30日按装。学习有中国特色社会主义。";
    let hits = proofreader().check_passing(text, on(TODAY), &passed);
    let found: Vec<(&str, usize)> = hits.iter().map(|hit| (hit.text.as_str(), hit.start)).collect();
    assert_eq!(hits.len(), 3, "{found:?}");
    assert_eq!(hits[0].kind, Kind::Date, "a day that does not exist never passes");
    assert_eq!(hits[2].severity, Severity::Severe, "nor does what is grave");
    assert_eq!((hits[1].text.as_str(), hits[1].start), ("按装", 17), "{found:?}");
}

/// A sentence with the places of its faults, in characters.
struct Labelled {
    kind: Kind,
    date: LocalDate,
    text: String,
    faults: Vec<(usize, usize)>,
}

/// `2025-10-01|……{错}……`: what stands in braces is a fault of the file's kind.
fn read(kind: Kind, line: &str) -> Labelled {
    let (date, marked) = match line.split_once('|') {
        Some((date, rest)) if LocalDate::parse(date).is_ok() => (on(date), rest),
        _ => (on(TODAY), line),
    };
    let (mut text, mut faults, mut open, mut count) = (String::new(), Vec::new(), None, 0);
    for c in marked.chars() {
        match c {
            '{' => open = Some(count),
            '}' => faults.push((open.take().expect("opened"), count)),
            c => {
                text.push(c);
                count += 1;
            }
        }
    }
    Labelled { kind, date, text, faults }
}

fn labelled() -> Vec<Labelled> {
    let mut out = Vec::new();
    for kind in Kind::ALL {
        let file = fixtures().join(format!("{}.txt", kind.code()));
        let lines =
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        out.extend(
            lines
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(|line| read(kind, line)),
        );
    }
    out
}

#[derive(Default)]
struct Measure {
    faults: usize,
    found: usize,
    hits: usize,
    right: usize,
}

#[test]
fn labelled_faults_are_found_and_sound_sentences_are_left_alone() {
    let sentences = labelled();
    assert!(sentences.len() >= 600, "{} sentences", sentences.len());
    let mut measures: BTreeMap<Kind, Measure> = BTreeMap::new();
    let mut wrong = Vec::new();
    for sentence in &sentences {
        let hits = proofreader().check(&sentence.text, sentence.date);
        let over = |hit: &ProofHit, fault: &(usize, usize)| hit.start < fault.1 && fault.0 < hit.end;
        for hit in &hits {
            let measure = measures.entry(hit.kind).or_default();
            measure.hits += 1;
            if hit.kind == sentence.kind && sentence.faults.iter().any(|fault| over(hit, fault)) {
                measure.right += 1;
            } else {
                wrong.push(format!(
                    "误报 {} “{}” {}：{}",
                    hit.kind.code(),
                    hit.text,
                    hit.reason,
                    sentence.text
                ));
            }
        }
        for fault in &sentence.faults {
            let measure = measures.entry(sentence.kind).or_default();
            measure.faults += 1;
            if hits.iter().any(|hit| hit.kind == sentence.kind && over(hit, fault)) {
                measure.found += 1;
            } else {
                wrong.push(format!("漏报 {}：{}", sentence.kind.code(), sentence.text));
            }
        }
    }
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    let table: Vec<(Kind, f64, f64)> =
        measures.iter().map(|(kind, m)| (*kind, share(m.found, m.faults), share(m.right, m.hits))).collect();
    let shown: String = table
        .iter()
        .map(|(kind, recall, precision)| {
            let m = &measures[kind];
            format!("{:9} {:3} faults, recall {recall:.3}, precision {precision:.3}\n", kind.code(), m.faults)
        })
        .collect();
    let report = format!("{} sentences\n{shown}{}", sentences.len(), wrong.join("\n"));
    assert_eq!(table.len(), Kind::ALL.len(), "{report}");
    assert!(table.iter().all(|(_, recall, precision)| *recall >= 0.95 && *precision >= 0.95), "{report}");
}

/// How long it takes is measured by `proof_fifteen_hundred_characters` in `benches/`.
#[test]
fn a_whole_manuscript_of_fifteen_hundred_characters_gets_the_hits_of_its_sentences() {
    // A sentence a paragraph; one whose fault is only seen beside its neighbours would make the two differ.
    let all = labelled();
    let mut taken: Vec<&Labelled> = Vec::new();
    let mut chars = 0;
    for sentence in all.iter().step_by(7).filter(|one| one.date == on(TODAY)) {
        if chars < 1500 {
            chars += sentence.text.chars().count() + 1;
            taken.push(sentence);
        }
    }
    assert!(chars >= 1500, "{chars}");
    let text: String = taken.iter().map(|sentence| format!("{}\n", sentence.text)).collect();
    let mut start = 0;
    let mut wanted = Vec::new();
    for sentence in taken {
        wanted.extend(sentence.faults.iter().map(|(from, to)| (sentence.kind, start + from, start + to)));
        start += sentence.text.chars().count() + 1;
    }
    let hits = check(&text);
    let found = |(kind, from, to): &&(Kind, usize, usize)| {
        hits.iter().any(|hit| hit.kind == *kind && hit.start < *to && hit.end > *from)
    };
    let right = wanted.iter().filter(found).count();
    assert!(wanted.len() >= 10 && right * 20 >= wanted.len() * 19, "{right} of {}: {hits:#?}", wanted.len());
}

#[test]
fn a_hit_names_place_reason_and_proposal() {
    let hits = check("昨天上午，居民要求在3号楼按装电梯。");
    let [hit] = hits.as_slice() else { panic!("{hits:?}") };
    assert_eq!((hit.start, hit.end, hit.text.as_str()), (13, 15, "按装"));
    assert_eq!((hit.kind, hit.severity), (Kind::Word, Severity::Ordinary));
    assert_eq!(hit.proposal.as_deref(), Some("安装"));
    assert!(hit.reason.contains("安装"), "{}", hit.reason);
}

#[test]
fn of_two_hits_over_each_other_the_graver_one_stands() {
    let hits = check("家住渝北区龙山街道龙山一路18号3栋的居民");
    assert!(hits.windows(2).all(|pair| pair[0].end <= pair[1].start), "{hits:?}");
    assert_eq!(hits[0].kind, Kind::District);
}

#[test]
fn a_district_has_the_name_of_the_day() {
    let text = "渝北区空港片区道路破损。";
    assert!(proofreader().check(text, on("2025-11-05")).is_empty());
    let hits = proofreader().check(text, on("2025-11-06"));
    assert_eq!(hits[0].proposal.as_deref(), Some("两江新区"));
    assert_eq!(hits[0].severity, Severity::Severe);
}

#[test]
fn without_a_table_of_leaders_nothing_is_said_of_leaders() {
    let tables = ProofTables::standard().expect("tables");
    assert!(tables.leaders().is_empty(), "the program ships no names");
    let plain = Proofreader::new(&tables, Segmenter::plain()).expect("rules");
    assert!(plain.check("市长某某表示，将尽快解决。", on(TODAY)).is_empty());
}

#[test]
fn snippets_come_with_the_tables() {
    let tables = ProofTables::standard().expect("tables");
    assert!(tables.snippets().iter().any(|snippet| snippet.text.contains("为此，建议")));
}

#[test]
fn a_table_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let load = |text: &str| {
        std::fs::write(dir.path().join("numbers.toml"), text).expect("written");
        ProofTables::load(dir.path())
            .and_then(|tables| Proofreader::new(&tables, Segmenter::plain()).map(|_| ()))
    };
    let unknown = load("[[patern]]\n").expect_err("unknown key").to_string();
    assert!(unknown.contains("numbers.toml") && unknown.contains("patern"), "{unknown}");
    let broken = load("[[pattern]]\npattern = '('\nreason = '甲'\n").expect_err("broken").to_string();
    assert!(broken.contains("正则"), "{broken}");
    assert!(load("").is_ok());
}

proptest::proptest! {
    /// Whatever the text, hits lie within it, in order, and say what stands there.
    #[test]
    fn every_hit_is_a_piece_of_the_text(text in "[\\PC\n]{0,60}") {
        let chars: Vec<char> = text.chars().collect();
        let mut last = 0;
        for hit in check(&text) {
            proptest::prop_assert!(last <= hit.start && hit.start < hit.end && hit.end <= chars.len());
            last = hit.end;
            proptest::prop_assert_eq!(chars[hit.start..hit.end].iter().collect::<String>(), hit.text);
        }
    }
}
