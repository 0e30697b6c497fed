//! 查重合并: pairs that may be one, merged as the office says, taken apart again, or said to be two (不是同一人).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::site::{Fields, Page, Shell, Visit, page};
use crate::store::{DistinctPair, ReporterRecord};
use crate::web::Problem;

use super::Shared;
use super::entry::{back, entry_no};
use super::lines::{Line, line};
use super::work::{Double, Doubles};

#[derive(Template)]
#[template(path = "contributor_doubles.html")]
struct DoublesPage {
    shell: Shell,
    pairs: Vec<Pair>,
    distinct: Vec<Parted>,
}

/// Two of which somebody said that they are two.
struct Parted {
    one: Line,
    two: Line,
    at: String,
}

struct Pair {
    one: Line,
    one_rev: i64,
    two: Line,
    two_rev: i64,
    why: &'static str,
}

pub(super) async fn show(State(pages): Shared, visit: Visit) -> Page {
    let today = pages.registry.parts.clock.now().date();
    let Doubles { pairs, distinct } = pages.registry.doubles().await?;
    let pair = |Double { one, two, phone }| Pair {
        one_rev: one.rev,
        two_rev: two.rev,
        one: line(&one, today),
        two: line(&two, today),
        why: why(phone),
    };
    let parted = |(one, two, said): (ReporterRecord, ReporterRecord, DistinctPair)| Parted {
        one: line(&one, today),
        two: line(&two, today),
        at: said.at.minute(),
    };
    page(&DoublesPage {
        shell: Shell::new(&pages, &visit),
        pairs: pairs.into_iter().map(pair).collect(),
        distinct: distinct.into_iter().map(parted).collect(),
    })
}

/// Why two may be one.
pub(super) fn why(phone: bool) -> &'static str {
    if phone { "电话相同" } else { "名称和单位相同" }
}

/// `3.1 5.2`: the entry that is kept and its revision, the one that goes into it and its revision.
fn chosen(text: &str) -> Option<[(i64, i64); 2]> {
    let one = |text: &str| {
        let (no, rev) = text.split_once('.')?;
        Some((no.parse().ok()?, rev.parse().ok()?))
    };
    let (kept, gone) = text.split_once(' ')?;
    Some([one(kept)?, one(gone)?])
}

/// Two numbers.
fn both(text: &str) -> Option<(i64, i64)> {
    let (one, two) = text.split_once(' ')?;
    Some((one.parse().ok()?, two.parse().ok()?))
}

pub(super) async fn decide(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    for (field, distinct) in [("distinct", true), ("undo", false)] {
        if form.text(field).is_empty() {
            continue;
        }
        let pair =
            both(form.text(field)).ok_or_else(|| Problem::invalid("页面不完整，没有写入。请刷新后重试"))?;
        pages.registry.set_distinct(pair, distinct, visit.actor()?).await?;
        return Ok(Redirect::to("/contributors/doubles").into_response());
    }
    let pair = chosen(form.text("pair"));
    let [kept, gone] = pair.ok_or_else(|| Problem::invalid("没有选择保留哪一条，没有合并。请返回重选"))?;
    pages.registry.merge(kept, gone, visit.actor()?).await?;
    back(kept.0, "merge")
}

pub(super) async fn unmerge(State(pages): Shared, visit: Visit, Path(no): Path<String>) -> Page {
    let no = entry_no(&no)?;
    pages.registry.unmerge(no, visit.actor()?).await?;
    back(no, "unmerge")
}
