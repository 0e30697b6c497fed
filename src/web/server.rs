//! Listening: on an address for everybody, on a socket in the data folder for whoever may run commands here.

use std::any::Any;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use axum::serve::{Listener, ListenerExt};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::config::{self, Networks};

use super::origin::Origin;
use super::plain;
use super::tls::Tls;

/// The account behind a request over the local socket: marks it as an operator's.
#[derive(Debug, Clone)]
pub struct OperatorName(pub String);

/// Bound and not yet serving.
pub struct Ports {
    /// None where only commands on this machine are to be served.
    tcp: Option<TcpListener>,
    local: UnixListener,
    socket: PathBuf,
}

/// A running server.
pub struct Listening {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    socket: PathBuf,
}

impl Ports {
    /// Binds both. A socket file left by an earlier process is replaced: the folder's lock is held by now.
    ///
    /// # Errors
    /// When the address is taken or may not be used.
    pub async fn bind(listen: Option<&str>, socket: &Path) -> std::io::Result<Self> {
        let tcp = match listen {
            Some(address) => Some(TcpListener::bind(address).await?),
            None => None,
        };
        if socket.exists() {
            std::fs::remove_file(socket)?;
        }
        let local = UnixListener::bind(socket)?;
        let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(socket, owner_only)?;
        Ok(Self { tcp, local, socket: socket.to_owned() })
    }

    /// The address that was bound: the port may have been left to the system.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> std::io::Result<Option<std::net::SocketAddr>> {
        self.tcp.as_ref().map(TcpListener::local_addr).transpose()
    }
}

/// Serves until told to stop: over TLS on the network where a certificate is given.
pub fn serve(ports: Ports, router: Router, settings: &config::Server, tls: Option<Arc<Tls>>) -> Listening {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let header = Duration::from_secs(settings.header_seconds);
    let room = Arc::new(Semaphore::new(settings.max_connections));
    let trusted = Arc::new(settings.proxies());
    let outer = Acceptor {
        router: router.clone(),
        header,
        room,
        stopped: stopped.clone(),
        operator: None,
        tls,
        trusted,
    };
    let operator = Some(OperatorName(operator_name(&ports.socket)));
    let (room, trusted) = (Arc::new(Semaphore::new(64)), Arc::default());
    let inner = Acceptor { router, header, room, stopped, operator, tls: None, trusted };
    // Small answers must not wait for company.
    if let Some(tcp) = ports.tcp {
        tasks.spawn(outer.run(tcp.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
        })));
    }
    tasks.spawn(inner.run(ports.local));
    Listening { stop, tasks, socket: ports.socket }
}

impl Listening {
    /// Takes no more connections, lets running requests end within `limit`.
    pub async fn stop(mut self, limit: Duration) {
        // Nobody listening any more means that they have ended already.
        let _ = self.stop.send(true);
        let ended =
            tokio::time::timeout(limit, async { while self.tasks.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::warn!("some requests did not end in time and are broken off");
        }
        if let Err(error) = std::fs::remove_file(&self.socket) {
            tracing::debug!(%error, "the local socket was gone already");
        }
    }
}

/// Whoever owns the socket may use it, so its owner's number names the operator.
fn operator_name(socket: &Path) -> String {
    let owner = std::fs::metadata(socket).map(|file| std::os::unix::fs::MetadataExt::uid(&file));
    owner.map_or_else(|_| "local".to_owned(), |uid| format!("uid{uid}"))
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // The sender gone means the same as being told.
    drop(stopped.wait_for(|stop| *stop).await);
}

struct Acceptor {
    router: Router,
    header: Duration,
    room: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
    operator: Option<OperatorName>,
    tls: Option<Arc<Tls>>,
    trusted: Arc<Networks>,
}

impl Acceptor {
    async fn run<L: Listener<Io: plain::Wire>>(mut self, mut listener: L) {
        let mut connections = JoinSet::new();
        loop {
            // Beyond the limit connections wait in the system's own line.
            let Ok(permit) = Arc::clone(&self.room).acquire_owned().await else { return };
            // The listener itself pauses and goes on after errors of a single connection.
            let (stream, address) = tokio::select! {
                accepted = listener.accept() => accepted,
                () = told_to_stop(&mut self.stopped) => break,
            };
            let peer = (&address as &dyn Any).downcast_ref::<SocketAddr>().map(SocketAddr::ip);
            // Handshakes take place here too: one that is slow is nobody else's matter.
            let connection = self.connection(peer).begin(stream, self.tls.clone());
            connections.spawn(async move {
                connection.await;
                drop(permit);
            });
            while connections.try_join_next().is_some() {}
        }
        while connections.join_next().await.is_some() {}
    }

    fn connection(&self, peer: Option<IpAddr>) -> Connection {
        Connection {
            router: self.router.clone(),
            operator: self.operator.clone(),
            header: self.header,
            stopped: self.stopped.clone(),
            origin: Origin { peer, tls: self.tls.is_some(), trusted: Arc::clone(&self.trusted) },
        }
    }
}

/// One connection, from its first byte to its last.
struct Connection {
    router: Router,
    operator: Option<OperatorName>,
    header: Duration,
    stopped: watch::Receiver<bool>,
    origin: Origin,
}

impl Connection {
    async fn begin<S: plain::Wire>(mut self, stream: S, tls: Option<Arc<Tls>>) {
        let Some(tls) = tls else { return self.hold(stream).await };
        let first = tokio::time::timeout(self.header, stream.first_byte());
        let shaken = tokio::select! {
            first = first => match first {
                Ok(Ok(plain::HANDSHAKE)) => tls.accept(stream).await,
                // Somebody typed http:// before the address.
                Ok(Ok(_)) => return plain::answer(stream, self.header).await,
                Ok(Err(_)) | Err(_) => None,
            },
            () = told_to_stop(&mut self.stopped) => None,
        };
        if let Some(stream) = shaken {
            self.hold(stream).await;
        }
    }

    async fn hold<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(mut self, stream: S) {
        let (operator, origin) = (self.operator, self.origin);
        let service = self.router.map_request(move |mut request: Request<Incoming>| {
            origin.note(&mut request);
            if let Some(operator) = &operator {
                request.extensions_mut().insert(operator.clone());
            }
            request
        });
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.header).max_buf_size(64 << 10);
        let serving = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let mut serving = std::pin::pin!(serving);
        let ended = tokio::select! {
            ended = serving.as_mut() => ended,
            () = told_to_stop(&mut self.stopped) => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}
