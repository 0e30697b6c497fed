//! Leases on every engine.

use super::super::*;
use super::place::Place;
use crate::model::Timestamp;

/// Asks for the lease for ten seconds, at this second.
fn take(store: &Store, holder: &'static str, second: i64) -> Option<Lease> {
    let now = Timestamp::from_micros(second * 1_000_000);
    store
        .write(Priority::Batch, move |tx: &mut Tx<'_>| take_lease(tx, "links", holder, now, 10))
        .wait()
        .expect("asked")
}

fn give_back(store: &Store, lease: Lease) {
    store.write(Priority::Batch, move |tx: &mut Tx<'_>| lease.give_back(tx)).wait().expect("given back");
}

pub(super) fn a_lease_taken_by_another_stops_the_first_holders_writes(place: &Place) {
    let store = place.open();
    let first = take(&store, "one", 0).expect("free");
    assert!(take(&store, "two", 5).is_none());
    assert!(take(&store, "two", 11).is_some());
    let lost = first.clone();
    let held = store.write(Priority::Batch, move |tx: &mut Tx<'_>| lost.hold(tx, 10)).wait();
    assert!(matches!(held, Err(StoreError::Stale)));
    give_back(&store, first);
    assert!(take(&store, "three", 12).is_none(), "what another holds by now is not given away");
}

pub(super) fn a_lease_given_back_is_free_at_once(place: &Place) {
    let store = place.open();
    let first = take(&store, "one", 1).expect("free");
    assert!(take(&store, "two", 1).is_none());
    give_back(&store, first);
    assert!(take(&store, "two", 1).is_some());
}
