//! `minyi restore`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::app;
use crate::backup::Place;

use super::backup::passphrase;

/// 从备份恢复到一个空的数据目录（用 --data 指明）
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 备份目录
    #[arg(long, value_name = "目录")]
    from: PathBuf,
    /// 恢复哪一次备份（minyi backup --to 目录 --list 列出）；缺省为最近一次
    #[arg(long, value_name = "编号")]
    snapshot: Option<String>,
    /// 备份口令所在的文件；也可用环境变量 MINYI_BACKUP_PASSPHRASE
    #[arg(long, value_name = "文件")]
    passphrase_file: Option<PathBuf>,
}

/// Restores, and says what to do next.
pub fn run(data: Option<PathBuf>, args: &Args) -> anyhow::Result<ExitCode> {
    let Some(to) = data else {
        anyhow::bail!("请用 --data 指明恢复到哪个目录（空目录，或不存在的目录）")
    };
    let passphrase = passphrase(args.passphrase_file.as_deref())?;
    let place = Place::open(&args.from, passphrase.as_deref())?;
    let snapshot = place.snapshot(args.snapshot.as_deref())?;
    app::restore(&place, &snapshot, &to)?;
    println!(
        "已从备份 {} 恢复 {} 个文件到 {}，逐一核对一致",
        snapshot.id,
        snapshot.files.len(),
        to.display()
    );
    if to.join("restored-config").exists() {
        eprintln!("配置在 {} 中，请放回原处", to.join("restored-config").display());
    }
    if snapshot.store == "postgres" {
        eprintln!("数据在 PostgreSQL 中：请另用 pg_restore 恢复该库，再启动服务");
    }
    eprintln!(
        "下一步：minyi serve --data {0}（索引自动重建），然后 minyi verify --data {0} 核对",
        to.display()
    );
    Ok(ExitCode::SUCCESS)
}
