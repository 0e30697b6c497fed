//! 查重合并: pairs that may be one, merged as the office says, taken apart again.

use askama::Template;
use axum::extract::{Path, State};

use crate::site::{Fields, Page, Shell, Visit, page};
use crate::store::{Sql, double_reporters, read_reporter};
use crate::web::Problem;

use super::Shared;
use super::entry::{back, entry_no};
use super::lines::{Line, line};

/// Pairs that the page lists.
const LISTED: i64 = 200;

#[derive(Template)]
#[template(path = "contributor_doubles.html")]
struct DoublesPage {
    shell: Shell,
    pairs: Vec<Pair>,
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
    let read = pages.registry.read(move |sql: &mut dyn Sql| {
        let mut pairs = Vec::new();
        for (one, two, phone) in double_reporters(sql, LISTED)? {
            let (one, two) = (read_reporter(sql, one)?, read_reporter(sql, two)?);
            pairs.push(Pair {
                one: line(&one, today),
                one_rev: one.rev,
                two: line(&two, today),
                two_rev: two.rev,
                why: if phone { "电话相同" } else { "名称和单位相同" },
            });
        }
        Ok(pairs)
    });
    page(&DoublesPage { shell: Shell::new(&pages, &visit), pairs: read.await? })
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

pub(super) async fn merge(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
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
