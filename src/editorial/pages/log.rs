//! 操作日志: who did what and when; the check of its chain; export.

use askama::Template;
use axum::extract::State;

use crate::model::LocalDate;
use crate::outcome::{Cell, Sheet};
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::store::{AuditFilter, AuditRow, ChainCheck, Priority, Sql, Tx, audit_page, check_chain};
use crate::web::{Form, Problem, encoded};

use super::super::DeskError;
use super::history::{people, what, who};
use super::lists::handed_out;
use super::{Pages, Shared};

/// Rows on a page, and in an export.
const PAGE: i64 = 100;
const EXPORT_MAX: i64 = 100_000;
/// Kinds of action.
const KINDS: &[(&str, &str)] = &[
    ("user", "账户与登录"),
    ("session", "登录结束"),
    ("item", "来稿"),
    ("shelf", "参考资料"),
    ("group", "分组"),
    ("manuscript", "编稿"),
    ("issue", "刊物"),
    ("source", "来稿渠道"),
    ("dead_letter", "异常来稿"),
    ("list", "导出名单"),
    ("log", "操作日志"),
];

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    shell: Shell,
    rows: Vec<Line>,
    actor: String,
    from: String,
    to: String,
    kinds: Vec<(&'static str, &'static str, bool)>,
    people: Vec<(String, String, bool)>,
    list: String,
    next: Option<String>,
    chain: Option<ChainCheck>,
}

struct Line {
    no: i64,
    at: String,
    who: String,
    what: String,
    object: String,
}

/// What is asked for, and the address that asks for it again.
struct Wanted {
    filter: AuditFilter,
    list: String,
}

fn wanted(asked: &Form) -> Result<Wanted, Problem> {
    let day = |name: &str, label: &str| match asked.text(name) {
        "" => Ok(None),
        text => LocalDate::parse(text)
            .map(Some)
            .map_err(|error| Problem::invalid(format!("{label}“{text}”{error}"))),
    };
    let (from, to) = (day("from", "起日")?, day("to", "止日")?);
    let given = |name: &str| Some(asked.text(name).to_owned()).filter(|text| !text.is_empty());
    let names = ["actor", "kind", "from", "to"];
    let pairs = names.iter().filter_map(|name| Some(format!("{name}={}", encoded(&given(name)?))));
    Ok(Wanted {
        list: pairs.collect::<Vec<_>>().join("&"),
        filter: AuditFilter {
            actor: given("actor"),
            kind: given("kind").filter(|kind| KINDS.iter().any(|(known, _)| known == kind)),
            object: None,
            from: from.map(LocalDate::start),
            to: to.map(LocalDate::end),
        },
    })
}

async fn rows(
    pages: &Pages,
    filter: AuditFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditRow>, DeskError> {
    Ok(pages.desk.store.read(move |sql: &mut dyn Sql| audit_page(sql, &filter, before, limit)).await?)
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let Wanted { filter, list } = wanted(&asked)?;
    let mut found = rows(&pages, filter.clone(), asked.number("before"), PAGE + 1).await?;
    let people = people(&pages).await?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let next = found.last().filter(|_| more).map(|row| format!("/log?{list}&before={}", row.no));
    let chain = match asked.text("check") {
        "1" => Some(
            pages.desk.store.read(|sql: &mut dyn Sql| check_chain(sql)).await.map_err(DeskError::Store)?,
        ),
        _ => None,
    };
    let (actor, kind) = (asked.text("actor"), asked.text("kind"));
    page(&LogPage {
        shell: Shell::new(&pages, &visit),
        rows: found
            .iter()
            .map(|row| Line {
                no: row.no,
                at: row.at.minute(),
                who: who(&row.actor, &people),
                what: what(&row.action, &row.detail),
                object: row.object.clone(),
            })
            .collect(),
        kinds: KINDS.iter().map(|(code, label)| (*code, *label, *code == kind)).collect(),
        people: people
            .iter()
            .map(|(name, title)| (format!("user:{name}"), title.clone(), actor == format!("user:{name}")))
            .collect(),
        actor: actor.to_owned(),
        from: asked.text("from").to_owned(),
        to: asked.text("to").to_owned(),
        list,
        next,
        chain,
    })
}

pub(super) async fn export(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let Wanted { filter, list } = wanted(&asked)?;
    let (people, by) = (people(&pages).await?, visit.actor()?);
    let found = rows(&pages, filter, None, EXPORT_MAX).await?;
    let count = found.len();
    let logged = pages.desk.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
        tx.audit(&by, "log.export", "audit", &serde_json::json!({ "rows": count, "filter": list }))
    });
    logged.await.map_err(DeskError::Store)?;
    let cells = |row: &AuditRow| -> Vec<Cell> {
        vec![
            row.no.into(),
            row.at.to_string().into(),
            who(&row.actor, &people).into(),
            what(&row.action, &row.detail).into(),
            row.object.clone().into(),
            row.detail.to_string().into(),
        ]
    };
    let (user, now) = (&visit.who()?.user.title, pages.desk.clock.now().minute());
    let sheet = Sheet {
        title: "操作日志".to_owned(),
        note: format!("共 {count} 条　导出人：{user}　{now}"),
        columns: vec![("序号", 8), ("时间", 20), ("操作人", 12), ("操作", 40), ("对象", 30), ("明细", 60)],
        rows: found.iter().map(cells).collect(),
    };
    handed_out(&sheet, true)
}
