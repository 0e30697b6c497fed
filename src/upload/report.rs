//! What is wrong with each row, before it is sent; what became of each, afterwards: as CSV or XLSX.

use axum::extract::{Path, State};

use crate::outcome::{Cell, Sheet};
use crate::site::{Page, Visit};
use crate::store::{UploadRecord, UploadState, UploadedRow, uploaded_rows};
use crate::web::Problem;

use super::list::attached;
use super::pages::own;
use super::{Looked, Shared};

const CSV: &str = "text/csv; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(super) async fn download(
    State(pages): Shared,
    visit: Visit,
    Path((id, format)): Path<(String, String)>,
) -> Page {
    let upload = own(&pages, &visit, id).await?;
    let rows = if upload.state == UploadState::Looked {
        looked(&*pages.uploads.looked(&upload).await?)
    } else {
        let id = upload.id.clone();
        let rows = pages.uploads.read(move |sql| uploaded_rows(sql, &id, None, i64::MAX)).await?;
        rows.into_iter().map(sent).collect()
    };
    let who = &visit.who()?.user.title;
    let sheet = sheet(&upload, rows, who, &pages.uploads.parts.clock.now().minute());
    let stem = upload.name.rsplit_once('.').map_or(upload.name.as_str(), |(stem, _)| stem);
    match format.as_str() {
        "csv" => Ok(attached(&format!("{stem}-报送结果.csv"), CSV, sheet.csv().into_bytes())),
        "xlsx" => {
            let made = tokio::task::spawn_blocking(move || sheet.xlsx()).await;
            let bytes = made.map_err(|error| Problem::internal(&error))?;
            let bytes = bytes.map_err(|error| Problem::internal(&error))?;
            Ok(attached(&format!("{stem}-报送结果.xlsx"), XLSX, bytes))
        }
        _ => Err(Problem::not_found("结果只有 csv 和 xlsx 两种格式")),
    }
}

fn looked(looked: &Looked) -> Vec<Vec<Cell>> {
    let row = |row: &super::LookedRow| {
        let word = if row.flaws.is_empty() { "可报" } else { "有误" };
        vec![row.place.clone().into(), row.title.clone().into(), word.into(), row.flaws.join("；").into()]
    };
    looked.rows.iter().map(row).collect()
}

fn sent(row: UploadedRow) -> Vec<Cell> {
    let word = match row.result {
        "new" => "新收",
        "repeat" => "重复",
        "waiting" => "待本级审核",
        "returned" => "本级退回",
        "passed" => "本级已通过",
        _ => "未收",
    };
    vec![row.place.into(), row.title.into(), word.into(), row.detail.into()]
}

fn sheet(upload: &UploadRecord, rows: Vec<Vec<Cell>>, who: &str, at: &str) -> Sheet {
    Sheet {
        title: format!("报送结果：{}", upload.name),
        note: format!("{who} {at} 导出；共 {} 件，列出 {} 件", upload.total, rows.len()),
        columns: vec![("位置", 16), ("标题", 50), ("结果", 12), ("回执或原因", 60)],
        rows,
    }
}
