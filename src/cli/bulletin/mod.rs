//! `minyi bulletin`

mod batch;
mod choice;
mod compile;
mod export;
mod files;
mod import;
mod numbers;
mod office;
mod series;
mod show;
#[cfg(feature = "pdf")]
mod speed;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use hyper::Method;
use serde_json::{Value, json};

use crate::config::Config;

use super::client::{Client, query_value};
use super::local::Local;
use super::output::list;
use show::{show, show_all};

pub use files::write_files;

/// 编刊
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 由来稿成稿，出清样；缺字、超页当即提示
    Compile(compile::Args),
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
    /// 加附图：印在正文写【图1】的那一行；未写的放在文末
    Picture {
        /// 期的编号
        id: String,
        /// 图片文件：JPEG、PNG、GIF、WebP
        file: PathBuf,
        /// 图题
        #[arg(long, default_value = "")]
        caption: String,
        /// 编稿编号，只有一篇时可省
        #[arg(long)]
        manuscript: Option<String>,
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
        /// 校对有严重问题而照印的理由
        #[arg(long, default_value = "", hide_default_value = true)]
        word: String,
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
    Numbers(numbers::Args),
    /// 刊物；或看一种刊物的样张，核对刊头、版记和版式
    Series(series::Args),
    /// 排版速度：单篇、成批、综合各用多少时间和内存（虚构文字，不入库）
    #[cfg(feature = "pdf")]
    Speed(speed::Args),
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

/// Runs it.
pub async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        #[cfg(feature = "pdf")]
        Command::Speed(args) => return speed::run(&args),
        Command::Series(args) if args.is_local() => return series::preview_file(&args),
        _ => {}
    }
    Local::with(config, async |client| match command {
        Command::Compile(args) => compile::run(client, args).await,
        Command::Batch(args) => batch::run(client, args).await,
        Command::Import(args) => import::run(client, args).await,
        Command::Export { year, out } => export::run(client, year, out).await,
        Command::Verify { id, year, json } => numbers::verify(client, id, year, json).await,
        Command::Show { id: None, json, .. } => show_all(client, json).await,
        Command::Numbers(args) => numbers::run(client, args).await,
        Command::Series(args) => series::run(client, args).await,
        one => about_one(client, one).await,
    })
    .await
}

/// Commands that end with one issue shown.
async fn about_one(client: &mut Client, command: Command) -> anyhow::Result<ExitCode> {
    let mut shown = Shown::default();
    let mut issue = match command {
        Command::Issue { id, signer, number, word, register_only, out, json } => {
            shown = Shown { out, json };
            let request =
                json!({ "signer": signer, "number": number, "word": word, "register_only": register_only });
            post(client, &id, "issue", request).await?
        }
        Command::Correct { id, manuscript, title, body, credit, comment } => {
            let body = body.map(std::fs::read_to_string).transpose()?;
            let request = json!({ "manuscript": manuscript, "title": title, "body": body, "credit": credit,
                "comment": comment });
            post(client, &id, "correct", request).await?
        }
        Command::Picture { id, file, caption, manuscript } => {
            let bytes = std::fs::read(&file)?;
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let mut path = format!(
                "/api/v1/bulletins/{id}/pictures?name={}&caption={}",
                query_value(&name),
                query_value(&caption)
            );
            if let Some(manuscript) = manuscript {
                path.push_str(&format!("&manuscript={}", query_value(&manuscript)));
            }
            client.call(Method::POST, &path, &[], bytes).await?.expect()?
        }
        Command::GiveBack { id, reason } => {
            post(client, &id, "give-back", json!({ "reason": reason })).await?
        }
        Command::Void { id, reason } => post(client, &id, "void", json!({ "reason": reason })).await?,
        Command::Preview { id, format, out } => {
            let issue = client.get(&format!("/api/v1/bulletins/{id}")).await?;
            println!("{}", files::write_proof(client, &id, &format, &out).await?.display());
            issue
        }
        Command::Reprint { id, out } => {
            let issue = client.get(&format!("/api/v1/bulletins/{id}")).await?;
            let frozen = !list(&issue, "files").is_empty();
            anyhow::ensure!(frozen, "期 {id} 尚未编发，没有定稿可重印；清样请用 preview");
            shown.out = Some(out);
            issue
        }
        Command::Show { id: Some(id), out, json } => {
            shown = Shown { out, json };
            client.get(&format!("/api/v1/bulletins/{id}")).await?
        }
        _ => return Ok(ExitCode::FAILURE),
    };
    let written = match shown.out {
        Some(dir) => write_files(client, &issue, &dir).await?,
        None => Vec::new(),
    };
    // One value for a program to read; for a person the paths stand below.
    if shown.json && !written.is_empty() {
        issue["written"] = json!(written);
    }
    show(&issue, shown.json);
    if !shown.json {
        written.iter().for_each(|path| println!("    {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// How an issue is shown, and where its files go.
#[derive(Default)]
struct Shown {
    out: Option<PathBuf>,
    json: bool,
}

async fn post(client: &mut Client, id: &str, what: &str, request: Value) -> anyhow::Result<Value> {
    client.post(&format!("/api/v1/bulletins/{id}/{what}"), &request).await
}
