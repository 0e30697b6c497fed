//! Uploads, and files that nothing refers to.

use crate::model::{Actor, BlobHash, Timestamp};

use super::Place;
use crate::store::*;

const ID: &str = "0123456789abcdef0123456789abcdef";

fn row(no: u32, result: &'static str) -> UploadedRow {
    UploadedRow { place: format!("第 {no} 行"), title: "题".to_owned(), result, detail: "因".to_owned() }
}

pub(super) fn an_upload_is_noted_row_by_row_and_its_file_goes_when_nothing_needs_it(place: &Place) {
    let store = place.open();
    let (blob, owner) = (BlobHash::of(b"file"), Actor::User("wang".to_owned()));
    let upload = UploadRecord {
        id: ID.to_owned(),
        owner: owner.clone(),
        source: "portal".parse().expect("slug"),
        name: "表.xlsx".to_owned(),
        blob,
        state: UploadState::Looked,
        total: 3,
        good: 2,
        handled: 0,
        at: Timestamp::from_micros(5),
        ended_at: None,
    };
    let write = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
        note_loose(tx, &blob)?;
        insert_upload(tx, &upload)
    });
    write.wait().expect("kept");
    let later = Timestamp::from_micros(i64::MAX / 2);
    let settle = || {
        let settled =
            store.write(Priority::Desk, move |tx: &mut Tx<'_>| settle_loose(tx, &blob, later)).wait();
        settled.expect("settled")
    };
    assert!(!settle(), "it is waited for");
    let by = owner.clone();
    let moved = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
        let step = (UploadState::Looked, UploadState::Sending);
        Ok::<_, StoreError>((move_upload(tx, ID, step, &by)?, move_upload(tx, ID, step, &by)?))
    });
    assert_eq!(moved.wait().expect("moved"), (true, false), "once");
    for (first, rows, state) in [
        (0, vec![row(1, "new"), row(2, "refused")], UploadState::Sending),
        // A crash after the note, before it was known: the same again changes nothing.
        (0, vec![row(1, "repeat"), row(2, "refused")], UploadState::Sending),
        (2, vec![row(3, "repeat")], UploadState::Done),
    ] {
        let note = store.write(Priority::Desk, move |tx: &mut Tx<'_>| note_uploaded(tx, ID, first, &rows));
        assert_eq!(note.wait().expect("noted"), state);
    }
    let read = store.read(move |sql| {
        let refused = uploaded_rows(sql, ID, Some("refused"), 10)?;
        let all = uploaded_rows(sql, ID, None, 10)?;
        let own = uploads_of(sql, &owner, 10)?;
        Ok::<_, StoreError>((count_uploaded(sql, ID)?, refused, all.len(), own))
    });
    let (counts, refused, all, own) = read.wait().expect("read");
    assert_eq!((counts, all, refused), ([1, 1, 1, 0], 3, vec![row(2, "refused")]));
    assert_eq!((own.len(), own[0].state, own[0].handled), (1, UploadState::Done, 3));
    let loose = store.read(move |sql| loose_before(sql, later, 10)).wait();
    assert_eq!(loose.unwrap_or_else(|error: StoreError| panic!("{error}")), vec![blob]);
    assert!(settle(), "nothing needs it any more");
    assert!(!settle(), "it is gone");
}
