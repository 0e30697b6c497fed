use std::path::Path;

use serde::Deserialize;

use super::*;
use crate::model::{DatedName, Urgency};

const DISTRICTS: &str = include_str!("../../../config/tables/districts.toml");

#[derive(Deserialize)]
struct Labelled {
    text: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    urgency: Option<String>,
    district: Option<String>,
    day: Option<LocalDate>,
}

#[derive(Deserialize)]
struct Districts {
    district: Vec<District>,
}

#[derive(Deserialize)]
struct District {
    code: String,
    name: String,
    valid_from: Option<LocalDate>,
    valid_to: Option<LocalDate>,
}

pub(super) fn districts() -> Vec<CodeRow> {
    let file: Districts = toml::from_str(DISTRICTS).expect("the table");
    let row = |one: District| CodeRow {
        code: one.code,
        names: vec![DatedName { from: None, name: one.name }],
        valid_from: one.valid_from,
        valid_to: one.valid_to,
        order: 0,
        note: String::new(),
        outward: None,
        notify: None,
        term: None,
        number: None,
        withdrawn: false,
    };
    file.district.into_iter().map(row).collect()
}

pub(super) fn tables() -> HintTables {
    HintTables::load(Path::new("")).expect("the tables that come with the program")
}

fn day(text: &str) -> LocalDate {
    LocalDate::parse(text).expect("a day")
}

fn places(body: &str, at: &str) -> Vec<PlaceHint> {
    tables().places("", body, &districts(), day(at)).expect("hints")
}

