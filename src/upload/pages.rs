//! One upload: looked at, decided about, on its way, reported.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::clock::random_bytes;
use crate::model::{BlobHash, SourceId};
use crate::site::{Fields, Page, Sent, Shell, Visit, page};
use crate::store::{
    UploadRecord, UploadState, UploadedRow, count_uploaded, insert_upload, move_upload, note_loose,
    read_upload, uploaded_rows,
};
use crate::web::Problem;

use super::list::{label, source};
use super::{Looked, LookedRow, Pages, Shared};

/// Rows with errors shown; the report has them all.
const WRONG_SHOWN: usize = 200;
/// Sound rows shown, for a look.
const GOOD_SHOWN: usize = 20;
/// Longest name of a file that is kept, characters.
const NAME_MAX: usize = 200;

#[derive(Template)]
#[template(path = "upload.html")]
struct LookPage {
    shell: Shell,
    id: String,
    name: String,
    source: String,
    total: u32,
    good: u32,
    wrong: u32,
    notes: Vec<String>,
    columns: Vec<(String, String, Option<&'static str>)>,
    flawed: Vec<Flawed>,
    sound: Vec<(String, String, String)>,
}

struct Flawed {
    place: String,
    title: String,
    flaws: Vec<String>,
}

#[derive(Template)]
#[template(path = "upload_result.html")]
struct ResultPage {
    shell: Shell,
    id: String,
    name: String,
    state: &'static str,
    sending: bool,
    stopped: bool,
    total: u32,
    handled: u32,
    percent: u32,
    fresh: u32,
    repeat: u32,
    refused: u32,
    waiting: u32,
    left: u32,
    rows: Vec<UploadedRow>,
}

/// Reads a file that was chosen; nothing is sent, and nothing kept that may not be.
pub(super) async fn look(State(pages): Shared, visit: Visit, Fields(form): Fields, Sent(sent): Sent) -> Page {
    let Some(file) = sent else { return Err(Problem::invalid("没有选择文件，请先选择再提交")) };
    let name = clean(&file.name);
    let uploads = &pages.uploads;
    let (owner, source) = (visit.actor()?, source(&pages, &visit, form.text("source")).await?);
    let bytes = file.bytes;
    let looked = Arc::new(uploads.look(&name, bytes.clone(), &owner, &source).await?);
    let hash = BlobHash::of(&bytes);
    // Noted before the bytes are there: a crash in between leaves nothing that is not swept.
    uploads.write(move |tx| note_loose(tx, &hash)).await?;
    let blobs = uploads.parts.blobs.clone();
    let kept = tokio::task::spawn_blocking(move || blobs.put(&bytes)).await;
    kept.map_err(|error| Problem::internal(&error))?
        .map_err(|error| Problem::unavailable(format!("文件没有存下（{error}），请稍后再传")))?;
    let id = blake3::hash(&random()?).to_hex()[..32].to_owned();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let record = UploadRecord {
        id: id.clone(),
        owner,
        source,
        name,
        blob: hash,
        state: UploadState::Looked,
        total: count(looked.rows.len()),
        good: count(looked.rows.iter().filter(|row| row.flaws.is_empty()).count()),
        handled: 0,
        at: uploads.parts.clock.now(),
        ended_at: None,
    };
    uploads.write(move |tx| insert_upload(tx, &record)).await?;
    uploads.remember(&id, &looked);
    Ok(Redirect::to(&format!("/files/{id}")).into_response())
}

fn random() -> Result<[u8; 32], Problem> {
    random_bytes().map_err(|error| Problem::unavailable(error.to_string()))
}

/// The last part of a path, without what no name has, not too long, its ending kept.
fn clean(name: &str) -> String {
    let own = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let own: String = own.chars().filter(|c| !c.is_control()).collect();
    let (own, chars) = (own.trim(), own.chars().count());
    if own.is_empty() {
        return "来稿".to_owned();
    }
    own.chars().skip(chars.saturating_sub(NAME_MAX)).collect()
}

/// The visitor's own upload.
pub(super) async fn own(pages: &Pages, visit: &Visit, id: String) -> Result<UploadRecord, Problem> {
    let actor = visit.actor()?;
    let upload = pages.uploads.read(move |sql| read_upload(sql, &id)).await?;
    if upload.owner == actor { Ok(upload) } else { Err(Problem::not_found("没有找到：上传的文件")) }
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let upload = own(&pages, &visit, id).await?;
    match upload.state {
        UploadState::Looked => {
            let looked = pages.uploads.looked(&upload).await?;
            page(&look_page(&pages, &visit, upload, &looked).await?)
        }
        UploadState::Dropped => Ok(Redirect::to("/files").into_response()),
        _ => result(&pages, &visit, upload).await,
    }
}

async fn look_page(
    pages: &Pages,
    visit: &Visit,
    upload: UploadRecord,
    looked: &Looked,
) -> Result<LookPage, Problem> {
    let named = named(pages, visit, &upload.source).await?;
    let flawed = looked.rows.iter().filter(|row| !row.flaws.is_empty()).take(WRONG_SHOWN);
    let sound = looked.rows.iter().filter(|row| row.flaws.is_empty()).take(GOOD_SHOWN);
    Ok(LookPage {
        shell: Shell::new(pages, visit),
        id: upload.id,
        name: upload.name,
        source: named,
        total: upload.total,
        good: upload.good,
        wrong: upload.total - upload.good,
        notes: looked.notes.clone(),
        columns: looked.columns.clone(),
        flawed: flawed.map(flaws_of).collect(),
        sound: sound.map(|row| (row.place.clone(), row.title.clone(), row.by.clone())).collect(),
    })
}

fn flaws_of(row: &LookedRow) -> Flawed {
    Flawed { place: row.place.clone(), title: row.title.clone(), flaws: row.flaws.clone() }
}

/// The name of a source, for editors.
async fn named(pages: &Pages, visit: &Visit, id: &SourceId) -> Result<String, Problem> {
    let sources = super::list::sources(pages, visit).await?;
    Ok(sources.into_iter().find(|(one, _)| one == id.as_str()).map(|(_, title)| title).unwrap_or_default())
}

async fn result(pages: &Pages, visit: &Visit, upload: UploadRecord) -> Page {
    let id = upload.id.clone();
    let shown = i64::try_from(WRONG_SHOWN).unwrap_or(i64::MAX);
    let read = pages
        .uploads
        .read(move |sql| Ok((count_uploaded(sql, &id)?, uploaded_rows(sql, &id, Some("refused"), shown)?)));
    let ([fresh, repeat, refused, waiting], rows) = read.await?;
    page(&ResultPage {
        shell: Shell::new(pages, visit),
        state: label(upload.state),
        sending: upload.state == UploadState::Sending,
        stopped: upload.state == UploadState::Stopped,
        percent: upload.handled.saturating_mul(100) / upload.total.max(1),
        left: upload.total.saturating_sub(upload.handled),
        id: upload.id,
        name: upload.name,
        total: upload.total,
        handled: upload.handled,
        fresh,
        repeat,
        refused,
        waiting,
        rows,
    })
}

async fn moved(
    pages: &Pages,
    visit: &Visit,
    id: String,
    step: (UploadState, UploadState),
) -> Result<String, Problem> {
    let (upload, actor) = (own(pages, visit, id).await?, visit.actor()?);
    let id = upload.id.clone();
    // The same button pressed twice has done its work the first time.
    pages.uploads.write(move |tx| move_upload(tx, &id, step, &actor)).await?;
    Ok(upload.id)
}

pub(super) async fn send(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let upload = own(&pages, &visit, id.clone()).await?;
    if upload.good == 0 {
        return Err(Problem::invalid("没有可以报送的，请按提示改正文件后重新上传"));
    }
    let id = moved(&pages, &visit, id, (UploadState::Looked, UploadState::Sending)).await?;
    pages.uploads.begun.notify_one();
    Ok(Redirect::to(&format!("/files/{id}")).into_response())
}

pub(super) async fn give_up(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id = moved(&pages, &visit, id, (UploadState::Looked, UploadState::Dropped)).await?;
    pages.uploads.forget(&id);
    Ok(Redirect::to("/files").into_response())
}

pub(super) async fn stop(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id = moved(&pages, &visit, id, (UploadState::Sending, UploadState::Stopped)).await?;
    Ok(Redirect::to(&format!("/files/{id}")).into_response())
}
