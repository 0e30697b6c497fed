//! Answers to contributors, on every engine.

use crate::model::{Channel, DeliveryState, Limits, MailChoice, NoticeKind, Scopes, Source, Token};

use super::*;

fn owner() -> Actor {
    Actor::User("wang".to_owned())
}

/// A store with the source, its webhook, and a contributor who wants mail.
fn prepared(place: &Place) -> Store {
    let store = place.open();
    let source = Source {
        id: "demo".parse().expect("slug"),
        title: "渠道".to_owned(),
        scopes: Scopes(Vec::new()),
        limits: Limits { per_minute: 0, per_day: 0 },
        created_at: Timestamp::from_micros(1),
        revoked_at: None,
    };
    let token = Token::from_random([3; 24]);
    let write: Result<(), StoreError> = store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            insert_source(tx, &source, &token, &Actor::System)?;
            set_webhook(tx, &source.id, "https://hooks.example.org/x", &Actor::System)?;
            set_choice(tx, &owner(), MailChoice::AtOnce, "wang@example.org")?;
            let arrival = arrival("a", "文");
            put_own_item(tx, &owner(), (&arrival.id, &arrival.receipt), "题")
        })
        .wait();
    write.expect("prepared");
    store
}

fn take(store: &Store, channel: Channel) -> Vec<Due> {
    store
        .write(Priority::Batch, move |tx: &mut Tx<'_>| {
            let until = tx.now().plus_seconds(60);
            take_deliveries(tx, channel, until, 100)
        })
        .wait()
        .expect("taken")
}

fn end(store: &Store, due: &Due, met: Met) {
    let key = due.key.clone();
    let write = store.write(Priority::Batch, move |tx: &mut Tx<'_>| end_attempt(tx, &key, &met));
    write.wait().expect("ended");
}

fn told(store: &Store) -> Vec<NoticeKind> {
    let read = store.read(|sql| notices_of(sql, &owner(), 100));
    read.wait().expect("notices").into_iter().map(|notice| notice.kind).collect()
}

fn step(store: &Store, to: ItemMove, telling: Telling) {
    let done: Result<(), StoreError> = store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let no = item_no(tx, &arrival("a", "文").id)?;
            let row = read_rows(tx, &[no])?.pop().expect("the item");
            let next = row.state.apply(to).expect("a move");
            move_item_telling(tx, &row, next, &Actor::System, "", telling.clone())
        })
        .wait();
    done.expect("moved");
}

pub(super) fn a_notice_goes_out_once_to_whom_it_concerns(place: &Place) {
    let store = prepared(place);
    insert(&store, &arrival("a", "文"));
    insert(&store, &arrival("a", "文"));
    // The owner was noted first, so the mail is of that; the system hears of the arrival, once.
    assert_eq!((take(&store, Channel::Mail).len(), told(&store).len()), (1, 2));
    let due = take(&store, Channel::Webhook);
    assert_eq!(due.len(), 1, "{due:?}");
    assert!(take(&store, Channel::Webhook).is_empty(), "taken is taken, until its time is over");
    let again = Timestamp::from_micros(1);
    end(&store, &due[0], Met::Again { at: again, told: "对方答复 500".to_owned() });
    let repeat = take(&store, Channel::Webhook);
    assert_eq!((repeat[0].event.clone(), repeat[0].attempts), (due[0].event.clone(), 1));
    end(&store, &due[0], Met::Confirmed);
    // What was confirmed once stays so, whatever another attempt says, and is not sent again by hand either.
    end(&store, &due[0], Met::Again { at: again, told: "晚到".to_owned() });
    assert!(take(&store, Channel::Webhook).is_empty());
    let key = due[0].key.clone();
    let by_hand =
        store.write(Priority::Desk, move |tx: &mut Tx<'_>| resend_delivery(tx, &key, &Actor::System));
    assert!(matches!(by_hand.wait(), Err(StoreError::Stale)));
    let sent =
        store.read(|sql| list_deliveries(sql, Some(DeliveryState::Sent), false, 10)).wait().expect("log");
    assert_eq!((sent.len(), sent[0].attempts), (1, 3));

    // A reason of which nobody is told, and one of which somebody calls.
    step(&store, ItemMove::Decline, Telling::Nobody);
    step(&store, ItemMove::Reopen, Telling::ByState);
    step(&store, ItemMove::Decline, Telling::Phone("已收悉，建议向信访部门反映".to_owned()));
    assert_eq!((told(&store).len(), take(&store, Channel::Webhook).len()), (2, 0));
    let calls = store.read(|sql| list_deliveries(sql, None, true, 10)).wait().expect("calls");
    let key = calls[0].key.clone();
    let called =
        store.write(Priority::Desk, move |tx: &mut Tx<'_>| resend_delivery(tx, &key, &Actor::System));
    called.wait().expect("noted");
    let calls = store.read(|sql| list_deliveries(sql, Some(DeliveryState::Waiting), true, 10)).wait();
    assert!(calls.expect("calls").is_empty());
}

pub(super) fn an_act_that_is_undone_in_time_is_told_to_nobody(place: &Place) {
    let store = prepared(place);
    insert(&store, &arrival("a", "文"));
    for channel in [Channel::Mail, Channel::Webhook] {
        take(&store, channel).iter().for_each(|due| end(&store, due, Met::Confirmed));
    }
    step(&store, ItemMove::Keep, Telling::ByState);
    assert_eq!(told(&store)[0], NoticeKind::Kept);
    assert!(take(&store, Channel::Mail).is_empty(), "it waits for a moment");
    let undo = |store: &Store| {
        let done: Result<(), StoreError> = store
            .write(Priority::Desk, |tx: &mut Tx<'_>| {
                let no = item_no(tx, &arrival("a", "文").id)?;
                let row = read_rows(tx, &[no])?.pop().expect("the item");
                take_back_notice(tx, &row, crate::model::ItemState::Received)?;
                let next = row.state.apply(ItemMove::Reopen).expect("a move");
                move_item_telling(tx, &row, next, &Actor::System, "撤销", Telling::Nobody)
            })
            .wait();
        done.expect("undone");
    };
    undo(&store);
    assert!(!told(&store).contains(&NoticeKind::Kept));
    let void = store.read(|sql| count_deliveries(sql, DeliveryState::Void)).wait().expect("count");
    assert_eq!(void, 2, "mail and call");

    // What has gone out is corrected.
    step(&store, ItemMove::Keep, Telling::ByState);
    let waiting = store.read(|sql| list_deliveries(sql, Some(DeliveryState::Waiting), false, 10)).wait();
    for row in waiting.expect("waiting") {
        let key = row.key;
        let write =
            store.write(Priority::Batch, move |tx: &mut Tx<'_>| end_attempt(tx, &key, &Met::Confirmed));
        write.wait().expect("ended");
    }
    undo(&store);
    assert_eq!(told(&store)[0], NoticeKind::Corrected);
}
