//! Packages between two sites, on every engine.

use super::super::*;
use super::place::{Place, clock};
use super::{arrival, insert};
use crate::model::{BlobHash, Seq, Timestamp};

fn package(number: i64, state: PackageState, text: &str) -> PackageRecord {
    PackageRecord {
        number,
        state,
        hash: BlobHash::of(text.as_bytes()),
        made_at: Timestamp::from_micros(5),
        at: Timestamp::from_micros(6),
        bytes: 7,
        acknowledged: 0,
        counts: "{}".to_owned(),
        notes: "[]".to_owned(),
    }
}

fn put(store: &Store, way: Way, package: PackageRecord) -> Result<(), StoreError> {
    store.write(Priority::Desk, move |tx: &mut Tx<'_>| put_package(tx, way, &package)).wait()
}

fn last(store: &Store, way: Way) -> i64 {
    let last = store.read(move |sql: &mut dyn Sql| last_package(sql, way)).wait();
    last.expect("read").map_or(0, |last| last.number)
}

pub(super) fn a_package_is_noted_once_a_gap_is_known_until_it_is_filled(place: &Place) {
    let store = place.open_at(clock());
    let put = |way, number, state, text| put(&store, way, package(number, state, text));
    put(Way::Out, 1, PackageState::Made, "a").expect("made");
    assert!(matches!(put(Way::Out, 1, PackageState::Made, "b"), Err(StoreError::Stale)), "taken by another");
    put(Way::Out, 2, PackageState::Made, "c").expect("made");
    let (handed, arrived): (u64, u64) = store
        .write(Priority::Desk, |tx: &mut Tx<'_>| {
            Ok::<_, StoreError>((set_handed(tx, 2)?, set_arrived(tx, 1)?))
        })
        .wait()
        .expect("noted");
    assert_eq!((handed, arrived, last(&store, Way::Out)), (1, 1, 2));
    put(Way::In, 1, PackageState::Imported, "a").expect("taken");
    put(Way::In, 2, PackageState::Missing, "").expect("missing");
    put(Way::In, 3, PackageState::Early, "c").expect("early");
    let missing = || {
        let read =
            store.read(|sql: &mut dyn Sql| packages_in(sql, Way::In, PackageState::Missing, 10)).wait();
        read.expect("read").iter().map(|one: &PackageRecord| one.number).collect::<Vec<_>>()
    };
    assert_eq!((last(&store, Way::In), missing()), (1, vec![2]));
    put(Way::In, 2, PackageState::Imported, "b").expect("found");
    put(Way::In, 3, PackageState::Imported, "c").expect("now in order");
    assert_eq!((last(&store, Way::In), missing()), (3, Vec::new()));
    assert!(matches!(put(Way::In, 3, PackageState::Imported, "c"), Err(StoreError::Stale)));
}

pub(super) fn what_went_over_of_an_item_is_known_and_can_be_begun_anew(place: &Place) {
    let store = place.open_at(clock());
    let (one, two) = (arrival("a", "甲"), arrival("b", "乙"));
    insert(&store, &one);
    insert(&store, &two);
    let ids = (one.id, two.id);
    let changed = store.read(|sql: &mut dyn Sql| items_changed_after(sql, Seq::ZERO, 10)).wait();
    let changed: Vec<(Seq, crate::model::ItemId)> = changed.expect("read");
    assert_eq!(changed.iter().map(|(_, id)| *id).collect::<Vec<_>>(), [ids.0, ids.1]);
    let after = changed[0].0;
    let file: crate::model::FileId = "f-0123456789abcdef0123456789abcdef".parse().expect("an id");
    let uses = vec![("opinion".to_owned(), 2026, 3, "2026-02-01".to_owned())];
    let mark = Elsewhere { adopted: true, instructed: false, uses: uses.clone() }.code();
    let sent = Crossed { versions: 1, withdrawn: true, answer: String::new(), mark };
    let (noted, of) = (sent.clone(), file.clone());
    let note = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
        put_crossed(tx, &ids.0, &noted)?;
        note_crossed(tx, &ids.0)?;
        note_crossed(tx, &ids.1)?;
        put_file_crossed(tx, &of, 1)?;
        put_file_crossed(tx, &of, 2)?;
        set_cursor(tx, "exchange", after)
    });
    note.wait().expect("noted");
    let look = || {
        let file = file.clone();
        let read = store.read(move |sql: &mut dyn Sql| {
            let no = item_no(sql, &ids.0)?;
            Ok::<_, StoreError>((
                crossed(sql, &ids.0)?,
                crossed(sql, &ids.1)?,
                file_crossed(sql, &file)?,
                cursor(sql, "exchange")?,
                (outcome_mark(sql, no)?.adopted, issued_uses(sql, no)?),
                (to_tell(sql, &ids.0)?.version, versions_of(sql, &ids.1)?, versions_after(sql, no, 0)?.len()),
            ))
        });
        read.wait().expect("read")
    };
    assert_eq!(look(), (Some(sent), Some(Crossed::default()), true, after, (true, uses.clone()), (1, 1, 1)));
    let stand_in = package(5, PackageState::Arrived, "theirs");
    put(&store, Way::Out, package(5, PackageState::Made, "ours")).expect("made");
    put(&store, Way::Out, package(6, PackageState::Made, "void")).expect("made");
    let anew = store.write(Priority::Desk, move |tx: &mut Tx<'_>| begin_anew(tx, &stand_in, "exchange"));
    anew.wait().expect("anew");
    let (first, _, file, at, marked, _) = look();
    let first = first.expect("still known");
    assert_eq!(
        (first.versions, first.withdrawn, file, at, marked),
        (0, false, false, Seq::ZERO, (true, uses))
    );
    assert_eq!(last(&store, Way::Out), 5, "what was made after it is void");
}
