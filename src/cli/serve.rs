//! `minyi serve`

use std::path::Path;
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::App;
use crate::config::Config;
use crate::web::Tls;

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
    let signals = Signals::listen()?;
    let dir = config.data.dir.clone();
    let address = config.server.listen.clone();
    // With a wrong certificate nothing is begun.
    let scheme = if Tls::open(&config.server)?.is_some() { "https" } else { "http" };
    let mut app = App::start(config).await?;
    let bound = app.listen(Some(&address)).await?;
    if let Some(bound) = bound {
        tracing::info!("minyi is serving at {scheme}://{bound}/, API pages at {scheme}://{bound}/docs/");
        println!("{scheme}://{bound}");
        if let Some(link) = app.first_link().await? {
            eprintln!("还没有账户。请用浏览器打开一次性链接，建立系统管理员：\n{scheme}://{bound}{link}");
        }
    }
    until_told_or(signals, &dir).await?;
    tracing::info!("told to stop: finishing what is under way");
    app.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for the end; meanwhile SIGHUP has the office's words read again.
async fn until_told_or(signals: Signals, dir: &Path) -> anyhow::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let end = signals.until_told();
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return Ok(()),
            _ = hangup.recv() => match reload(&mut Client::new(Target::local(dir), None)).await {
                Ok(done) => tracing::info!("{done}"),
                Err(error) => tracing::error!("the words known before stay in force: {error:#}"),
            },
        }
    }
}

/// The signals that ask for an end in order: SIGTERM and SIGINT.
///
/// Listened for before anything starts: a service manager may stop what it has only just started, and until somebody
/// listens, the system's own answer to these signals is to end the process on the spot.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on; what arrives before [`Signals::until_told`] is waited for is kept.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for either of them.
    pub async fn until_told(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
