//! `minyi worker`

use std::process::ExitCode;

use crate::app::Worker;
use crate::config::Config;

use super::serve::Signals;

/// Works until told to stop (SIGTERM, SIGINT), then ends in order. The queue and the store are those that other processes
/// share.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let signals = Signals::listen()?;
    let worker = Worker::start(config).await?;
    tracing::info!("working");
    signals.until_told().await;
    tracing::info!("told to stop: finishing what is in hand");
    worker.stop().await?;
    Ok(ExitCode::SUCCESS)
}
