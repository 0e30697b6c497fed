//! `minyi worker`

use std::process::ExitCode;

use anyhow::bail;

use crate::config::{Config, QueueKind};

/// Workers of their own need a queue that several processes can reach.
pub fn run(config: &Config) -> anyhow::Result<ExitCode> {
    match config.queue.kind {
        QueueKind::Embedded => bail!(
            "queue.kind = \"embedded\" 时处理线程就在 minyi serve 之内，不能另起进程；\
             需要多进程处理时请改用外部队列"
        ),
    }
}
