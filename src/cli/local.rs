//! The instance that commands work on: the running one, or one started for the command.

use crate::app::App;
use crate::config::{Config, StoreKind};

use super::client::{Client, Target};

/// A connection to an instance, and the instance itself if it was started for the command.
pub struct Local {
    /// The connection, with an operator's rights.
    pub client: Client,
    started: Option<App>,
}

impl Local {
    /// Connects to the instance of the configured data folder.
    pub async fn connect(config: Config) -> anyhow::Result<Self> {
        let dir = config.data.dir.clone();
        let target = Target::local(&dir);
        let running = tokio::net::UnixStream::connect(crate::app::socket(&dir)).await.is_ok();
        let started = if running {
            None
        } else {
            anyhow::ensure!(
                config.store.kind == StoreKind::Postgres || dir.join("store.db").exists(),
                "{} 中没有数据，也没有运行中的服务；请用 --data 指明数据目录，或先执行 minyi serve",
                dir.display()
            );
            let mut app = App::start(config).await?;
            app.listen(None).await?;
            Some(app)
        };
        Ok(Self { client: Client::new(target, None), started })
    }

    /// Ends the instance if it was started for the command.
    pub async fn close(self) {
        let Self { client, started } = self;
        // The connection first: the server waits for those that are open.
        drop(client);
        if let Some(app) = started {
            app.stop().await;
        }
    }

    /// Runs a command and ends the instance whatever came of it.
    pub async fn with<T>(
        config: Config,
        work: impl AsyncFnOnce(&mut Client) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut local = Self::connect(config).await?;
        let result = work(&mut local.client).await;
        local.close().await;
        result
    }
}
