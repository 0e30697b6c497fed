//! Pulled sources: entries and the place to go on move together.

use crate::model::{Actor, EntryKey, EntryText, SourceId};

use super::Place;
use crate::store::*;

fn note(name: &str, text: &str, refused: Option<&str>) -> EntryNote {
    EntryNote {
        key: EntryKey::of(name),
        text: EntryText::of(&[text.as_bytes()]),
        name: name.to_owned(),
        refused: refused.map(str::to_owned),
        revised: false,
    }
}

pub(super) fn an_entry_is_noted_with_the_place_to_go_on_and_known_afterwards(place: &Place) {
    let store = place.open();
    let source: SourceId = "news".parse().expect("slug");
    let id = source.clone();
    let begun = store.write(Priority::Batch, move |tx: &mut Tx<'_>| {
        begin_pull(tx, &id, "{}")?;
        // Another node begins too.
        begin_pull(tx, &id, "{\"other\":1}")?;
        note_entries(tx, &id, &[note("b", "乙", None), note("a", "甲", Some("超长"))], "{\"at\":2}")
    });
    begun.wait().unwrap_or_else(|error: StoreError| panic!("{error}"));
    // A pull that is not to hold leaves neither entries nor a place.
    let id = source.clone();
    let failed: Result<(), StoreError> = store
        .write(Priority::Batch, move |tx: &mut Tx<'_>| {
            note_entries(tx, &id, &[note("c", "丙", None)], "{\"at\":3}")?;
            Err(StoreError::Stale)
        })
        .wait();
    assert!(failed.is_err());
    let id = source.clone();
    let end = store.write(Priority::Batch, move |tx: &mut Tx<'_>| {
        let mut revised = note("b", "乙改", None);
        revised.revised = true;
        note_entries(tx, &id, &[revised], "{\"at\":3}")?;
        let end = |well: bool, told: &str| PullEnd {
            due_at: tx.now().plus_seconds(60),
            mark: "{\"at\":4}".to_owned(),
            well,
            told: told.to_owned(),
            taken: 1,
        };
        let (well, badly) = (end(true, ""), end(false, "连接失败"));
        end_pull(tx, &id, &well)?;
        end_pull(tx, &id, &badly)?;
        end_pull(tx, &id, &badly)
    });
    end.wait().unwrap_or_else(|error: StoreError| panic!("{error}"));
    let id = source.clone();
    let read = store.read(move |sql| {
        let keys = ["a", "b", "c"].map(EntryKey::of);
        let known = known_entries(sql, &id, &keys)?;
        let refused = refused_entries(sql, &id, 10)?;
        Ok::<_, StoreError>((
            read_pull(sql, &id)?,
            keys.map(|key| known.get(&key).map(|known| (known.text, known.taken))),
            refused,
            list_pulls(sql)?.len(),
        ))
    });
    let (record, known, refused, listed) = read.wait().expect("read");
    let record = record.expect("it was begun");
    assert_eq!((record.mark.as_str(), record.failures, record.told.as_str()), ("{\"at\":4}", 2, "连接失败"));
    assert_eq!((record.taken, record.revised, record.refused, record.last_taken), (1, 1, 1, 1));
    assert!(record.succeeded_at.is_some() && record.tried_at.is_some());
    let text = |text: &str| EntryText::of(&[text.as_bytes()]);
    assert_eq!(known[0], Some((text("甲"), false)));
    assert_eq!((known[1], known[2]), (Some((text("乙改"), true)), None));
    assert_eq!(
        refused.iter().map(|row| (row.0.as_str(), row.1.as_str())).collect::<Vec<_>>(),
        [("a", "超长")]
    );
    assert_eq!(listed, 1);
    let now = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
        let unknown: SourceId = "other".parse().map_err(|_| StoreError::Stale)?;
        assert!(pull_now(tx, &unknown, &Actor::System).is_err());
        pull_now(tx, &source, &Actor::System)?;
        Ok(read_pull(tx, &source)?.is_some_and(|record| record.due_at == tx.now()))
    });
    assert!(now.wait().unwrap_or_else(|error: StoreError| panic!("{error}")), "it is due");
}
