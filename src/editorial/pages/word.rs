//! A manuscript to Word and back: nothing is written before what is open has been decided.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::ManuscriptId;
use crate::site::{Fields, Page, Sent, Shell, Visit, page};
use crate::store::StoreError;
use crate::web::Problem;

use super::super::diff::Part;
use super::super::manuscript::{Edited, Origin, Received, Tracked, Word, told};
use super::super::{DeskError, cut, diff};
use super::issues::file;
use super::manuscript::{clashed, manuscript_id};
use super::versions::whole;
use super::{Pages, Shared};

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
/// What the field of comments holds, when two wrote at once.
const COMMENT_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "word.html")]
struct WordView {
    shell: Shell,
    id: String,
    heading: String,
    rev: i64,
    step: i64,
    credited: u8,
    /// What was read, to come back with the decisions.
    word: String,
    unknown: bool,
    earlier: bool,
    numbered: usize,
    changes: Vec<Tracked>,
    notes: Vec<String>,
    one: Vec<Part>,
    other: Vec<Part>,
}

pub(super) async fn download(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let (name, bytes) = pages.desk.word_of(manuscript_id(&id)?, visit.actor()?).await?;
    Ok(file(&name, bytes, DOCX, "attachment"))
}

/// A file without anything to decide becomes a version at once; else its page asks.
pub(super) async fn upload(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Sent(sent): Sent,
) -> Page {
    let id = manuscript_id(&id)?;
    let bytes = sent.map(|sent| sent.bytes).unwrap_or_default();
    let received = pages.desk.receive_word(id, bytes, visit.actor()?).await?;
    let Word { changes, notes, numbered, .. } = &received.word;
    let open = !changes.is_empty() || !notes.is_empty() || *numbered > 0;
    if open || received.origin == Origin::Unknown {
        return asked(&pages, &visit, id, received).await;
    }
    let (rev, step) = received.since;
    let texts = received.word.texts(&BTreeSet::new(), received.credited);
    let edited = Edited { texts, rev, step, comment: String::new() };
    taken(&pages, &visit, id, edited, &received.word).await
}

async fn asked(pages: &Pages, visit: &Visit, id: ManuscriptId, received: Received) -> Page {
    let desk = &pages.desk;
    let manuscript = desk.manuscript(id, &visit.who()?.user).await?;
    let Received { word, origin, since: (rev, step), credited } = received;
    let (now, then) = (whole(&manuscript.record.texts), whole(&word.texts(&BTreeSet::new(), credited)));
    let kin = desk.kin.clone();
    let (one, other) =
        desk.compute(move || Ok(diff::compare(&cut::words(&kin, &now), &cut::words(&kin, &then)))).await?;
    page(&WordView {
        shell: Shell::new(pages, visit),
        id: id.to_string(),
        heading: manuscript.record.texts.title,
        rev,
        step,
        credited: u8::from(credited),
        word: serde_json::to_string(&word).map_err(|error| Problem::internal(&error))?,
        unknown: origin == Origin::Unknown,
        earlier: origin == Origin::Earlier,
        numbered: word.numbered,
        notes: told(&word.notes),
        changes: word.changes,
        one,
        other,
    })
}

/// With what was decided of the tracked changes.
pub(super) async fn take(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let id = manuscript_id(&id)?;
    let incomplete = || Problem::invalid("页面不完整，没有写入。请返回编稿，重新上传 Word 文件");
    let word: Word = serde_json::from_str(form.raw("word")).map_err(|_| incomplete())?;
    let rev = form.number("rev").ok_or_else(incomplete)?;
    let step = form.number("step").ok_or_else(incomplete)?;
    if form.text("unknown") == "1" && form.text("ours") != "1" {
        return Err(Problem::invalid("没有写入：文件没有版本标记，请先勾选“确是本稿”"));
    }
    let taken_ones: BTreeSet<usize> = form.all("take").filter_map(|one| one.parse().ok()).collect();
    let refused: BTreeSet<usize> = (0..word.changes.len()).filter(|one| !taken_ones.contains(one)).collect();
    let texts = word.texts(&refused, form.text("credited") == "1");
    let comment = form.raw("comment").trim().replace("\r\n", "\n");
    taken(&pages, &visit, id, Edited { texts, rev, step, comment }, &word).await
}

async fn taken(pages: &Pages, visit: &Visit, id: ManuscriptId, edited: Edited, word: &Word) -> Page {
    let step = match pages.desk.take_word(id, edited.clone(), &word.notes, visit.actor()?).await {
        Err(DeskError::Store(StoreError::Stale)) => {
            let comment = [vec![edited.comment.clone()], told(&word.notes)].concat();
            return clashed(pages, visit, id, Edited { comment: fitting(&comment), ..edited }).await;
        }
        other => other?,
    };
    let Some(step) = step else {
        return Err(Problem::invalid("Word 中的文字和现在的编稿完全一样，没有新的一版"));
    };
    Ok(Redirect::to(&format!("/manuscripts/{id}/compare?step={}", step - 1)).into_response())
}

/// As many comments as the field holds, and how many it does not.
fn fitting(lines: &[String]) -> String {
    let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        let rest = format!("（另有 {} 条批注请见 Word 文件）", lines.len() - at);
        if out.chars().count() + line.chars().count() + rest.chars().count() + 1 > COMMENT_MAX {
            return out + &rest;
        }
        if !out.is_empty() {
            out.push('；');
        }
        out.push_str(line);
    }
    out
}
