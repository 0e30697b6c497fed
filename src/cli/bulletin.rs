//! `minyi bulletin`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::config::Config;

use super::client::Client;
use super::local::Local;
use super::output::{list, print_json, text};

/// 编刊
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 由来稿成稿，出清样
    Compile {
        /// 刊物代码：opinion 单篇，opinion-composite 综合，special-report 专报，review 送阅
        #[arg(long, default_value = "opinion")]
        series: String,
        /// 来稿编号，按刊登顺序
        #[arg(required_unless_present = "query")]
        items: Vec<String>,
        /// 改用检索式选稿
        #[arg(long, conflicts_with = "items")]
        query: Option<String>,
        /// 检索式取前几件
        #[arg(long, default_value_t = 1)]
        limit: usize,
        /// 编者按
        #[arg(long)]
        note: Option<String>,
        /// 印发日期，缺省为今天，例：2026-01-08
        #[arg(long)]
        date: Option<String>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 签发、编号、编发；中断后重复执行即可继续
    Issue {
        /// 期的编号（compile 给出）
        id: String,
        /// 签发人
        #[arg(long)]
        signer: String,
        /// 编发后把文件写到此目录
        #[arg(long, value_name = "目录")]
        out: Option<PathBuf>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 列出，或看一期
    Show {
        /// 期的编号
        id: Option<String>,
        /// 把文件写到此目录（未编发的写清样）
        #[arg(long, value_name = "目录")]
        out: Option<PathBuf>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
pub async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    Local::with(config, async |client| {
        match command {
            Command::Compile { series, items, query, limit, note, date, json } => {
                let request = json!({ "series": series, "items": items, "query": query, "limit": limit,
                    "editors_note": note, "printed_date": date });
                let issue = client.post("/api/v1/bulletins", &request).await?;
                show(&issue, json);
                if !json {
                    println!(
                        "清样已出。签发并编发：minyi bulletin issue {} --signer 姓名",
                        text(&issue, "id")
                    );
                }
            }
            Command::Issue { id, signer, out, json } => {
                let path = format!("/api/v1/bulletins/{id}/issue");
                let issue = client.post(&path, &json!({ "signer": signer })).await?;
                show(&issue, json);
                if let Some(dir) = out {
                    write_files(client, &issue, &dir).await?;
                }
            }
            Command::Show { id: None, json, .. } => {
                let issues = json!({ "issues": client.get("/api/v1/bulletins").await? });
                if json {
                    print_json(&issues);
                } else if list(&issues, "issues").is_empty() {
                    println!("还没有刊物。用 minyi bulletin compile 成稿。");
                } else {
                    list(&issues, "issues").iter().for_each(line);
                }
            }
            Command::Show { id: Some(id), out, json } => {
                let issue = client.get(&format!("/api/v1/bulletins/{id}")).await?;
                show(&issue, json);
                if let Some(dir) = out {
                    write_files(client, &issue, &dir).await?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn show(issue: &Value, json: bool) {
    if json {
        print_json(issue);
        return;
    }
    line(issue);
    for manuscript in list(issue, "manuscripts") {
        let texts = manuscript.get("texts").cloned().unwrap_or_default();
        println!("    {}  {}", text(&texts, "title"), text(&texts, "credit"));
    }
    for file in list(issue, "files") {
        println!("    文件 {}", text(file, "name"));
    }
}

fn line(issue: &Value) {
    let number = issue.get("number").filter(|number| !number.is_null());
    let label = number.map_or_else(
        || "未编号".to_owned(),
        |number| {
            let part = |key: &str| number.get(key).and_then(Value::as_u64).unwrap_or_default();
            format!("{}年第{}期", part("year"), part("number"))
        },
    );
    let name = match text(issue, "series_name") {
        "" => text(issue, "series"),
        name => name,
    };
    let state = crate::model::IssueState::from_code(text(issue, "state")).map_or("", |state| state.label());
    println!("{}  {name}  {label}  {state}  {}", text(issue, "id"), text(issue, "printed_date"));
}

/// Writes the files of an issue, or its proof, into a folder; gives their paths.
pub async fn write_files(client: &mut Client, issue: &Value, dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(dir).with_context(|| format!("无法建立目录 {}", dir.display()))?;
    let id = text(issue, "id");
    let mut written = Vec::new();
    for file in list(issue, "files") {
        let path = format!("/api/v1/bulletins/{id}/files/{}", text(file, "format"));
        let answer = client.call(Method::GET, &path, &[], Bytes::new()).await?;
        anyhow::ensure!(
            answer.status.is_success(),
            "文件 {} 取不到（{}）",
            text(file, "name"),
            answer.status
        );
        written.push((text(file, "name").to_owned(), answer.body));
    }
    if written.is_empty() {
        let answer =
            client.call(Method::GET, &format!("/api/v1/bulletins/{id}/proof"), &[], Bytes::new()).await?;
        anyhow::ensure!(answer.status.is_success(), "清样取不到（{}）", answer.status);
        written.push((format!("清样 {id}.html"), answer.body));
    }
    let mut paths = Vec::new();
    for (name, bytes) in written {
        let path = dir.join(name);
        std::fs::write(&path, &bytes).with_context(|| format!("无法写入 {}", path.display()))?;
        paths.push(path);
    }
    Ok(paths)
}
