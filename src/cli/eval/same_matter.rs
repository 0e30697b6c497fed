//! `minyi eval same-matter`

use serde_json::Value;

use crate::config::Config;

/// 评测
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
pub fn run(_config: &Config, _args: &Args) -> anyhow::Result<Value> {
    anyhow::bail!("not built yet")
}
