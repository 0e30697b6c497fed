//! What the store must hold on every engine.

mod addresses;
mod code_changes;
mod days;
mod exchange;
mod identities;
mod leases;
mod notices;
mod outcomes;
mod place;
mod postgres_only;
mod proof_left;
mod pulls;
mod replies;
mod reporters;
mod shelf;
mod subscriptions;
mod today;
mod topics;
mod uploads;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::ManualClock;
use crate::model::{
    Actor, FoldHash, ItemId, ItemKey, ItemMove, Joined, Link, LinkKind, Receipt, SecretKey, Seq, SourceId,
    Submission, Timestamp,
};

use super::sql::bind;
use super::*;
use place::Place;

/// Each promise on each engine.
macro_rules! on_each_engine {
    ($($promise:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test]
            fn $promise() {
                super::$promise(&super::Place::sqlite());
            })*
        }
        mod on_postgres {
            $(#[test]
            #[ignore = "needs PostgreSQL"]
            fn $promise() {
                super::$promise(&super::Place::postgres());
            })*
        }
    };
}

on_each_engine![
    a_replay_changes_nothing_and_another_text_is_told_from_it,
    a_correction_is_a_further_version_and_the_original_stays,
    a_failed_job_leaves_nothing_behind_and_takes_no_sequence_number,
    jobs_from_many_threads_get_sequence_numbers_without_gap_in_the_order_they_become_visible,
    the_audit_chain_is_whole_after_reopening_and_a_changed_row_is_found,
    a_state_change_from_a_stale_revision_is_refused,
    a_repeat_of_a_repeat_joins_the_group_of_the_first,
    a_lease_taken_by_another_stops_the_first_holders_writes,
    a_lease_given_back_is_free_at_once,
    a_statement_that_fails_is_not_passed_over_in_silence,
    text_is_ordered_by_its_bytes,
    a_notice_goes_out_once_to_whom_it_concerns,
    an_act_that_is_undone_in_time_is_told_to_nobody,
    figures_and_conditions_come_back_as_numbers,
    a_version_by_another_source_changes_nothing,
    a_registration_is_corrected_and_withdrawn_and_every_revision_stays,
    a_record_is_found_by_the_beginning_of_its_id,
    a_list_of_outcomes_is_filtered_by_every_field,
    every_list_can_be_read_from_an_empty_store_and_from_one_with_an_item,
    an_entry_is_noted_with_the_place_to_go_on_and_known_afterwards,
    an_upload_is_noted_row_by_row_and_its_file_goes_when_nothing_needs_it,
    what_came_today_is_counted_from_midnight_on,
    new_hits_of_a_search_are_told_once,
    failures_from_an_address_lock_it_for_every_node_and_are_forgotten,
    a_topic_is_published_once_moved_closed_and_answered,
    a_document_stands_there_once_goes_and_comes_back,
    a_change_of_a_table_is_laid_over_it_undone_in_turn_and_told_to_every_node,
    a_receipt_by_mail_is_planned_once_and_a_sender_is_known_by_the_address_of_an_account,
    what_comes_with_a_day_comes_once,
    an_identity_opens_one_account_and_an_account_has_one_of_a_platform,
    an_answer_of_the_platform_is_taken_once_on_whatever_node,
    who_waits_for_a_code_came_by_what_was_noted,
    an_entry_is_found_changed_retired_and_never_overwritten,
    a_name_is_matched_where_there_is_no_doubt_and_proposed_where_there_is,
    doubles_are_merged_with_both_histories_and_taken_apart_again,
    a_unit_has_people_drafts_that_wait_and_items_that_outlive_them,
    a_co_signer_is_told_and_says_that_it_was_somebody_else,
    what_is_left_as_it_is_has_one_reason_and_can_be_taken_back,
    a_package_is_noted_once_a_gap_is_known_until_it_is_filled,
    what_went_over_of_an_item_is_known_and_can_be_begun_anew,
];

