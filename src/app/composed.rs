//! The routes, made of every part that has some, and what goes on behind them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tower_http::catch_panic::CatchPanicLayer;

use crate::accounts::{self, Accounts, Ending};
use crate::clock::Clock;
use crate::config::{Config, QueueKind, StoreKind};
use crate::editorial::{self, Counting, Desk, Reminding};
use crate::exchange::{self, Exchange};
use crate::group::Subjects;
use crate::identity::Platform;
use crate::index::{SearchIndex, ShelfIndex};
use crate::intake::{self, Attachments, Intake, Tokens};
use crate::model::{KindId, SecretKey};
use crate::notify::{Contact, OwnChannel, OwnChannels};
use crate::outward::Outward;
use crate::portal::{self, Portal};
use crate::pull::{self, Pulling};
use crate::queue::{Producer, Queue};
use crate::registry::{self, Registry};
use crate::site::{Live, Site};
use crate::store::{Blobs, Store};
use crate::tables::Tables;
use crate::text::{HintTables, ProofTables, Proofreader, Redactor, Segmenter};
use crate::upload::{self, Sending};
use crate::web::{self, Problem, Readiness};

use super::ready::Ready;
use super::series::series;
use super::{folder, hooks, others};

/// What goes on behind the pages.
pub(super) struct Behind {
    sending: Sending,
    pulling: Pulling,
    live: Arc<Live>,
    counting: Counting,
    reminding: Option<Reminding>,
    ending: Ending,
}

impl Behind {
    /// No answer stays open: it would be waited for.
    pub(super) fn end_open_answers(&self) {
        self.live.end();
    }

    /// What is begun is noted, for at most `limit` each.
    pub(super) async fn stop(self, limit: Duration) {
        if tokio::time::timeout(limit, self.counting.stop()).await.is_err() {
            tracing::warn!("what waits was still being counted");
        }
        if tokio::time::timeout(limit, self.ending.stop()).await.is_err() {
            tracing::warn!("accounts whose last day is over were still being ended");
        }
        if let Some(reminding) = self.reminding
            && tokio::time::timeout(limit, reminding.stop()).await.is_err()
        {
            tracing::warn!("reminders of what waits were still being written");
        }
        if tokio::time::timeout(limit, self.pulling.stop()).await.is_err() {
            tracing::warn!("a pull was not noted in time; it goes on at the next start");
        }
        if tokio::time::timeout(limit, self.sending.stop()).await.is_err() {
            tracing::warn!("an upload was not noted in time; it goes on at the next start");
        }
    }
}

/// What the router is made of.
pub(super) struct Composed<'a> {
    pub(super) config: &'a Config,
    pub(super) queue: &'a Arc<dyn Queue>,
    pub(super) store: &'a Arc<Store>,
    pub(super) index: &'a SearchIndex,
    pub(super) shelf: &'a ShelfIndex,
    pub(super) segmenter: &'a Segmenter,
    pub(super) accounts: &'a Arc<Accounts>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) secret: SecretKey,
    pub(super) outward: &'a Outward,
    pub(super) channels: &'a OwnChannels,
    pub(super) blobs: Blobs,
    pub(super) node: String,
    pub(super) cores: usize,
    pub(super) platform: Option<Arc<Platform>>,
}

