//! Syslog: messages of RFC 5424, over UDP (RFC 5426) or over TCP with their length before them (RFC 6587 §3.4.1).

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UdpSocket};

use crate::store::ChainedRow;

use super::line;

/// Facility 13 (log audit), severity 6 (informational).
const PRIORITY: u8 = 13 * 8 + 6;
/// What a datagram holds for certain over IPv4, headers taken off.
const DATAGRAM_MAX: usize = 60_000;
/// How long the collector may take for anything.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Udp,
    Tcp,
}

pub(super) struct Syslog {
    protocol: Protocol,
    place: String,
    host: String,
    stream: Option<TcpStream>,
}

impl Syslog {
    pub(super) fn new(protocol: Protocol, place: String) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let host: String = host.chars().filter(char::is_ascii_graphic).take(255).collect();
        let host = if host.is_empty() { "-".to_owned() } else { host };
        Self { protocol, place, host, stream: None }
    }

    /// Sends rows. Over TCP they are out when the system has taken them and the collector has not hung up; syslog knows no
    /// receipts, so a receiver looks at the numbers.
    pub(super) async fn send(&mut self, rows: &[ChainedRow]) -> std::io::Result<()> {
        let messages: Vec<String> = rows.iter().map(|row| message(&self.host, row)).collect();
        let sent = match self.protocol {
            Protocol::Udp => tokio::time::timeout(LIMIT, udp(&self.place, &messages)).await,
            Protocol::Tcp => tokio::time::timeout(LIMIT, self.tcp(&messages)).await,
        };
        let sent = sent.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
        if sent.is_err() {
            self.stream = None;
        }
        sent.map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", self.place)))
    }

    async fn tcp(&mut self, messages: &[String]) -> std::io::Result<()> {
        // One that was idle may have been closed at the other end; that is seen before anything is written to it.
        let mut stream = match self.stream.take().filter(is_open) {
            Some(stream) => stream,
            None => TcpStream::connect(&self.place).await?,
        };
        let mut frames = Vec::new();
        for message in messages {
            frames.extend_from_slice(format!("{} {message}", message.len()).as_bytes());
        }
        stream.write_all(&frames).await?;
        stream.flush().await?;
        if !is_open(&stream) {
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        self.stream = Some(stream);
        Ok(())
    }
}

/// Collectors say nothing, so that something can be read means the end.
fn is_open(stream: &TcpStream) -> bool {
    let mut byte = [0];
    matches!(stream.try_read(&mut byte), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

async fn udp(place: &str, messages: &[String]) -> std::io::Result<()> {
    let to = tokio::net::lookup_host(place).await?.next().ok_or(std::io::ErrorKind::NotFound)?;
    let from = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(from).await?;
    socket.connect(to).await?;
    for message in messages {
        let mut end = message.len().min(DATAGRAM_MAX);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        socket.send(&message.as_bytes()[..end]).await?;
    }
    Ok(())
}

/// The number stands among the structured data too, for collectors that read no JSON. 32473 is the number that RFC 5612
/// keeps for those without one of their own.
pub(super) fn message(host: &str, row: &ChainedRow) -> String {
    let no = row.row.no;
    format!(
        "<{PRIORITY}>1 {} {host} minyi - audit [minyi@32473 no=\"{no}\"] \u{feff}{}",
        row.row.at,
        line(row)
    )
}
