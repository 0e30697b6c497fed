//! One answer of a source, through the same door as every call to other systems (`outward`), unpacked and readable.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use url::Url;

use crate::model::Timestamp;
use crate::outward::{Call, Outward, OutwardError, Reply};

use super::plan::{Format, Plan, Secret};
use super::{PullError, charset, dates};

/// Longest wait that a server may ask for, seconds.
const WAIT_MAX: i64 = 24 * 3600;

/// What came back.
pub(super) enum Fetched {
    /// Nothing that is not known: 304.
    Unchanged,
    /// A text, with what the server says for the next time: `ETag`, `Last-Modified`.
    Text { text: String, etag: String, modified: String },
}

/// Asks for an address of the plan.
///
/// # Errors
/// [`PullError`], each with what to do.
pub(super) async fn fetch(
    outward: &Outward,
    plan: &Plan,
    url: &Url,
    condition: Option<(&str, &str)>,
    secret: Secret<'_>,
    now: Timestamp,
) -> Result<Fetched, PullError> {
    let accept = match plan.format {
        Format::Feed => {
            "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
        }
        Format::Json | Format::Mailbox | Format::Folder => "application/json, */*;q=0.5",
    };
    let mut headers = plan.all_headers(secret)?;
    headers.push(("accept".to_owned(), accept.to_owned()));
    headers.push(("accept-encoding".to_owned(), "gzip".to_owned()));
    if let Some((etag, modified)) = condition {
        let told = [("if-none-match", etag), ("if-modified-since", modified)];
        headers.extend(
            told.iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
    }
    let most = plan.max_kb << 10;
    let call = Call { url: url.to_string(), headers, body: None, most };
    let reply = outward.call(call).await.map_err(|error| match error {
        // The address that was called may hold a secret; the one in the configuration does not.
        OutwardError::Address(_) => {
            PullError::Plan(format!("地址“{}”或它转向的地址不能访问：请核对", plan.url))
        }
        error => PullError::Outward(error),
    })?;
    if reply.status == 304 && condition.is_some() {
        return Ok(Fetched::Unchanged);
    }
    if !reply.ok() {
        return Err(refused(&reply, now));
    }
    let own = |name: &str| reply.header(name).unwrap_or_default().to_owned();
    let body = unpacked(&reply.body, &own("content-encoding"), most)?;
    let text = charset::decode(&body, &plan.charset, &own("content-type"))?;
    Ok(Fetched::Text { text, etag: own("etag"), modified: own("last-modified") })
}

/// Unpacks gzip, said or not, but no more than is wanted.
fn unpacked(body: &Bytes, encoding: &str, most: usize) -> Result<Bytes, PullError> {
    let packed = body.starts_with(&[0x1f, 0x8b]);
    if !packed {
        return match encoding.trim() {
            "" | "identity" | "gzip" | "x-gzip" => Ok(body.clone()),
            other => Err(PullError::Unreadable(format!(
                "对方用了不支持的压缩方式 {other}：请对方改用 gzip 或不压缩"
            ))),
        };
    }
    let mut out = Vec::new();
    let read = MultiGzDecoder::new(body.as_ref()).take(most as u64 + 1).read_to_end(&mut out);
    read.map_err(|_| PullError::Unreadable("压缩的内容不完整，没有收下".to_owned()))?;
    if out.len() > most {
        return Err(PullError::Outward(OutwardError::TooLarge(most >> 10)));
    }
    Ok(out.into())
}

fn refused(reply: &Reply, now: Timestamp) -> PullError {
    let advice = match reply.status {
        401 | 403 => "对方拒绝访问，请核对凭据（headers），或请对方放行",
        304 => "对方说内容没有变化，而本系统并没有这样问，稍后自动再试",
        404 | 410 => "地址不存在，请核对 url",
        429 => "对方要求放慢，稍后自动再试；经常出现请加大 every_minutes",
        300..=303 | 305..=399 => "对方转向别处而没有说去哪里，请核对 url",
        500.. => "对方系统故障，稍后自动再试",
        _ => "对方不接受这样的请求，请核对 url 与 headers",
    };
    PullError::Refused { status: reply.status, advice, after: wait(reply.header("retry-after"), now) }
}

/// `Retry-After`: seconds, or a time.
fn wait(told: Option<&str>, now: Timestamp) -> Option<i64> {
    let told = told?.trim();
    let seconds = told
        .parse::<i64>()
        .ok()
        .or_else(|| dates::read(told).map(|at| (at.as_micros() - now.as_micros()) / 1_000_000))?;
    Some(seconds.clamp(0, WAIT_MAX))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn what_is_packed_is_unpacked_and_never_grows_beyond_the_limit() {
        let bytes = Bytes::from(packed(b"<rss/>"));
        assert_eq!(unpacked(&bytes, "gzip", 100).expect("gzip").as_ref(), b"<rss/>");
        assert_eq!(unpacked(&bytes, "", 100).expect("not said").as_ref(), b"<rss/>");
        let plain = Bytes::from_static(b"<rss/>");
        assert_eq!(unpacked(&plain, "gzip", 100).expect("said and not done"), plain);
        let cut = bytes.slice(..bytes.len() - 6);
        assert!(unpacked(&cut, "gzip", 100).is_err());
        let bomb = Bytes::from(packed(&vec![b' '; 10 << 20]));
        assert!(matches!(
            unpacked(&bomb, "gzip", 1 << 20),
            Err(PullError::Outward(OutwardError::TooLarge(1024)))
        ));
        assert!(unpacked(&plain, "br", 100).is_err());
    }

    #[test]
    fn a_server_may_ask_for_a_wait_in_seconds_or_until_a_time() {
        let now = Timestamp::parse("2026-01-08T09:30:00+08:00").expect("a time");
        assert_eq!(wait(Some("120"), now), Some(120));
        assert_eq!(wait(Some("Thu, 08 Jan 2026 01:31:00 GMT"), now), Some(60));
        assert_eq!(wait(Some("Thu, 08 Jan 2026 01:00:00 GMT"), now), Some(0));
        assert_eq!(wait(Some("999999999"), now), Some(WAIT_MAX));
        assert_eq!(wait(Some("soon"), now), None);
    }
}
