//! `minyi site`

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::config::Config;

use super::client::Client;
use super::local::Local;
use super::output::{list, number, print_json, text};

/// 跨网交换：外网收稿、内网办理，两网不通，用带签名的文件往来
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 显示本站公钥，写入对方配置的 exchange.peer_key（私钥由本站密钥派生，随备份保存，不出本机）
    Keys,
    /// 导出：做出要送往对方的包，连同上次没有取走的，写到一个目录
    Export {
        /// 目录，如 U 盘
        #[arg(long, value_name = "目录")]
        to: PathBuf,
        /// 不做新的，只把第几号原样再取出一次
        #[arg(long, value_name = "号")]
        again: Option<u64>,
    },
    /// 导入对方的包；可一次给出几个，按号依次导入
    Import {
        /// 文件
        #[arg(required = true, value_name = "文件")]
        files: Vec<PathBuf>,
    },
    /// 做到、送到、收到第几号，缺哪一号
    Status {
        /// 以 JSON 输出
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
pub async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    Local::with(config, async |client| match command {
        Command::Keys => {
            println!("{}", text(&client.get("/api/v1/exchange").await?, "key"));
            Ok(ExitCode::SUCCESS)
        }
        Command::Export { to, again } => export(client, &to, again).await,
        Command::Import { files } => import(client, files).await,
        Command::Status { json } => {
            let standing = client.get("/api/v1/exchange").await?;
            if json {
                print_json(&standing);
            } else {
                print(&standing);
            }
            let whole = list(&standing, "alarms").is_empty();
            Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    })
    .await
}

async fn export(client: &mut Client, to: &Path, again: Option<u64>) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(to.is_dir(), "没有目录 {}，请先插好 U 盘或建好目录", to.display());
    let due = match again {
        Some(wanted) => vec![json!({ "number": wanted, "counts": "同上次逐字节相同" })],
        None => {
            let made = client.post("/api/v1/exchange/packages", &json!({})).await?;
            list(&made, "packages").to_vec()
        }
    };
    if due.is_empty() {
        println!("没有新的内容要送。");
    }
    for package in due {
        let no = number(&package, "number");
        let path = format!("/api/v1/exchange/packages/{no}");
        let answer = client.call(Method::GET, &path, &[], Bytes::new()).await?;
        if !answer.status.is_success() {
            answer.expect()?;
            continue;
        }
        let name = crate::exchange::file_name(&answer.body).context("服务给出的不是交换包")?;
        let file = to.join(name);
        write(to, &file, &answer.body).with_context(|| format!("无法写入 {}", file.display()))?;
        // Only what is safe over there is noted: one that was cut off is written again by the next export.
        client.post(&format!("{path}/handed"), &json!({})).await?;
        println!("{}  {}", file.display(), text(&package, "counts"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whole under its name, or not there.
fn write(dir: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut half = tempfile::Builder::new().prefix(".half-").tempfile_in(dir)?;
    half.write_all(bytes)?;
    half.as_file().sync_all()?;
    half.persist(file).map_err(|failed| failed.error)?;
    // A stick's file system may refuse to sync a folder; the file itself is safe.
    File::open(dir).and_then(|dir| dir.sync_all()).or(Ok(()))
}

async fn import(client: &mut Client, mut files: Vec<PathBuf>) -> anyhow::Result<ExitCode> {
    // Their names begin alike, and the number has leading zeros.
    files.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
    let mut good = true;
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("无法读取 {}", file.display()))?;
        let answer = client.call(Method::POST, "/api/v1/exchange/import", &[], bytes).await?;
        match answer.expect() {
            Ok(imported) => print_imported(&file, &imported),
            Err(error) => {
                good = false;
                eprintln!("{}：{error:#}", file.display());
            }
        }
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_imported(file: &Path, imported: &Value) {
    let no = number(imported, "number");
    if imported.get("repeat").and_then(Value::as_bool) == Some(true) {
        println!("{}：第 {no} 号早已导入，没有重复收取", file.display());
        return;
    }
    let counts = imported.get("counts").cloned().unwrap_or_default();
    let told = serde_json::from_value::<crate::exchange::Counts>(counts).unwrap_or_default().words();
    println!("{}：第 {no} 号已导入：{told}", file.display());
    for note in list(imported, "notes").iter().filter_map(Value::as_str) {
        println!("    {note}");
    }
}

fn print(standing: &Value) {
    let side = Some(text(standing, "side")).filter(|side| !side.is_empty()).unwrap_or("没有启用");
    let peer = standing.get("peer").and_then(Value::as_bool) == Some(true);
    println!("本站    {side}{}", if peer { "" } else { "，还没有对方的公钥（exchange.peer_key）" });
    println!("公钥    {}", text(standing, "key"));
    println!(
        "送往对方  做到第 {} 号，对方已收到第 {} 号",
        number(standing, "made"),
        number(standing, "arrived")
    );
    println!("来自对方  已导入到第 {} 号", number(standing, "taken"));
    if number(standing, "waiting") > 0 {
        println!("有新的变动，可以导出（minyi site export --to 目录）");
    }
    for alarm in list(standing, "alarms").iter().filter_map(Value::as_str) {
        println!("注意    {alarm}");
    }
    for (title, key) in [("送往对方", "out"), ("来自对方", "came")] {
        for package in list(standing, key) {
            println!(
                "{title}  第 {:>6} 号  {}  {}  {}",
                number(package, "number"),
                text(package, "made"),
                text(package, "state"),
                text(package, "counts"),
            );
        }
    }
}
