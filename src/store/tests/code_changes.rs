//! 基础数据: changes are kept in turn, undone from the last one on, and stand in both logs.

use super::Place;
use crate::model::{Actor, ChangeKind, CodeTable, LocalDate, RowChange, RowFields, Seq};
use crate::store::*;

fn actor() -> Actor {
    Actor::User("zhang".to_owned())
}

fn put(store: &Store, table: CodeTable, code: &'static str, change: RowChange) -> i64 {
    let write = move |tx: &mut Tx<'_>| put_code_change(tx, table, code, &change, &actor());
    store.write(Priority::Desk, write).wait().unwrap_or_else(|error: StoreError| panic!("{error}"))
}

fn undo(store: &Store, no: i64) -> Result<CodeChange, StoreError> {
    store.write(Priority::Desk, move |tx: &mut Tx<'_>| undo_code_change(tx, no, &actor())).wait()
}

fn listed(store: &Store, table: Option<CodeTable>) -> Vec<CodeChange> {
    store
        .read(move |sql| code_changes(sql, table))
        .wait()
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
}

pub(super) fn a_change_of_a_table_is_laid_over_it_undone_in_turn_and_told_to_every_node(place: &Place) {
    let store = place.open();
    assert!(listed(&store, None).is_empty());
    let add = RowChange::Add(RowFields { name: "数据局".to_owned(), ..RowFields::default() });
    let last = LocalDate::parse("2026-01-31").expect("a day");
    let retire = RowChange::Retire { last };
    assert_eq!(put(&store, CodeTable::Unit, "数据局", add.clone()), 1);
    assert_eq!(put(&store, CodeTable::District, "500105", retire.clone()), 2);
    assert_eq!(put(&store, CodeTable::Unit, "数据局", retire.clone()), 3);

    let unit = listed(&store, Some(CodeTable::Unit));
    assert_eq!(unit.iter().map(|entry| entry.no).collect::<Vec<_>>(), [1, 3]);
    assert_eq!((&unit[0].change, &unit[1].change, &unit[0].by), (&add, &retire, &actor()));
    assert_eq!(listed(&store, None).len(), 3);

    // Only the last change of a row, and only once; that of another row is no hindrance.
    assert!(matches!(undo(&store, 1), Err(StoreError::Stale)));
    assert!(matches!(undo(&store, 9), Err(StoreError::NotFound(_))));
    assert_eq!(undo(&store, 3).expect("undone").code, "数据局");
    assert!(matches!(undo(&store, 3), Err(StoreError::Stale)));
    assert_eq!(undo(&store, 1).expect("undone").no, 1);
    let unit = listed(&store, Some(CodeTable::Unit));
    assert_eq!(unit.len(), 2, "nothing is deleted");
    assert!(unit.iter().all(|entry| entry.undone.as_ref().is_some_and(|(by, _)| *by == actor())));

    let logs = store.read(|sql| {
        Ok::<_, StoreError>((changes_after(sql, Seq::ZERO, 100)?, history(sql, "table:unit:数据局")?))
    });
    let (changes, audit) = logs.wait().unwrap_or_else(|error: StoreError| panic!("{error}"));
    let told: Vec<&str> = changes.iter().map(|change| change.object.as_str()).collect();
    assert_eq!(told, ["unit", "district", "unit", "unit", "unit"]);
    assert!(changes.iter().all(|change| change.kind == ChangeKind::Table));
    let actions: Vec<&str> = audit.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["table.add", "table.retire", "table.undo", "table.undo"]);

    // It is there again after the store was opened again.
    drop(store);
    assert_eq!(listed(&place.open(), Some(CodeTable::District))[0].change, retire);
}
