//! An instance in a fresh folder, on a port of its own.

use std::path::Path;
use std::sync::Arc;

use hyper::Method;
use minyi::app::{App, socket};
use minyi::clock::{Clock, SystemClock};
use minyi::config::{Config, load};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Client, Item, engines, text};

/// The default configuration for a folder, made small.
pub fn config(dir: &Path) -> Config {
    let mut config = load(None, &[]).expect("the default");
    config.data.dir = dir.to_owned();
    config.data.ballast_mb = 0;
    config.pipeline.workers = 2;
    config.index.writer_mb = 16;
    config.intake.per_minute = 0;
    engines::choose(&mut config, dir);
    config
}

/// A running instance. It ends with [`TestApp::finish`], which fails if anything disagrees or is left undone.
pub struct TestApp {
    app: Option<App>,
    dir: TempDir,
    address: std::net::SocketAddr,
    /// Over the local socket, with an operator's rights.
    pub operator: Client,
}

impl TestApp {
    /// Starts one.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts one with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"), change).await
    }

    /// Starts one in a folder that holds something already.
    pub async fn start_in(dir: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        Self::begin(dir, change, Arc::new(SystemClock)).await
    }

    /// Starts one that goes by this clock.
    pub async fn start_by(clock: Arc<dyn Clock>, change: impl FnOnce(&mut Config)) -> Self {
        Self::begin(tempfile::tempdir().expect("a folder"), change, clock).await
    }

    async fn begin(dir: TempDir, change: impl FnOnce(&mut Config), clock: Arc<dyn Clock>) -> Self {
        let mut config = config(dir.path());
        change(&mut config);
        let mut app = App::start_by(config, clock).await.expect("started");
        let address = app.listen(Some("127.0.0.1:0")).await.expect("listening").expect("an address");
        let operator = Client::local(socket(dir.path()));
        Self { app: Some(app), dir, address, operator }
    }

    /// The address.
    pub fn address(&self) -> std::net::SocketAddr {
        self.address
    }

    /// Registers a source and gives a client that holds its token.
    pub async fn add_source(&self, id: &str, scopes: &[&str]) -> Client {
        let token = self.add_source_with(json!({ "id": id, "scopes": scopes })).await;
        Client::tcp(self.address, Some(&token))
    }

    /// Registers a source and gives its token.
    pub async fn add_source_with(&self, request: Value) -> String {
        let added = self.operator.post("/api/v1/sources", request.to_string()).await.ok();
        text(&added, "/token").to_owned()
    }

    /// Sends items, which must all be taken, and gives their ids.
    pub async fn post_all(&self, client: &Client, items: &[Item]) -> Vec<String> {
        let mut ids = Vec::new();
        for item in items {
            ids.push(text(&client.post("/api/v1/items", item.json()).await.ok(), "/id").to_owned());
        }
        ids
    }

    /// Waits until everything is stored, found and linked; gives the report of the check that waits for it.
    pub async fn settle(&self) -> Value {
        let report = self.operator.call(Method::POST, "/api/v1/verify", &[], "").await.ok();
        assert_eq!(report["ok"], true, "{report:#}");
        assert_eq!(report["waiting"], 0, "{report:#}");
        report
    }

    /// Checks everything and ends the instance; gives the folder it leaves.
    pub async fn finish(self) -> TempDir {
        self.settle().await;
        self.stop().await
    }

    /// Ends the instance in the midst of its work; gives the folder it leaves.
    pub async fn stop(mut self) -> TempDir {
        if let Some(app) = self.app.take() {
            app.stop().await;
        }
        std::mem::replace(&mut self.dir, tempfile::tempdir().expect("a folder"))
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // A test that failed has said enough.
        assert!(self.app.is_none() || std::thread::panicking(), "a test must end with finish()");
    }
}
