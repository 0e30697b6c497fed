//! `minyi bulletin`

mod batch;
mod export;
mod files;
mod import;

use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::config::Config;

use super::client::Client;
use super::local::Local;
use super::output::{list, number, print_json, text};

pub use files::write_files;

/// 编刊
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 由来稿成稿，出清样；缺字、超页当即提示
    Compile(CompileArgs),
    /// 看清样：写成 PDF、DOCX、HTML 或纯文本
    Preview {
        /// 期的编号
        id: String,
        /// pdf、docx、html 或 txt
        #[arg(long, default_value = "pdf")]
        format: String,
        /// 写到此目录
        #[arg(long, value_name = "目录", default_value = ".")]
        out: PathBuf,
    },
    /// 改清样文字；签发之后为复核改动，逐次留痕
    Correct {
        /// 期的编号
        id: String,
        /// 编稿编号，只有一篇时可省
        #[arg(long)]
        manuscript: Option<String>,
        /// 新标题
        #[arg(long)]
        title: Option<String>,
        /// 新正文所在的文本文件
        #[arg(long, value_name = "文件")]
        body: Option<PathBuf>,
        /// 新署名
        #[arg(long)]
        credit: Option<String>,
        /// 改了什么、为什么
        #[arg(long)]
        comment: String,
    },
    /// 签发、编号、编发；中断后重复执行即可继续
    Issue {
        /// 期的编号（compile 给出）
        id: String,
        /// 签发人
        #[arg(long)]
        signer: String,
        /// 补录：停机期间纸质登记的期号
        #[arg(long)]
        number: Option<u32>,
        /// 只登记取号，暂不编发
        #[arg(long)]
        register_only: bool,
        /// 编发后把文件写到此目录
        #[arg(long, value_name = "目录")]
        out: Option<PathBuf>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 成批编发单篇：每件来稿一期，依次编号
    Batch(batch::Args),
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
    /// 重印：取出编发时的文件，逐字节相同
    Reprint {
        /// 期的编号
        id: String,
        /// 写到此目录
        #[arg(long, value_name = "目录", default_value = ".")]
        out: PathBuf,
    },
    /// 核对定稿是否与编发时逐字节相同
    Verify {
        /// 期的编号；不写则核对全年
        id: Option<String>,
        /// 年份
        #[arg(long, required_unless_present = "id")]
        year: Option<i32>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 退号：已登记未印发的期号退回，下次先用
    GiveBack {
        /// 期的编号
        id: String,
        /// 事由
        #[arg(long)]
        reason: String,
    },
    /// 作废一期
    Void {
        /// 期的编号
        id: String,
        /// 事由
        #[arg(long)]
        reason: String,
    },
    /// 期号去向；或设启用期号（--open）
    Numbers {
        /// 刊物代码
        series: String,
        /// 年份
        year: i32,
        /// 启用本系统之前已用到第几期
        #[arg(long)]
        open: Option<u32>,
        /// 与之对应的总期号
        #[arg(long, requires = "open")]
        total: Option<u32>,
        /// 该期的印发日期
        #[arg(long, requires = "open")]
        last: Option<String>,
        /// 增刊
        #[arg(long, requires = "open")]
        supplement: bool,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 导入往期：从目录中的 DOCX、PDF 读出刊物、期号、日期、标题、署名，列表核对后录入
    Import(import::Args),
    /// 导出一年：ZIP，内有各期文件和 XLSX 目录
    Export {
        /// 年份
        year: i32,
        /// 写到此文件，缺省为 刊物YYYY.zip
        #[arg(long, value_name = "文件")]
        out: Option<PathBuf>,
    },
}

/// What `compile` is told.
#[derive(Debug, clap::Args)]
pub struct CompileArgs {
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
    /// 增刊，另行编号
    #[arg(long)]
    supplement: bool,
    /// 印数
    #[arg(long)]
    copies: Option<u32>,
    /// 编辑
    #[arg(long)]
    editor: Option<String>,
    /// 核稿
    #[arg(long)]
    checker: Option<String>,
    /// 此前编发，一行，印在文末框内；可重复
    #[arg(long)]
    earlier: Vec<String>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    Local::with(config, async |client| match command {
        Command::Compile(args) => compile(client, args).await,
        Command::Batch(args) => batch::run(client, args).await,
        Command::Import(args) => import::run(client, args).await,
        Command::Export { year, out } => export::run(client, year, out).await,
        Command::Verify { id, year, json } => verify(client, id, year, json).await,
        Command::Show { id: None, json, .. } => show_all(client, json).await,
        Command::Numbers { series, year, open, total, last, supplement, json } => {
            let path = format!("/api/v1/series/{series}/numbers/{year}");
            let rows = match open {
                None => client.get(&path).await?,
                Some(highest) => {
                    let opening =
                        json!({ "highest": highest, "total": total, "last_printed": last, "supplement": supplement });
                    client.put(&format!("{path}/opening"), &opening).await?
                }
            };
            numbers(&rows, json);
            Ok(ExitCode::SUCCESS)
        }
        one => about_one(client, one).await,
    })
    .await
}

/// Commands that end with one issue shown.
async fn about_one(client: &mut Client, command: Command) -> anyhow::Result<ExitCode> {
    let (issue, out, json) = match command {
        Command::Issue { id, signer, number, register_only, out, json } => {
            let path = format!("/api/v1/bulletins/{id}/issue");
            (
                client
                    .post(
                        &path,
                        &json!({ "signer": signer, "number": number, "register_only": register_only }),
                    )
                    .await?,
                out,
                json,
            )
        }
        Command::Correct { id, manuscript, title, body, credit, comment } => {
            let body = body.map(std::fs::read_to_string).transpose()?;
            let request = json!({ "manuscript": manuscript, "title": title, "body": body, "credit": credit,
                "comment": comment });
            (client.post(&format!("/api/v1/bulletins/{id}/correct"), &request).await?, None, false)
        }
        Command::GiveBack { id, reason } => {
            let path = format!("/api/v1/bulletins/{id}/give-back");
            (client.post(&path, &json!({ "reason": reason })).await?, None, false)
        }
        Command::Void { id, reason } => {
            let path = format!("/api/v1/bulletins/{id}/void");
            (client.post(&path, &json!({ "reason": reason })).await?, None, false)
        }
        Command::Preview { id, format, out } => {
            let issue = client.get(&format!("/api/v1/bulletins/{id}")).await?;
            println!("{}", files::write_proof(client, &id, &format, &out).await?.display());
            (issue, None, false)
        }
        Command::Reprint { id, out } => {
            let issue = client.get(&format!("/api/v1/bulletins/{id}")).await?;
            anyhow::ensure!(
                !list(&issue, "files").is_empty(),
                "期 {id} 尚未编发，没有定稿可重印；清样请用 preview"
            );
            (issue, Some(out), false)
        }
        Command::Show { id: Some(id), out, json } => {
            (client.get(&format!("/api/v1/bulletins/{id}")).await?, out, json)
        }
        _ => return Ok(ExitCode::FAILURE),
    };
    show(&issue, json);
    if let Some(dir) = out {
        for path in write_files(client, &issue, &dir).await? {
            println!("    {}", path.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn compile(client: &mut Client, args: CompileArgs) -> anyhow::Result<ExitCode> {
    let CompileArgs {
        series,
        items,
        query,
        limit,
        note,
        date,
        supplement,
        copies,
        editor,
        checker,
        earlier,
        json,
    } = args;
    let request = json!({ "series": series, "items": items, "query": query, "limit": limit, "editors_note": note,
        "printed_date": date, "supplement": supplement, "copies": copies, "editor": editor, "checker": checker,
        "earlier": earlier });
    let issue = client.post("/api/v1/bulletins", &request).await?;
    show(&issue, json);
    if !json {
        println!("清样已出。签发并编发：minyi bulletin issue {} --signer 姓名", text(&issue, "id"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn show_all(client: &mut Client, json: bool) -> anyhow::Result<ExitCode> {
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

/// Verifies one issue or a year's; the exit code says whether all are what was frozen.
async fn verify(
    client: &mut Client,
    id: Option<String>,
    year: Option<i32>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let issues = match id {
        Some(id) => json!([{ "id": id }]),
        None => client.get(&format!("/api/v1/bulletins?year={}", year.unwrap_or_default())).await?,
    };
    let mut results = Vec::new();
    for issue in issues.as_array().into_iter().flatten().filter(|issue| text(issue, "origin") != "past") {
        let result = client.get(&format!("/api/v1/bulletins/{}/verify", text(issue, "id"))).await?;
        let ok = result["ok"] == true;
        if !json {
            let remade = list(&result, "files").iter().all(|file| file["same_again"] != false);
            println!(
                "{}  {}  {}",
                text(issue, "id"),
                if ok { "定稿完好" } else { "定稿已变动或缺失" },
                if remade {
                    "重新排版一致"
                } else {
                    "本版程序重新排版有差异（定稿不受影响）"
                }
            );
        }
        results.push(result);
    }
    let ok = results.iter().all(|result| result["ok"] == true);
    if json {
        print_json(&Value::Array(results));
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn numbers(rows: &Value, json: bool) {
    if json {
        print_json(rows);
        return;
    }
    for row in rows.as_array().into_iter().flatten() {
        let kind = if row["supplement"] == true { "增刊" } else { "" };
        println!(
            "{kind}第{}期  {}  {}  {}",
            number(row, "number"),
            text(row, "state"),
            text(row, "printed_date"),
            text(row, "issue")
        );
    }
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
    for warning in list(issue, "warnings").iter().filter_map(Value::as_str) {
        println!("    注意：{warning}");
    }
}

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

/// A file of the API, whole.
async fn fetch(client: &mut Client, path: &str, what: &str) -> anyhow::Result<Bytes> {
    let answer = client.call(Method::GET, path, &[], Bytes::new()).await?;
    if answer.status.is_success() {
        return Ok(answer.body);
    }
    let why = answer.json().ok().map(|problem| text(&problem, "detail").to_owned()).unwrap_or_default();
    anyhow::bail!("{what} 取不到（{}）{why}", answer.status)
}