use addresses::failures_from_an_address_lock_it_for_every_node_and_are_forgotten;
use code_changes::a_change_of_a_table_is_laid_over_it_undone_in_turn_and_told_to_every_node;
use days::what_comes_with_a_day_comes_once;
use exchange::{
    a_package_is_noted_once_a_gap_is_known_until_it_is_filled,
    what_went_over_of_an_item_is_known_and_can_be_begun_anew,
};
use identities::{
    an_answer_of_the_platform_is_taken_once_on_whatever_node,
    an_identity_opens_one_account_and_an_account_has_one_of_a_platform,
    who_waits_for_a_code_came_by_what_was_noted,
};
use leases::{a_lease_given_back_is_free_at_once, a_lease_taken_by_another_stops_the_first_holders_writes};
use notices::{a_notice_goes_out_once_to_whom_it_concerns, an_act_that_is_undone_in_time_is_told_to_nobody};
use proof_left::what_is_left_as_it_is_has_one_reason_and_can_be_taken_back;
use pulls::an_entry_is_noted_with_the_place_to_go_on_and_known_afterwards;
use replies::a_receipt_by_mail_is_planned_once_and_a_sender_is_known_by_the_address_of_an_account;
use reporters::{
    a_co_signer_is_told_and_says_that_it_was_somebody_else,
    a_name_is_matched_where_there_is_no_doubt_and_proposed_where_there_is,
    a_unit_has_people_drafts_that_wait_and_items_that_outlive_them,
    an_entry_is_found_changed_retired_and_never_overwritten,
    doubles_are_merged_with_both_histories_and_taken_apart_again,
};
use shelf::a_document_stands_there_once_goes_and_comes_back;
use subscriptions::new_hits_of_a_search_are_told_once;
use today::what_came_today_is_counted_from_midnight_on;
use topics::a_topic_is_published_once_moved_closed_and_answered;
use uploads::an_upload_is_noted_row_by_row_and_its_file_goes_when_nothing_needs_it;

use outcomes::{
    a_list_of_outcomes_is_filtered_by_every_field, a_record_is_found_by_the_beginning_of_its_id,
    a_registration_is_corrected_and_withdrawn_and_every_revision_stays,
};

fn arrival(key: &str, body: &str) -> Arrival {
    let source: SourceId = "demo".parse().expect("slug");
    let json = serde_json::json!({ "kind": "opinion", "title": "题", "body": body });
    let submission: Submission = serde_json::from_value(json).expect("submission");
    let id = ItemId::derive(&source, ItemKey::External(key));
    Arrival {
        id,
        receipt: Receipt::derive(&SecretKey::new([1; 32]), &id),
        actor: Actor::Source(source.clone()),
        source,
        received_at: Timestamp::from_micros(7),
        content_hash: submission.content_hash(),
        fold_hash: FoldHash::of(body),
        canonical: submission.canonical(),
        submission,
    }
}

