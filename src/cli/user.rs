//! `minyi user`

use std::process::ExitCode;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::config::Config;

use super::local::Local;
use super::output::{list, number, text};

/// 账户
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 添加账户，给出一次性链接，由本人设定密码
    Add {
        /// 用户名：小写字母开头，可含小写字母、数字、- 和 _
        name: String,
        /// 姓名
        #[arg(long)]
        title: String,
        /// 角色：contributor editor reviewer signer unit reader system security audit，逗号分隔
        #[arg(long, value_delimiter = ',', default_value = "editor")]
        roles: Vec<String>,
    },
    /// 列出
    List,
    /// 更改角色
    Roles {
        /// 用户名
        name: String,
        /// 角色，逗号分隔
        #[arg(value_delimiter = ',')]
        roles: Vec<String>,
    },
    /// 清除密码和锁定，结束其登录，给出新的一次性链接
    Reset {
        /// 用户名
        name: String,
    },
    /// 重置动态验证码（手机和恢复码都丢失时），结束其登录
    ResetCode {
        /// 用户名
        name: String,
    },
    /// 停用账户，结束其登录
    Disable {
        /// 用户名
        name: String,
    },
    /// 重新启用
    Enable {
        /// 用户名
        name: String,
    },
}

/// Runs it.
pub async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    let address = config.server.listen.clone();
    Local::with(config, async |client| {
        let told = |name: &str, what: &str| format!("/api/v1/users/{name}/{what}");
        match command {
            Command::Add { name, title, roles } => {
                let request = json!({ "name": name, "title": title, "roles": roles });
                show_link(&client.post("/api/v1/users", &request).await?, &address);
            }
            Command::Reset { name } => {
                let answer =
                    client.call(Method::POST, &told(&name, "reset"), &[], Bytes::new()).await?.expect()?;
                show_link(&answer, &address);
            }
            Command::List => {
                let users = json!({ "users": client.get("/api/v1/users").await? });
                if list(&users, "users").is_empty() {
                    println!("还没有账户。用 minyi user add 用户名 --title 姓名 添加一个。");
                }
                list(&users, "users").iter().for_each(print);
            }
            Command::Roles { name, roles } => {
                print(&client.post(&told(&name, "roles"), &json!({ "roles": roles })).await?);
            }
            Command::ResetCode { name } => {
                let path = told(&name, "second-step/reset");
                client.call(Method::POST, &path, &[], Bytes::new()).await?.expect()?;
                println!("{name} 的动态验证码已重置，下次登录只需密码；按规定须用者登录时重新设置");
            }
            Command::Disable { name } => {
                client.call(Method::POST, &told(&name, "disable"), &[], Bytes::new()).await?.expect()?;
                println!("{name} 已停用");
            }
            Command::Enable { name } => {
                client.call(Method::POST, &told(&name, "enable"), &[], Bytes::new()).await?.expect()?;
                println!("{name} 已启用");
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn show_link(new: &Value, address: &str) {
    println!("http://{address}{}", text(new, "link"));
    let hours = number(new, "link_hours");
    eprintln!("一次性链接，{hours} 小时内有效，请交给 {} 本人设定密码", text(new, "title"));
}

fn print(user: &Value) {
    let roles: Vec<&str> = list(user, "roles").iter().filter_map(Value::as_str).collect();
    let disabled = user.get("disabled_at").is_some_and(|at| !at.is_null());
    let state = match (disabled, user.get("active") == Some(&json!(true))) {
        (true, _) => "已停用",
        (false, false) => "待设密码",
        (false, true) => "在用",
    };
    println!("{:16} {}  {}  {state}", text(user, "name"), text(user, "title"), roles.join(","));
}
