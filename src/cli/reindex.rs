//! `minyi reindex`

use std::process::ExitCode;

use anyhow::bail;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Method;
use serde_json::Value;

use crate::config::Config;

use super::local::Local;
use super::output::{number, progress, text};

/// Runs it, with a progress bar.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    Local::with(config, async |client| {
        let response = client.send(Method::POST, "/api/v1/reindex", &[], Bytes::new()).await?;
        let status = response.status();
        let mut body = response.into_body();
        let (mut buffer, mut last) = (Vec::new(), Value::Null);
        let bar = progress(0, "重建索引");
        while let Some(frame) = body.frame().await {
            buffer.extend_from_slice(frame?.data_ref().unwrap_or(&Bytes::new()));
            while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = buffer.drain(..=end).collect();
                last = serde_json::from_slice(&line)?;
                bar.set_length(number(&last, "total"));
                bar.set_position(number(&last, "done"));
            }
        }
        bar.finish_and_clear();
        if !status.is_success() {
            let problem: Value = serde_json::from_slice(&buffer).unwrap_or_default();
            bail!("{}", text(&problem, "detail"));
        }
        if last.get("finished").and_then(Value::as_bool) != Some(true) {
            bail!("索引没有重建成：{}；旧索引仍在使用", text(&last, "error"));
        }
        println!("索引已重建：{} 件", number(&last, "done"));
        Ok(ExitCode::SUCCESS)
    })
    .await
}
