//! What stands around every page: head, navigation, who is signed in.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::model::{Permission, Timestamp};
use crate::web::Problem;

use super::live::shown;
use super::visit::Visit;
use super::{ACCOUNTS, Page, Site, WRITING};

/// What stands around a page.
pub struct Shell {
    /// 姓名 of who is signed in.
    pub user: Option<String>,
    /// The token of every form.
    pub token: String,
    /// 大字版.
    pub large: bool,
    /// Where a form that changes the view comes back to.
    pub here: String,
    /// Who looks and when, to stand over what is shown (水印); none where the office wants none.
    pub watermark: Option<String>,
    /// 本单位.
    pub office: String,
    /// Where one can go.
    pub links: Vec<Place>,
    /// Address of the style.
    pub style: String,
    /// Address of the script.
    pub script: String,
}

/// A place in the navigation.
pub struct Place {
    /// Its address.
    pub address: &'static str,
    /// Its name.
    pub label: &'static str,
    /// The key that leads there, wherever one does not type.
    pub key: &'static str,
    /// Whether one is there.
    pub current: bool,
    /// What waits there; none where nothing is counted for this person.
    pub figure: Option<Figure>,
}

/// A figure beside a place.
pub struct Figure {
    /// What it counts: 待编.
    pub label: &'static str,
    /// As it is shown; empty where nothing waits.
    pub shown: String,
}

/// Every place, in the order of a day's work.
const PLACES: &[(&str, &str, &str, &[Permission])] = &[
    ("/mine", "我的来稿", "m", &[Permission::Submit]),
    ("/report", "报送", "b", &[Permission::Submit]),
    ("/inbox", "来稿", "l", &[Permission::Read]),
    ("/typed", "代录", "r", &[Permission::Triage]),
    ("/topics", "选题", "c", &[Permission::Read]),
    ("/contributors", "反映人", "g", &[Permission::Read, Permission::Run]),
    ("/files", "文件", "j", &[Permission::Submit, Permission::Triage]),
    ("/tasks", "待办", "d", WRITING),
    ("/issues", "拟发稿", "f", &[Permission::Read]),
    ("/outcomes", "采用", "w", &[Permission::Read]),
    ("/search", "检索", "s", &[Permission::Read]),
    ("/reminders", "提醒", "i", &[Permission::Read]),
    ("/today", "今日一览", "t", &[Permission::Read]),
    ("/dead", "异常来稿", "y", &[Permission::Run]),
    ("/sources", "渠道", "q", &[Permission::Run]),
    ("/deliveries", "通知", "h", &[Permission::Run, Permission::Edit]),
    ("/tables", "基础数据", "k", &[Permission::Run]),
    ("/system", "系统状况", "x", &[Permission::Run]),
    ("/accounts", "账户", "u", ACCOUNTS),
    ("/log", "操作日志", "o", &[Permission::Audit]),
];

impl Shell {
    /// For a visit.
    pub fn new(site: &Site, visit: &Visit) -> Self {
        let path = visit.address.split('?').next().unwrap_or_default();
        let figures = visit.signed_in.as_ref().map(|who| site.live.now().of(&who.user)).unwrap_or_default();
        let links = PLACES
            .iter()
            .filter(|(_, _, _, wanted)| wanted.iter().any(|wanted| visit.may(*wanted)))
            .map(|(address, label, key, _)| {
                let below =
                    path.strip_prefix(address).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                let figure = figures.iter().find(|(place, _, _)| place == address);
                let figure = figure.map(|(_, label, count)| Figure { label, shown: shown(*count) });
                Place { address, label, key, current: below, figure }
            })
            .collect();
        Self {
            user: visit.signed_in.as_ref().map(|who| who.user.title.clone()),
            token: visit.token.clone(),
            large: visit.large,
            watermark: watermark(site, visit, path),
            here: visit.address.clone(),
            office: site.settings.office.clone(),
            links,
            style: site.style.clone(),
            script: site.script.clone(),
        }
    }
}

/// The pages that show what people sent or what is written from it.
const MARKED: &[&str] =
    &["/inbox", "/items/", "/manuscripts/", "/search", "/outcomes", "/typed", "/contributors"];

fn watermark(site: &Site, visit: &Visit, path: &str) -> Option<String> {
    let user = &visit.signed_in.as_ref().filter(|_| site.settings.watermark)?.user;
    let marked = MARKED.iter().any(|place| path.starts_with(place));
    marked.then(|| format!("{} {} {}", user.title, user.name, visit.at.minute()))
}

/// A page as an answer.
pub fn page(template: &impl Template) -> Page {
    page_with(StatusCode::OK, template)
}

/// A page with another status: a form that was refused is shown again with what was entered.
pub fn page_with(status: StatusCode, template: &impl Template) -> Page {
    let text = template.render().map_err(|error| Problem::internal(&error))?;
    Ok((status, Html(text)).into_response())
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    shell: Shell,
    title: &'a str,
    detail: &'a str,
    fields: Vec<String>,
    back: &'static str,
}

/// A refusal as a page, with a way back.
pub fn error_page(site: &Site, visit: &Visit, problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fields = problem.fields.iter().map(|f| format!("{}：{}，{}", f.field, f.reason, f.remedy)).collect();
    let back = if status == StatusCode::UNAUTHORIZED { "/sign-in" } else { "/" };
    let shell = Shell::new(site, visit);
    let shown = ErrorPage { shell, title: problem.title, detail: &problem.detail, fields, back };
    let mut response =
        page_with(status, &shown).unwrap_or_else(|_| (status, problem.detail.clone()).into_response());
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// How long ago, in words; the exact time stands beside it as a title.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = (now.as_micros() - at.as_micros()) / 1_000_000;
    match seconds {
        ..60 => "刚刚".to_owned(),
        60..3600 => format!("{} 分钟前", seconds / 60),
        3600..86_400 => format!("{} 小时前", seconds / 3600),
        86_400..864_000 => format!("{} 天前", seconds / 86_400),
        _ => at.date().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_place_has_a_key_of_another_or_of_what_a_page_does() {
        let mut keys: Vec<&str> = PLACES.iter().map(|(_, _, key, _)| *key).collect();
        // 撤销, the tools of a text, next and previous.
        keys.extend(["z", "e", "n", "p"]);
        keys.sort_unstable();
        let all = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), all, "{keys:?}");
    }

    #[test]
    fn times_are_told_in_words_until_they_are_ten_days_old() {
        let now = Timestamp::parse("2026-01-20T12:00:00").expect("time");
        let told = |seconds: i64| ago(now.plus_seconds(-seconds), now);
        assert_eq!([told(-5), told(59), told(60)], ["刚刚", "刚刚", "1 分钟前"]);
        assert_eq!([told(7200), told(3 * 86_400)], ["2 小时前", "3 天前"]);
        assert_eq!(told(864_000), "2026-01-10");
    }
}
