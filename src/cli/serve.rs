//! `minyi serve`

use std::path::Path;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::config::Config;

use super::client::{Client, Target};
use super::lexicon::reload;

/// 启动服务
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 监听地址，优先于配置
    #[arg(long, value_name = "地址:端口")]
    listen: Option<String>,
}

/// Serves until told to stop (SIGTERM, SIGINT), then ends in order.
pub async fn run(mut config: Config, args: Args) -> anyhow::Result<ExitCode> {
    if let Some(listen) = args.listen {
        config.server.listen = listen;
        config.check()?;
    }
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let dir = config.data.dir.clone();
    let address = config.server.listen.clone();
    let mut app = App::start(config).await?;
    let bound = app.listen(Some(&address)).await?;
    if let Some(bound) = bound {
        tracing::info!("minyi is serving at http://{bound}/, API pages at http://{bound}/docs/");
        println!("http://{bound}");
        if let Some(link) = app.first_link().await? {
            eprintln!("还没有账户。请用浏览器打开一次性链接，建立系统管理员：\nhttp://{bound}{link}");
        }
    }
    until_told_or(&dir).await?;
    tracing::info!("told to stop: finishing what is under way");
    app.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for the end; meanwhile SIGHUP has the office's words read again.
async fn until_told_or(dir: &Path) -> anyhow::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let end = until_told();
    tokio::pin!(end);
    loop {
        tokio::select! {
            ended = &mut end => return ended,
            _ = hangup.recv() => match reload(&mut Client::new(Target::local(dir), None)).await {
                Ok(done) => tracing::info!("{done}"),
                Err(error) => tracing::error!("the words known before stay in force: {error:#}"),
            },
        }
    }
}

/// Waits for SIGTERM or SIGINT.
pub async fn until_told() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