fn insert(store: &Store, arrival: &Arrival) -> Persisted {
    let arrival = arrival.clone();
    let write = store.write(Priority::Batch, move |tx: &mut Tx<'_>| insert_item(tx, &arrival));
    write.wait().expect("insert")
}

fn a_version_by_another_source_changes_nothing(place: &Place) {
    let store = place.open();
    insert(&store, &arrival("a", "原文"));
    let add = |arrival: Arrival| {
        store
            .write(Priority::Batch, move |tx: &mut Tx<'_>| add_version(tx, &arrival))
            .wait()
            .expect("answered")
    };
    let theirs = Arrival { source: "theirs".parse().expect("slug"), ..arrival("a", "别人的改动") };
    assert_eq!(add(theirs), Persisted::NoSuchItem);
    assert_eq!(counts(&store).versions, 1);
    assert_eq!(add(arrival("a", "自己的改动")), Persisted::New(1));
}

fn counts(store: &Store) -> Counts {
    store.read(count_items).wait().expect("counts")
}

fn a_replay_changes_nothing_and_another_text_is_told_from_it(place: &Place) {
    let store = place.open();
    let Persisted::New(no) = insert(&store, &arrival("a", "文")) else { panic!("new") };
    assert_eq!(insert(&store, &arrival("a", "文")), Persisted::Replay(no));
    assert_eq!(insert(&store, &arrival("a", "另一篇")), Persisted::OtherText);
    assert_eq!((counts(&store).items, store.tide().level()), (1, no));
}

fn a_correction_is_a_further_version_and_the_original_stays(place: &Place) {
    let store = place.open();
    insert(&store, &arrival("a", "文"));
    let correct = |body: &str| {
        let arrival = arrival("a", body);
        store
            .write(Priority::Batch, move |tx: &mut Tx<'_>| add_version(tx, &arrival))
            .wait()
            .expect("version")
    };
    assert!(matches!(correct("更正"), Persisted::New(_)));
    assert!(matches!(correct("更正"), Persisted::Replay(_)));
    let texts: Vec<String> = store
        .read(|sql| {
            let rows = sql.query("SELECT submission FROM item_versions ORDER BY version", &[])?;
            rows.iter().map(|row| row.text(0).map(str::to_owned)).collect::<Result<_, StoreError>>()
        })
        .wait()
        .expect("read");
    assert!(texts[0].contains("文") && texts[1].contains("更正"), "{texts:?}");
}

fn a_failed_job_leaves_nothing_behind_and_takes_no_sequence_number(place: &Place) {
    let store = place.open();
    let failed = arrival("a", "文");
    let result: Result<(), StoreError> = store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            insert_item(tx, &failed)?;
            Err(StoreError::Stale)
        })
        .wait();
    assert!(matches!(result, Err(StoreError::Stale)));
    assert_eq!(insert(&store, &arrival("b", "文")), Persisted::New(1));
    assert_eq!(counts(&store).items, 1);
}

fn jobs_from_many_threads_get_sequence_numbers_without_gap_in_the_order_they_become_visible(place: &Place) {
    let store = place.open();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..50 {
                    insert(store, &arrival(&format!("{thread}-{n}"), "文"));
                }
            });
        }
    });
    let changes = store.read(|sql| changes_after(sql, Seq::ZERO, 1000)).wait().expect("changes");
    let expected: Vec<Seq> = (1..=200).map(Seq).collect();
    assert_eq!(changes.iter().map(|change| change.seq).collect::<Vec<_>>(), expected);
}

fn the_audit_chain_is_whole_after_reopening_and_a_changed_row_is_found(place: &Place) {
    let store = place.open();
    for n in 0..5 {
        insert(&store, &arrival(&n.to_string(), "文"));
    }
    store.close();
    let store = place.open();
    insert(&store, &arrival("later", "文"));
    let whole = store.read(check_chain).wait().expect("check");
    assert_eq!(whole, ChainCheck { rows: 6, broken_at: None });
    store
        .write(Priority::Desk, |tx: &mut Tx<'_>| {
            tx.execute("UPDATE audit SET actor = 'system' WHERE no = ?1", bind![3_i64])
        })
        .wait()
        .expect("tamper");
    assert_eq!(store.read(check_chain).wait().expect("check").broken_at, Some(3));
}

fn a_state_change_from_a_stale_revision_is_refused(place: &Place) {
    let store = place.open();
    let Persisted::New(no) = insert(&store, &arrival("a", "文")) else { panic!("new") };
    let row = store.read(move |sql| read_item(sql, no)).wait().expect("item").row;
    let keep = |row: ItemRow| {
        store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let to = row.state.apply(ItemMove::Keep).map_err(|e| StoreError::Corrupt(e.to_string()))?;
                move_item(tx, &row, to, &Actor::System, "")
            })
            .wait()
    };
    assert!(keep(row.clone()).is_ok());
    assert!(matches!(keep(row), Err(StoreError::Stale)));
}

