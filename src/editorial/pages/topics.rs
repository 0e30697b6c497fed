//! 选题: the list, publishing a batch, another deadline, closing and opening again.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use crate::model::{ItemState, LocalDate, Permission, TopicStanding};
use crate::site::{Asked, Fields, Page, Shell, Visit, page_with};
use crate::store::TopicRecord;
use crate::web::{Form, Problem};

use super::super::topics::TopicsView;
use super::inbox::TABS;
use super::{Pages, Shared};

/// Longest list that is read; what each line may hold is said by line.
const LINES_MAX: usize = 30_000;

#[derive(Template)]
#[template(path = "topics.html")]
struct TopicsPage {
    shell: Shell,
    topics: Vec<Line>,
    open: usize,
    may_publish: bool,
    typed: Typed,
    error: String,
    notice: String,
    today: String,
}

/// What stands in the form.
#[derive(Default)]
struct Typed {
    batch: String,
    deadline: String,
    topics: String,
}

struct Line {
    no: i64,
    batch: String,
    title: String,
    note: String,
    deadline: String,
    published: String,
    standing: &'static str,
    open: bool,
    closed: bool,
    count: i64,
    /// The list of what answers it, at the first state that holds some.
    list: String,
}

fn line(topic: &TopicRecord, view: &TopicsView, today: LocalDate) -> Line {
    let standing = topic.standing(today);
    let counts: Vec<(ItemState, i64)> =
        TABS.iter().map(|(state, _)| (*state, view.count(topic.no, *state))).collect();
    let first = counts.iter().find(|(_, count)| *count > 0).map_or(ItemState::Received, |(state, _)| *state);
    Line {
        no: topic.no,
        batch: topic.batch.clone(),
        title: topic.title.clone(),
        note: topic.note.clone(),
        deadline: topic.deadline.to_string(),
        published: topic.published_at.date().to_string(),
        standing: standing.label(),
        open: standing == TopicStanding::Open,
        closed: standing == TopicStanding::Closed,
        count: counts.iter().map(|(_, count)| count).sum(),
        list: format!("/inbox?state={}&topic={}", first.code(), topic.no),
    }
}

async fn shown(pages: &Pages, visit: &Visit, typed: Typed, error: String, notice: String) -> Page {
    let view = pages.desk.topics().await?;
    let today = pages.desk.clock.now().date();
    let mut topics: Vec<Line> = view.topics.iter().map(|topic| line(topic, &view, today)).collect();
    // Those that are open first; each part the latest first, as it was read.
    topics.sort_by_key(|topic| !topic.open);
    let status = if error.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = TopicsPage {
        shell: Shell::new(pages, visit),
        open: topics.iter().filter(|topic| topic.open).count(),
        topics,
        may_publish: visit.may(Permission::Edit),
        typed,
        error,
        notice,
        today: today.to_string(),
    };
    page_with(status, &shown)
}

pub(super) async fn list(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let notice = match (asked.number("published"), asked.text("done")) {
        (Some(count), _) => format!("已发布 {count} 个选题，供稿者登录后即可看到"),
        (_, "deadline") => "截止日期已更改".to_owned(),
        (_, "close") => "已关闭，不再接受应征；已应征的来稿不受影响，随时可以重新征集".to_owned(),
        (_, "reopen") => "已重新征集".to_owned(),
        _ => String::new(),
    };
    shown(&pages, &visit, Typed::default(), String::new(), notice).await
}

fn day(form: &Form) -> Result<LocalDate, Problem> {
    let text = form.text("deadline");
    if text.is_empty() {
        return Err(Problem::invalid("没有填截止日期，请选一个日期"));
    }
    LocalDate::parse(text).map_err(|error| Problem::invalid(format!("截止日期“{text}”{error}")))
}

async fn published(pages: &Pages, visit: &Visit, form: &Form) -> Result<usize, Problem> {
    let batch = form.text("batch").to_owned();
    let lines = form.limited("topics", "选题", LINES_MAX)?;
    Ok(pages.desk.publish_topics(batch, &lines, day(form)?, visit.actor()?).await?)
}

pub(super) async fn publish(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    match published(&pages, &visit, &form).await {
        Ok(count) => Ok(Redirect::to(&format!("/topics?published={count}")).into_response()),
        // What was typed comes back.
        Err(problem) if problem.status == 422 => {
            let text = |name: &str| form.raw(name).to_owned();
            let typed = Typed { batch: text("batch"), deadline: text("deadline"), topics: text("topics") };
            shown(&pages, &visit, typed, problem.detail, String::new()).await
        }
        Err(problem) => Err(problem),
    }
}

pub(super) async fn act(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let no = no.parse::<i64>().map_err(|_| Problem::not_found(format!("没有选题 {no}")))?;
    let (desk, by) = (&pages.desk, visit.actor()?);
    let done = form.text("do");
    match done {
        "deadline" => desk.set_topic_deadline(no, day(&form)?, by).await?,
        "close" | "reopen" => desk.close_topic(no, done == "close", by).await?,
        _ => return Err(Problem::invalid("没有选择要做什么，请点一个按钮")),
    }
    Ok(Redirect::to(&format!("/topics?done={done}")).into_response())
}
