//! What a released version wrote opens in this one: its data folder, and its schema in PostgreSQL (tests/fixtures/released).

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Client, Server, engines, list, minyi, number, text};

/// Every version that was ever released.
const VERSIONS: &[&str] = &["0.1.0"];

fn fixture(version: &str, ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/released").join(format!("{version}.{ending}"))
}

/// What the version had in it.
fn told(version: &str) -> Value {
    let text = std::fs::read_to_string(fixture(version, "json")).expect("the list");
    serde_json::from_str(&text).expect("JSON")
}

/// Its data folder, as it was left.
fn folder(version: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::open(fixture(version, "zip")).expect("the archive");
    zip::ZipArchive::new(file).and_then(|mut archive| archive.extract(dir.path())).expect("unpacked");
    dir
}

/// The items are found as they were; `later`: so many more may have come since.
async fn found_as_before(server: &Server, told: &Value, later: i64) {
    let client = Client::tcp(server.address(), Some(text(told, "/token")));
    for (query, before) in told["found"].as_object().expect("queries") {
        let before = before.as_i64().expect("a number");
        let now = number(&client.search(query, "").await, "/total");
        assert!((before..=before + later).contains(&now), "{query}: {before} before, {now} now");
    }
}

/// The program's answer on the command line, for the instance of the folder.
fn asked(dir: &Path, arguments: &[&str]) -> Value {
    let done = minyi(arguments).arg("--json").arg("--data").arg(dir).output().expect("the program runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

/// The issue is what it was, byte for byte, and the next one gets the next number.
fn issues_go_on(dir: &Path, told: &Value) {
    let (id, out) = (text(told, "/issue/id"), tempfile::tempdir().expect("a folder"));
    let place = out.path().to_str().expect("a path");
    let shown = asked(dir, &["bulletin", "show", id, "--out", place]);
    assert_eq!(shown["content_hash"], told["issue"]["content_hash"]);
    for file in list(told, "/issue/files").iter().filter(|file| file["format"] != "json") {
        let bytes = std::fs::metadata(out.path().join(text(file, "/name"))).expect("the file").len();
        assert_eq!(i64::try_from(bytes).ok(), file["bytes"].as_i64(), "{file}");
    }
    let next = asked(dir, &["bulletin", "issue", text(told, "/following"), "--signer", "李主任"]);
    assert_eq!(number(&next, "/number/number"), number(told, "/issue/number/number") + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_opens_with_all_that_stood_in_it_and_waited_in_its_queue() {
    for version in VERSIONS {
        let told = told(version);
        let server = Server::start_on(folder(version), &[]);
        let report = server.settled().await;
        let items = number(&told, "/items") + 1;
        assert_eq!(
            (number(&report, "/counts/items"), number(&report, "/indexed")),
            (items, items),
            "{version}"
        );
        assert_eq!(number(&report, "/counts/groups"), number(&told, "/groups"));
        found_as_before(&server, &told, 1).await;
        let client = Client::tcp(server.address(), Some(text(&told, "/token")));
        let waited = client.search(&format!("标题:\"{}\"", text(&told, "/waiting")), "").await;
        assert_eq!(number(&waited, "/total"), 1, "{waited:#}");
        issues_go_on(server.dir(), &told);
        drop(server.stop());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka and PostgreSQL"]
async fn a_schema_in_postgresql_opens_with_all_that_stood_in_it() {
    for version in VERSIONS {
        let told = told(version);
        let settings = engines::variables_of(&format!("released {version}"));
        let (_, address) = settings.iter().find(|(name, _)| *name == "MINYI_STORE__URL").expect("an address");
        let (address, file) = (address.clone(), fixture(version, "sql"));
        // The blocking client wants a thread of its own.
        let load = std::thread::spawn(move || {
            let mut client =
                postgres::Client::connect(&address, postgres::NoTls).expect("the server answers");
            client.batch_execute(&std::fs::read_to_string(file).expect("the dump")).expect("loaded");
        });
        load.join().expect("loaded");
        // Receipts are keyed by the secret, which stays on the machine.
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::copy(folder(version).path().join("secret.key"), dir.path().join("secret.key"))
            .expect("copied");
        let server = Server::start_on(dir, &settings);
        let report = server.settled().await;
        let items = number(&told, "/items");
        assert_eq!(
            (number(&report, "/counts/items"), number(&report, "/indexed")),
            (items, items),
            "{version}"
        );
        found_as_before(&server, &told, 0).await;
        issues_go_on(server.dir(), &told);
        drop(server.stop());
    }
}
