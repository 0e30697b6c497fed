//! The figures of the day on every engine.

use super::super::*;
use super::place::Place;
use super::{arrival, insert};
use crate::model::Timestamp;

/// Items that came at these moments, then what the day from moment 10 on has received.
fn received(place: &Place, moments: &[i64]) -> i64 {
    let store = place.open();
    for (at, moment) in moments.iter().enumerate() {
        let mut arrival = arrival(&format!("{at}"), &format!("第{at}件"));
        arrival.received_at = Timestamp::from_micros(*moment);
        insert(&store, &arrival);
    }
    store.read(|sql| today(sql, Timestamp::from_micros(10))).wait().expect("figures").received
}

pub(super) fn what_came_today_is_counted_from_midnight_on(place: &Place) {
    assert_eq!(received(place, &[]), 0);
    assert_eq!(received(place, &[1, 4, 9]), 0);
    // The items of before stay; these are further ones.
    let store = place.open();
    let more: Vec<i64> = (10..27).collect();
    for moment in &more {
        let mut arrival = arrival(&format!("later {moment}"), &format!("文{moment}"));
        arrival.received_at = Timestamp::from_micros(*moment);
        insert(&store, &arrival);
    }
    let figures = |since: i64| {
        store.read(move |sql| today(sql, Timestamp::from_micros(since))).wait().expect("figures").received
    };
    assert_eq!((figures(0), figures(10), figures(20), figures(26), figures(27)), (20, 17, 7, 1, 0));
}
