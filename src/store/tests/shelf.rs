//! 参考资料: a document stands there once, goes and comes back with a row of the log each, and every change has a number.

use super::Place;
use crate::model::{Actor, LocalDate, NewShelfDocument, Seq, ShelfKind};
use crate::store::*;

fn document(title: &str, line: &str) -> NewShelfDocument {
    let day = LocalDate::parse("2026-01-08").ok();
    let lines = [line.to_owned()];
    NewShelfDocument::new(ShelfKind::Policy, title, day, "某办公厅", "a.txt", &lines).expect("a document")
}

fn written<T: Send + 'static>(
    store: &Store,
    job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(Priority::Desk, job).wait().unwrap_or_else(|error: StoreError| panic!("{error}"))
}

fn add(store: &Store, title: &str, line: &str) -> (i64, bool) {
    let document = document(title, line);
    written(store, move |tx| add_to_shelf(tx, &document, &Actor::System))
}

fn titles(store: &Store, kind: Option<ShelfKind>, off: bool) -> Vec<String> {
    let rows = store.read(move |sql| list_shelf(sql, kind, off, 10)).wait();
    let rows: Vec<ShelfRecord> = rows.unwrap_or_else(|error: StoreError| panic!("{error}"));
    rows.into_iter().map(|row| row.title).collect()
}

fn after(store: &Store, seq: Seq) -> Vec<(Seq, i64, bool)> {
    let rows = store.read(move |sql| shelf_after(sql, seq, 10)).wait();
    let rows: Vec<(Seq, ShelfDocument)> = rows.unwrap_or_else(|error: StoreError| panic!("{error}"));
    rows.into_iter().map(|(seq, one)| (seq, one.record.no, one.record.removed_at.is_some())).collect()
}

pub(super) fn a_document_stands_there_once_goes_and_comes_back(place: &Place) {
    let store = place.open();
    assert_eq!(add(&store, "电梯办法", "增设电梯由业主表决。"), (1, true));
    assert_eq!(add(&store, "电梯办法", "增设电梯由业主表决。"), (1, false), "word for word the same");
    assert_eq!(add(&store, "公交规划", "夜间公交延长至二十三点。"), (2, true));
    assert_eq!(titles(&store, None, false), ["公交规划", "电梯办法"]);
    assert!(titles(&store, Some(ShelfKind::Press), false).is_empty());
    let first = after(&store, Seq::ZERO);
    assert_eq!(first.iter().map(|(_, no, off)| (*no, *off)).collect::<Vec<_>>(), [(1, false), (2, false)]);
    let last = first[1].0;

    for off in [true, true] {
        written(&store, move |tx| take_off_shelf(tx, 1, off, &Actor::System));
    }
    assert_eq!(
        (titles(&store, None, false), titles(&store, None, true)),
        (vec!["公交规划".to_owned()], vec!["电梯办法".to_owned()])
    );
    let gone = after(&store, last);
    assert_eq!(gone.iter().map(|(_, no, off)| (*no, *off)).collect::<Vec<_>>(), [(1, true)]);
    // The same file once more brings it back.
    assert_eq!(add(&store, "电梯办法", "增设电梯由业主表决。"), (1, true));
    let seq: Seq = store.read(shelf_seq).wait().unwrap_or_else(|error: StoreError| panic!("{error}"));
    assert!(seq > gone[0].0 && titles(&store, None, true).is_empty());
    let rows = store.read(|sql| history(sql, "shelf:1")).wait();
    let rows: Vec<AuditRow> = rows.unwrap_or_else(|error: StoreError| panic!("{error}"));
    let mut actions: Vec<String> = rows.into_iter().map(|row| row.action).collect();
    actions.sort();
    assert_eq!(actions, ["shelf.add", "shelf.remove", "shelf.restore"]);
    let missing: Result<ShelfDocument, StoreError> = store.read(|sql| read_shelf(sql, 9)).wait();
    assert!(matches!(missing, Err(StoreError::NotFound(_))));
}