#[test]
fn the_labelled_sentences_are_read_as_their_writers_meant_them() {
    let labelled: Labelled = toml::from_str(include_str!("labelled.toml")).expect("the labels");
    assert!(labelled.text.len() >= 60);
    let (tables, districts) = (tables(), districts());
    let mut wrong = Vec::new();
    for row in &labelled.text {
        let at = row.day.unwrap_or_else(|| day("2026-03-20"));
        let urgency = tables.urgency("", &row.text, at);
        let level = urgency.as_ref().map_or("", |hint| hint.level.label());
        if row.urgency.as_deref().is_some_and(|wanted| wanted != level) {
            wrong.push(format!("{}: {level} {urgency:?}", row.text));
        }
        let places = tables.places("", &row.text, &districts, at).expect("hints");
        let clear = places.first().filter(|hint| hint.clear).map_or("", |hint| hint.code.as_str());
        if row.district.as_deref().is_some_and(|wanted| wanted != clear) {
            wrong.push(format!("{}: {places:?}", row.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_of_the_places_is_one_of_the_table_of_districts_and_no_name_stands_twice() {
    let (tables, districts) = (tables(), districts());
    let known = |code: &str| districts.iter().any(|row| row.code == code);
    assert_eq!(tables.places.unknown(known), Vec::<String>::new());
}

#[test]
fn every_unit_of_the_hints_is_one_of_the_table_of_units() {
    let units = include_str!("../../../config/tables/units.toml");
    let tables = tables();
    let unknown: Vec<&str> =
        tables.units.named().filter(|name| !units.contains(&format!("\"{name}\""))).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn an_abolished_district_is_told_by_what_it_became_and_the_words_are_given() {
    let now = places("渝北区照母山公园缺少座椅。", "2026-03-20");
    assert_eq!((now[0].code.as_str(), now[0].name.as_str()), ("500157", "两江新区"));
    assert_eq!(now[0].words, ["渝北区", "照母山"]);
    assert_eq!(now[0].note.as_deref(), Some("渝北区已撤销，现为两江新区"));
    let then = places("渝北区照母山公园缺少座椅。", "2025-11-05");
    assert_eq!((then[0].code.as_str(), then[0].note.as_deref()), ("500112", None));
}

#[test]
fn two_districts_are_both_told_and_neither_is_clear() {
    let both = places("从沙坪坝到杨家坪的公交班次太少。", "2026-03-20");
    assert_eq!(both.len(), 2);
    assert!(both.iter().all(|hint| !hint.clear));
}

fn offered(names: &[&str]) -> Vec<Vec<String>> {
    names.iter().map(|name| vec![(*name).to_owned()]).collect()
}

#[test]
fn a_unit_is_proposed_by_its_short_name_by_what_it_looks_after_by_subject_and_by_the_past() {
    let (tables, offered) = (tables(), offered(&["教委", "住房城乡建委", "生态环境局"]));
    let none = UnitEvidence { offered: &offered, subject: None, before: &[] };
    let units = |title: &str, body: &str, known: &UnitEvidence<'_>| tables.units(title, body, known);
    let named = units("", "多次向住建局反映没有结果。", &none);
    assert_eq!(
        (named[0].unit.as_str(), named[0].reasons.as_slice()),
        ("住房城乡建委", ["文中提到住建局".to_owned()].as_slice())
    );
    let told = units("物业乱收停车费", "业委会成立不了，维修基金用不上。", &none);
    assert_eq!(told[0].unit, "住房城乡建委");
    assert!(told[0].reasons[0].contains("物业") && told[0].reasons[0].contains("维修基金"), "{told:?}");
    // One word of a text is not enough; with the subject it is.
    assert!(units("", "工厂夜里有异味。", &none).is_empty());
    let subject = UnitEvidence { subject: Some("环境保护"), ..none };
    let with = units("", "工厂夜里有异味。", &subject);
    assert_eq!(with[0].unit, "生态环境局");
    assert!(with[0].reasons[1].contains("主题“环境保护”"), "{with:?}");
    let before = [("教委".to_owned(), 5)];
    let past = units("", "盼望早日解决。", &UnitEvidence { before: &before, ..none });
    assert_eq!(past[0].reasons, ["同主题来稿曾直转该单位 5 次"]);
}

#[test]
fn a_unit_that_is_not_offered_is_not_proposed_and_a_renamed_one_goes_by_its_new_name() {
    let tables = tables();
    let offered = [vec!["卫生健康委".to_owned(), "健康委".to_owned()]];
    let known = UnitEvidence { offered: &offered, subject: None, before: &[] };
    let hints = tables.units("", "向卫健委和教委都反映过。", &known);
    assert_eq!(hints.iter().map(|hint| hint.unit.as_str()).collect::<Vec<_>>(), ["健康委"]);
    assert!(tables.units("", "我住在教委家属院。", &known).is_empty());
}

#[test]
fn the_sign_of_urgency_is_shown_with_the_words_around_it() {
    let body = "楼道里堆满杂物。今天凌晨三楼电表箱起火，幸好邻居及时扑灭。";
    let hint = tables().urgency("", body, day("2026-03-20")).expect("urgent");
    assert_eq!(hint.level, Urgency::Critical);
    assert_eq!((hint.signs[0].kind.as_str(), hint.signs[0].word.as_str()), ("正在发生的险情", "起火"));
    assert!(hint.signs[0].around.contains("三楼电表箱起火，幸好邻居"), "{hint:?}");
}

#[test]
fn an_offices_own_table_takes_the_place_of_ours_and_a_mistake_in_it_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(
        dir.path().join("units.toml"),
        "except = []\nsubject = []\n[[unit]]\nname = \"园林局\"\nwords = [\"月季\", \"草坪\", \"苗圃\"]\n",
    )
    .expect("written");
    let own = HintTables::load(dir.path()).expect("own tables");
    let offered = offered(&["园林局"]);
    let known = UnitEvidence { offered: &offered, subject: None, before: &[] };
    assert_eq!(own.units("", "月季和草坪都枯了，苗圃也荒了。", &known).len(), 1);
    std::fs::write(dir.path().join("urgency.toml"), "[damp]\n").expect("written");
    let error = HintTables::load(dir.path()).expect_err("a mistake").to_string();
    assert!(error.contains("urgency.toml") && error.contains("denied"), "{error}");
}
