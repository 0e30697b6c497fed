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

#[test]
fn a_text_is_proofread_with_place_kind_reason_and_proposal() {
    let dir = tempfile::tempdir().expect("dir");
    let file = dir.path().join("稿.txt").display().to_string();
    std::fs::write(&file, "居民要求按装电梯。\n项目于2026年2月30日开工。").expect("write");
    let output = minyi(&["proof", &file, "--date", "2026-03-01", "--json"]);
    assert!(!output.status.success(), "a day that does not exist is grave");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let hits = list(&found, "/hits");
    let told: Vec<_> =
        hits.iter().map(|hit| (text(hit, "/kind"), number(hit, "/place/line"), text(hit, "/text"))).collect();
    assert_eq!(told, [("word", 1, "按装"), ("date", 2, "2026年2月30日")]);
    assert_eq!(text(&hits[0], "/proposal"), "安装");
    let said = String::from_utf8_lossy(&minyi(&["proof", &file]).stdout).into_owned();
    assert!(said.contains("建议：安装") && said.contains("领导人表"), "{said}");
}

#[test]
fn a_text_is_tidied_as_a_list_of_changes_and_the_file_stays() {
    let dir = tempfile::tempdir().expect("dir");
    let file = dir.path().join("稿.txt").display().to_string();
    std::fs::write(&file, "停车难,上学难.").expect("write");
    let found: Value = serde_json::from_slice(&minyi(&["tidy", &file, "--json"]).stdout).expect("JSON");
    assert_eq!(text(&found, "/text"), "　　停车难，上学难。");
    assert_eq!(list(&found, "/changes").len(), 3);
    assert_eq!(std::fs::read_to_string(&file).expect("file"), "停车难,上学难.");
}
