//! What the store must hold on every engine.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::ManualClock;
use crate::model::{
    Actor, FoldHash, ItemId, ItemKey, ItemMove, Joined, Link, LinkKind, Receipt, SecretKey, Seq, SourceId,
    Submission, Timestamp,
};

use super::sql::bind;
use super::*;

fn open(dir: &Path) -> Store {
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_767_000_000_000_000)));
    Store::open_sqlite(dir, 2, Duration::from_millis(10), clock).expect("open")
}

fn arrival(key: &str, body: &str) -> Arrival {
    let source: SourceId = "demo".parse().expect("slug");
    let json = serde_json::json!({ "kind": "opinion", "title": "题", "body": body });
    let submission: Submission = serde_json::from_value(json).expect("submission");
    let id = ItemId::derive(&source, ItemKey::External(key));
    Arrival {
        id,
        receipt: Receipt::derive(&SecretKey::new([1; 32]), &id),
        actor: Actor::Source(source.clone()),
        source,
        received_at: Timestamp::from_micros(7),
        content_hash: submission.content_hash(),
        fold_hash: FoldHash::of(body),
        canonical: submission.canonical(),
        submission,
    }
}

fn insert(store: &Store, arrival: &Arrival) -> Persisted {
    let arrival = arrival.clone();
    let write = store.write(Priority::Batch, move |tx: &mut Tx<'_>| insert_item(tx, &arrival));
    write.wait().expect("insert")
}

fn counts(store: &Store) -> Counts {
    store.read(count_items).wait().expect("counts")
}

#[test]
fn a_replay_changes_nothing_and_another_text_is_told_from_it() {
    let dir = tempfile::tempdir().expect("dir");
    let store = open(dir.path());
    let Persisted::New(no) = insert(&store, &arrival("a", "文")) else { panic!("new") };
    assert_eq!(insert(&store, &arrival("a", "文")), Persisted::Replay(no));
    assert_eq!(insert(&store, &arrival("a", "另一篇")), Persisted::OtherText);
    assert_eq!((counts(&store).items, store.tide().level()), (1, no));
}

#[test]
fn a_correction_is_a_further_version_and_the_original_stays() {
    let dir = tempfile::tempdir().expect("dir");
    let store = open(dir.path());
    insert(&store, &arrival("a", "文"));
    let correct = |body: &str| {
        let arrival = arrival("a", body);
        store
            .write(Priority::Batch, move |tx: &mut Tx<'_>| add_version(tx, &arrival))
            .wait()
            .expect("version")
    };
    assert!(matches!(correct("更正"), Persisted::New(_)));
    assert!(matches!(correct("更正"), Persisted::Replay(_)));
    let texts: Vec<String> = store
        .read(|sql| {
            let rows = sql.query("SELECT submission FROM item_versions ORDER BY version", &[])?;
            rows.iter().map(|row| row.text(0).map(str::to_owned)).collect::<Result<_, StoreError>>()
        })
        .wait()
        .expect("read");
    assert!(texts[0].contains("文") && texts[1].contains("更正"), "{texts:?}");
}

#[test]
fn a_failed_job_leaves_nothing_behind_and_takes_no_sequence_number() {
    let dir = tempfile::tempdir().expect("dir");
    let store = open(dir.path());
    let failed = arrival("a", "文");
    let result: Result<(), StoreError> = store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            insert_item(tx, &failed)?;
            Err(StoreError::Stale)
        })
        .wait();
    assert!(matches!(result, Err(StoreError::Stale)));
    assert_eq!(insert(&store, &arrival("b", "文")), Persisted::New(1));
    assert_eq!(counts(&store).items, 1);
}

#[test]
fn jobs_from_many_threads_get_sequence_numbers_without_gap_in_the_order_they_become_visible() {
    let dir = tempfile::tempdir().expect("dir");
    let store = open(dir.path());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..50 {
                    insert(store, &arrival(&format!("{thread}-{n}"), "文"));
                }
            });
        }
    });
    let changes = store.read(|sql| changes_after(sql, Seq::ZERO, 1000)).wait().expect("changes");
    let expected: Vec<Seq> = (1..=200).map(Seq).collect();
    assert_eq!(changes.iter().map(|change| change.seq).collect::<Vec<_>>(), expected);
}

