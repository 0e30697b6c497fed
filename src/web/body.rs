//! Reading a body with a limit; nothing else may read one whole.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::Problem;

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// 413 when it is larger; 400 when the client breaks off.
pub async fn read_limited(body: Body, headers: &HeaderMap, limit: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        let detail = format!("内容超过 {} KB 的上限，请删减正文，附件另行报送", limit >> 10);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    };
    // A length that is announced too large need not be received at all.
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => {
            let detail = format!("连接在内容传完之前中断：{error}");
            Err(Problem::new(StatusCode::BAD_REQUEST, "broken_off", detail))
        }
    }
}

/// The media type without parameters, in lower case, if the body is (or may be taken for) UTF-8 of one of `allowed`.
///
/// # Errors
/// 415 naming what is allowed.
pub fn content_type(headers: &HeaderMap, allowed: &[&str]) -> Result<String, Problem> {
    let unsupported = |detail: String| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", detail);
    let wanted = allowed.join(" 或 ");
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(unsupported(format!("缺少 Content-Type，应为 {wanted}; charset=utf-8")));
    };
    let value = value.to_str().unwrap_or_default().to_lowercase();
    let (kind, parameters) = value.split_once(';').unwrap_or((&value, ""));
    let kind = kind.trim();
    if !allowed.contains(&kind) {
        return Err(unsupported(format!("不支持 {kind}，应为 {wanted}")));
    }
    let charset = parameters.split(';').filter_map(|p| p.trim().strip_prefix("charset=")).next();
    match charset.map(|charset| charset.trim_matches('"')) {
        None | Some("utf-8" | "utf8" | "us-ascii") => Ok(kind.to_owned()),
        Some(other) => Err(unsupported(format!("此处只接受 UTF-8，不接受 {other}，请转码后再报"))),
    }
}
