//! 选题: published once, moved and closed with a row of the log each, answered by items.

use super::{Place, arrival, insert};
use crate::model::{Actor, ItemId, ItemState, LocalDate, NewTopic, TopicStanding};
use crate::store::*;

fn day(text: &str) -> LocalDate {
    LocalDate::parse(text).expect("a day")
}

fn written<T: Send + 'static>(
    store: &Store,
    job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(Priority::Desk, job).wait().unwrap_or_else(|error: StoreError| panic!("{error}"))
}

fn publish(store: &Store, text: &str, deadline: &str) -> Vec<String> {
    let (topics, deadline) = (NewTopic::parse_batch(text).expect("topics"), day(deadline));
    written(store, move |tx| publish_topics(tx, "第一批", &topics, deadline, &Actor::System))
}

fn actions(store: &Store, object: &str) -> Vec<String> {
    let object = object.to_owned();
    let rows = store.read(move |sql| history(sql, &object)).wait();
    let rows: Vec<AuditRow> = rows.unwrap_or_else(|error: StoreError| panic!("{error}"));
    rows.into_iter().map(|row| row.action).collect()
}

pub(super) fn a_topic_is_published_once_moved_closed_and_answered(place: &Place) {
    let store = place.open();
    assert!(publish(&store, "加装电梯｜资金分担\n夜间公交", "9000-01-31").is_empty());
    // The form sent again, and a batch of which one is open already, publish nothing.
    assert_eq!(publish(&store, "加装电梯\n托育服务", "9000-02-28"), ["加装电梯"]);
    let listed = |store: &Store| {
        let read = store
            .read(|sql| Ok::<_, StoreError>((list_topics(sql, 10)?, open_topics(sql, day("9000-01-31"))?)));
        read.wait().expect("read")
    };
    let (all, open) = listed(&store);
    assert_eq!(all.iter().map(|topic| topic.no).collect::<Vec<_>>(), [1, 2], "as it was written");
    assert_eq!(open.iter().map(|topic| topic.no).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((open[0].note.as_str(), open[0].batch.as_str()), ("资金分担", "第一批"));

    written(&store, |tx| {
        for deadline in ["9000-03-31", "9000-03-31"] {
            set_topic_deadline(tx, 1, day(deadline), &Actor::System)?;
        }
        for closed in [true, true, false, true] {
            close_topic(tx, 2, closed, &Actor::System)?;
        }
        assert!(matches!(close_topic(tx, 3, true, &Actor::System), Err(StoreError::NotFound(_))));
        Ok(())
    });
    let (all, open) = listed(&store);
    assert_eq!(open.iter().map(|topic| topic.no).collect::<Vec<_>>(), [1]);
    assert_eq!(all[0].standing(day("9000-04-01")), TopicStanding::Past);
    assert_eq!(all[1].standing(day("9000-01-01")), TopicStanding::Closed);
    assert_eq!(actions(&store, "topic:1"), ["topic.publish", "topic.deadline"]);
    assert_eq!(actions(&store, "topic:2"), ["topic.publish", "topic.close", "topic.reopen", "topic.close"]);

    items_answer(&store);
}

fn items_answer(store: &Store) {
    let arrivals = ["a", "b"].map(|key| arrival(key, &format!("正文{key}")));
    let [one, two]: [ItemId; 2] = [arrivals[0].id, arrivals[1].id];
    let answer =
        move |topic: Option<i64>| move |tx: &mut Tx<'_>| answer_topic(tx, &one, topic, &Actor::System);
    // It is noted before a worker has stored the item, and counted afterwards.
    written(store, answer(Some(1)));
    let counted = |store: &Store| store.read(count_topic_items).wait().expect("counts");
    assert!(counted(store).is_empty());
    for arrival in &arrivals {
        insert(store, arrival);
    }
    assert_eq!(counted(store), [(1, ItemState::Received, 1)]);
    let page = |topic: Option<i64>| {
        let read = store.read(move |sql| {
            let filter = InboxFilter {
                state: ItemState::Received,
                urgency: None,
                district: None,
                subject: None,
                reporter_kind: None,
                holder: None,
                topic,
                oldest_first: true,
            };
            inbox_page(sql, &filter, None, 10)
        });
        read.wait().expect("a page").into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!((page(Some(1)), page(Some(2)), page(None)), (vec![one], Vec::new(), vec![one, two]));
    for topic in [Some(1), Some(2), None, None] {
        written(store, answer(topic));
    }
    let left = store.read(move |sql| topic_of(sql, &one)).wait();
    assert_eq!(left.unwrap_or_else(|error: StoreError| panic!("{error}")), None);
    let told = actions(store, &one.to_string());
    assert_eq!(told.iter().filter(|action| *action == "item.topic").count(), 3, "{told:?}");
    let unknown = store.write(Priority::Desk, answer(Some(9))).wait();
    assert!(matches!(unknown, Err(StoreError::NotFound(_))), "{unknown:?}");
}
