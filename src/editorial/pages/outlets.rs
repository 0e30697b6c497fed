//! 上报 and 直转 on the page of a manuscript: signed, sent, its paper.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::{ManuscriptState, Outlet, Permission};
use crate::site::{Fields, Page, Visit};
use crate::store::ManuscriptRecord;
use crate::web::Problem;

use super::super::manuscript::Sending as Step;
use super::Shared;
use super::issues::file;
use super::manuscript::manuscript_id;

/// What the page shows of it.
pub(super) struct Sending {
    pub what: &'static str,
    pub to: String,
    pub title: String,
    pub cover: String,
    /// What its paper is called.
    pub paper: &'static str,
    pub may_sign: bool,
    pub may_send: bool,
    /// The button.
    pub done: &'static str,
    pub hint: &'static str,
}

pub(super) fn sending(record: &ManuscriptRecord, visit: &Visit) -> Option<Sending> {
    use ManuscriptState as S;
    let (signs, sends) = (visit.may(Permission::Sign), visit.may(Permission::Register));
    let own = |text: &String| text.clone();
    match &record.outlet {
        Outlet::Series { .. } => None,
        Outlet::Report { to, title, cover } => Some(Sending {
            what: "上报",
            to: own(to),
            title: own(title),
            cover: own(cover),
            paper: "上报稿",
            may_sign: signs && record.state == S::AwaitingSignature,
            may_send: sends && record.state == S::Signed,
            done: "已上报",
            hint: match record.state {
                S::Editing | S::InReview => "审核通过后签发，签发后上报",
                S::AwaitingSignature => "等签发",
                S::Signed => "送出后点“已上报”，来稿随之记为已采用",
                _ => "",
            },
        }),
        Outlet::Forward { to } => Some(Sending {
            what: "直转",
            to: own(to),
            title: String::new(),
            cover: String::new(),
            paper: "转送函",
            may_sign: false,
            may_send: sends && matches!(record.state, S::Editing | S::InReview | S::AwaitingSignature),
            done: "已转",
            hint: if record.state == S::Forwarded {
                ""
            } else {
                "函送出后点“已转”；没有编入别处的来稿随之记为直转"
            },
        }),
    }
}

pub(super) async fn act(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let step = match form.text("do") {
        "sign" => Step::Sign,
        "return" => Step::Return,
        "send" => Step::Send,
        _ => return Err(Problem::invalid("没有选择要做什么，请点一个按钮")),
    };
    let rev = form.number("rev").ok_or_else(|| Problem::invalid("页面不完整，请刷新后重新提交"))?;
    let comment = form.limited("comment", "意见", 500)?;
    let user = &visit.who()?.user;
    pages.desk.send_manuscript((manuscript_id(&id)?, rev), step, comment, user).await?;
    pages.desk.counted.forget();
    Ok(Redirect::to(&format!("/manuscripts/{id}")).into_response())
}

pub(super) async fn paper(State(pages): Shared, Path((id, format)): Path<(String, String)>) -> Page {
    let (kind, disposition) = match format.as_str() {
        "html" => ("text/html; charset=utf-8", "inline"),
        "pdf" => ("application/pdf", "attachment"),
        "docx" => ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment"),
        _ => return Err(Problem::not_found("只有 html、docx、pdf 三种")),
    };
    let (name, bytes) = pages.desk.outlet_paper(manuscript_id(&id)?, format).await?;
    Ok(file(&name, bytes, kind, disposition))
}
