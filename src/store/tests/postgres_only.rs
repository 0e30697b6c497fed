//! What only a server can do to the store: other nodes, connections that break, commits that are not heard of.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};

use super::place::{clock, server, settings};
use super::*;

#[test]
#[ignore = "needs PostgreSQL"]
fn two_nodes_share_one_sequence_without_gap_and_hear_of_each_other() {
    let place = Place::postgres();
    let nodes = [place.open(), place.open()];
    std::thread::scope(|scope| {
        for (node, store) in nodes.iter().enumerate() {
            for thread in 0..2 {
                scope.spawn(move || {
                    for n in 0..25 {
                        insert(store, &arrival(&format!("{node}-{thread}-{n}"), "文"));
                    }
                });
            }
        }
    });
    let seqs = nodes[0].read(|sql| changes_after(sql, Seq::ZERO, 1000)).wait().expect("changes");
    assert_eq!(seqs.iter().map(|c| c.seq.0).collect::<Vec<_>>(), (1..=100).collect::<Vec<_>>());
    let whole = nodes[1].read(check_chain).wait().expect("check");
    assert_eq!(whole, ChainCheck { rows: 100, broken_at: None });
    for node in &nodes {
        assert_eq!(node.tide().wait_beyond(99, Duration::from_secs(3)), 100);
    }
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_node_hears_of_anothers_commit_long_before_it_would_ask() {
    let place = Place::postgres();
    let (one, other) = (place.open(), place.open());
    // The listener has to be there first.
    std::thread::sleep(Duration::from_millis(300));
    let begun = std::time::Instant::now();
    insert(&one, &arrival("a", "文"));
    assert_eq!(other.tide().wait_beyond(0, Duration::from_secs(4)), 1);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
#[ignore = "needs PostgreSQL"]
fn connections_that_the_server_ends_are_replaced_and_nothing_is_written_twice() {
    let place = Place::postgres();
    let store = place.open();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut client = ::postgres::Client::connect(&server(), ::postgres::NoTls).expect("the server");
            while !stop.load(Ordering::SeqCst) {
                let end = "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                           JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1";
                client.execute(end, &[&place.schema()]).expect("ended");
                std::thread::sleep(Duration::from_millis(15));
            }
        });
        for n in 0..60 {
            let note = format!("{n}");
            store
                .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                    let id = arrival("a", "文").id;
                    add_note(tx, (1, &id), &note, &Actor::System)
                })
                .wait()
                .expect("written in the end");
        }
        stop.store(true, Ordering::SeqCst);
    });
    let notes = store.read(|sql| notes_of(sql, 1)).wait().expect("notes");
    let texts: BTreeSet<String> = notes.iter().map(|note| note.text.clone()).collect();
    assert_eq!((notes.len(), texts.len()), (60, 60));
}

/// A node of the next version brings in its schema while this one is at work: this one goes on, and may not begin anew.
#[test]
#[ignore = "needs PostgreSQL"]
fn a_node_goes_on_while_one_of_the_next_version_brings_the_schema_further() {
    let place = Place::postgres();
    let store = place.open();
    let work = |key: &str| {
        insert(&store, &arrival(key, "文"));
        let (id, text) = (arrival("a", "文").id, key.to_owned());
        store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| add_note(tx, (1, &id), &text, &Actor::System))
            .wait()
            .expect("written");
        let notes = store.read(|sql| notes_of(sql, 1)).wait().expect("notes").len();
        let items = store.read(|sql| feed_items_after(sql, 0, 100)).wait().expect("the feed").len();
        (notes, items)
    };
    assert_eq!((work("a"), work("b")), ((1, 1), (2, 2)));

    // What a step may do, done to every table: statements that were prepared before must go on.
    let schema = place.schema();
    let mut next = ::postgres::Client::connect(&server(), ::postgres::NoTls).expect("the server");
    let further = format!(
        "DO $$ DECLARE place record; BEGIN
             FOR place IN SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' LOOP
                 EXECUTE format('ALTER TABLE {schema}.%I ADD COLUMN of_the_next_version BIGINT NOT NULL DEFAULT 0',
                     place.tablename);
             END LOOP;
         END $$;
         CREATE TABLE {schema}.of_the_next_version (no BIGINT PRIMARY KEY);
         INSERT INTO {schema}.migrations (number, name) SELECT max(number) + 1, 'of_the_next_version' FROM {schema}.migrations"
    );
    next.batch_execute(&further).expect("brought further");
    assert_eq!(work("c"), (3, 3));
    assert!(store.read(check_chain).wait().expect("check").broken_at.is_none());
    let refused = Store::open_postgres(&settings(schema, None), clock()).err();
    assert!(matches!(refused, Some(StoreError::Newer { .. })), "{refused:?}");
}

