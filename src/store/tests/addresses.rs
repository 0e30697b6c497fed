//! Failed sign-ins by address, on every engine.

use super::super::*;
use super::place::{Place, clock};
use crate::model::Timestamp;

const LIMIT: AddressLimit = AddressLimit { most: 3, within_seconds: 3600, lock_seconds: 900 };

fn fail(store: &Store, address: &'static str) -> Option<Timestamp> {
    let counted = store.write(Priority::Desk, move |tx: &mut Tx<'_>| count_from_address(tx, address, LIMIT));
    counted.wait().expect("counted")
}

fn lock(store: &Store, address: &'static str, now: Timestamp) -> Option<Timestamp> {
    store.read(move |sql: &mut dyn Sql| address_lock(sql, address, now)).wait().expect("read")
}

fn rows(store: &Store) -> i64 {
    let counted = store.read(|sql: &mut dyn Sql| {
        sql.first("SELECT count(*) FROM sign_in_addresses", &[])?.map_or(Ok(0), |row| row.int(0))
    });
    counted.wait().expect("read")
}

pub(super) fn failures_from_an_address_lock_it_for_every_node_and_are_forgotten(place: &Place) {
    let clock = clock();
    let store = place.open_at(clock.clone());
    let (one, two) = ("203.0.113.1", "203.0.113.2");
    assert_eq!((fail(&store, one), fail(&store, one), fail(&store, two)), (None, None, None));
    drop(store);
    // Another node goes on with the count.
    let store = place.open_at(clock.clone());
    let until = fail(&store, one).expect("the third locks it");
    assert_eq!(until, clock.now().plus_seconds(900));
    assert_eq!((lock(&store, one, clock.now()), lock(&store, two, clock.now())), (Some(until), None));
    clock.advance(60);
    assert_eq!(fail(&store, one), Some(until), "what was on its way does not make the lock longer");
    let log = store.read(|sql: &mut dyn Sql| history(sql, "address:203.0.113.1")).wait().expect("read");
    assert_eq!(log.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["address.locked"]);
    // A lock that is over begins a new count; an hour after its first failure a count does too.
    clock.advance(840);
    assert_eq!((lock(&store, one, clock.now()), fail(&store, one), rows(&store)), (None, None, 2));
    assert_eq!(fail(&store, two), None);
    clock.advance(2700);
    assert_eq!(fail(&store, two), None, "two of three were an hour ago");
    assert_eq!(rows(&store), 2);
    clock.advance(3600);
    assert_eq!((fail(&store, "203.0.113.3"), rows(&store)), (None, 1), "nothing old is kept");
}
