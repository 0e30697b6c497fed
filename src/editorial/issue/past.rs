//! 往期: issues that were issued before the system came, taken from their files, so that 已编发 is not empty for a year.
//!
//! Their articles become items of a channel of their own, through the same queue as every other: what is posted later is
//! set beside them like beside anything else, and found with the number that carried it.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use crate::bulletin::{PastArticle, PastIssue};
use crate::clock::random_bytes;
use crate::model::{
    Actor, ChangeKind, IssueId, IssueMove, IssueNumber, ItemId, ItemMove, LocalDate, ManuscriptId,
    ManuscriptMove, NumberBook, Outlet, SeriesId, Texts,
};
use crate::store::{
    BookRecord, IssueFile, Origin, Priority, StoreError, Tx, book, files_of, insert_issue, insert_manuscript,
    item_no, move_issue, move_item, move_manuscript, numbered_issues, put_on_issue, read_issue, read_item,
    read_manuscript, save_book, set_files,
};

use super::super::{Desk, DeskError};
use super::numbers::book_of;
use super::{IssueView, Plan};

/// How long the workers may take to store the articles.
const PATIENCE: Duration = Duration::from_secs(30);

/// The file that a past issue was read from, among the files of an issue.
const ORIGINAL: &str = "original";
/// Longest name of such a file.
const NAME_MAX: usize = 120;

/// What came of it.
#[derive(Debug, Serialize)]
pub struct PastTaken {
    /// The issue.
    pub id: IssueId,
    /// Whether it was already there.
    pub repeat: bool,
}

/// An issue whose file said everything that is needed.
struct Whole {
    series: SeriesId,
    number: u32,
    year: i32,
    date: LocalDate,
    total: Option<u32>,
    supplement: bool,
    articles: Vec<PastArticle>,
}

impl Whole {
    fn of(issue: PastIssue) -> Result<Self, DeskError> {
        let lacks = |what: &str| DeskError::Request(format!("往期缺少{what}，不能录入"));
        let date = issue.date.ok_or_else(|| lacks("印发日期（date）"))?;
        if issue.articles.is_empty() {
            return Err(lacks("标题和正文（articles）"));
        }
        Ok(Self {
            series: issue.series.ok_or_else(|| lacks("刊物（series）"))?,
            number: issue.number.filter(|number| *number > 0).ok_or_else(|| lacks("期号（number）"))?,
            year: issue.year.unwrap_or(date.year()),
            date,
            total: issue.total,
            supplement: issue.supplement,
            articles: issue.articles,
        })
    }
}