fn a_repeat_of_a_repeat_joins_the_group_of_the_first(place: &Place) {
    let store = place.open();
    let numbers: Vec<i64> = ["a", "b", "c"]
        .iter()
        .map(|key| match insert(&store, &arrival(key, "文")) {
            Persisted::New(no) => no,
            other => panic!("{other:?}"),
        })
        .collect();
    let (a, b, c) = (numbers[0], numbers[1], numbers[2]);
    store
        .write(Priority::Batch, move |tx: &mut Tx<'_>| {
            let id = arrival("b", "文").id;
            put_link(tx, b, a, &Link { kind: LinkKind::Exact, score: 1.0 })?;
            join_group(tx, (b, &id), a, Joined::Exact)?;
            join_group(tx, (c, &arrival("c", "文").id), b, Joined::Exact)
        })
        .wait()
        .expect("join");
    assert_eq!(store.read(move |sql| group_of(sql, c)).wait().expect("group"), Some((a, 3)));
    assert_eq!(store.read(move |sql| neighbours(sql, a)).wait().expect("links").len(), 1);
}

#[test]
fn a_database_of_a_newer_program_is_refused() {
    let dir = tempfile::tempdir().expect("dir");
    drop(Place::open_in(dir.path()));
    let connection = rusqlite::Connection::open(dir.path().join("store.db")).expect("open");
    connection.pragma_update(None, "user_version", 99).expect("raise");
    drop(connection);
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
    let refused = Store::open_sqlite(dir.path(), 1, Duration::from_millis(1), clock).err();
    assert!(matches!(refused, Some(StoreError::Newer { found: 99, .. })));
}

fn a_statement_that_fails_is_not_passed_over_in_silence(place: &Place) {
    let store = place.open();
    insert(&store, &arrival("a", "文"));
    let result: Result<(), StoreError> = store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            tx.execute("INSERT INTO cursors (name, seq) VALUES ('x', 1), ('x', 2)", &[]).map(drop)
        })
        .wait();
    assert!(matches!(result, Err(StoreError::Constraint(_))), "{result:?}");
    assert_eq!(insert(&store, &arrival("b", "文")), Persisted::New(2));
}

fn text_is_ordered_by_its_bytes(place: &Place) {
    let store = place.open();
    let names = ["b", "a", "B", "A", "渝", "_", "-", "1", "é", "e"];
    store
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            for name in names {
                set_cursor(tx, name, Seq(1))?;
            }
            Ok::<_, StoreError>(())
        })
        .wait()
        .expect("written");
    let ordered: Vec<String> = store
        .read(|sql| {
            let rows = sql.query("SELECT name FROM cursors ORDER BY name", &[])?;
            rows.iter().map(|row| row.text(0).map(str::to_owned)).collect::<Result<_, StoreError>>()
        })
        .wait()
        .expect("read");
    let mut expected = names;
    expected.sort_unstable();
    assert_eq!(ordered, expected);
}

fn figures_and_conditions_come_back_as_numbers(place: &Place) {
    let store = place.open();
    insert(&store, &arrival("a", "文"));
    let row = store
        .read(|sql| {
            sql.first(
                "SELECT count(*), CAST(sum(no) AS bigint), no > 0, CAST(1.5 AS double precision), holder FROM items
                 WHERE title = ?1 AND (holder = ?2 OR ?2 IS NULL) GROUP BY no, holder LIMIT ?3",
                bind!["题", None::<&str>, 5_i64],
            )
        })
        .wait()
        .expect("read")
        .expect("a row");
    assert_eq!(
        (row.int(0).ok(), row.int(1).ok(), row.int(2).ok(), row.real(3).ok()),
        (Some(1), Some(1), Some(1), Some(1.5))
    );
    assert_eq!(row.opt_text(4).ok(), Some(None));
}

