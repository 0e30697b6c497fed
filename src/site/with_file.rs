//! A request of a person's program that may bring a file: in parts, as a form sends it, or within its JSON.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::web::{Problem, Upload, read_limited};

use super::api::BODY_MAX;
use super::table::{in_parts, read_parts};

/// The field that holds the file, in the JSON as in the parts.
const FILE: &str = "scan";
/// The part that holds what is wanted.
const JSON: &str = "json";

/// What is wanted, and a file of at most `MAX` bytes where one came with it.
pub struct WithFile<T, const MAX: usize> {
    /// What the JSON says besides the file.
    pub wanted: T,
    /// The file.
    pub file: Option<Upload>,
}

/// A file within JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Packed {
    name: String,
    /// Base64.
    content: String,
}

impl<T: DeserializeOwned, S: Sync, const MAX: usize> FromRequest<S> for WithFile<T, MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let (value, file) = if in_parts(&parts.headers) {
            let bytes = read_limited(body, &parts.headers, MAX + BODY_MAX).await?;
            let (form, files) = read_parts(&parts.headers, bytes).await.map_err(|_| broken())?;
            (read(form.raw(JSON).as_bytes())?, files.into_iter().next())
        } else {
            // Four letters for three bytes.
            let bytes = read_limited(body, &parts.headers, MAX / 3 * 4 + BODY_MAX).await?;
            let mut value = read(&bytes)?;
            let packed = value.as_object_mut().and_then(|fields| fields.remove(FILE));
            (value, packed.filter(|packed| !packed.is_null()).map(unpacked).transpose()?)
        };
        if file.as_ref().is_some_and(|file| file.bytes.len() > MAX) {
            let detail = format!("文件超过 {} MB 的上限，没有登记，请压缩后再传", MAX >> 20);
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail));
        }
        let wanted = serde_json::from_value(value)
            .map_err(|error| Problem::invalid(format!("请求内容不符合要求：{error}")))?;
        Ok(Self { wanted, file })
    }
}

fn broken() -> Problem {
    let detail = "上传的内容不完整，没有登记。请用 multipart/form-data：json 为登记内容，scan 为文件";
    Problem::new(StatusCode::BAD_REQUEST, "broken_off", detail)
}

fn read(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let detail = format!("内容不是有效的 JSON：{error}");
        Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
    })
}

fn unpacked(value: Value) -> Result<Upload, Problem> {
    let Packed { name, content } = serde_json::from_value(value).map_err(|error| {
        Problem::invalid(format!("scan 须有 name（文件名）和 content（内容，Base64）：{error}"))
    })?;
    let plain: String = content.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(plain);
    let bytes =
        bytes.map_err(|error| Problem::invalid(format!("scan.content 不是有效的 Base64：{error}")))?;
    Ok(Upload { name, bytes })
}
