//! Files sent from the command line: looked at first, sent, and sent again without adding anything.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{TestApp, list, number, text};

const TITLE: &str = "关于增设路灯的建议";
const BODY: &str = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设路灯。";

fn submit(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_minyi"));
    command.arg("submit").args(args).env_remove("MINYI_TOKEN").output().expect("the program runs")
}

fn summary(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn csv(folder: &Path) -> String {
    let file = folder.join("汇总.csv");
    let rows = format!(
        "标题,正文,反映人,日期\n{TITLE},{BODY},张三,2026-01-08\n关于修补路面的建议,{BODY},李四,2026-02-30\n"
    );
    std::fs::write(&file, encoding_of_offices(&rows)).expect("written");
    file.display().to_string()
}

/// GB18030, as spreadsheets save CSV in China.
fn encoding_of_offices(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn a_preview_marks_the_wrong_cell_and_sends_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = submit(&[&csv(folder.path()), "--preview", "--json"]);
    assert!(!output.status.success(), "a row is wrong");
    let rows = summary(&output);
    assert_eq!((number(&rows, "/good"), list(&rows, "/rows").len()), (1, 2));
    assert!(text(&rows, "/rows/1/detail").starts_with("D3 "), "{rows:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_adds_nothing_and_a_report_tells_of_each_row() {
    let app = TestApp::start().await;
    let token = app.add_source_with(json!({ "id": "files", "scopes": ["submit"] })).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (file, report) = (csv(folder.path()), folder.path().join("结果.csv").display().to_string());
    let letter = folder.path().join("2.关于增设座椅的建议（王五）.txt").display().to_string();
    std::fs::write(&letter, BODY).expect("written");
    let url = format!("http://{}", app.address());
    let send = || {
        let args = [&file, &letter, "--url", &url, "--token", &token, "--report", &report, "--json"];
        let output = submit(&args);
        assert!(!output.status.success(), "one row is not taken");
        summary(&output)
    };
    let (first, again) = tokio::task::block_in_place(|| (send(), send()));
    assert_eq!((number(&first, "/accepted"), number(&first, "/repeated")), (2, 0), "{first:#}");
    assert_eq!((number(&again, "/accepted"), number(&again, "/repeated")), (0, 2), "{again:#}");
    assert_eq!(number(&first, "/refused/invalid_fields"), 1);
    let told = std::fs::read_to_string(&report).expect("a report");
    assert!(told.contains("重复") && told.contains("D3 ") && told.contains("关于增设座椅的建议"), "{told}");
    app.finish().await;
}

#[test]
fn a_template_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("报送表.xlsx").display().to_string();
    assert!(submit(&["--template", &file]).status.success());
    assert!(std::fs::read(&file).expect("the file").starts_with(b"PK"));
}
