//! 校对: what is left as it is stands with its latest reason, in the log too, until it is taken back.

use super::Place;
use crate::model::{Actor, ManuscriptId};
use crate::store::*;

fn written<T: Send + 'static>(
    store: &Store,
    job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(Priority::Desk, job).wait().unwrap_or_else(|error: StoreError| panic!("{error}"))
}

pub(super) fn what_is_left_as_it_is_has_one_reason_and_can_be_taken_back(place: &Place) {
    let store = place.open();
    let (id, other) = (ManuscriptId::from_random([7; 10]), ManuscriptId::from_random([8; 10]));
    let (li, wang) = (Actor::User("li".to_owned()), Actor::User("wang".to_owned()));
    let by = li.clone();
    written(&store, move |tx| {
        put_left(tx, &id, ("word", "按装"), "店名如此", &by)?;
        put_left(tx, &other, ("word", "按装"), "引文", &by)
    });
    let by = wang.clone();
    written(&store, move |tx| put_left(tx, &id, ("word", "按装"), "已与该店核对", &by));
    let left = |id: ManuscriptId| {
        let read = store.read(move |sql| left_of(sql, &id)).wait();
        read.unwrap_or_else(|error: StoreError| panic!("{error}"))
    };
    let [one] = left(id).try_into().expect("one");
    assert_eq!((one.found.as_str(), one.why.as_str(), one.by), ("按装", "已与该店核对", wang));
    let by = li.clone();
    assert!(written(&store, move |tx| drop_left(tx, &id, ("word", "按装"), &by)));
    let by = li;
    assert!(!written(&store, move |tx| drop_left(tx, &id, ("word", "按装"), &by)), "there is none any more");
    assert!(left(id).is_empty());
    assert_eq!(left(other).len(), 1, "another manuscript has its own");
    let object = id.to_string();
    let rows = store.read(move |sql| history(sql, &object)).wait();
    let rows: Vec<AuditRow> = rows.unwrap_or_else(|error: StoreError| panic!("{error}"));
    let actions: Vec<&str> = rows.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["proof.leave", "proof.leave", "proof.look_again"]);
}
