//! Clients that are slow, endless, or do not speak HTTP at all.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Server, item};

/// Both limits of a slow client, seconds.
const LIMIT: u64 = 1;
/// Far beyond what any body may have.
const ENDLESS: u64 = 100 << 20;
/// What the buffers of a connection may swallow of it before the answer comes.
const SWALLOWED: u64 = 16 << 20;

fn server() -> Server {
    Server::start(&[("MINYI_SERVER__HEADER_SECONDS", "1"), ("MINYI_SERVER__REQUEST_SECONDS", "1")])
}

/// Writes as long as the other side takes it, and reads whatever it says until it closes; gives the answer and how
/// much was written.
async fn talk(server: &Server, head: String, body: &[u8], times: u64, pause: Duration) -> (String, u64) {
    let stream = TcpStream::connect(server.address()).await.expect("connect");
    let (mut from, mut to) = stream.into_split();
    let reading = tokio::spawn(async move {
        let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
        while let Ok(read @ 1..) = from.read(&mut piece).await {
            answer.extend_from_slice(&piece[..read]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    });
    let mut written = 0;
    if to.write_all(head.as_bytes()).await.is_ok() {
        for _ in 0..times {
            if reading.is_finished() || to.write_all(body).await.is_err() {
                break;
            }
            written += body.len() as u64;
            tokio::time::sleep(pause).await;
        }
    }
    (reading.await.expect("an answer"), written)
}

fn head(token: &str, length: &str) -> String {
    format!(
        "POST /api/v1/items HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\nconnection: close\r\n{length}\r\n\r\n"
    )
}

async fn still_serves(server: Server) {
    let client = server.add_source("after", &["submit"]).await;
    let good = item("after", "关于整修滨江步道的建议", "步道多处塌陷，建议尽快整修。");
    assert_eq!(client.post("/api/v1/items", good.json()).await.status, 202);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_dribbles_its_headers_is_shut_out() {
    let server = server();
    let begun = Instant::now();
    let line = "GET /healthz HTTP/1.1\r\nx: ".to_owned();
    let (answer, written) = talk(&server, line, b"a", 100, Duration::from_millis(100)).await;
    assert!(begun.elapsed() < Duration::from_secs(LIMIT + 4), "{answer}");
    assert!(written < 60, "shut out after {written} bytes");
    assert!(answer.is_empty() || answer.contains(" 408 "), "{answer}");
    still_serves(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_dribbles_its_body_is_told_that_its_time_is_up() {
    let server = server();
    let token = server.add_source("slow", &["submit"]).await;
    let begun = Instant::now();
    let head = head(token.token(), "content-length: 1000");
    let (answer, _) = talk(&server, head, b" ", 100, Duration::from_millis(100)).await;
    assert!(begun.elapsed() < Duration::from_secs(LIMIT + 4));
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("application/problem+json"), "{answer}");
    still_serves(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_a_hundred_megabytes_is_refused_and_not_read() {
    let server = server();
    let token = server.add_source("large", &["submit"]).await;
    let before = server.memory();
    // Announced, and not announced.
    let chunk = vec![b'x'; 64 << 10];
    let announced = head(token.token(), &format!("content-length: {ENDLESS}"));
    let (answer, written) = talk(&server, announced, &chunk, ENDLESS >> 16, Duration::ZERO).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("too_large"), "{answer}");
    assert!(written < SWALLOWED, "{written}");
    let chunked = [b"10000\r\n".as_slice(), &chunk, b"\r\n"].concat();
    let unannounced = head(token.token(), "transfer-encoding: chunked");
    let (answer, written) = talk(&server, unannounced, &chunked, ENDLESS >> 16, Duration::ZERO).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("too_large"), "{answer}");
    assert!(written < SWALLOWED, "{written}");
    assert!(server.memory() < before + SWALLOWED);
    still_serves(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_at_all_harms_nobody() {
    let server = server();
    let noise: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let long = format!("GET / HTTP/1.1\r\nhost: test\r\nx: {}\r\n\r\n", "y".repeat(200 << 10));
    let token = server.add_source("noise", &["submit"]).await;
    let both = head(token.token(), "content-length: 5\r\ntransfer-encoding: chunked");
    let bad_chunk = head(token.token(), "transfer-encoding: chunked") + "zz\r\n";
    let negative = head(token.token(), "content-length: -1");
    let cases = [String::new(), "\r\n\r\n".into(), "GET\r\n\r\n".into(), long, both, bad_chunk, negative];
    for case in cases {
        let shown: String = case.chars().take(60).collect();
        let (answer, _) = talk(&server, case, b"", 0, Duration::ZERO).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{shown}: {answer}");
    }
    talk(&server, String::new(), &noise, 4, Duration::ZERO).await;
    // Breaking off in the middle of a body, many times.
    for _ in 0..50 {
        let mut stream = TcpStream::connect(server.address()).await.expect("connect");
        let begun = head(token.token(), "content-length: 1000") + "{\"title\":";
        stream.write_all(begun.as_bytes()).await.expect("written");
        drop(stream);
    }
    still_serves(server).await;
}