/// Stands between the store and the server, and hangs up at each COMMIT while it is told to.
fn proxy(passes_commit: bool) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let config: ::postgres::Config = server().parse().expect("an address");
    let to = match (config.get_hosts().first(), config.get_ports().first()) {
        (Some(::postgres::config::Host::Tcp(host)), at) => format!("{host}:{}", at.copied().unwrap_or(5432)),
        _ => panic!("the server must be named by host and port"),
    };
    let cutting = Arc::new(AtomicBool::new(false));
    let cut = Arc::clone(&cutting);
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(&to).expect("the server");
            let (cut, client2, server2) =
                (Arc::clone(&cut), client.try_clone().expect("clone"), server.try_clone().expect("clone"));
            std::thread::spawn(move || pass(client, server, Some((&cut, passes_commit))));
            std::thread::spawn(move || pass(server2, client2, None));
        }
    });
    (port, cutting)
}

fn pass(mut from: TcpStream, mut to: TcpStream, cut: Option<(&AtomicBool, bool)>) {
    let mut buffer = vec![0; 65_536];
    while let Ok(read) = from.read(&mut buffer)
        && read > 0
    {
        let commits = buffer[..read].windows(8).any(|bytes| bytes == b"; COMMIT");
        let cut_now = commits && cut.is_some_and(|(cut, _)| cut.swap(false, Ordering::SeqCst));
        if cut_now {
            // The caller hears nothing, whether the server hears of it or not.
            drop(from.shutdown(Shutdown::Both));
        }
        if (!cut_now || cut.is_some_and(|(_, passes)| passes)) && to.write_all(&buffer[..read]).is_err() {
            break;
        }
        if cut_now {
            std::thread::sleep(Duration::from_millis(50));
            break;
        }
    }
    drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both)));
}

