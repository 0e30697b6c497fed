//! 台账, lists of hits, 常用检索: taken out as XLSX or CSV, kept under a name.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::model::LocalDate;
use crate::outcome::Sheet;
use crate::site::{Asked, Fields, Page, Visit};
use crate::web::{Form, Problem, encoded};

use super::super::DeskError;
use super::Shared;
use super::search::request;

fn day(asked: &Form, name: &str, label: &str) -> Result<LocalDate, Problem> {
    let text = asked.text(name);
    LocalDate::parse(text).map_err(|error| Problem::invalid(format!("{label}“{text}”{error}")))
}

/// As CSV, or as XLSX.
pub(in crate::editorial) fn handed_out(sheet: &Sheet, csv: bool) -> Result<Response, Problem> {
    let (bytes, ending, kind) = if csv {
        (sheet.csv().into_bytes(), "csv", "text/csv; charset=utf-8")
    } else {
        let bytes = sheet.xlsx().map_err(|error| Problem::internal(&error))?;
        (bytes, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    };
    let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
    let name = encoded(&format!("{}.{ending}", sheet.title)).replace('+', "%20");
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

pub(super) async fn ledger(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let (from, to) = (day(&asked, "from", "起日")?, day(&asked, "to", "止日")?);
    let user = &visit.who()?.user;
    let sheet = match asked.text("which") {
        "issued" => pages.desk.issued_ledger(from, to, user).await?,
        _ => pages.desk.received_ledger(from, to, user).await?,
    };
    handed_out(&sheet, asked.text("format") == "csv")
}

pub(super) async fn hits(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let request = request(&asked).0;
    if request.q.is_empty() {
        return Err(Problem::invalid("请先写检索式，再导出"));
    }
    let sheet = pages.desk.search_list(request, &visit.who()?.user).await?;
    handed_out(&sheet, asked.text("format") == "csv")
}

/// Keeps the search of the page under a name, forgets one, subscribes to one or ends that.
pub(super) async fn keep(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let (desk, user) = (&pages.desk, &visit.who()?.user);
    let name = form.limited("name", "名称", 20)?;
    let query = form.limited("query", "检索式", 1_000)?;
    match form.text("do") {
        "forget" => desk.forget_search(name, user).await?,
        "keep" => desk.keep_search(name, query.clone(), user).await?,
        "subscribe" => desk.subscribe(name, true, user).await?,
        "unsubscribe" => desk.subscribe(name, false, user).await?,
        _ => return Err(DeskError::Request("没有选择要做什么，请点一个按钮".to_owned()).into()),
    }
    desk.nudge.give();
    if form.text("back") == "reminders" {
        return Ok(Redirect::to("/reminders").into_response());
    }
    Ok(Redirect::to(&format!("/search?{}", Form::parse(query.as_bytes()).address())).into_response())
}
