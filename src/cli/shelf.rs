//! `minyi shelf`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::config::Config;

use super::client::query_value;
use super::local::Local;
use super::output::{list, number, plain_snippet, text};

/// 参考资料
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 放入文件：TXT、DOCX、PDF；可以检索，不计入来稿
    Add {
        /// 文件
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// 类别：公报、政策、报刊、其他
        #[arg(long, default_value = "其他")]
        kind: String,
        /// 题名；缺省为第一行。只能用于一个文件
        #[arg(long)]
        title: Option<String>,
        /// 日期，例：2026-01-08
        #[arg(long)]
        date: Option<String>,
        /// 来源
        #[arg(long)]
        source: Option<String>,
    },
    /// 列出
    List {
        /// 类别：公报、政策、报刊、其他
        #[arg(long)]
        kind: Option<String>,
        /// 已移出的
        #[arg(long)]
        removed: bool,
    },
    /// 检索
    Search {
        /// 检索式
        #[arg(required = true, num_args = 1..)]
        query: Vec<String>,
    },
    /// 移出；可以放回
    Remove {
        /// 编号
        no: i64,
    },
    /// 放回
    Restore {
        /// 编号
        no: i64,
    },
}

/// Runs it.
pub async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    if let Command::Add { files, title: Some(_), .. } = &command
        && files.len() > 1
    {
        anyhow::bail!("--title 只能用于一个文件，请逐个放入，或不写题名");
    }
    Local::with(config, async |client| {
        match command {
            Command::Add { files, kind, title, date, source } => {
                for file in files {
                    let shown = file.display().to_string();
                    let bytes = std::fs::read(&file).with_context(|| format!("无法读取 {shown}"))?;
                    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
                    let mut path = format!("/api/v1/shelf?name={}", query_value(&name.unwrap_or_default()));
                    let said = [("title", &title), ("date", &date), ("source", &source)];
                    for (field, value) in
                        said.into_iter().filter_map(|(field, value)| Some((field, value.as_ref()?)))
                    {
                        path += &format!("&{field}={}", query_value(value));
                    }
                    path += &format!("&kind={}", query_value(&kind));
                    let headers = [("content-type", "application/octet-stream")];
                    let added = client.call(Method::POST, &path, &headers, bytes).await?.expect();
                    let added = added.with_context(|| shown.clone())?;
                    let repeat = added.get("repeat").and_then(Value::as_bool).unwrap_or(false);
                    println!(
                        "{}  {}{}",
                        number(&added, "no"),
                        text(&added, "title"),
                        if repeat { "（早已在内）" } else { "" }
                    );
                }
            }
            Command::List { kind, removed } => {
                let kind = query_value(&kind.unwrap_or_default());
                let found = client.get(&format!("/api/v1/shelf?kind={kind}&removed={removed}")).await?;
                let found = json!({ "documents": found });
                if list(&found, "documents").is_empty() {
                    println!("没有参考资料。用 minyi shelf add 文件 放入一份。");
                }
                list(&found, "documents").iter().for_each(print);
            }
            Command::Search { query } => {
                let path = format!("/api/v1/shelf/search?q={}", query_value(&query.join(" ")));
                let found = client.get(&path).await?;
                println!("共 {} 份", number(&found, "total"));
                for hit in list(&found, "hits") {
                    print(hit);
                    println!("        {}", plain_snippet(text(hit, "snippet")).replace('\n', " "));
                }
            }
            Command::Remove { no } => {
                let path = format!("/api/v1/shelf/{no}");
                let gone = client.call(Method::DELETE, &path, &[], Bytes::new()).await?.expect()?;
                println!("已移出：{}；用 minyi shelf restore {no} 放回", text(&gone, "title"));
            }
            Command::Restore { no } => {
                let back = client.post(&format!("/api/v1/shelf/{no}/restore"), &json!({})).await?;
                println!("已放回：{}", text(&back, "title"));
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn print(one: &Value) {
    let kind = match text(one, "kind") {
        "gazette" => "公报",
        "policy" => "政策",
        "press" => "报刊",
        _ => "其他",
    };
    println!(
        "{:6}  {kind}  {}  {}  {}  {} 字",
        number(one, "no"),
        text(one, "title"),
        text(one, "source"),
        text(one, "day"),
        number(one, "chars"),
    );
}
