//! One entry: what it says, its posts over time, what it sent; looking behind the mask, retiring, binding an account.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::{Permission, ReporterForm};
use crate::site::{Asked, Fields, Page, Shell, Visit, page};
use crate::web::{Form, Problem};

use super::lines::{Line, PostLine, line, post_line, sensitive};
use super::{KEEPING, Pages, Shared};

#[derive(Template)]
#[template(path = "contributor.html")]
struct EntryPage {
    shell: Shell,
    line: Line,
    rev: i64,
    posts: Vec<PostLine>,
    sensitive: Vec<(&'static str, String)>,
    note: String,
    account: String,
    added: String,
    members: Vec<Line>,
    sent: i64,
    adopted: i64,
    items: Vec<ItemLine>,
    may_keep: bool,
    may_reveal: bool,
    /// Titles are for who reads items.
    may_read: bool,
    revealed: bool,
    is_unit: bool,
    people: Vec<PersonLine>,
    review_first: bool,
    notice: &'static str,
}

struct ItemLine {
    id: String,
    title: String,
    state: &'static str,
    at: String,
}

struct PersonLine {
    account: String,
    title: String,
    reviewer: bool,
    since: String,
    /// The day on which they left.
    left: Option<String>,
}

pub(super) fn entry_no(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("没有反映人 {text}")))
}

/// The revision that a form was made from.
pub(super) fn revision(form: &Form) -> Result<i64, Problem> {
    form.number("rev").ok_or_else(|| Problem::invalid("页面不完整，没有保存。请返回上一页，刷新后重试"))
}

async fn shown(pages: &Pages, visit: &Visit, no: i64, revealed: bool, notice: &'static str) -> Page {
    let registry = &pages.registry;
    let view = registry.entry(no).await?;
    let today = registry.parts.clock.now().date();
    let record = &view.record;
    let own = record.fields.posts.iter();
    let theirs = view.members.iter().flat_map(|member| &member.fields.posts);
    let mut posts: Vec<_> = own.chain(theirs).collect();
    posts.sort_by_key(|post| std::cmp::Reverse((post.until.is_none(), post.from)));
    posts.dedup();
    let personal = visit.may(Permission::Personal);
    let redactor = &registry.parts.redactor;
    let items = view.items.iter().map(|item| ItemLine {
        id: item.id.to_string(),
        title: redactor.mask(&item.title).into_inner(),
        state: item.state.label(),
        at: item.received_at.date().to_string(),
    });
    let people = view.people.iter().map(|person| PersonLine {
        account: person.account.clone(),
        title: person.title.clone(),
        reviewer: person.reviewer,
        since: person.since.date().to_string(),
        left: person.left_at.map(|at| at.date().to_string()),
    });
    page(&EntryPage {
        shell: Shell::new(pages, visit),
        line: line(record, today),
        rev: record.rev,
        posts: posts.into_iter().map(|post| post_line(post, today)).collect(),
        sensitive: sensitive(redactor, record, personal, revealed),
        note: record.fields.note.clone(),
        account: record.account.clone().unwrap_or_default(),
        added: record.added_at.date().to_string(),
        members: view.members.iter().map(|member| line(member, today)).collect(),
        sent: view.sent,
        adopted: view.adopted,
        items: items.collect(),
        may_keep: visit.may(KEEPING),
        may_reveal: personal && !revealed,
        may_read: visit.may(Permission::Read),
        revealed,
        is_unit: record.fields.form == ReporterForm::Unit,
        people: people.collect(),
        review_first: view.review_first,
        notice,
    })
}

pub(super) async fn show(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Asked(asked): Asked,
) -> Page {
    let notice = match asked.text("done") {
        "add" => "已新增",
        "change" => "已保存",
        "retire" => "已停用；已有的来稿和任职不受影响，随时可以恢复",
        "restore" => "已恢复",
        "account" => "账户已更改",
        "merge" => "已合并，两条的任职和来稿都在；下面可以撤销",
        "unmerge" => "已撤销合并",
        "people" => "单位账户已更改",
        "review" => "本级审核已更改",
        _ => "",
    };
    shown(&pages, &visit, entry_no(&no)?, false, notice).await
}

pub(super) async fn reveal(State(pages): Shared, visit: Visit, Path(no): Path<String>) -> Page {
    let no = entry_no(&no)?;
    pages.registry.reveal(no, visit.actor()?).await?;
    shown(&pages, &visit, no, true, "").await
}

/// Back to the entry, with a word on what was done.
pub(super) fn back(no: i64, done: &str) -> Page {
    Ok(Redirect::to(&format!("/contributors/{no}?done={done}")).into_response())
}

pub(super) async fn retire(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let no = entry_no(&no)?;
    let retired = form.text("do") != "restore";
    pages.registry.retire((no, revision(&form)?), retired, visit.actor()?).await?;
    back(no, if retired { "retire" } else { "restore" })
}

pub(super) async fn account(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let no = entry_no(&no)?;
    pages.registry.bind((no, revision(&form)?), form.text("account"), visit.actor()?).await?;
    back(no, "account")
}
