//! 反映人库: the list, searched and filtered.

use askama::Template;
use axum::extract::State;

use crate::model::{ContributorKind, ReporterForm};
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::store::ReporterFilter;
use crate::web::{Form, encoded};

use super::lines::{Line, line};
use super::{KEEPING, Shared};

/// Entries of one page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "contributors.html")]
struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
    active: i64,
    retired: i64,
    words: String,
    forms: Vec<(&'static str, &'static str, bool)>,
    kinds: Vec<(&'static str, bool)>,
    district: String,
    standing: String,
    filtered: bool,
    may_keep: bool,
    notice: String,
    /// Address of the next page.
    next: Option<String>,
    later: bool,
}

/// What an address asks for.
fn filter(asked: &Form) -> ReporterFilter {
    let district = asked.text("district");
    ReporterFilter {
        words: asked.text("words").chars().take(50).collect(),
        form: ReporterForm::from_code(asked.text("form")),
        kind: ContributorKind::from_label(asked.text("kind")),
        district: (!district.is_empty()).then(|| district.to_owned()),
        retired: match asked.text("standing") {
            "all" => None,
            "retired" => Some(true),
            _ => Some(false),
        },
    }
}

fn told(asked: &Form) -> String {
    let entered = |name: &str| asked.number(name).unwrap_or_default();
    match asked.text("done") {
        "import" => format!(
            "已导入：新增 {} 条，更新 {} 条，结束任职 {} 人",
            entered("added"),
            entered("changed"),
            entered("ended")
        ),
        _ => String::new(),
    }
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let skip = asked.number("skip").unwrap_or_default().clamp(0, 1_000_000);
    let wanted = filter(&asked);
    let filtered = !wanted.words.is_empty()
        || wanted.form.is_some()
        || wanted.kind.is_some()
        || wanted.district.is_some()
        || wanted.retired != Some(false);
    let (words, form, kind) = (wanted.words.clone(), wanted.form, wanted.kind);
    let (mut records, (active, retired)) = pages.registry.list(wanted, skip, PAGE + 1).await?;
    let more = records.len() > PAGE as usize;
    records.truncate(PAGE as usize);
    let next = more.then(|| {
        let kept = asked.only(&["words", "form", "kind", "district", "standing"]).address();
        format!("/contributors?{kept}&skip={}", encoded(&(skip + PAGE).to_string()))
    });
    let today = pages.registry.parts.clock.now().date();
    page(&ListPage {
        shell: Shell::new(&pages, &visit),
        lines: records.iter().map(|record| line(record, today)).collect(),
        active,
        retired,
        words,
        forms: ReporterForm::ALL.iter().map(|one| (one.code(), one.label(), Some(*one) == form)).collect(),
        kinds: ContributorKind::ALL.iter().map(|one| (one.label(), Some(*one) == kind)).collect(),
        district: asked.text("district").to_owned(),
        standing: asked.text("standing").to_owned(),
        filtered,
        may_keep: visit.may(KEEPING),
        notice: told(&asked),
        next,
        later: skip > 0,
    })
}