#[test]
fn the_audit_chain_is_whole_after_reopening_and_a_changed_row_is_found() {
    let dir = tempfile::tempdir().expect("dir");
    let store = open(dir.path());
    for n in 0..5 {
        insert(&store, &arrival(&n.to_string(), "文"));
    }
    store.close();
    let store = open(dir.path());
    insert(&store, &arrival("later", "文"));
    let whole = store.read(check_chain).wait().expect("check");
    assert_eq!(whole, ChainCheck { rows: 6, broken_at: None });
    store
        .write(Priority::Desk, |tx: &mut Tx<'_>| {
            tx.execute("UPDATE audit SET actor = 'system' WHERE no = ?1", bind![3_i64])
        })
        .wait()
        .expect("tamper");
    assert_eq!(store.read(check_chain).wait().expect("check").broken_at, Some(3));
}

#[test]
fn a_state_change_from_a_stale_revision_is_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let store = open(dir.path());
    let Persisted::New(no) = insert(&store, &arrival("a", "文")) else { panic!("new") };
    let row = store.read(move |sql| read_item(sql, no)).wait().expect("item").row;
    let keep = |row: ItemRow| {
        store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let to = row.state.apply(ItemMove::Keep).map_err(|e| StoreError::Corrupt(e.to_string()))?;
                move_item(tx, &row, to, &Actor::System, "")
            })
            .wait()
    };
    assert!(keep(row.clone()).is_ok());
    assert!(matches!(keep(row), Err(StoreError::Stale)));
}

#[test]
fn a_repeat_of_a_repeat_joins_the_group_of_the_first() {
    let dir = tempfile::tempdir().expect("dir");
    let store = open(dir.path());
    let numbers: Vec<i64> = ["a", "b", "c"]
        .iter()
        .map(|key| match insert(&store, &arrival(key, "文")) {
            Persisted::New(no) => no,
            other => panic!("{other:?}"),
        })
        .collect();
    let (a, b, c) = (numbers[0], numbers[1], numbers[2]);
    store
        .write(Priority::Batch, move |tx: &mut Tx<'_>| {
            let id = arrival("b", "文").id;
            put_link(tx, b, a, &Link { kind: LinkKind::Exact, score: 1.0 })?;
            join_group(tx, (b, &id), a, Joined::Exact)?;
            join_group(tx, (c, &arrival("c", "文").id), b, Joined::Exact)
        })
        .wait()
        .expect("join");
    assert_eq!(store.read(move |sql| group_of(sql, c)).wait().expect("group"), Some((a, 3)));
    assert_eq!(store.read(move |sql| neighbours(sql, a)).wait().expect("links").len(), 1);
}

#[test]
fn a_lease_taken_by_another_stops_the_first_holders_writes() {
    let dir = tempfile::tempdir().expect("dir");
    let store = open(dir.path());
    let take = |holder: &'static str, now: i64| {
        store
            .write(Priority::Batch, move |tx: &mut Tx<'_>| {
                take_lease(tx, "links", holder, Timestamp::from_micros(now * 1_000_000), 10)
            })
            .wait()
            .expect("lease")
    };
    let first = take("one", 0).expect("free");
    assert!(take("two", 5).is_none());
    assert!(take("two", 11).is_some());
    let held = store.write(Priority::Batch, move |tx: &mut Tx<'_>| first.hold(tx, 10)).wait();
    assert!(matches!(held, Err(StoreError::Stale)));
}

#[test]
fn a_database_of_a_newer_program_is_refused() {
    let dir = tempfile::tempdir().expect("dir");
    drop(open(dir.path()));
    let connection = rusqlite::Connection::open(dir.path().join("store.db")).expect("open");
    connection.pragma_update(None, "user_version", 99).expect("raise");
    drop(connection);
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
    let refused = Store::open_sqlite(dir.path(), 1, Duration::from_millis(1), clock).err();
    assert!(matches!(refused, Some(StoreError::Newer { found: 99, .. })));
}
