//! The command line: one subcommand a file.
//!
//! Commands that look at or change an instance speak to the running one over the local socket in its data folder;
//! when none runs, they start it for themselves, do their work, and end it in order.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the command line is where text is printed")]

mod backup;
mod bulletin;
mod client;
mod dead;
mod demo;
mod doctor;
mod eval;
mod hot;
mod lexicon;
mod load;
mod local;
mod migrate;
mod output;
mod panics;
mod proof;
mod reindex;
mod restore;
mod sample;
mod search;
mod serve;
mod shelf;
mod site;
mod source;
mod subjects;
mod submit;
mod tidy;
mod user;
mod verify;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{self, Config};

/// 社情民意信息系统：收集、查重、检索、编发
#[derive(Debug, Parser)]
#[command(name = "minyi", version = concat!(env!("CARGO_PKG_VERSION"), " (", env!("BUILD_COMMIT"), ")"))]
struct Cli {
    /// 配置文件；缺省为数据目录旁的 minyi.toml（如有）
    #[arg(long, global = true, value_name = "文件")]
    config: Option<PathBuf>,
    /// 数据目录，优先于配置
    #[arg(long, global = true, value_name = "目录")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 启动服务：接收、入库、检索、编发
    Serve(serve::Args),
    /// 单独运行处理进程（外部队列时使用）
    Worker,
    /// 演示：在空目录中跑完整个流程
    Demo(demo::Args),
    /// 从文件报送：JSONL、表格、Word、文本、PDF、ZIP
    Submit(submit::Args),
    /// 检索
    Search(search::Args),
    /// 热点：一段时间内多人反映的事
    Hot(hot::Args),
    /// 编刊：成稿、签发、编号、编发
    #[command(subcommand)]
    Bulletin(bulletin::Command),
    /// 来稿渠道与令牌
    #[command(subcommand)]
    Source(source::Command),
    /// 账户
    #[command(subcommand)]
    User(user::Command),
    /// 参考资料：放入、检索、移出
    #[command(subcommand)]
    Shelf(shelf::Command),
    /// 异常来稿
    #[command(subcommand)]
    Dead(dead::Command),
    /// 核对：库、索引、文件、日志链、期号
    Verify(verify::Args),
    /// 重建索引（服务不中断）
    Reindex,
    /// 跨网交换：外网收稿、内网办理，用带签名的文件往来
    #[command(subcommand)]
    Site(site::Command),
    /// 备份
    Backup(backup::Args),
    /// 从备份恢复
    Restore(restore::Args),
    /// 把内置数据库迁到 PostgreSQL
    Migrate(migrate::Args),
    /// 检查环境并说明怎么办
    Doctor,
    /// 词库：试切一段文字，或重新读取本单位词库
    #[command(subcommand)]
    Lexicon(lexicon::Command),
    /// 校对：错别字、规范表述、单位与地名、数字日期、标点、个人信息
    Proof(proof::Args),
    /// 一键整理：缩进、标点、引号、序号、断行、空格、称呼落款
    Tidy(tidy::Args),
    /// 压力测试
    Load(load::Args),
    /// 主题建议：训练
    #[command(subcommand)]
    Subjects(subjects::Command),
    /// 评测：查重、同类、检索、主题、分词
    #[command(subcommand)]
    Eval(eval::Command),
}

/// Runs the command line; errors go to standard error with their causes.
pub fn run() -> ExitCode {
    panics::end_with_essential_threads();
    let cli = Cli::parse();
    match execute(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("出错：{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = configure(&cli)?;
    let (file, data) = (config_file(&cli), data_dir(&cli));
    crate::telemetry::start(&config.log).map_err(anyhow::Error::msg)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run(config, args).await,
            Command::Worker => worker::run(config).await,
            Command::Demo(args) => demo::run(config, args).await,
            Command::Submit(args) => submit::run(args).await,
            Command::Search(args) => search::run(config, args).await,
            Command::Hot(args) => hot::run(config, args).await,
            Command::Bulletin(command) => bulletin::run(config, command).await,
            Command::Source(command) => source::run(config, command).await,
            Command::User(command) => user::run(config, command).await,
            Command::Shelf(command) => shelf::run(config, command).await,
            Command::Dead(command) => dead::run(config, command).await,
            Command::Verify(args) => verify::run(config, args).await,
            Command::Reindex => reindex::run(config).await,
            Command::Site(command) => site::run(config, command).await,
            Command::Backup(args) => backup::run(config, file, args).await,
            Command::Restore(args) => restore::run(data, &args),
            Command::Migrate(args) => migrate::run(config, args).await,
            Command::Doctor => doctor::run(&config).await,
            Command::Lexicon(command) => lexicon::run(config, command).await,
            Command::Proof(args) => proof::run(&config, &args),
            Command::Tidy(args) => tidy::run(&args),
            Command::Load(args) => load::run(args).await,
            Command::Subjects(command) => subjects::run(config, command).await,
            Command::Eval(command) => eval::run(&config, &command),
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    done
}

fn config_file(cli: &Cli) -> Option<PathBuf> {
    let named = cli.config.clone().or_else(|| config::environment("MINYI_CONFIG").map(PathBuf::from));
    let beside = PathBuf::from("minyi.toml");
    named.or_else(|| beside.exists().then_some(beside))
}

fn data_dir(cli: &Cli) -> Option<PathBuf> {
    cli.data.clone().or_else(|| config::environment("MINYI_DATA_DIR").map(PathBuf::from))
}

fn configure(cli: &Cli) -> anyhow::Result<Config> {
    let mut config = config::load(config_file(cli).as_deref(), &config::environment_keys())?;
    if let Some(dir) = data_dir(cli) {
        config.data.dir = dir;
    }
    // Commands that only look should not talk about the server's settings on the way.
    if !matches!(cli.command, Command::Serve(_) | Command::Worker | Command::Doctor) && cli.config.is_none() {
        config.log.level = config::environment("MINYI_LOG__LEVEL").unwrap_or_else(|| "warn".to_owned());
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_the_units_and_of_the_container_are_understood() {
        let unit = |name: &str| {
            let path = format!("{}/deploy/{name}", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).expect("a unit");
            let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
            Cli::try_parse_from(line.split(' ')).expect("understood")
        };
        let serving = unit("minyi.service");
        assert!(matches!(serving.command, Command::Serve(_)) && config_file(&serving).is_some());
        let working = unit("minyi-worker@.service");
        assert!(matches!(working.command, Command::Worker) && data_dir(&working).is_some());
        let text = std::fs::read_to_string(format!("{}/deploy/Containerfile", env!("CARGO_MANIFEST_DIR")));
        let text = text.expect("a container file");
        let line = text.lines().find_map(|line| line.strip_prefix("CMD ")).expect("a command");
        let words: Vec<String> = serde_json::from_str(line).expect("a list");
        assert!(matches!(Cli::try_parse_from(words).expect("understood").command, Command::Serve(_)));
        let set = text.lines().find_map(|line| line.strip_prefix("ENV ")).expect("settings");
        let keys = set.split(' ').filter_map(|pair| pair.split_once('='));
        let keys: Vec<(String, String)> = keys
            .filter(|(name, _)| !config::RESERVED.contains(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        assert_eq!(config::load(None, &keys).expect("known keys").server.listen, "0.0.0.0:8780");
    }
}
