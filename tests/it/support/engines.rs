//! On which engines the suite runs: those of one machine, or, with `TEST_ENGINES=kafka+postgres`, the servers that
//! `TEST_KAFKA_BROKERS` and `TEST_POSTGRES_URL` name. Each data folder has a schema and a topic of its own there.

use std::path::Path;
use std::sync::Arc;

use minyi::clock::SystemClock;
use minyi::config::{Config, QueueKind, SecretText, StoreKind, environment};
use minyi::store::Store;

/// Whether the suite runs on servers.
pub fn on_servers() -> bool {
    match environment("TEST_ENGINES").as_deref() {
        None | Some("embedded") => false,
        Some("kafka+postgres") => true,
        Some(other) => panic!("TEST_ENGINES={other}: embedded or kafka+postgres"),
    }
}

fn named(variable: &str) -> String {
    environment(variable).unwrap_or_else(|| panic!("{variable} names no server"))
}

/// The same for the same folder, another for another.
fn name_of(place: &[u8]) -> String {
    format!("it_{}", &blake3::hash(place).to_hex()[..16])
}

fn name(dir: &Path) -> String {
    name_of(dir.as_os_str().as_encoded_bytes())
}

/// The address of a schema, which comes to be when it is not there.
fn schema(name: String) -> String {
    let server = named("TEST_POSTGRES_URL");
    let join = if server.contains('?') { '&' } else { '?' };
    let address = format!("{server}{join}options=-c%20search_path%3D{name}");
    // The blocking client wants a thread of its own.
    let made = std::thread::spawn(move || {
        let mut client = postgres::Client::connect(&server, postgres::NoTls).expect("the server answers");
        client.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {name}")).expect("a schema");
    });
    made.join().expect("made");
    address
}

/// Chooses the engines of an instance in `dir`.
pub fn choose(config: &mut Config, dir: &Path) {
    if !on_servers() {
        return;
    }
    config.store.kind = StoreKind::Postgres;
    config.store.url = SecretText::new(schema(name(dir)));
    config.queue.kind = QueueKind::Kafka;
    config.kafka.brokers = named("TEST_KAFKA_BROKERS");
    config.kafka.topic = name(dir);
    config.kafka.group = name(dir);
    config.kafka.partitions = 3;
    config.kafka.allow_single_broker = true;
    // Two cores are busy with other tests.
    config.kafka.lookup_ms = 5000;
}

/// The same for a process.
pub fn variables(dir: &Path) -> Vec<(&'static str, String)> {
    if on_servers() { variables_named(name(dir)) } else { Vec::new() }
}

/// Servers in any case, with a place of its own for this run of a test: several processes may share it.
pub fn variables_of(test: &str) -> Vec<(&'static str, String)> {
    let run = std::process::id().to_string();
    variables_named(name_of(format!("{test} {run}").as_bytes()))
}

fn variables_named(name: String) -> Vec<(&'static str, String)> {
    vec![
        ("MINYI_STORE__KIND", "postgres".to_owned()),
        ("MINYI_STORE__URL", schema(name.clone())),
        ("MINYI_QUEUE__KIND", "kafka".to_owned()),
        ("MINYI_KAFKA__BROKERS", named("TEST_KAFKA_BROKERS")),
        ("MINYI_KAFKA__TOPIC", name.clone()),
        ("MINYI_KAFKA__GROUP", name),
        ("MINYI_KAFKA__PARTITIONS", "4".to_owned()),
        ("MINYI_KAFKA__ALLOW_SINGLE_BROKER", "true".to_owned()),
        ("MINYI_KAFKA__LOOKUP_MS", "5000".to_owned()),
    ]
}

/// The facts that an instance left, once it has ended.
pub fn open_store(dir: &Path) -> Store {
    let mut config = minyi::config::load(None, &[]).expect("the default");
    choose(&mut config, dir);
    let clock = Arc::new(SystemClock);
    let opened = std::thread::scope(|scope| {
        scope
            .spawn(|| {
                if on_servers() {
                    Store::open_postgres(&config.store, clock)
                } else {
                    Store::open_sqlite(dir, 1, std::time::Duration::from_millis(1), clock)
                }
            })
            .join()
            .expect("a thread")
    });
    opened.expect("the store")
}