fn every_list_can_be_read_from_an_empty_store_and_from_one_with_an_item(place: &Place) {
    let store = place.open();
    for _ in 0..2 {
        let read: Result<(), StoreError> = store
            .read(|sql| {
                let filter = InboxFilter {
                    state: crate::model::ItemState::Received,
                    urgency: None,
                    district: Some("渝中区".to_owned()),
                    subject: None,
                    reporter_kind: None,
                    holder: Some(String::new()),
                    topic: Some(1),
                    oldest_first: true,
                };
                inbox_page(sql, &filter, None, 10)?;
                inbox_facets(sql, filter.state)?;
                count_states(sql)?;
                feed_after(sql, Seq::ZERO, 10)?;
                feed_items_after(sql, 0, 10)?;
                texts_after(sql, Seq::ZERO)?;
                items_between(sql, Timestamp::from_micros(0), Timestamp::from_micros(9), 10)?;
                count_between(sql, Timestamp::from_micros(0), Timestamp::from_micros(9))?;
                book(sql, "opinion", 2026)?;
                list_issues(sql, i64::MAX)?;
                issued_in(sql, 2026)?;
                items_of_number(sql, 2026, 1)?;
                issued_uses(sql, 1)?;
                uses_of(sql, 1)?;
                group_sizes(sql, 10)?;
                verdicts_of(sql, 1)?;
                list_dead(sql, 10)?;
                list_sources(sql)?;
                list_pulls(sql)?;
                source_tokens(sql)?;
                list_users(sql)?;
                keys_of(sql, &"zhang".parse().expect("a name"))?;
                find_key(sql, &crate::model::SessionKey([0; 32]), Timestamp::from_micros(0))?;
                notes_of(sql, 1)?;
                audit_page(sql, &AuditFilter::default(), None, 10)?;
                today(sql, Timestamp::from_micros(0))?;
                manuscripts_in(sql, crate::model::ManuscriptState::Editing, 10)?;
                manuscripts_owed(sql, 10)?;
                manuscripts_between(sql, &[0; 10], &[255; 10])?;
                issues_between(sql, &[0; 10], &[255; 10])?;
                steps_by(sql, &Actor::System, 10)?;
                memberships(sql, 1)?;
                recall_item(sql, &arrival("a", "文").id, &arrival("a", "文").content_hash)?;
                count_due(sql)?;
                list_deliveries(sql, None, false, 10)?;
                list_deliveries(sql, Some(crate::model::DeliveryState::Waiting), true, 10)?;
                count_deliveries(sql, crate::model::DeliveryState::GivenUp)?;
                webhooks(sql)?;
                notices_of(sql, &Actor::System, 10)?;
                choice_of(sql, "user:x")?;
                papers_of(sql, "x")?;
                papers_of_steps(sql, &crate::model::ManuscriptId::from_random([1; 10]))?;
                searches_of(sql, &Actor::System)?;
                subscriptions_behind(sql, i64::MAX, 10)?;
                reminders_of(sql, &Actor::System, 10)?;
                unseen_reminders(sql)?;
                waiting_counts(sql)?;
                list_reporters(sql, &ReporterFilter::default(), 0, 10)?;
                count_reporters(sql)?;
                double_reporters(sql, 10)?;
                distinct_reporters(sql, 10)?;
                reporters_in_post(
                    sql,
                    crate::model::ContributorKind::Member,
                    crate::model::LocalDate::from_ymd(2026, 1, 1).expect("a day"),
                )?;
                reporters_by_key(sql, "name", "x")?;
                reporter_links(sql, &arrival("a", "文").id)?;
                items_of_reporter(sql, 1, 10)?;
                cosigned_by(sql, "x", 10)?;
                cosigners_of(sql, &arrival("a", "文").id)?;
                unit_of(sql, "x")?;
                unit_people(sql, 1)?;
                unit_drafts(sql, 1, 10)?;
                count_unit_drafts(sql, 1)?;
                is_unit_item(sql, 1, &arrival("x", "文").id)?;
                uploaded_rows(sql, "x", None, 10)?;
                unit_items(sql, 1, 10)?;
                history(sql, "x").map(drop)
            })
            .wait();
        read.expect("every list");
        insert(&store, &arrival("a", "文"));
    }
}
