//! `minyi source`

use std::process::ExitCode;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::config::Config;

use super::local::Local;
use super::output::{list, number, text};

/// 来稿渠道
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 登记渠道并生成令牌（只显示一次）
    Add {
        /// 代码：小写字母开头，可含数字、- 和 _
        id: String,
        /// 名称
        #[arg(long)]
        title: Option<String>,
        /// 权限：submit read edit issue，逗号分隔
        #[arg(long, value_delimiter = ',', default_value = "submit")]
        scopes: Vec<String>,
        /// 每分钟件数上限，0 为不限
        #[arg(long)]
        per_minute: Option<u32>,
        /// 每日件数上限，0 为不限
        #[arg(long)]
        per_day: Option<u32>,
    },
    /// 列出
    List,
    /// 设置来稿办理情况的推送地址，给出签名密钥（只显示一次）；不写地址则停止推送
    Webhook {
        /// 代码
        id: String,
        /// 接收地址
        url: Option<String>,
    },
    /// 立即抓取一个抓取渠道（pull.dir 中的 代码.toml），等它结束
    Pull {
        /// 代码
        id: String,
    },
    /// 列出抓取渠道和各自的情况
    Pulled,
    /// 停用令牌（已报送的来稿不受影响）
    Revoke {
        /// 代码
        id: String,
    },
}

/// Runs it.
pub async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    Local::with(config, async |client| {
        match command {
            Command::Add { id, title, scopes, per_minute, per_day } => {
                let request = json!({ "id": id, "title": title, "scopes": scopes,
                    "per_minute": per_minute, "per_day": per_day });
                let added = client.post("/api/v1/sources", &request).await?;
                println!("{}", text(&added, "token"));
                eprintln!("令牌只显示这一次，请妥善保存。用法：Authorization: Bearer <令牌>");
            }
            Command::List => {
                let sources = client.get("/api/v1/sources").await?;
                let sources = json!({ "sources": sources });
                if list(&sources, "sources").is_empty() {
                    println!("还没有来稿渠道。用 minyi source add 代码 登记一个。");
                }
                list(&sources, "sources").iter().for_each(print);
            }
            Command::Webhook { id, url } => {
                let request = json!({ "url": url.unwrap_or_default() }).to_string();
                let path = format!("/api/v1/sources/{id}/webhook");
                let headers = [("content-type", "application/json")];
                let set = client.call(Method::PUT, &path, &headers, request).await?.expect()?;
                match set.get("key").and_then(Value::as_str) {
                    Some(key) => {
                        println!("{key}");
                        eprintln!("签名密钥只显示这一次，请交给接收方保存；核对方法见 /docs/");
                    }
                    None => println!("{id} 的推送已停止"),
                }
            }
            Command::Pull { id } => {
                let pulled = client.post(&format!("/api/v1/pulls/{id}"), &json!({})).await?;
                print_pulled(&pulled);
                let failed = pulled.get("failures").and_then(Value::as_u64).is_some_and(|count| count > 0);
                return Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS });
            }
            Command::Pulled => {
                let sources = json!({ "sources": client.get("/api/v1/pulls").await? });
                if list(&sources, "sources").is_empty() {
                    println!("没有抓取渠道。把说明文件放进 pull.dir 指定的目录，示例见 config/sources。");
                }
                list(&sources, "sources").iter().for_each(print_pulled);
            }
            Command::Revoke { id } => {
                let path = format!("/api/v1/sources/{id}");
                client.call(Method::DELETE, &path, &[], Bytes::new()).await?.expect()?;
                println!("{id} 的令牌已停用");
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn print_pulled(source: &Value) {
    println!(
        "{:16} {}  {}  {}  上次成功 {}  下次 {}  本次 {} 件，累计 {} 件，未收 {} 件",
        text(source, "id"),
        text(source, "title"),
        Some(text(source, "content")).filter(|what| !what.is_empty()).unwrap_or("—"),
        text(source, "state"),
        Some(text(source, "succeeded_at")).filter(|at| !at.is_empty()).unwrap_or("还没有"),
        Some(text(source, "next")).filter(|at| !at.is_empty()).unwrap_or("—"),
        number(source, "last_taken"),
        number(source, "taken"),
        number(source, "refused"),
    );
    let told = text(source, "told");
    if !told.is_empty() {
        println!("                 {told}");
    }
}

fn print(source: &Value) {
    let scopes: Vec<&str> = list(source, "scopes").iter().filter_map(Value::as_str).collect();
    let limits = source.get("limits").cloned().unwrap_or_default();
    let state = if source.get("revoked_at").is_some_and(|at| !at.is_null()) { "已停用" } else { "在用" };
    println!(
        "{:16} {}  {}  每分钟 {} 每日 {}  {state}",
        text(source, "id"),
        text(source, "title"),
        scopes.join(","),
        number(&limits, "per_minute"),
        number(&limits, "per_day"),
    );
}
