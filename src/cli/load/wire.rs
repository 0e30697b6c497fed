//! A connection that costs the measured machine as little as it can: requests are made beforehand, and of an answer
//! only status, length and receipt are read. Load generator and server share the same cores, so every microsecond
//! spent here would be counted against the server.

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::client::Target;

/// Longest answer that is read: problems with their Chinese details are well below.
const ANSWER_MAX: usize = 64 << 10;

/// An open connection.
pub(super) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub(super) struct Answer<'a> {
    /// Its HTTP status.
    pub(super) status: u16,
    body: &'a [u8],
}

/// The bytes of a request that posts an item.
pub(super) fn request(target: &Target, token: &str, item: &str) -> Vec<u8> {
    let host = match target {
        Target::Tcp(address) | Target::Tls(address, ..) => address.as_str(),
        Target::Local(_) => "minyi",
    };
    let length = item.len();
    format!(
        "POST /api/v1/items HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{item}"
    )
    .into_bytes()
}

impl Wire {
    /// Connects.
    pub(super) async fn connect(target: &Target) -> anyhow::Result<Self> {
        let Target::Tcp(address) = target else {
            bail!("压力测试须经 http:// 地址：加密的代价不在测量之列")
        };
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("无法连接 {address}，服务是否已启动？"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request and reads its answer.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("服务关闭了连接");
            }
            if let Some((status, head, length)) = head(&self.buffer)?
                && self.buffer.len() >= head + length
            {
                return Ok(Answer { status, body: &self.buffer[head..head + length] });
            }
            if self.buffer.len() > ANSWER_MAX {
                bail!("回应过长");
            }
        }
    }
}

/// Status, length of the head and of the body, once the head is whole.
fn head(bytes: &[u8]) -> anyhow::Result<Option<(u16, usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end]).context("回应不是 HTTP")?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).context("回应没有状态码")?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .context("回应没有长度")?;
    Ok(Some((status, end + 4, length)))
}

impl Answer<'_> {
    /// 回执号.
    pub(super) fn receipt(&self) -> anyhow::Result<String> {
        let body = std::str::from_utf8(self.body)?;
        let after = body.split_once("\"receipt\":\"").context("回应中没有回执")?.1;
        Ok(after.split('"').next().unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_once_its_head_is_whole() {
        let bytes = b"HTTP/1.1 202 Accepted\r\nContent-Length: 24\r\n\r\n{\"receipt\":\"0123-4567\"}";
        assert_eq!(head(&bytes[..30]).expect("no error"), None);
        let (status, from, length) = head(bytes).expect("no error").expect("whole");
        assert_eq!((status, length), (202, 24));
        let answer = Answer { status, body: &bytes[from..] };
        assert_eq!(answer.receipt().expect("receipt"), "0123-4567");
    }
}
