//! How issues are printed.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::super::client::Client;
use super::super::output::{list, number, print_json, text};

/// Every issue, newest first.
pub(super) async fn show_all(client: &mut Client, json: bool) -> anyhow::Result<ExitCode> {
    let issues = json!({ "issues": client.get("/api/v1/bulletins").await? });
    if json {
        print_json(&issues);
    } else if list(&issues, "issues").is_empty() {
        println!("还没有刊物。用 minyi bulletin compile 成稿。");
    } else {
        list(&issues, "issues").iter().for_each(line);
    }
    Ok(ExitCode::SUCCESS)
}

/// An issue with its manuscripts, their pictures and corrections, its files, and what should be looked at.
pub(super) fn show(issue: &Value, json: bool) {
    if json {
        print_json(issue);
        return;
    }
    line(issue);
    for manuscript in list(issue, "manuscripts") {
        let texts = manuscript.get("texts").cloned().unwrap_or_default();
        println!("    {}  {}", text(&texts, "title"), text(&texts, "credit"));
        for picture in list(manuscript, "pictures") {
            println!("      附图{} {}", number(picture, "number"), text(picture, "name"));
        }
        list(manuscript, "corrections").iter().for_each(correction);
    }
    for file in list(issue, "files") {
        println!("    文件 {}", text(file, "name"));
    }
    for warning in list(issue, "warnings").iter().filter_map(Value::as_str) {
        println!("    注意：{warning}");
    }
}

/// What was changed, as the signer wants to see it: the old words, then the new ones.
fn correction(one: &Value) {
    println!("      {}  {}：{}", text(one, "at"), text(one, "action"), text(one, "comment"));
    for change in list(one, "changes") {
        let part = text(change, "part");
        text(change, "before").lines().for_each(|line| println!("        {part} - {line}"));
        text(change, "after").lines().for_each(|line| println!("        {part} + {line}"));
    }
}

/// An issue on one line.
fn line(issue: &Value) {
    let number = issue.get("number").filter(|number| !number.is_null());
    let label = number.map_or_else(
        || "未编号".to_owned(),
        |number| {
            let part = |key: &str| number.get(key).and_then(Value::as_u64).unwrap_or_default();
            let kind = if issue["supplement"] == true { "增刊" } else { "" };
            format!("{}年{kind}第{}期", part("year"), part("number"))
        },
    );
    let name = match text(issue, "series_name") {
        "" => text(issue, "series"),
        name => name,
    };
    let state = crate::model::IssueState::from_code(text(issue, "state")).map_or("", |state| state.label());
    println!("{}  {name}  {label}  {state}  {}", text(issue, "id"), text(issue, "printed_date"));
}
