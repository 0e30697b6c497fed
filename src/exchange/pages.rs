//! 跨网交换: the packages with where each stands, 导出 and 导入 for people who are at no shell.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect};

use crate::site::{Asked, Page, SentAll, Shell, Visit, page};
use crate::web::{Problem, encoded};

use super::standing::Standing;
use super::{ExchangeError, Imported, Pages};

type Shared = State<Arc<Pages>>;

#[derive(Template)]
#[template(path = "exchange.html")]
struct ExchangePage {
    shell: Shell,
    standing: Standing,
    /// So many packages were made just now.
    made: Option<i64>,
    /// What became of the files that were just chosen: name, words, whether it was taken.
    told: Vec<(String, String, bool)>,
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    shown(&pages, &visit, asked.number("made"), Vec::new()).await
}

async fn shown(pages: &Pages, visit: &Visit, made: Option<i64>, told: Vec<(String, String, bool)>) -> Page {
    let standing = pages.exchange.standing().await?;
    page(&ExchangePage { shell: Shell::new(pages, visit), standing, made, told })
}

/// 导出.
pub(super) async fn export(State(pages): Shared, visit: Visit) -> Page {
    let made = pages.exchange.export(&visit.actor()?).await?;
    Ok(Redirect::to(&format!("/exchange?made={}", made.len())).into_response())
}

/// 导入, one file or several: in the order of their names, which is that of their numbers.
pub(super) async fn import(State(pages): Shared, visit: Visit, SentAll(mut files): SentAll) -> Page {
    if files.is_empty() {
        return Err(Problem::invalid("没有选择文件，请先选择交换包（.minyi）再导入"));
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let (by, mut told) = (visit.actor()?, Vec::new());
    for file in files {
        match pages.exchange.import(file.bytes.into(), &by).await {
            Ok(imported) => told.push((file.name, words(&imported), true)),
            Err(error @ (ExchangeError::Off | ExchangeError::NoPeer)) => return Err(error.into()),
            Err(error) => told.push((file.name, error.to_string(), false)),
        }
    }
    shown(&pages, &visit, None, told).await
}

fn words(imported: &Imported) -> String {
    let Imported { number, repeat, counts, notes, .. } = imported;
    let notes: String = notes.iter().map(|note| format!("；{note}")).collect();
    match repeat {
        true => format!("第 {number} 号早已导入，没有重复收取"),
        false => format!("第 {number} 号已导入：{}{notes}", counts.words()),
    }
}

pub(super) async fn download(State(pages): Shared, visit: Visit, Path(number): Path<i64>) -> Page {
    let (name, bytes) = pages.exchange.fetch(number).await?;
    pages.exchange.hand(number, &visit.actor()?).await?;
    let disposition = format!("attachment; filename*=UTF-8''{}", encoded(&name));
    let disposition = HeaderValue::from_str(&disposition).map_err(|error| Problem::internal(&error))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, bytes).into_response())
}
