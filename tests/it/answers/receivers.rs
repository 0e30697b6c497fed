//! Receivers that fail at random: one of signed calls, one of mail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

#[derive(Default)]
struct Seen {
    key: String,
    calls: usize,
    /// How often each event was confirmed.
    confirmed: BTreeMap<String, usize>,
    /// What the store had noted as confirmed: must not come again.
    noted: BTreeSet<String>,
    again: Vec<String>,
    badly_signed: usize,
    texts: String,
}

/// What the receiver saw.
#[derive(Debug)]
pub struct Report {
    pub events: usize,
    pub calls: usize,
    pub repeats: usize,
    pub badly_signed: usize,
    pub again_after_noted: Vec<String>,
    pub texts: String,
}

/// Receives signed calls.
pub struct Hooks {
    seen: Arc<Mutex<Seen>>,
    port: u16,
}

fn locked<T>(what: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hooks {
    pub async fn start(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (own, dice) = (Arc::clone(&seen), Arc::new(Mutex::new(Dice(seed))));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, dice) = (Arc::clone(&own), Arc::clone(&dice));
                // Whoever breaks off is heard of at the next call.
                tokio::spawn(async move { serve(stream, &seen, &dice).await });
            }
        });
        Self { seen, port }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/minyi", self.port)
    }

    pub fn expect_key(&self, key: &str) {
        locked(&self.seen).key = key.to_owned();
    }

    pub fn none_again(&self, noted: BTreeSet<String>) {
        locked(&self.seen).noted.extend(noted);
    }

    /// Waits until so many events were confirmed.
    pub async fn wait_for(&self, events: usize) {
        for _ in 0..2400 {
            if locked(&self.seen).confirmed.len() >= events {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("only {} of {events} events came", locked(&self.seen).confirmed.len());
    }

    pub fn report(&self) -> Report {
        let seen = locked(&self.seen);
        Report {
            events: seen.confirmed.len(),
            calls: seen.calls,
            repeats: seen.confirmed.values().filter(|count| **count > 1).count(),
            badly_signed: seen.badly_signed,
            again_after_noted: seen.again.clone(),
            texts: seen.texts.clone(),
        }
    }
}

/// Serves one connection, which may ask several times.
async fn serve(stream: TcpStream, seen: &Mutex<Seen>, dice: &Mutex<Dice>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut headers, mut line) = (BTreeMap::new(), String::new());
        while stream.read_line(&mut line).await.ok()? > 2 {
            if let Some((name, value)) = line.trim_end().split_once(": ") {
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            line.clear();
        }
        let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
        stream.read_exact(&mut body).await.ok()?;
        let event = headers.get("minyi-event-id").cloned().unwrap_or_default();
        note(&mut locked(seen), &headers, &body, &event);
        let roll = locked(dice).roll(10);
        let answer = match roll {
            0 => "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n",
            1 => "HTTP/1.1 429 Later\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n",
            2 => return None,
            3 if locked(dice).roll(10) == 0 => {
                tokio::time::sleep(Duration::from_millis(1500)).await;
                return None;
            }
            _ => "HTTP/1.1 204 Done\r\n\r\n",
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
        if answer.contains(" 204 ") {
            *locked(seen).confirmed.entry(event).or_default() += 1;
        }
    }
}

fn note(seen: &mut Seen, headers: &BTreeMap<String, String>, body: &[u8], event: &str) {
    seen.calls += 1;
    if seen.noted.contains(event) {
        seen.again.push(event.to_owned());
    }
    let signed = headers.get("minyi-signature").cloned().unwrap_or_default();
    let seconds = signed.trim_start_matches("t=").split(',').next().and_then(|text| text.parse().ok());
    if seconds.is_none_or(|seconds| minyi::notify::signature(&seen.key, seconds, body) != signed) {
        seen.badly_signed += 1;
    }
    seen.texts.push_str(&String::from_utf8_lossy(body));
}

#[derive(Default)]
struct Post {
    events: BTreeMap<String, usize>,
    /// What the store had noted as confirmed: must not come again.
    noted: BTreeSet<String>,
    again: Vec<String>,
    /// Messages that were refused or broken off.
    failed: usize,
    texts: String,
}

/// Receives mail.
pub struct Letters {
    post: Arc<Mutex<Post>>,
    port: u16,
}

impl Letters {
    pub async fn start(seed: u64) -> Self {
        Self::start_failing(seed, 4).await
    }

    /// One that fails once in `sides` times at each step.
    pub async fn start_failing(seed: u64, sides: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let post = Arc::new(Mutex::new(Post::default()));
        let (own, dice) = (Arc::clone(&post), Arc::new(Mutex::new(Dice(seed))));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (post, dice) = (Arc::clone(&own), Arc::clone(&dice));
                tokio::spawn(async move { converse(stream, &post, &dice, sides).await });
            }
        });
        Self { post, port }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub async fn wait_for(&self, events: usize) {
        for _ in 0..6000 {
            if locked(&self.post).events.len() >= events {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("only {} of {events} events came by mail", locked(&self.post).events.len());
    }

    pub fn none_again(&self, noted: BTreeSet<String>) {
        locked(&self.post).noted.extend(noted);
    }

    /// Events that came again though the store had noted them, and how often the receiver failed.
    pub fn faults(&self) -> (Vec<String>, usize) {
        let post = locked(&self.post);
        (post.again.clone(), post.failed)
    }

    /// Events, those that came twice, every text.
    pub fn report(&self) -> (usize, usize, String) {
        let post = locked(&self.post);
        (post.events.len(), post.events.values().filter(|count| **count > 1).count(), post.texts.clone())
    }
}

async fn converse(stream: TcpStream, post: &Mutex<Post>, dice: &Mutex<Dice>, sides: u64) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test\r\n").await.ok()?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let answer: &[u8] = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "QUIT" => b"221 bye\r\n",
            "RCPT" if locked(dice).roll(sides) == 0 => b"451 later\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                let mut message = String::new();
                while !message.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut message).await.ok()? == 0 {
                        return None;
                    }
                }
                let roll = locked(dice).roll(sides);
                locked(post).failed += usize::from(roll < 2);
                match roll {
                    0 => b"452 full\r\n",
                    1 => return None,
                    _ => {
                        keep(&mut locked(post), &message);
                        b"250 taken\r\n"
                    }
                }
            }
            _ => b"250 fine\r\n",
        };
        stream.write_all(answer).await.ok()?;
    }
}

/// Notes the events of a message and reads its text.
fn keep(post: &mut Post, message: &str) {
    use base64::Engine as _;
    let (head, body) = message.split_once("\r\n\r\n").unwrap_or((message, ""));
    let unfolded = head.replace("\r\n ", " ");
    let ids = unfolded.lines().find_map(|line| line.strip_prefix("Minyi-Event-Id: ")).unwrap_or_default();
    for id in ids.split_whitespace() {
        if post.noted.contains(id) {
            post.again.push(id.to_owned());
        }
        *post.events.entry(id.to_owned()).or_default() += 1;
    }
    let packed: String = body.trim_end_matches("\r\n.\r\n").split_whitespace().collect();
    let plain = base64::engine::general_purpose::STANDARD.decode(packed).unwrap_or_default();
    post.texts.push_str(&String::from_utf8_lossy(&plain));
    post.texts.push_str(&unfolded);
}