impl Desk {
    /// Takes a past issue. The same number again is answered as known and changes nothing.
    ///
    /// # Errors
    /// When something is missing, its year is another than its date's, or the number was given by this system.
    pub async fn take_past(&self, issue: PastIssue, by: Actor) -> Result<PastTaken, DeskError> {
        let whole = Whole::of(issue)?;
        let numbering = self.series(&whole.series)?.numbering.clone();
        if whole.year != whole.date.year() {
            let detail = format!("期号是 {} 年的，印发日期却在 {} 年", whole.year, whole.date.year());
            return Err(DeskError::Request(detail));
        }
        let (series, year) = (whole.series.clone(), whole.year);
        let known = self.store.read(move |sql| numbered_issues(sql, &series, year)).await?;
        let same = known.iter().find(|issue| {
            issue.supplement == whole.supplement
                && issue.number.as_ref().is_some_and(|n| n.number == whole.number)
        });
        match same {
            Some(issue) if issue.origin == Origin::Past => {
                return Ok(PastTaken { id: issue.id, repeat: true });
            }
            Some(_) => {
                let detail =
                    format!("{} 年第 {} 期已由本系统编号，不能作为往期录入", whole.year, whole.number);
                return Err(DeskError::Request(detail));
            }
            None => {}
        }
        let items = self.post_articles(&whole).await?;
        let id = IssueId::from_random(random_bytes()?);
        let manuscripts = items
            .iter()
            .map(|_| Ok(ManuscriptId::from_random(random_bytes()?)))
            .collect::<Result<Vec<_>, DeskError>>()?;
        let plan = Plan { order: manuscripts.clone(), ..Plan::default() };
        let plan = serde_json::to_value(plan).map_err(|e| DeskError::Broken(e.to_string()))?;
        let (reset, now) = (numbering.reset, self.clock.now());
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let place = book_of(&whole.series, reset, whole.year, whole.supplement);
                let mut record = book(tx, &place.key, place.year)?;
                count_in(&mut record, &whole)?;
                save_book(tx, &place.key, place.year, &record)?;
                insert_issue(tx, &id, &whole.series, whole.date, &plan, &by)?;
                for ((item, manuscript), article) in items.iter().zip(&manuscripts).zip(&whole.articles) {
                    enter(tx, item, manuscript, article, &whole.series, &id, &by)?;
                }
                let mut issue = read_issue(tx, &id)?;
                issue.state = issue.state.apply(IssueMove::Import)?;
                issue.number = Some(IssueNumber {
                    series: whole.series.clone(),
                    year: whole.year,
                    number: whole.number,
                });
                (issue.total, issue.supplement) = (whole.total, whole.supplement);
                (issue.origin, issue.issued_at) = (Origin::Past, Some(now));
                Ok::<_, DeskError>(move_issue(tx, &issue, IssueMove::Import.code(), &by)?)
            })
            .await?;
        Ok(PastTaken { id, repeat: false })
    }

    /// Keeps the file that a past issue was read from. The same file again changes nothing; another one is refused.
    ///
    /// # Errors
    /// When the issue was not taken from a file, or has another one already.
    pub async fn keep_original(
        &self,
        id: IssueId,
        name: String,
        bytes: bytes::Bytes,
        by: Actor,
    ) -> Result<IssueView, DeskError> {
        let name: String = name.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned();
        if bytes.is_empty() || name.is_empty() || name.chars().count() > NAME_MAX {
            return Err(DeskError::Request(format!("请给出原件及其文件名（name，1–{NAME_MAX} 字）")));
        }
        let (blobs, size) = (self.blobs.clone(), i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        let blob = self.compute(move || Ok(blobs.put(&bytes)?)).await?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                if read_issue(tx, &id)?.origin != Origin::Past {
                    return Err(DeskError::Request("只有往期存原件，本系统编发的期已有定稿".to_owned()));
                }
                match files_of(tx, &id)?.into_iter().find(|file| file.format == ORIGINAL) {
                    Some(file) if file.blob == blob => return Ok(()),
                    Some(file) => {
                        let detail = format!("本期已存有原件 {}，不能更换", file.name);
                        return Err(DeskError::Request(detail));
                    }
                    None => {}
                }
                let detail = json!({ "name": name, "blob": blob });
                let file = IssueFile { format: ORIGINAL.to_owned(), blob, bytes: size, name: name.clone() };
                set_files(tx, &id, &[file])?;
                tx.audit(&by, "issue.original", &id.to_string(), &detail)?;
                Ok(())
            })
            .await?;
        self.issue_view(id).await
    }

    /// The articles as items: posted, and waited for until they are stored.
    async fn post_articles(&self, whole: &Whole) -> Result<Vec<ItemId>, DeskError> {
        let mut items = Vec::new();
        for (at, article) in whole.articles.iter().enumerate() {
            let kind = if whole.supplement { "-supplement" } else { "" };
            let external = format!("{}{kind}-{}-{}-{}", whole.series, whole.year, whole.number, at + 1);
            let item = json!({ "external_id": external, "title": article.title, "body": article.body,
                "submitted_at": format!("{}T00:00:00+08:00", whole.date) });
            items.push((self.hooks.post_past)(item).await.map_err(DeskError::Request)?);
        }
        let wanted = items.clone();
        let begun = std::time::Instant::now();
        loop {
            let wanted = wanted.clone();
            let stored = self
                .store
                .read(move |sql| {
                    for item in &wanted {
                        match item_no(sql, item) {
                            Ok(_) => {}
                            Err(StoreError::NotFound(_)) => return Ok(false),
                            Err(error) => return Err(error),
                        }
                    }
                    Ok(true)
                })
                .await?;
            if stored {
                return Ok(items);
            }
            if begun.elapsed() > PATIENCE {
                return Err(DeskError::Request("往期文稿已收到，尚未入库；请稍后重新导入".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Numbers that were used before: the book's opening moves up to them.
fn count_in(record: &mut BookRecord, whole: &Whole) -> Result<(), DeskError> {
    let (number, date) = (whole.number, whole.date);
    if number > record.opening {
        if record.numbers.highest > record.opening {
            let detail = format!(
                "{} 年已由本系统取号（第 {} 期起），第 {number} 期不是往期；纸质编号请用补录",
                whole.year,
                record.opening + 1
            );
            return Err(DeskError::Request(detail));
        }
        record.numbers = NumberBook { highest: number, returned: Vec::new() };
        record.opening = number;
        if let Some(base) = whole.total.and_then(|total| total.checked_sub(number)) {
            record.total_base = base;
        }
    }
    record.last_printed = Some(record.last_printed.map_or(date, |last| last.max(date)));
    Ok(())
}

/// One article: its item is 已采用, its manuscript 已编发 at once.
fn enter(
    tx: &mut Tx<'_>,
    item: &ItemId,
    manuscript: &ManuscriptId,
    article: &PastArticle,
    series: &SeriesId,
    issue: &IssueId,
    by: &Actor,
) -> Result<(), DeskError> {
    let no = item_no(tx, item)?;
    let texts =
        Texts { title: article.title.clone(), body: article.body.clone(), credit: article.credit.clone() };
    insert_manuscript(tx, manuscript, &Outlet::Series { series: series.clone() }, &texts, &[no], by)?;
    put_on_issue(tx, manuscript, Some(issue))?;
    let written = read_manuscript(tx, manuscript)?;
    let step = ManuscriptMove::Import;
    move_manuscript(tx, &written, written.state.apply(step)?, step.label(), by, "")?;
    for step in [ItemMove::Take, ItemMove::Adopt] {
        let row = read_item(tx, no)?.row;
        move_item(tx, &row, row.state.apply(step)?, by, step.label())?;
    }
    tx.change(ChangeKind::ItemIssued, &item.to_string(), Some(no))?;
    Ok(())
}