impl Composed<'_> {
    /// Every route, and what goes on behind them.
    pub(super) fn router(self, recorder: web::Recorder) -> anyhow::Result<(Router, Behind)> {
        let tokens =
            Tokens::load(Arc::clone(self.store), Arc::clone(&self.clock), hooks::people(self.accounts))?;
        let tables = Tables::load(&self.config.desk.tables_dir, Arc::clone(self.store))?;
        if self.config.store.kind == StoreKind::Postgres {
            let held = others::Held { tokens: Arc::clone(&tokens), tables: Arc::clone(&tables) };
            tokio::spawn(others::follow(Arc::clone(self.store), held));
        }
        let producer = Arc::clone(self.queue) as Arc<dyn Producer>;
        let kinds: Vec<KindId> = vec!["opinion".parse()?];
        let attachments =
            Attachments::new(Arc::clone(self.store), self.blobs.clone(), self.config.attachments.clone());
        let intake = Arc::new(Intake::new(
            producer,
            Arc::clone(&self.clock),
            self.secret.clone(),
            kinds,
            attachments,
            self.store,
        ));
        let desk = self.desk(&intake, &tokens, &tables)?;
        // Answers that stay open take no more than a quarter of the connections.
        let live = Live::new(self.config.server.max_connections / 4);
        let site = Arc::new(Site::new(
            Arc::clone(self.accounts),
            &self.secret,
            self.config.desk.clone(),
            Arc::clone(&live),
        ));
        let portal = self.portal(&intake, &tables, &desk)?;
        let uploads = self.uploads(&intake)?;
        let pulls = self.pulls(&intake)?;
        let registry = self.registry(&tables)?;
        let exchange = self.exchange(&intake, &tables)?;
        let ready = self.ready();
        let shared = intake::Shared {
            intake,
            tokens: Arc::clone(&tokens),
            store: Arc::clone(self.store),
            settings: self.config.intake.clone(),
        };
        let limit = Duration::from_secs(self.config.server.request_seconds);
        let sending = upload::send(Arc::clone(&uploads));
        let pulling = pull::pull(Arc::clone(&pulls));
        let counting = editorial::count(Arc::clone(&desk), Arc::clone(&live), self.node.clone());
        let ending = accounts::end_accounts(Arc::clone(self.accounts));
        let reminding = self.config.desk.tasks_mail.then(|| {
            let every = Duration::from_millis(self.config.notify.every_ms.max(20));
            editorial::remind(Arc::clone(&desk), self.config.notify.digest_hour, every)
        });
        let router = Router::new()
            .merge(intake::routes(shared, limit))
            .merge(editorial::routes(Arc::clone(&desk)))
            .merge(editorial::user_routes(Arc::clone(self.accounts)))
            .merge(pull::api_routes(Arc::clone(&pulls)))
            .merge(exchange::api_routes(Arc::clone(&exchange)))
            .layer(axum::middleware::from_fn_with_state(tokens, intake::identify))
            .merge(pull::routes(pulls, Arc::clone(&site)))
            .merge(exchange::routes(exchange, Arc::clone(&site)))
            .merge(editorial::api_routes(Arc::clone(&desk), Arc::clone(&site)))
            .merge(editorial::page_routes(desk, Arc::clone(&site), self.platform.clone()))
            .merge(portal::routes(portal, Arc::clone(&site)))
            .merge(registry::routes(registry, Arc::clone(&site)))
            .merge(upload::routes(uploads, site))
            .merge(web::docs_routes())
            .merge(web::health_routes(ready))
            .merge(web::metrics_routes(recorder, self.gauges()))
            .method_not_allowed_fallback(async || {
                let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
                Problem::new(status, "method", "这个地址不支持此方法；接口说明见 /docs/")
            })
            .fallback(async || Problem::not_found("没有这个地址；接口说明见 /docs/"))
            .layer(axum::middleware::map_response(web::told))
            .layer(axum::middleware::from_fn(web::protect_bare))
            .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
                axum::response::IntoResponse::into_response(Problem::internal(&"a handler panicked"))
            }));
        Ok((router, Behind { sending, pulling, live, counting, reminding, ending }))
    }

    fn desk(
        &self,
        intake: &Arc<Intake>,
        tokens: &Arc<Tokens>,
        tables: &Arc<Tables>,
    ) -> anyhow::Result<Arc<Desk>> {
        let own = &self.config.desk.tables_dir;
        let own = |name: &str| if own.as_os_str().is_empty() { PathBuf::new() } else { own.join(name) };
        let proof = ProofTables::load(&own("proof"))?;
        let series = series(&self.config.bulletin.series_dir)?;
        let session = editorial::Session::parse(&self.config.session, &series).map_err(anyhow::Error::msg)?;
        Ok(Desk::new(editorial::Parts {
            store: Arc::clone(self.store),
            index: self.index.clone(),
            shelf_index: self.shelf.clone(),
            blobs: self.blobs.clone(),
            clock: Arc::clone(&self.clock),
            series,
            session,
            letter: editorial::load_letter(&self.config.bulletin.letters_dir).map_err(anyhow::Error::msg)?,
            use_notice: editorial::load_use_notice(&self.config.bulletin.letters_dir)
                .map_err(anyhow::Error::msg)?,
            forms: editorial::load_forms(&self.config.bulletin.forms_dir).map_err(anyhow::Error::msg)?,
            subjects: Subjects::new(&self.config.data.dir, self.segmenter.clone()),
            bulletin: self.config.bulletin.clone(),
            group: self.config.group.clone(),
            intake: self.config.intake.clone(),
            tables: Arc::clone(tables),
            printers: editorial::load_printers(&self.config.desk.tables_dir).map_err(anyhow::Error::msg)?,
            kinds: editorial::load_kinds(&self.config.desk.kinds_dir).map_err(anyhow::Error::msg)?,
            redactor: Redactor::standard()?,
            proofreader: Proofreader::new(&proof, self.segmenter.clone())?,
            hint_tables: HintTables::load(&own("hints"))?,
            snippets: proof.snippets().to_vec(),
            hooks: self.hooks(intake, tokens, self.outward),
            cores: self.cores,
        }))
    }

    fn portal(
        &self,
        intake: &Arc<Intake>,
        tables: &Arc<Tables>,
        desk: &Arc<Desk>,
    ) -> anyhow::Result<Arc<Portal>> {
        Ok(Portal::new(portal::Parts {
            store: Arc::clone(self.store),
            kin: desk.kin(),
            clock: Arc::clone(&self.clock),
            secret: self.secret.clone(),
            settings: self.config.portal.clone(),
            threshold: self.config.group.same_matter_threshold,
            submit: self.portal_submit(intake),
            attach: hooks::attach(intake),
            told_apart: hooks::told_apart(),
            use_notice: hooks::use_notice(desk),
            max_mb: self.config.attachments.max_mb,
            tables: Arc::clone(tables),
            ways: self.channels.iter().map(|(code, channel)| way(code, channel)).collect(),
        }))
    }

    fn exchange(&self, intake: &Arc<Intake>, tables: &Arc<Tables>) -> anyhow::Result<Arc<Exchange>> {
        Exchange::new(exchange::Parts {
            store: Arc::clone(self.store),
            clock: Arc::clone(&self.clock),
            blobs: self.blobs.clone(),
            tables: Arc::clone(tables),
            secret: self.secret.clone(),
            settings: self.config.exchange.clone(),
            office: self.config.desk.office.clone(),
            take: hooks::carry(intake),
            keep: hooks::keep_carried(intake),
        })
        .map_err(anyhow::Error::msg)
    }

    fn registry(&self, tables: &Arc<Tables>) -> anyhow::Result<Arc<Registry>> {
        Ok(Registry::new(registry::Parts {
            store: Arc::clone(self.store),
            clock: Arc::clone(&self.clock),
            redactor: Redactor::standard()?,
            tables: Arc::clone(tables),
            read_table: Arc::new(|name, bytes| {
                intake::files::tables(name, bytes).map_err(|error| error.to_string())
            }),
        }))
    }

    fn ready(&self) -> Arc<dyn Readiness> {
        Arc::new(Ready {
            queue: Arc::clone(self.queue),
            store: Arc::clone(self.store),
            index: self.index.clone(),
            dir: self.config.data.dir.clone(),
            min_free_mb: (self.config.queue.kind == QueueKind::Embedded)
                .then_some(self.config.queue.min_free_mb),
        })
    }

    fn gauges(&self) -> Arc<dyn Fn() + Send + Sync> {
        let (queue, store, index) = (Arc::clone(self.queue), Arc::clone(self.store), self.index.clone());
        let dir = self.config.data.dir.clone();
        Arc::new(move || {
            let depth = queue.depth();
            metrics::gauge!("minyi_queue_depth").set(depth.waiting as f64);
            metrics::gauge!("minyi_queue_oldest_seconds").set(depth.oldest_seconds as f64);
            let lag = store.tide().level() - index.applied().0;
            metrics::gauge!("minyi_index_lag_changes").set(lag as f64);
            metrics::gauge!("minyi_index_documents").set(index.documents() as f64);
            metrics::gauge!("minyi_data_bytes").set(folder::folder_bytes(&dir) as f64);
        })
    }
}

fn way(code: &str, channel: &OwnChannel) -> portal::Way {
    let mobile = channel.contact == Contact::Mobile;
    portal::Way { code: code.to_owned(), title: channel.title.clone(), mobile }
}
