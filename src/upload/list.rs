//! Where a file is chosen, what was uploaded before, and the table to fill in.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::model::{Permission, Scope, SourceId};
use crate::site::{Page, Shell, Visit, page};
use crate::store::{UploadRecord, UploadState, list_sources, uploads_of};
use crate::web::{Problem, encoded};

use super::{DESK_SOURCE, OWN_SOURCE, Pages, Shared};

/// Uploads listed.
const LISTED: i64 = 30;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[derive(Template)]
#[template(path = "uploads.html")]
struct UploadsPage {
    shell: Shell,
    /// In whose name an editor may send: code and name. Empty for contributors.
    sources: Vec<(String, String)>,
    uploads: Vec<Line>,
    most: usize,
}

struct Line {
    id: String,
    name: String,
    at: String,
    state: &'static str,
    counts: String,
}

pub(super) fn label(state: UploadState) -> &'static str {
    match state {
        UploadState::Looked => "待报送",
        UploadState::Sending => "报送中",
        UploadState::Done => "已报送",
        UploadState::Stopped => "已停止",
        UploadState::Dropped => "未报送",
    }
}

fn line(upload: UploadRecord) -> Line {
    let counts = match upload.state {
        UploadState::Looked | UploadState::Dropped => {
            format!("可报 {} 件，共 {} 件", upload.good, upload.total)
        }
        _ => format!("已处理 {} 件，共 {} 件", upload.handled, upload.total),
    };
    Line { id: upload.id, name: upload.name, at: upload.at.minute(), state: label(upload.state), counts }
}

/// The sources in whose name somebody may send: an editor those that may submit, a contributor none but himself.
pub(super) async fn sources(pages: &Pages, visit: &Visit) -> Result<Vec<(String, String)>, Problem> {
    if !visit.may(Permission::Triage) {
        return Ok(Vec::new());
    }
    let mut out = vec![(DESK_SOURCE.to_owned(), "文件（不属于某一渠道）".to_owned())];
    let known = pages.uploads.read(list_sources).await?;
    let may =
        known.into_iter().filter(|one| one.revoked_at.is_none() && one.scopes.0.contains(&Scope::Submit));
    out.extend(may.map(|one| (one.id.to_string(), one.title)));
    Ok(out)
}

/// The source that a form names, if it is one of them.
pub(super) async fn source(pages: &Pages, visit: &Visit, named: &str) -> Result<SourceId, Problem> {
    let sources = sources(pages, visit).await?;
    let id = match named {
        "" if sources.is_empty() => OWN_SOURCE,
        "" => DESK_SOURCE,
        id => sources
            .iter()
            .find(|(one, _)| one == id)
            .map(|(one, _)| one.as_str())
            .ok_or_else(|| Problem::invalid("没有这个来稿渠道，或已停用，请重新选择"))?,
    };
    id.parse().map_err(|error| Problem::internal(&error))
}

pub(super) async fn show(State(pages): Shared, visit: Visit) -> Page {
    let (actor, sources) = (visit.actor()?, sources(&pages, &visit).await?);
    let uploads = pages.uploads.read(move |sql| uploads_of(sql, &actor, LISTED)).await?;
    page(&UploadsPage {
        shell: Shell::new(&pages, &visit),
        sources,
        uploads: uploads.into_iter().map(line).collect(),
        most: pages.uploads.parts.file_max >> 20,
    })
}

/// The table to fill in.
pub(super) async fn template(State(pages): Shared) -> Page {
    let bytes = (pages.uploads.parts.template)().map_err(|error| Problem::internal(&error))?;
    Ok(attached("报送表.xlsx", XLSX, bytes))
}

/// A file to be kept, not shown.
pub(super) fn attached(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename*=UTF-8''{}", encoded(name).replace('+', "%20"));
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}
