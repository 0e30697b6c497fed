//! The world that is pulled from: a server whose every address answers as a test tells it to, byte for byte.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
    /// How often this path was asked before.
    pub before: usize,
    pub at: Instant,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A number in the query.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.query.get(name)?.parse().ok()
    }
}

/// What goes back over the wire.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub first_wait: Duration,
    pub bytes: Vec<u8>,
    /// Then nothing for so long, before the connection ends.
    pub last_wait: Duration,
}

impl Reply {
    /// A whole answer.
    pub fn new(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut head =
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        Self { bytes: [head.as_bytes(), b"\r\n", body].concat(), ..Self::default() }
    }

    pub fn xml(body: &str) -> Self {
        Self::new("200 OK", &[("content-type", "application/rss+xml; charset=utf-8")], body.as_bytes())
    }

    pub fn json(body: &serde_json::Value) -> Self {
        Self::new("200 OK", &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    pub fn status(status: &str) -> Self {
        Self::new(status, &[], b"")
    }

    pub fn redirect(to: &str) -> Self {
        Self::new("302 Found", &[("location", to)], b"")
    }

    /// Only what comes before the last `missing` bytes.
    pub fn cut(mut self, missing: usize) -> Self {
        self.bytes.truncate(self.bytes.len() - missing);
        self
    }

    /// Without saying how long it is: where it ends is where the connection ends.
    pub fn of_no_length(body: &[u8]) -> Self {
        Self { bytes: [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", body].concat(), ..Self::default() }
    }
}

type Handler = Box<dyn FnMut(&Asked) -> Reply + Send>;

#[derive(Default)]
struct State {
    handlers: BTreeMap<String, Handler>,
    log: Vec<Asked>,
}

/// The server.
#[derive(Clone)]
pub struct World {
    state: Arc<Mutex<State>>,
    port: u16,
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let own = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&own);
                tokio::spawn(async move { serve(stream, &state).await });
            }
        });
        Self { state, port }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// How a path answers from now on.
    pub fn answers(&self, path: &str, handler: impl FnMut(&Asked) -> Reply + Send + 'static) {
        locked(&self.state).handlers.insert(path.to_owned(), Box::new(handler));
    }

    /// Every request for a path.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        locked(&self.state).log.iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

async fn serve(stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let (mut first, mut line, mut headers) = (String::new(), String::new(), BTreeMap::new());
    stream.read_line(&mut first).await.ok()?;
    while stream.read_line(&mut line).await.ok()? > 2 {
        if let Some((name, value)) = line.trim_end().split_once(": ") {
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        line.clear();
    }
    let target = first.split(' ').nth(1)?.to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let reply = {
        let mut state = locked(state);
        let before = state.log.iter().filter(|asked| asked.path == path).count();
        let asked = Asked { path: path.to_owned(), query, headers, before, at: Instant::now() };
        state.log.push(asked.clone());
        match state.handlers.get_mut(path) {
            Some(handler) => handler(&asked),
            None => Reply::status("404 Not Found"),
        }
    };
    tokio::time::sleep(reply.first_wait).await;
    stream.write_all(&reply.bytes).await.ok()?;
    stream.flush().await.ok()?;
    tokio::time::sleep(reply.last_wait).await;
    stream.shutdown().await.ok()
}
