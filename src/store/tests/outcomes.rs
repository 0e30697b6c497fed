//! 采用 and 批示 on every engine.

use super::super::*;
use super::place::Place;
use super::{arrival, insert};
use crate::model::{
    Actor, LocalDate, ManuscriptId, Outcome, OutcomeFields, OutcomeKind, OutcomeLevel, OutcomeReaders,
    Outlet, Texts,
};

fn outcome(kind: OutcomeKind, day: u8) -> Outcome {
    let date = LocalDate::from_ymd(2026, 3, day).expect("a day");
    let fields = OutcomeFields {
        kind,
        level: OutcomeLevel::City,
        outlet: "市委办公厅".to_owned(),
        number: "第3期".to_owned(),
        date,
        by: "某领导".to_owned(),
        wording: "请研究".to_owned(),
        readers: OutcomeReaders::Heads,
    };
    Outcome::new(fields, date).expect("valid")
}

fn manuscript(store: &Store) -> (ManuscriptId, i64) {
    let Persisted::New(no) = insert(store, &arrival("a", "文")) else { panic!("new") };
    let id = ManuscriptId::from_random([7; 10]);
    let made: Result<(), StoreError> = store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let outlet = Outlet::Series { series: "opinion".parse().expect("slug") };
            let texts =
                Texts { title: "甲_乙".to_owned(), body: "文".to_owned(), credit: "某".to_owned() };
            insert_manuscript(tx, &id, &outlet, &texts, &[no], &Actor::System)
        })
        .wait();
    made.expect("made");
    (id, no)
}

pub(super) fn a_registration_is_corrected_and_withdrawn_and_every_revision_stays(place: &Place) {
    let store = place.open();
    let (id, item) = manuscript(&store);
    let done: Result<(), StoreError> = store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let first = outcome(OutcomeKind::Single, 4);
            let no = insert_outcome(tx, &id, &first, None, &Actor::System)?;
            assert_eq!(outcome_like(tx, &id, &first.key())?, Some((no, false)));
            assert_eq!(outcome_mark(tx, item)?.label(), "有采用");
            let known = read_outcome(tx, no)?;
            let hash = crate::model::BlobHash::of(b"scan");
            let second = outcome(OutcomeKind::Instructed, 5);
            correct_outcome(tx, &known, &second, Some((&hash, "a.pdf")), &Actor::System, "填错")?;
            let stale = correct_outcome(tx, &known, &second, None, &Actor::System, "再改");
            assert!(matches!(stale, Err(StoreError::Stale)));
            assert_eq!(outcome_mark(tx, item)?.label(), "有批示");
            let known = read_outcome(tx, no)?;
            assert_eq!((known.rev, known.scan, known.scan_name.as_str()), (2, Some(hash), "a.pdf"));
            withdraw_outcome(tx, &known, &Actor::System, "重复登记")?;
            assert_eq!(outcome_mark(tx, item)?, OutcomeMark::default());
            assert_eq!(outcome_like(tx, &id, &second.key())?, Some((no, true)));
            let versions = outcome_versions(tx, no)?;
            let told: Vec<&str> = versions.iter().map(|one| one.action.as_str()).collect();
            assert_eq!(told, ["登记", "更正", "撤销"]);
            assert_eq!(versions[0].outcome, first);
            Ok(())
        })
        .wait();
    done.expect("done");
}

pub(super) fn a_list_of_outcomes_is_filtered_by_every_field(place: &Place) {
    let store = place.open();
    let (id, _) = manuscript(&store);
    let done: Result<(), StoreError> = store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            insert_outcome(tx, &id, &outcome(OutcomeKind::Single, 4), None, &Actor::System)?;
            insert_outcome(tx, &id, &outcome(OutcomeKind::Instructed, 6), None, &Actor::System)?;
            let mut count = |filter: OutcomeFilter| list_outcomes(tx, &filter, 10).map(|rows| rows.len());
            let all = OutcomeFilter::default;
            assert_eq!(count(all())?, 2);
            assert_eq!(count(OutcomeFilter { kind: Some(OutcomeKind::Single), ..all() })?, 1);
            assert_eq!(count(OutcomeFilter { level: Some(OutcomeLevel::National), ..all() })?, 0);
            assert_eq!(count(OutcomeFilter { from: LocalDate::from_ymd(2026, 3, 5), ..all() })?, 1);
            assert_eq!(count(OutcomeFilter { to: LocalDate::from_ymd(2026, 3, 4), ..all() })?, 1);
            assert_eq!(count(OutcomeFilter { words: Some("甲_".to_owned()), ..all() })?, 2);
            assert_eq!(count(OutcomeFilter { words: Some("_甲".to_owned()), ..all() })?, 0);
            assert_eq!(known_titles(tx)?.len(), 1);
            Ok(())
        })
        .wait();
    done.expect("done");
}

/// 编号 on a paper form: the records between the bounds that its code gives, and no other.
pub(super) fn a_record_is_found_by_the_beginning_of_its_id(place: &Place) {
    let store = place.open();
    let (id, _) = manuscript(&store);
    let (first, last) = crate::model::RecordCode::of_manuscript(&id).ids();
    let found = store.read(move |sql| {
        let inside = manuscripts_between(sql, &first, &last)?;
        let below = manuscripts_between(sql, &[0; 10], &[6; 10])?;
        Ok::<_, StoreError>((inside, below, issues_between(sql, &first, &last)?))
    });
    let (inside, below, issues) = found.wait().expect("read");
    assert_eq!(inside, [(id, "甲_乙".to_owned())]);
    assert!(below.is_empty() && issues.is_empty());
}
