//! Identities of a platform, on every engine.

use super::super::*;
use super::place::{Place, clock};
use crate::model::{Actor, Identity, Roles, UserName};

fn identity(claim: &str, subject: &str) -> Identity {
    let subject = subject.parse().expect("a subject");
    Identity { issuer: "https://id.example.org".to_owned(), claim: claim.to_owned(), subject }
}

fn name(text: &str) -> UserName {
    text.parse().expect("a name")
}

fn bind_to(store: &Store, identity: &Identity, user: &str) -> Result<(), StoreError> {
    let (identity, user) = (identity.clone(), name(user));
    let by = Actor::Operator("test".to_owned());
    store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            bind_identity(tx, &identity, &user, "administrator", &by)
        })
        .wait()
}

fn owner(store: &Store, identity: &Identity) -> Option<UserName> {
    let identity = identity.clone();
    store.read(move |sql: &mut dyn Sql| owner_of(sql, &identity)).wait().expect("read")
}

pub(super) fn an_identity_opens_one_account_and_an_account_has_one_of_a_platform(place: &Place) {
    let store = place.open_at(clock());
    let one = identity("sub", "1001");
    assert_eq!(owner(&store, &one), None);
    bind_to(&store, &one, "zhang").expect("bound");
    let refused = |identity: &Identity, user: &str| bind_to(&store, identity, user).expect_err("refused");
    for (identity, user, told) in [
        (&one, "li", "另一个账户"),
        (&one, "zhang", "已经绑定"),
        (&identity("sub", "1002"), "zhang", "另一个身份"),
    ] {
        let error = refused(identity, user);
        assert!(matches!(&error, StoreError::Constraint(why) if why.contains(told)), "{error}");
    }
    // The same number in another claim is somebody else, and case counts.
    assert_eq!(owner(&store, &identity("employee", "1001")), None);
    bind_to(&store, &identity("sub", "abc"), "li").expect("bound");
    assert_eq!(owner(&store, &identity("sub", "ABC")), None);
    let (listed, own) = store
        .read(|sql: &mut dyn Sql| {
            let platform = ("https://id.example.org", "sub");
            Ok::<_, StoreError>((bindings(sql, platform)?, identity_of(sql, &name("zhang"), platform)?))
        })
        .wait()
        .expect("read");
    assert_eq!(listed.iter().map(|one| one.user.as_str()).collect::<Vec<_>>(), ["li", "zhang"]);
    assert_eq!(own.as_ref(), listed.get(1));
    let touched = one.clone();
    let undone = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
        touch_identity(tx, &touched)?;
        let by = Actor::System;
        let mut unbind = |user: &str| unbind_identities(tx, &name(user), "test", &by);
        Ok::<_, StoreError>((unbind("zhang")?, unbind("zhang")?))
    });
    assert_eq!(undone.wait().expect("unbound"), (true, false));
    assert_eq!(owner(&store, &one), None);
    bind_to(&store, &one, "li").expect_err("li has another");
    let log = store.read(|sql: &mut dyn Sql| history(sql, "user:zhang")).wait().expect("read");
    assert_eq!(
        log.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(),
        ["identity.bind", "identity.unbind"]
    );
}

pub(super) fn an_answer_of_the_platform_is_taken_once_on_whatever_node(place: &Place) {
    let clock = clock();
    let take = |store: &Store, state: u8| {
        let taken = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let forget = tx.now().plus_seconds(-600);
            take_answer(tx, &[state; 32], forget)
        });
        taken.wait().expect("taken")
    };
    let store = place.open_at(clock.clone());
    assert_eq!([take(&store, 1), take(&store, 1), take(&store, 2)], [true, false, true]);
    drop(store);
    let store = place.open_at(clock.clone());
    assert!(!take(&store, 2), "another node");
    clock.advance(601);
    assert!(take(&store, 3));
    let kept = store.read(|sql: &mut dyn Sql| {
        sql.first("SELECT count(*) FROM identity_answers", &[])?.map_or(Ok(0), |row| row.int(0))
    });
    assert_eq!(kept.wait().expect("read"), 1, "nothing old is kept");
}

pub(super) fn who_waits_for_a_code_came_by_what_was_noted(place: &Place) {
    let store = place.open_at(clock());
    let half = store.write(Priority::Desk, |tx: &mut Tx<'_>| {
        let by = Actor::System;
        let roles: Roles = vec!["editor".to_owned()].try_into().expect("roles");
        insert_user(tx, &name("zhang"), "张先生", &roles, &by)?;
        let now = tx.now();
        insert_half(tx, &[7; 32], &name("zhang"), ("Firefox", "identity"), now)?;
        read_half(tx, &[7; 32])
    });
    let half = half.wait().expect("read").expect("there");
    assert_eq!((half.agent.as_str(), half.how.as_str()), ("Firefox", "identity"));
}
