//! 参考资料: what is searched besides the items; put there, taken off, put back.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use crate::model::{Permission, ShelfKind};
use crate::site::{Asked, Fields, Page, Sent, Shell, Visit, page, page_with};
use crate::store::ShelfRecord;
use crate::web::{Problem, encoded};

use super::super::search::{Tab, address};
use super::super::shelf::{ShelfFound, ShelfList, ShelfRequest, ShelfSearch};
use super::super::shelf_routes::shelf_no;
use super::{Pages, Shared};

#[derive(Template)]
#[template(path = "shelf.html")]
struct ShelfPage {
    shell: Shell,
    q: String,
    kind: String,
    removed: bool,
    /// The tabs of 检索: address, name.
    tabs: Vec<(String, &'static str)>,
    kinds: Vec<&'static str>,
    found: ShelfFound,
    /// The next page of what was found.
    next: Option<String>,
    documents: Vec<ShelfRecord>,
    typed: ShelfRequest,
    error: String,
    notice: &'static str,
    may_change: bool,
}

#[derive(Template)]
#[template(path = "shelf_document.html")]
struct DocumentPage {
    shell: Shell,
    record: ShelfRecord,
    paragraphs: Vec<String>,
    may_change: bool,
}

async fn shown(
    pages: &Pages,
    visit: &Visit,
    (q, kind, removed, cursor): (&str, &str, bool, Option<String>),
    (typed, error, notice): (ShelfRequest, String, &'static str),
) -> Page {
    let q: String = q.chars().take(300).collect();
    let asked = !q.trim().is_empty();
    let found = if asked {
        pages.desk.search_shelf(ShelfSearch { q: q.clone(), limit: None, cursor }).await?
    } else {
        ShelfFound::nothing()
    };
    let list = ShelfList { kind: kind.to_owned(), removed };
    let documents = if asked { Vec::new() } else { pages.desk.shelf(list).await? };
    let next = found.next.as_ref().map(|next| format!("/shelf?q={}&cursor={}", encoded(&q), encoded(next)));
    let tab = |one: Tab| (format!("/search?{}", address(&q, one, "relevance")), one.label());
    let status = if error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = ShelfPage {
        shell: Shell::new(pages, visit),
        tabs: Tab::ALL.into_iter().map(tab).collect(),
        kinds: ShelfKind::ALL.iter().map(|kind| kind.label()).collect(),
        kind: kind.to_owned(),
        may_change: visit.may(Permission::Edit),
        q,
        removed,
        found,
        next,
        documents,
        typed,
        error,
        notice,
    };
    page_with(status, &shown)
}

pub(super) async fn list(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let notice = match asked.text("done") {
        "add" => "已放入参考资料，随即可以检索",
        "repeat" => "这份资料早已在参考资料中，没有重复放入",
        _ => "",
    };
    let kind = ShelfKind::parse(asked.text("kind")).map_or("", ShelfKind::label);
    let cursor = Some(asked.text("cursor").to_owned()).filter(|cursor| !cursor.is_empty());
    let wanted = (asked.text("q"), kind, asked.text("removed") == "1", cursor);
    shown(&pages, &visit, wanted, (ShelfRequest::default(), String::new(), notice)).await
}

pub(super) async fn add(State(pages): Shared, visit: Visit, Sent(sent): Sent, Fields(form): Fields) -> Page {
    let text = |name: &str| form.text(name).to_owned();
    let file = sent.filter(|file| !file.bytes.is_empty());
    let name = file.as_ref().map(|file| file.name.clone()).unwrap_or_default();
    let wanted = ShelfRequest {
        name,
        kind: text("kind"),
        title: text("title"),
        date: text("date"),
        source: text("source"),
    };
    let shelved = match file {
        Some(file) => pages.desk.shelve(wanted.clone(), file.bytes, visit.actor()?).await,
        None => return Err(Problem::invalid("没有选文件，请选一份 TXT、DOCX 或 PDF")),
    };
    match shelved.map_err(Problem::from) {
        Ok(shelved) => {
            let done = if shelved.repeat { "repeat" } else { "add" };
            Ok(Redirect::to(&format!("/shelf?done={done}")).into_response())
        }
        // What was typed comes back; the file has to be chosen again.
        Err(problem) if problem.status == 422 => {
            shown(&pages, &visit, ("", "", false, None), (wanted, problem.detail, "")).await
        }
        Err(problem) => Err(problem),
    }
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Path(no): Path<String>) -> Page {
    let document = pages.desk.shelf_document(shelf_no(&no)?).await?;
    page(&DocumentPage {
        shell: Shell::new(&pages, &visit),
        paragraphs: document.body.lines().map(str::to_owned).collect(),
        record: document.record,
        may_change: visit.may(Permission::Edit),
    })
}

pub(super) async fn act(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let no = shelf_no(&no)?;
    let off = match form.text("do") {
        "remove" => true,
        "restore" => false,
        _ => return Err(Problem::invalid("没有选择要做什么，请点一个按钮")),
    };
    pages.desk.take_off_shelf(no, off, visit.actor()?).await?;
    Ok(Redirect::to(&format!("/shelf/{no}")).into_response())
}
