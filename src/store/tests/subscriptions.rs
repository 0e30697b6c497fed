//! New hits of a kept search are told once, on every engine.

use crate::model::{Actor, Role, Roles, UserName};

use super::super::*;
use super::place::Place;
use super::{arrival, insert};

pub(super) fn new_hits_of_a_search_are_told_once(place: &Place) {
    let store = place.open();
    let owner = Actor::User("zhang".to_owned());
    let by = owner.clone();
    let begun: Result<(), StoreError> = store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let name: UserName = "zhang".parse().expect("a name");
            let roles = Roles::new(&[Role::Editor]).expect("roles");
            insert_user(tx, &name, "张某", &roles, &by)?;
            put_search(tx, &by, "路灯", "q=1")?;
            put_search(tx, &by, "养老", "q=2")?;
            set_subscribed(tx, &by, "路灯", true)
        })
        .wait();
    begun.expect("subscribed");
    let behind = |newest| {
        store.read(move |sql: &mut dyn Sql| subscriptions_behind(sql, newest, 10)).wait().expect("read")
    };
    assert_eq!(behind(0), [], "nothing came");
    for n in 1..=3 {
        insert(&store, &arrival(&n.to_string(), &format!("第{n}件")));
    }
    let found = behind(2);
    assert_eq!(found.len(), 1, "the other is kept, not subscribed to: {found:?}");
    let note = |one: &Subscription, newest, hits| {
        let one = one.clone();
        let noted: Result<bool, StoreError> =
            store.write(Priority::Batch, move |tx: &mut Tx<'_>| note_hits(tx, &one, newest, hits)).wait();
        noted.expect("noted")
    };
    assert!(note(&found[0], 2, 1));
    assert!(!note(&found[0], 2, 1), "another node, or the same after a crash, tells nothing again");
    assert_eq!(behind(2), []);
    assert!(note(&behind(3)[0], 3, 2));
    let (reader, of) = (owner.clone(), owner.clone());
    let told = store.read(move |sql: &mut dyn Sql| reminders_of(sql, &reader, 10)).wait().expect("read");
    assert_eq!(
        told.iter().map(|one| one.words.as_str()).collect::<Vec<_>>(),
        ["常用检索“路灯”有 3 件新来稿"]
    );
    let unseen = || store.read(unseen_reminders).wait().expect("read");
    assert_eq!(unseen(), [("user:zhang".to_owned(), 1)]);
    let seen: Result<(), StoreError> =
        store.write(Priority::Desk, move |tx: &mut Tx<'_>| see_search(tx, &of, "路灯", 3)).wait();
    seen.expect("seen");
    assert_eq!(unseen(), []);
    let kept = store.read(move |sql: &mut dyn Sql| searches_of(sql, &owner)).wait().expect("read");
    let shown = |one: &SavedSearch| (one.name.clone(), one.subscribed, one.fresh, one.seen_no);
    let shown: Vec<_> = kept.iter().map(shown).collect();
    assert!(shown.contains(&("路灯".to_owned(), true, 0, 3)), "{shown:?}");
}
