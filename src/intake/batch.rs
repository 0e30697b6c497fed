//! Many items in one request. The body is read as it comes and never held; one result a line is written to a spool
//! file and sent when the body has ended, so memory does not grow with the number of lines.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use http_body_util::BodyExt;
use serde::Serialize;

use crate::model::Scope;
use crate::web::{Problem, content_type, require};

use super::own::{Poster, hand};
use super::read_submission;
use super::routes::{Acknowledged, Shared, count_refusal, refused, request_key};
use super::split::{Piece, Splitter};

/// Appends under way at once: enough to share commits, few enough to hold in memory.
const WINDOW: usize = 256;

/// One line of the answer.
#[derive(Serialize)]
struct Line {
    /// Position of the item in the body, from 1.
    line: usize,
    status: u16,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    taken: Option<Acknowledged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// `POST /api/v1/items/batch`.
pub(super) async fn submit_many(State(shared): State<Shared>, request: Request) -> Response {
    match run(&shared, request).await {
        Ok(response) => response,
        Err(problem) => {
            count_refusal(problem.code);
            problem.into_response()
        }
    }
}

async fn run(shared: &Shared, request: Request) -> Result<Response, Problem> {
    let (parts, mut body) = request.into_parts();
    let poster = Poster::of(require(&parts.extensions, Scope::Submit)?)?;
    let kinds = ["application/x-ndjson", "application/jsonl", "application/json"];
    content_type(&parts.headers, &kinds)?;
    let mut run = Run::new(shared, poster, &parts.headers)?;
    let mut splitter = Splitter::new(shared.settings.max_item_kb << 10);
    let (mut bytes, mut pieces) = (0usize, Vec::new());
    let mut end = Ok(());
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map(|frame| frame.into_data().unwrap_or_default()) else {
            end = Err("连接在内容传完之前中断，其后的内容没有收到");
            break;
        };
        bytes += chunk.len();
        if bytes > shared.settings.max_batch_mb << 20 {
            end = Err("内容超过批量上限，其后的内容没有收下，请分次报送");
            break;
        }
        splitter.feed(&chunk, &mut pieces);
        run.take(pieces.drain(..)).await?;
        if run.lines >= shared.settings.max_batch_lines {
            end = Err("行数超过批量上限，其后的内容没有收下，请分次报送");
            break;
        }
    }
    let end = end.and(splitter.finish(&mut pieces));
    run.take(pieces.drain(..)).await?;
    run.drain(0).await?;
    if let Err(broken) = end {
        let problem = Problem::new(StatusCode::BAD_REQUEST, "incomplete", broken);
        run.lines += 1;
        run.spool(&Line { line: run.lines, status: 400, taken: None, problem: Some(problem) })?;
    }
    run.answer()
}

struct Run<'a> {
    shared: &'a Shared,
    poster: Poster,
    key: Option<String>,
    under_way: FuturesOrdered<futures_util::future::BoxFuture<'a, Line>>,
    lines: usize,
    spool: BufWriter<File>,
}

impl<'a> Run<'a> {
    fn new(shared: &'a Shared, poster: Poster, headers: &HeaderMap) -> Result<Self, Problem> {
        let spool = tempfile::tempfile()
            .map_err(|error| Problem::unavailable(format!("无法建立临时文件：{error}")))?;
        Ok(Self {
            shared,
            poster,
            key: request_key(headers)?,
            under_way: FuturesOrdered::new(),
            lines: 0,
            spool: BufWriter::new(spool),
        })
    }

    async fn take(&mut self, pieces: impl Iterator<Item = Piece>) -> Result<(), Problem> {
        for piece in pieces {
            self.lines += 1;
            let (line, shared) = (self.lines, self.shared);
            let key = self.key.as_ref().map(|key| format!("{key}#{line}"));
            let poster = self.poster.clone();
            self.under_way.push_back(Box::pin(async move { one(shared, poster, key, line, piece).await }));
            self.drain(WINDOW).await?;
        }
        Ok(())
    }

    /// Waits until at most `left` are under way.
    async fn drain(&mut self, left: usize) -> Result<(), Problem> {
        while self.under_way.len() > left {
            if let Some(line) = self.under_way.next().await {
                self.spool(&line)?;
            }
        }
        Ok(())
    }

    fn spool(&mut self, line: &Line) -> Result<(), Problem> {
        let mut text = serde_json::to_vec(line).map_err(|error| Problem::internal(&error))?;
        text.push(b'\n');
        self.spool
            .write_all(&text)
            .map_err(|error| Problem::unavailable(format!("临时文件写入失败：{error}")))
    }

    fn answer(self) -> Result<Response, Problem> {
        let failed = |error: std::io::Error| Problem::unavailable(format!("临时文件读取失败：{error}"));
        let mut file = self.spool.into_inner().map_err(|error| failed(error.into_error()))?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let chunks = futures_util::stream::unfold(file, |mut file| async move {
            let mut chunk = vec![0; 64 << 10];
            match std::io::Read::read(&mut file, &mut chunk) {
                Ok(0) => None,
                Ok(read) => {
                    chunk.truncate(read);
                    Some((Ok(Bytes::from(chunk)), file))
                }
                Err(error) => Some((Err(error), file)),
            }
        });
        let kind = [(header::CONTENT_TYPE, "application/x-ndjson; charset=utf-8")];
        Ok((StatusCode::OK, kind, Body::from_stream(chunks)).into_response())
    }
}

async fn one(shared: &Shared, poster: Poster, key: Option<String>, line: usize, piece: Piece) -> Line {
    match accept(shared, &poster, key, piece).await {
        Ok(taken) => {
            let status = if taken.repeat { 200 } else { 202 };
            metrics::counter!("minyi_accepted_total", "repeat" => taken.repeat.to_string()).increment(1);
            Line { line, status, taken: Some(taken), problem: None }
        }
        Err(problem) => {
            count_refusal(problem.code);
            Line { line, status: problem.status, taken: None, problem: Some(problem) }
        }
    }
}

async fn accept(
    shared: &Shared,
    poster: &Poster,
    key: Option<String>,
    piece: Piece,
) -> Result<Acknowledged, Problem> {
    let Piece::Item(bytes) = piece else {
        let detail = format!("本行超过 {} KB 的上限", shared.settings.max_item_kb);
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail));
    };
    let submission =
        read_submission(&bytes, shared.intake.now(), shared.settings.max_ahead_hours, shared.intake.kinds())
            .map_err(|refusal| refused(&refusal))?;
    // Without a name of its own a line could not be sent again safely.
    if submission.external_id.is_none() && key.is_none() {
        return Err(Problem::invalid("批量报送时每行须有 external_id，或整个请求带 Idempotency-Key"));
    }
    shared.tokens.spend(&poster.source, 1)?;
    // An item that names itself needs no key of the request.
    let key = if submission.external_id.is_some() { None } else { key };
    hand(shared, poster, None, submission, key.as_deref()).await.map(Acknowledged::from)
}
