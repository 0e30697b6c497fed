//! What comes with a day: topics told of, 待办 by e-mail once, accounts that end, leftovers of a session.

use super::{Place, arrival, insert};
use crate::model::{Actor, Channel, LocalDate, MailChoice, NewTopic, NoticeKind, Role, Roles, UserName};
use crate::store::*;

fn written<T: Send + 'static>(
    store: &Store,
    job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(Priority::Desk, job).wait().unwrap_or_else(|error: StoreError| panic!("{error}"))
}

fn wang() -> UserName {
    "wang".parse().expect("a name")
}

fn day(text: &str) -> LocalDate {
    LocalDate::parse(text).expect("a day")
}

fn taken(store: &Store, channel: Channel) -> Vec<Due> {
    written(store, move |tx| {
        let until = tx.now().plus_seconds(60);
        take_deliveries(tx, channel, until, 10)
    })
}

pub(super) fn what_comes_with_a_day_comes_once(place: &Place) {
    let store = place.open();
    written(&store, |tx| {
        let roles = Roles::new(&[Role::Contributor]).map_err(|_| StoreError::Stale)?;
        insert_user(tx, &wang(), "王勃", &roles, &Actor::System)?;
        set_way(tx, &Actor::User("wang".to_owned()), "sms", MailChoice::AtOnce, "13800138000")
    });
    let topics = NewTopic::parse_batch("加装电梯\n夜间公交").expect("topics");
    written(&store, move |tx| publish_topics(tx, "", &topics, day("9000-12-31"), &Actor::System));
    let own = taken(&store, Channel::Own);
    assert_eq!(own.len(), 1, "one notice a batch: {own:?}");
    assert!(own[0].kind == NoticeKind::Topic && own[0].receipt.is_empty(), "{own:?}");
    let page = store.read(|sql| notices_of(sql, &Actor::User("wang".to_owned()), 10)).wait();
    let page = page.unwrap_or_else(|error: StoreError| panic!("{error}"));
    assert!(page.len() == 1 && page[0].words.contains("“夜间公交”"), "{page:?}");
    let found = store.read(|sql| named_topic(sql, "夜间公交", day("2026-01-01"))).wait();
    assert_eq!(found.unwrap_or_else(|error: StoreError| panic!("{error}")).map(|topic| topic.no), Some(2));

    written(&store, |tx| set_task_mail(tx, &wang(), "wang@example.org", &Actor::System));
    let due = |on: &'static str| {
        let read = store.read(move |sql| task_mails_due(sql, day(on))).wait();
        read.unwrap_or_else(|error: StoreError| panic!("{error}")).len()
    };
    assert_eq!(due("2026-01-08"), 1);
    for _ in 0..2 {
        written(&store, |tx| tell_tasks(tx, &wang(), day("2026-01-08"), Some("待办 1 件")));
    }
    assert_eq!((due("2026-01-08"), due("2026-01-09")), (0, 1));
    let mails = taken(&store, Channel::Mail);
    assert!(mails.len() == 1 && mails[0].words == "待办 1 件", "once: {mails:?}");
    let target = mails[0].key.target.clone();
    let choice = store.read(move |sql| mail_choice(sql, &target)).wait();
    assert_eq!(choice.unwrap_or_else(|error: StoreError| panic!("{error}")).address, "wang@example.org");

    written(&store, |tx| set_account_end(tx, &wang(), Some(day("2026-01-10")), &Actor::System));
    let over = |on: &'static str| {
        let read = store.read(move |sql| accounts_over(sql, day(on))).wait();
        read.unwrap_or_else(|error: StoreError| panic!("{error}"))
    };
    assert_eq!((over("2026-01-10"), over("2026-01-11")), (Vec::new(), vec![wang()]));
    insert(&store, &arrival("a", "文"));
    let days = (day("1970-01-01"), day("9000-12-31"));
    written(&store, |tx| {
        let no = item_no(tx, &arrival("a", "文").id)?;
        set_holder(tx, no, Some("wang"))
    });
    let counts = || {
        let read = store.read(move |sql| count_plenary(sql, days)).wait();
        read.unwrap_or_else(|error: StoreError| panic!("{error}"))
    };
    assert_eq!(counts(), PlenaryCounts { received: 1, open: 1, held: 1 });
    assert_eq!(written(&store, move |tx| hand_back(tx, days, &Actor::System)), 1);
    assert_eq!(written(&store, move |tx| hand_back(tx, days, &Actor::System)), 0);
    assert_eq!(counts().held, 0);
    assert_eq!(written(&store, |tx| release_all_of(tx, &wang(), &Actor::System)), 0);
}
