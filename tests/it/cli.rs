//! The command line, as an administrator uses it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{list, number, text};

fn minyi(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_minyi")).args(args).output().expect("the program runs")
}

fn json(args: &[&str]) -> Value {
    let output = minyi(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn the_demonstration_runs_to_its_end_and_the_commands_work_on_what_it_left() {
    let dir = tempfile::tempdir().expect("dir");
    let at = |name: &str| dir.path().join(name).display().to_string();
    let demo = ["demo", "--once", "--json", "--listen", "127.0.0.1:0", "--dir"];
    let summary = json(&[&demo[..], &[&at("demo")]].concat());
    assert!(number(&summary, "/accepted") >= 300 && number(&summary, "/groups") >= 10, "{summary:#}");
    assert_eq!(number(&summary, "/bulletin/number"), 1);
    assert_eq!(number(&summary, "/refused/secrecy_mark"), 2);
    assert!(
        list(&summary, "/bulletin/files").iter().all(|file| Path::new(file.as_str().expect("path")).exists())
    );

    // Once more on the same folder: nothing is taken twice, and the next issue has the next number.
    let again = json(&[&demo[..], &[&at("demo")]].concat());
    assert_eq!(number(&again, "/repeated"), number(&summary, "/accepted"));
    assert_eq!(number(&again, "/bulletin/number"), 2);

    let data = at("demo/data");
    let on_data = |args: &[&str]| {
        [&["--data", &data], args].concat().iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()
    };
    let run = |args: &[&str]| {
        let args = on_data(args);
        minyi(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let report: Value = serde_json::from_slice(&run(&["verify", "--json"]).stdout).expect("JSON");
    assert_eq!(report["ok"], true, "{report:#}");
    assert!(run(&["reindex"]).status.success());
    let found: Value = serde_json::from_slice(&run(&["search", "加装电梯", "--json"]).stdout).expect("JSON");
    assert!(number(&found, "/total") > 0);
    let issues: Value = serde_json::from_slice(&run(&["bulletin", "show", "--json"]).stdout).expect("JSON");
    assert_eq!(list(&issues, "/issues").len(), 2);
    assert_eq!(text(&list(&issues, "/issues")[0], "/state"), "issued");
    assert!(run(&["doctor"]).status.success() || !run(&["doctor"]).stdout.is_empty());
}

#[test]
fn an_unknown_configuration_key_fails_and_names_the_nearest() {
    let dir = tempfile::tempdir().expect("dir");
    let file = dir.path().join("minyi.toml");
    std::fs::write(&file, "[server]\nlissten = \"127.0.0.1:1\"\n").expect("write");
    let output = minyi(&["--config", &file.display().to_string(), "doctor"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("server.lissten") && said.contains("server.listen"),
        "{said}"
    );
}

#[test]
fn a_worker_of_its_own_refuses_with_the_embedded_queue_and_says_why() {
    let output = minyi(&["worker"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("embedded"));
}

#[test]
fn the_version_names_the_commit() {
    let output = minyi(&["--version"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.starts_with("minyi 0.1.0 (") && said.trim().ends_with(')'), "{said}");
}
