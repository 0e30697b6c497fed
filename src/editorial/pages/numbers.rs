//! 期号簿: every number of a series and year, what became of it, and no gap without a word.

use askama::Template;
use axum::extract::State;

use crate::model::SeriesId;
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::web::Problem;

use super::Shared;

#[derive(Template)]
#[template(path = "numbers.html")]
struct NumbersPage {
    shell: Shell,
    year: i32,
    /// Code, name, chosen.
    series: Vec<(String, String, bool)>,
    rows: Vec<Line>,
}

struct Line {
    number: String,
    state: &'static str,
    issue: Option<String>,
    date: String,
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let desk = &pages.desk;
    let year = match asked.text("year") {
        "" => desk.clock.now().date().year(),
        text => text.parse().map_err(|_| Problem::invalid(format!("年份“{text}”应为四位数字")))?,
    };
    let wanted = asked.text("series");
    let chosen: SeriesId =
        match desk.series.keys().find(|id| id.as_str() == wanted).or(desk.series.keys().next()) {
            Some(id) => id.clone(),
            None => return Err(Problem::not_found("还没有配置刊物")),
        };
    let rows = desk.numbers(chosen.clone(), year).await?;
    page(&NumbersPage {
        shell: Shell::new(&pages, &visit),
        year,
        series: desk
            .series
            .values()
            .map(|one| (one.id.to_string(), one.name.clone(), one.id == chosen))
            .collect(),
        rows: rows
            .into_iter()
            .map(|row| Line {
                number: if row.supplement {
                    format!("增刊 {}", row.number)
                } else {
                    row.number.to_string()
                },
                state: row.state,
                issue: row.issue.map(|id| id.to_string()),
                date: row.printed_date.map(|date| date.to_string()).unwrap_or_default(),
            })
            .collect(),
    })
}
