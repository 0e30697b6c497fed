//! A blocking HTTP/1.1 client, so small that a broken connection is seen exactly where it breaks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// Longer than an answer to a contributor may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Longer than an operator's `verify` waits for what is behind.
const OPERATORS_PATIENCE: Duration = Duration::from_secs(910);

/// Where an instance listens.
#[derive(Debug, Clone)]
pub enum Address {
    /// host:port
    Tcp(String),
    /// The socket in its data folder: an operator's rights.
    Local(PathBuf),
}

/// A stream of either kind.
trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// One connection, kept open as long as the other side keeps it.
pub struct Client {
    address: Address,
    token: Option<String>,
    stream: Option<BufReader<Box<dyn Stream>>>,
}

/// An answer that came whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// `Retry-After`, seconds.
    pub retry_after: Option<u64>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("{} {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    /// The JSON of a success.
    pub fn success(&self) -> Result<Value> {
        ensure!(self.status < 300, "{} {}", self.status, String::from_utf8_lossy(&self.body));
        self.json()
    }
}

impl Client {
    /// Not connected yet; the first request connects.
    pub fn new(address: Address, token: Option<&str>) -> Self {
        Self { address, token: token.map(str::to_owned), stream: None }
    }

    /// Over the socket of a data folder.
    pub fn operator(dir: &Path) -> Self {
        Self::new(Address::Local(minyi::app::socket(dir)), None)
    }

    pub fn get(&mut self, path: &str) -> Result<Value> {
        self.call("GET", path, &[])?.success()
    }

    pub fn post(&mut self, path: &str, body: &[u8]) -> Result<Answer> {
        self.call("POST", path, body)
    }

    /// Sends a request and reads the whole answer; an error leaves open whether the request was carried out.
    pub fn call(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(self.connect()?),
        };
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nhost: minyi\r\ncontent-type: application/json\r\n");
        if let Some(token) = &self.token {
            head += &format!("authorization: Bearer {token}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        let (answer, closes) = read_answer(&mut stream)?;
        if !closes {
            self.stream = Some(stream);
        }
        Ok(answer)
    }

    fn connect(&self) -> Result<Box<dyn Stream>> {
        Ok(match &self.address {
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                Box::new(stream)
            }
            Address::Local(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(OPERATORS_PATIENCE))?;
                Box::new(stream)
            }
        })
    }
}

/// Reads an answer; also whether the server closes the connection after it.
fn read_answer(stream: &mut impl BufRead) -> Result<(Answer, bool)> {
    let first = line(stream)?;
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.with_context(|| format!("no status line: {first}"))?;
    let (mut length, mut chunked, mut closes, mut retry_after) = (0, false, false, None);
    loop {
        let header = line(stream)?.to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        match header.split_once(": ") {
            Some(("content-length", value)) => length = value.parse()?,
            Some(("transfer-encoding", value)) => chunked = value == "chunked",
            Some(("retry-after", value)) => retry_after = value.parse().ok(),
            Some(("connection", value)) => closes = value == "close",
            _ => {}
        }
    }
    let mut body = Vec::new();
    while chunked {
        let size = usize::from_str_radix(&line(stream)?, 16)?;
        let mut chunk = vec![0; size];
        stream.read_exact(&mut chunk)?;
        line(stream)?;
        body.extend(chunk);
        chunked = size > 0;
    }
    if body.is_empty() {
        body = vec![0; length];
        stream.read_exact(&mut body)?;
    }
    Ok((Answer { status, retry_after, body }, closes))
}

fn line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 || !line.ends_with('\n') {
        bail!("the connection ended");
    }
    line.truncate(line.trim_end().len());
    Ok(line)
}