fn written_once_though_the_answer_to_its_commit_is_lost(passes_commit: bool) {
    let place = Place::postgres();
    let (port, cut) = proxy(passes_commit);
    let store = Store::open_postgres(&settings(place.schema(), Some(port)), clock()).expect("open");
    let note = |text: &'static str| {
        store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let id = arrival("a", "文").id;
                add_note(tx, (1, &id), text, &Actor::System)
            })
            .wait()
    };
    note("before").expect("written");
    cut.store(true, Ordering::SeqCst);
    note("in doubt").expect("written once it is known");
    assert!(!cut.load(Ordering::SeqCst), "the connection was cut at its commit");
    note("after").expect("written");
    let notes = place.open().read(|sql| notes_of(sql, 1)).wait().expect("notes");
    assert_eq!(notes.iter().map(|n| n.text.as_str()).collect::<Vec<_>>(), ["after", "in doubt", "before"]);
    assert_eq!(place.open().read(check_chain).wait().expect("chain").rows, 3);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_commit_that_took_place_unheard_is_not_repeated() {
    written_once_though_the_answer_to_its_commit_is_lost(true);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_commit_that_never_arrived_is_repeated() {
    written_once_though_the_answer_to_its_commit_is_lost(false);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_job_that_goes_on_after_a_failed_statement_has_done_nothing_and_is_told() {
    let place = Place::postgres();
    let store = place.open();
    let result: Result<(), StoreError> = store
        .write(Priority::Desk, |tx: &mut Tx<'_>| {
            set_cursor(tx, "one", Seq(1))?;
            drop(tx.execute("INSERT INTO cursors (name, seq) VALUES ('one', 2)", &[]));
            Ok(())
        })
        .wait();
    assert!(matches!(result, Err(StoreError::Constraint(_))), "{result:?}");
    assert_eq!(store.read(|sql| cursor(sql, "one")).wait().expect("read"), Seq::ZERO);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_database_of_a_newer_program_is_refused_by_postgres_too() {
    let place = Place::postgres();
    let store = place.open();
    store
        .write(Priority::Desk, |tx: &mut Tx<'_>| {
            tx.execute("INSERT INTO migrations (number, name) VALUES (99, '0099_later')", &[])
        })
        .wait()
        .expect("raised");
    drop(store);
    let refused = Store::open_postgres(&settings(place.schema(), None), clock()).err();
    assert!(matches!(refused, Some(StoreError::Newer { found: 99, .. })), "{refused:?}");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn both_engines_have_the_same_tables_and_columns() {
    let (folder, schema) = (Place::sqlite(), Place::postgres());
    let columns = |store: Store, text: &'static str| -> BTreeSet<String> {
        let rows = store.read(move |sql| sql.query(text, &[])).wait().expect("columns");
        rows.iter().map(|row| row.text(0).expect("text").to_owned()).collect()
    };
    let sqlite = columns(
        folder.open(),
        "SELECT m.name || '.' || c.name || ' ' || CASE c.type WHEN 'INTEGER' THEN 'bigint' ELSE lower(c.type) END
           || CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END
         FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
    );
    let postgres = columns(
        schema.open(),
        "SELECT CAST(table_name || '.' || column_name || ' '
           || CASE data_type WHEN 'bytea' THEN 'blob' ELSE CAST(data_type AS text) END
           || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END AS text)
         FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'migrations'",
    );
    assert_eq!(sqlite, postgres);
    let otherwise = columns(
        schema.open(),
        "SELECT CAST(table_name || '.' || column_name AS text) FROM information_schema.columns
         WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'",
    );
    assert!(otherwise.is_empty(), "text that is not ordered by its bytes: {otherwise:?}");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_file_that_one_node_keeps_can_be_read_on_another() {
    let place = Place::postgres();
    drop(place.open());
    let (one, other) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    let server = settings(place.schema(), None);
    let blobs = |dir: &Path| Blobs::open_shared(dir, &server).expect("open");
    let large: Vec<u8> = (0..2_500_000_u32).map(|n| (n % 251) as u8).collect();
    for bytes in [large.as_slice(), b""] {
        let hash = blobs(one.path()).put(bytes).expect("kept");
        assert!(blobs(other.path()).get(&hash).expect("read") == bytes);
        std::fs::write(blobs(one.path()).path(&hash), b"damaged").expect("damaged");
        assert!(blobs(one.path()).get(&hash).expect("from the server") == bytes);
    }
    assert_eq!(blobs(other.path()).share_all().expect("shared"), 2);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn all_facts_go_from_sqlite_to_postgres_and_numbers_go_on() {
    let (folder, schema) = (Place::sqlite(), Place::postgres());
    let from = folder.open();
    for n in 0..1100 {
        insert(&from, &arrival(&n.to_string(), "文\u{20000}"));
    }
    let note = |store: &Store, text: &'static str| {
        let by = Actor::System;
        let write = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            add_note(tx, (1, &arrival("0", "文").id), text, &by)?;
            put_link(tx, 1, 2, &Link { kind: LinkKind::Near, score: 0.75 })
        });
        write.wait().expect("a note");
    };
    note(&from, "one");
    let to = schema.open();
    let mut told = 0;
    let tables = transfer(&from, &to, &mut |_, rows| told += rows).expect("transferred");
    assert!(tables.iter().all(|table| table.same), "{tables:?}");
    assert!(tables.iter().any(|table| table.table == "items" && table.rows == 1100), "{tables:?}");
    assert!(told >= 4400, "{told}");
    // Once more changes nothing, and compares again.
    assert_eq!(transfer(&from, &to, &mut |_, _| panic!("nothing is left")).expect("compared"), tables);
    drop(to);
    let to = schema.open();
    note(&to, "two");
    assert_eq!(insert(&to, &arrival("new", "文")), Persisted::New(1101));
    assert_eq!(to.read(check_chain).wait().expect("chain"), ChainCheck { rows: 1103, broken_at: None });
    let other = transfer(&from, &to, &mut |_, _| {});
    assert!(matches!(other, Err(TransferError::NotEmpty)), "{other:?}");
}
