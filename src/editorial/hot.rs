//! 热点 of a period.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::group::{HotMatter, PeriodItem, hot_matters};
use crate::index::Kin;
use crate::model::{ItemId, LocalDate, Timestamp};
use crate::store::{PeriodRow, count_between, issued_uses, items_between};

use super::{Desk, DeskError};

/// Matters shown unless asked otherwise, and at most.
const LIMIT: usize = 10;
const LIMIT_MAX: usize = 100;
/// Days of the period unless asked otherwise, today included.
const DAYS: u32 = 30;
/// Items of a period at most; of more, the latest. One answer must not hold up the desk.
const ITEMS_MAX: i64 = 50_000;
/// Items and contributors named with each matter.
const ITEMS_SHOWN: usize = 20;
const NAMES_SHOWN: usize = 10;

/// A request.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HotRequest {
    /// First day, as `2026-01-08`.
    #[serde(default)]
    pub from: Option<LocalDate>,
    /// Last day.
    #[serde(default)]
    pub to: Option<LocalDate>,
    /// Matters.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// The hot matters of a period.
#[derive(Debug, Serialize)]
pub struct HotView {
    /// First day.
    pub from: LocalDate,
    /// Last day.
    pub to: LocalDate,
    /// Items of the period that were looked at.
    pub items: usize,
    /// Earlier items of the period that were too many to be looked at.
    pub left_out: i64,
    /// The hottest first.
    pub matters: Vec<ShownMatter>,
}

/// A hot matter as it is shown.
#[derive(Debug, Serialize)]
pub struct ShownMatter {
    /// The title of the item that says best what it is about.
    pub title: String,
    /// That item.
    pub id: ItemId,
    /// Heat, counts, time span.
    #[serde(flatten)]
    pub matter: HotMatter,
    /// 反映人, at most ten.
    pub people: Vec<String>,
    /// The latest items, at most twenty.
    pub latest: Vec<HotItem>,
    /// 已编发: the issues that carried any of them.
    pub issued: Vec<String>,
}

/// An item of a hot matter.
#[derive(Debug, Serialize)]
pub struct HotItem {
    /// Its id.
    pub id: ItemId,
    /// 标题.
    pub title: String,
    /// 反映人.
    pub reporter: Option<String>,
    /// When it was written.
    pub at: Timestamp,
}

impl Desk {
    /// The hot matters of a period.
    ///
    /// # Errors
    /// For a period that ends before it begins.
    pub async fn hot(&self, request: HotRequest) -> Result<HotView, DeskError> {
        let to = request.to.unwrap_or_else(|| self.clock.now().date());
        let from = request.from.or_else(|| to.minus_days(DAYS - 1)).unwrap_or(to);
        if from > to {
            return Err(DeskError::Request(format!("起始日 {from} 晚于截止日 {to}")));
        }
        let limit = request.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
        let period = (from.start(), to.end());
        let (mut rows, all) = self
            .store
            .read(move |sql| {
                let all = count_between(sql, period.0, period.1)?;
                Ok::<_, DeskError>((items_between(sql, period.0, period.1, ITEMS_MAX)?, all))
            })
            .await?;
        rows.reverse();
        let kin = self.kin.clone();
        let (rows, matters) = self.compute(move || find(&kin, rows, period, limit)).await?;
        let mut shown = Vec::with_capacity(matters.len());
        for matter in matters {
            let issued = self.issued_any(matter.items.iter().map(|at| rows[*at].no).collect()).await?;
            shown.push(show(&rows, matter, issued));
        }
        Ok(HotView { from, to, items: rows.len(), left_out: all - rows.len() as i64, matters: shown })
    }

    async fn issued_any(&self, numbers: Vec<i64>) -> Result<Vec<String>, DeskError> {
        let read = self.store.read(move |sql| {
            let mut out = BTreeSet::new();
            for no in numbers {
                out.extend(
                    issued_uses(sql, no)?.into_iter().map(|(series, year, number, _)| (year, number, series)),
                );
            }
            Ok::<_, DeskError>(out)
        });
        let cite = |(year, number, series): (i32, u32, String)| format!("{series} {year}年第{number}期");
        Ok(read.await?.into_iter().map(cite).collect())
    }
}

fn find(
    kin: &Kin,
    rows: Vec<PeriodRow>,
    period: (Timestamp, Timestamp),
    limit: usize,
) -> Result<(Vec<PeriodRow>, Vec<HotMatter>), DeskError> {
    let frequencies = kin.frequencies()?;
    let items: Vec<PeriodItem> = rows
        .iter()
        .map(|row| PeriodItem {
            words: kin.words(row.submission.title.as_str(), &row.submission.text.plain()),
            author: author(row),
            place: row.district.clone(),
            at: row.at,
            votes: row.submission.votes.map_or((0, 0), |votes| (votes.up, votes.down)),
        })
        .collect();
    let matters = hot_matters(&items, &frequencies, period, limit);
    Ok((rows, matters))
}

/// Who speaks. Of those who give no name, each text is one voice, however often it is sent.
fn author(row: &PeriodRow) -> String {
    match &row.submission.contributor {
        Some(person) => format!("{}\n{}", person.name, person.unit.as_deref().unwrap_or_default()),
        None => row.fold.to_string(),
    }
}

fn show(rows: &[PeriodRow], matter: HotMatter, issued: Vec<String>) -> ShownMatter {
    let reporter = |row: &PeriodRow| row.submission.contributor.as_ref().map(|person| person.name.clone());
    let mut people: Vec<String> = Vec::new();
    for name in matter.items.iter().filter_map(|at| reporter(&rows[*at])) {
        if people.len() < NAMES_SHOWN && !people.contains(&name) {
            people.push(name);
        }
    }
    let latest = matter.items.iter().rev().take(ITEMS_SHOWN).map(|at| &rows[*at]);
    let latest = latest
        .map(|row| HotItem {
            id: row.id,
            title: row.submission.title.as_str().to_owned(),
            reporter: reporter(row),
            at: row.at,
        })
        .collect();
    let medoid = &rows[matter.medoid];
    ShownMatter {
        title: medoid.submission.title.as_str().to_owned(),
        id: medoid.id,
        people,
        latest,
        issued,
        matter,
    }
}
