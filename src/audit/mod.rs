//! The log of acts (操作日志) on its way out: to a file, or to a collector by syslog, as it grows.
//!
//! How far it has come is a cursor among the facts, moved after the rows are out: a crash sends some of them twice and leaves
//! none away. Each carries its number and the hash of the chain, by which a receiver knows repeats and gaps. Of several
//! nodes the one that holds the lease sends.

mod file;
mod syslog;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::config;
use crate::model::Seq;
use crate::store::{
    ChainedRow, Lease, Priority, Store, StoreError, Tx, audit_after, cursor, set_cursor, take_lease,
};

use file::Lines;
use syslog::{Protocol, Syslog};

/// Names the cursor and the lease.
const NAME: &str = "audit-ship";
/// Rows sent at once.
const ROWS: i64 = 500;
/// How often is looked for new rows.
const PAUSE: Duration = Duration::from_secs(2);
/// After a failure it is tried again so much later.
const AFTER_FAILURE: Duration = Duration::from_secs(10);
/// Longer than sending some rows and pausing takes, seconds.
const LEASE_SECONDS: i64 = 60;

/// Why rows are not out.
#[derive(Debug, thiserror::Error)]
enum ShipError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Out(#[from] std::io::Error),
}

/// Where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    File(std::path::PathBuf),
    Syslog(Protocol, String),
}

impl Target {
    /// Reads `file:/path`, `udp://host:port`, `tcp://host:port`. `None` for an empty text.
    fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || format!("audit.ship =“{text}”应为 file:/路径、udp://主机:端口 或 tcp://主机:端口");
        if let Some(path) = text.strip_prefix("file:").filter(|path| path.starts_with('/')) {
            return Ok(Some(Self::File(path.into())));
        }
        let (protocol, place) = text.split_once("://").ok_or_else(wrong)?;
        let protocol = match protocol {
            "udp" => Protocol::Udp,
            "tcp" => Protocol::Tcp,
            _ => return Err(wrong()),
        };
        let port = place.rsplit_once(':').and_then(|(host, port)| (!host.is_empty()).then_some(port));
        port.and_then(|port| port.parse::<u16>().ok()).ok_or_else(wrong)?;
        Ok(Some(Self::Syslog(protocol, place.to_owned())))
    }
}

enum Sink {
    File(Lines),
    Syslog(Syslog),
}

impl Sink {
    async fn send(&mut self, rows: Vec<ChainedRow>) -> Result<(), ShipError> {
        match self {
            Self::File(lines) => Ok(lines.append(rows.iter().map(line).collect()).await?),
            Self::Syslog(syslog) => Ok(syslog.send(&rows).await?),
        }
    }
}

/// A row as receivers get it: one line of JSON.
fn line(row: &ChainedRow) -> String {
    let ChainedRow { row, hash } = row;
    json!({
        "no": row.no, "at": row.at, "actor": row.actor, "action": row.action, "object": row.object,
        "detail": row.detail, "hash": blake3::Hash::from_bytes(*hash).to_hex().as_str(),
    })
    .to_string()
}

/// What is running.
pub struct Shipping {
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Shipping {
    /// Lets what is on its way arrive, then ends.
    pub async fn stop(self) {
        // A receiver that is gone is a task that has ended.
        let _ = self.stop.send(true);
        if let Some(task) = self.task
            && task.await.is_err()
        {
            tracing::warn!("sending the log of acts ended by itself; it goes on at the next start");
        }
    }
}

/// Begins to send, where the settings name a place.
///
/// # Errors
/// In Chinese, when they name none that is known.
pub fn ship(
    settings: &config::Audit,
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    node: String,
) -> Result<Shipping, String> {
    let (stop, stopped) = watch::channel(false);
    let task = Target::parse(&settings.ship)?.map(|target| {
        let sink = match target {
            Target::File(path) => Sink::File(Lines::new(path)),
            Target::Syslog(protocol, place) => Sink::Syslog(Syslog::new(protocol, place)),
        };
        tokio::spawn(Shipper { store, clock, node, sink, lease: None }.run(stopped))
    });
    Ok(Shipping { stop, task })
}

struct Shipper {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    node: String,
    sink: Sink,
    lease: Option<Lease>,
}

impl Shipper {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut failing = false;
        while !*stopped.borrow() {
            let pause = match self.round().await {
                Ok(more) => {
                    if failing {
                        tracing::info!("the log of acts is sent on again");
                    }
                    failing = false;
                    if more { Duration::ZERO } else { PAUSE }
                }
                Err(error) => {
                    // Another node may have taken over.
                    self.lease = None;
                    if !failing {
                        tracing::error!("操作日志未能送出，恢复后从断点继续：{error}");
                    }
                    failing = true;
                    AFTER_FAILURE
                }
            };
            metrics::gauge!("minyi_audit_ship_failing").set(if failing { 1.0 } else { 0.0 });
            // A timer that ends and a stop are both reasons to look again.
            let _ = tokio::time::timeout(pause, stopped.changed()).await;
        }
    }

    /// Sends what is new; whether there is more.
    async fn round(&mut self) -> Result<bool, ShipError> {
        let Some(lease) = self.hold().await? else { return Ok(false) };
        let rows = self.store.read(|sql| {
            let Seq(after) = cursor(sql, NAME)?;
            audit_after(sql, after, ROWS)
        });
        let rows: Vec<ChainedRow> = rows.await?;
        let Some(last) = rows.last().map(|row| row.row.no) else { return Ok(false) };
        let more = rows.len() as i64 == ROWS;
        // Another node may have taken over while there was nothing to do: then nothing is sent twice.
        let held = lease.clone();
        let hold = move |tx: &mut Tx<'_>| held.hold(tx, LEASE_SECONDS);
        match self.store.write(Priority::Batch, hold).await {
            Err(StoreError::Stale) => {
                self.lease = None;
                return Ok(false);
            }
            kept => kept?,
        }
        self.sink.send(rows).await?;
        let moved = self.store.write(Priority::Batch, move |tx: &mut Tx<'_>| {
            lease.hold(tx, LEASE_SECONDS)?;
            set_cursor(tx, NAME, Seq(last))
        });
        moved.await?;
        Ok(more)
    }

    /// The lease, when it is this node's.
    async fn hold(&mut self) -> Result<Option<Lease>, StoreError> {
        if self.lease.is_none() {
            let (node, now) = (self.node.clone(), self.clock.now());
            let taken = self.store.write(Priority::Batch, move |tx: &mut Tx<'_>| {
                take_lease(tx, NAME, &node, now, LEASE_SECONDS)
            });
            self.lease = taken.await?;
        }
        Ok(self.lease.clone())
    }
}

#[cfg(test)]
mod tests;
