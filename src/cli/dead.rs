//! `minyi dead`

use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::config::Config;

use super::local::Local;
use super::output::{list, number, print_json, text};

/// 异常来稿
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 列出待处理的
    List,
    /// 看一件
    Show {
        /// 序号
        no: i64,
    },
    /// 重新投递，可附改正后的内容（show 输出中的 message）
    Resend {
        /// 序号
        no: i64,
        /// 改正后的消息文件
        #[arg(long, value_name = "文件")]
        corrected: Option<PathBuf>,
    },
}

/// Runs it.
pub async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    Local::with(config, async |client| {
        match command {
            Command::List => {
                let letters = json!({ "letters": client.get("/api/v1/dead-letters").await? });
                if list(&letters, "letters").is_empty() {
                    println!("没有异常来稿。");
                }
                for letter in list(&letters, "letters") {
                    println!(
                        "{:5}  {}  回执 {}  尝试 {} 次  {}",
                        number(letter, "no"),
                        text(letter, "at"),
                        text(letter, "receipt"),
                        number(letter, "attempts"),
                        text(letter, "reason")
                    );
                }
            }
            Command::Show { no } => print_json(&client.get(&format!("/api/v1/dead-letters/{no}")).await?),
            Command::Resend { no, corrected } => {
                let body = match corrected {
                    None => Bytes::new(),
                    Some(path) => {
                        let text = std::fs::read_to_string(&path)?;
                        serde_json::from_str::<Value>(&text)?.to_string().into()
                    }
                };
                let headers = [("content-type", "application/json")];
                let path = format!("/api/v1/dead-letters/{no}/resend");
                client.call(Method::POST, &path, &headers, body).await?.expect()?;
                println!("异常来稿 {no} 已重新投递");
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}
