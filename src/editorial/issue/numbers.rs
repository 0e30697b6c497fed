//! Numbers (期号): taken at 登记, given back, void, opened by hand, entered after an outage; every one accounted for.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bulletin::{NumberRequest, Numbering, next_number};
use crate::model::{
    Actor, IssueId, IssueMove, IssueNumber, IssueState, LocalDate, NumberBook, Reset, SeriesId,
};
use crate::store::{
    BookRecord, Origin, Priority, StoreError, Tx, book, numbered_issues, read_issue, save_book,
};

use super::super::{Desk, DeskError};
use super::IssueView;
use super::steps::{advance, let_go, step_back};

/// Longest reason.
const REASON_MAX: usize = 200;

/// Why a number is given back or an issue is made void.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonRequest {
    /// 事由.
    pub reason: String,
}

/// Where counting begins: numbers that were used before the system came.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The last 第N期 that was used.
    pub highest: u32,
    /// The last 总第N期; needed where the series prints one.
    #[serde(default)]
    pub total: Option<u32>,
    /// The printed date of that issue.
    #[serde(default)]
    pub last_printed: Option<String>,
    /// Of the 增刊.
    #[serde(default)]
    pub supplement: bool,
}

/// One number of a year and what became of it.
#[derive(Debug, Serialize)]
pub struct NumberRow {
    /// 第N期.
    pub number: u32,
    /// 增刊.
    pub supplement: bool,
    /// 已编发, 已登记, 作废, 待用 (given back, taken next), 启用前 (used before the system came).
    pub state: &'static str,
    /// The issue that has it.
    pub issue: Option<IssueId>,
    /// Its printed date.
    pub printed_date: Option<LocalDate>,
}

/// Which book a number stands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::editorial) struct Book {
    /// The series; 增刊 have a book of their own.
    pub key: String,
    /// The year, 0 for a series that never starts anew.
    pub year: i32,
}

/// The book of a series' issues of that printed year.
pub(in crate::editorial) fn book_of(series: &SeriesId, reset: Reset, year: i32, supplement: bool) -> Book {
    let key = if supplement { format!("{series}#supplement") } else { series.to_string() };
    // 增刊 carry the year in their line, so they always start anew.
    Book { key, year: if reset == Reset::Never && !supplement { 0 } else { year } }
}

/// 登记: the next number of the series and year, taken in the same transaction that gives it to the issue; or, for an
/// issue that was numbered on paper, that number.
pub(super) fn register(
    tx: &mut Tx<'_>,
    id: &IssueId,
    numbering: &Numbering,
    today: LocalDate,
    close_day: u8,
    paper: Option<u32>,
    by: &Actor,
) -> Result<(), DeskError> {
    let issue = read_issue(tx, id)?;
    let (series, printed) = (issue.series.clone(), issue.printed_date);
    let place = book_of(&series, numbering.reset, printed.year(), issue.supplement);
    let mut record = book(tx, &place.key, place.year)?;
    let number = match paper {
        Some(number) => taken_on_paper(&mut record.numbers, record.opening, number)?,
        None => {
            let reset = if issue.supplement { Reset::Yearly } else { numbering.reset };
            let last_printed = record.last_printed;
            let book_year = printed.year();
            let request = NumberRequest { reset, book_year, last_printed, printed, today, close_day };
            next_number(&record.numbers, &request)?;
            record.numbers.take()
        }
    };
    record.last_printed = Some(record.last_printed.map_or(printed, |last| last.max(printed)));
    save_book(tx, &place.key, place.year, &record)?;
    let label = IssueNumber { series: series.clone(), year: printed.year(), number };
    let detail = json!({ "series": series, "year": label.year, "number": number, "paper": paper.is_some() });
    tx.audit(by, "number.take", &id.to_string(), &detail)?;
    let counted = (numbering.total && !issue.supplement).then_some(record.total_base + number);
    advance(tx, id, IssueMove::Register, by, |issue| {
        issue.number = Some(label);
        issue.total = counted;
        issue.origin = if paper.is_some() { Origin::Paper } else { Origin::Desk };
        Ok(())
    })
}

/// 补录: a number that was given on paper. Those that it leaves out wait to be entered, or to be taken.
fn taken_on_paper(book: &mut NumberBook, opening: u32, number: u32) -> Result<u32, DeskError> {
    if let Ok(at) = book.returned.binary_search(&number) {
        book.returned.remove(at);
        return Ok(number);
    }
    if number <= book.highest || number == 0 {
        let detail = if number <= opening {
            format!("第{number}期在启用本系统之前已使用，不能补录")
        } else {
            format!("第{number}期已使用，不能补录；请核对纸质编号")
        };
        return Err(DeskError::Request(detail));
    }
    book.returned.extend(book.highest + 1..number);
    book.highest = number;
    Ok(number)
}

impl Desk {
    /// 退号: gives a number back that was taken and not printed; it is taken next.
    ///
    /// # Errors
    /// When the issue has no number, or is issued.
    pub async fn give_back(
        &self,
        id: IssueId,
        request: ReasonRequest,
        by: Actor,
    ) -> Result<IssueView, DeskError> {
        let reason = reason(&request)?;
        let resets = self.resets();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let issue = read_issue(tx, &id)?;
                issue.state.apply(IssueMove::GiveBack)?;
                let Some(number) = issue.number.clone() else {
                    return Err(DeskError::Request("本期没有期号可退".to_owned()));
                };
                let reset = resets(&issue.series);
                let place = book_of(&issue.series, reset, number.year, issue.supplement);
                let mut record = book(tx, &place.key, place.year)?;
                record.numbers.give_back(number.number);
                save_book(tx, &place.key, place.year, &record)?;
                let detail = json!({ "number": number, "reason": reason });
                tx.audit(&by, "number.give_back", &id.to_string(), &detail)?;
                step_back(tx, &id, &reason, &by)?;
                advance(tx, &id, IssueMove::GiveBack, &by, |issue| {
                    issue.number = None;
                    issue.total = None;
                    Ok(())
                })
            })
            .await?;
        self.issue_view(id).await
    }

    /// 作废. A number that was taken stays with the issue and is never given again.
    ///
    /// # Errors
    /// When the issue is issued or void already.
    pub async fn void(&self, id: IssueId, request: ReasonRequest, by: Actor) -> Result<IssueView, DeskError> {
        let reason = reason(&request)?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let_go(tx, &id, &reason, &by)?;
                let number = read_issue(tx, &id)?.number;
                tx.audit(&by, "issue.void", &id.to_string(), &json!({ "number": number, "reason": reason }))?;
                advance(tx, &id, IssueMove::Void, &by, |_| Ok(()))
            })
            .await?;
        self.issue_view(id).await
    }

    /// Opens a year's book: counting goes on from there.
    ///
    /// # Errors
    /// When numbers of that year were taken here already.
    pub async fn open_book(
        &self,
        series: SeriesId,
        year: i32,
        opening: Opening,
        by: Actor,
    ) -> Result<Vec<NumberRow>, DeskError> {
        let numbering = self.series(&series)?.numbering.clone();
        let last = opening.last_printed.as_deref().map(LocalDate::parse).transpose()?;
        let printed_total = numbering.total && !opening.supplement;
        let base = match opening.total {
            Some(total) => total.checked_sub(opening.highest).ok_or_else(|| {
                DeskError::Request(format!("总期号 {total} 不能小于本年期号 {}", opening.highest))
            })?,
            None if printed_total => {
                let detail = "本刊印总期号，请一并给出最后一期的总期号（total）".to_owned();
                return Err(DeskError::Request(detail));
            }
            None => 0,
        };
        let place = book_of(&series, numbering.reset, year, opening.supplement);
        let highest = opening.highest;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let before = book(tx, &place.key, place.year)?;
                if before.numbers.highest > before.opening {
                    let detail = format!("{year}年已取号到第{}期，不能再设启用期号", before.numbers.highest);
                    return Err(DeskError::Request(detail));
                }
                let numbers = NumberBook { highest, returned: Vec::new() };
                let last_printed = last.or(before.last_printed);
                let record = BookRecord { numbers, total_base: base, last_printed, opening: highest };
                save_book(tx, &place.key, place.year, &record)?;
                let detail = json!({ "highest": highest, "total_base": base, "last_printed": last });
                Ok(tx.audit(&by, "number.open", &format!("{} {year}", place.key), &detail)?)
            })
            .await?;
        self.numbers(series, year).await
    }

    /// Every number of a series' year and what became of it; of 增刊 as well.
    ///
    /// # Errors
    /// When there is no such series.
    pub async fn numbers(&self, series: SeriesId, year: i32) -> Result<Vec<NumberRow>, DeskError> {
        let numbering = self.series(&series)?.numbering.clone();
        let today = self.clock.now().date();
        let closed = numbering.reset == Reset::Yearly && is_closed(year, self.settings.close_day, today);
        self.store
            .read(move |sql| {
                let issues = numbered_issues(sql, &series, year)?;
                let mut rows = Vec::new();
                for supplement in [false, true] {
                    let place = book_of(&series, numbering.reset, year, supplement);
                    let record = book(sql, &place.key, place.year)?;
                    let held = issues.iter().filter(|issue| issue.supplement == supplement);
                    rows.extend(held.map(|issue| NumberRow {
                        number: issue.number.as_ref().map_or(0, |number| number.number),
                        supplement,
                        state: if issue.state == IssueState::Issued && issue.origin == Origin::Paper {
                            "已编发（补录）"
                        } else if issue.origin == Origin::Past {
                            "已编发（往期）"
                        } else {
                            issue.state.label()
                        },
                        issue: Some(issue.id),
                        printed_date: Some(issue.printed_date),
                    }));
                    let waiting = if closed { "作废" } else { "待用" };
                    let free = |state| {
                        move |number: &u32| NumberRow {
                            number: *number,
                            supplement,
                            state,
                            issue: None,
                            printed_date: None,
                        }
                    };
                    rows.extend(record.numbers.returned.iter().map(free(waiting)));
                    let known: Vec<u32> = rows
                        .iter()
                        .filter(|row| row.supplement == supplement)
                        .map(|row| row.number)
                        .collect();
                    let before: Vec<u32> = (1..=record.opening).filter(|n| !known.contains(n)).collect();
                    rows.extend(before.iter().map(free("启用前")));
                }
                rows.sort_by_key(|row| (row.supplement, row.number));
                Ok::<_, StoreError>(rows)
            })
            .await
            .map_err(Into::into)
    }

    /// How each series counts, for use inside a transaction.
    fn resets(&self) -> impl Fn(&SeriesId) -> Reset + Clone + Send + 'static {
        let known: Vec<(SeriesId, Reset)> =
            self.series.iter().map(|(id, series)| (id.clone(), series.numbering.reset)).collect();
        move |id| known.iter().find(|(known, _)| known == id).map_or(Reset::Yearly, |(_, reset)| *reset)
    }
}

/// Whether 年度关账 of that year has passed.
fn is_closed(year: i32, close_day: u8, today: LocalDate) -> bool {
    LocalDate::from_ymd(year + 1, 1, close_day).is_some_and(|closed| today > closed)
}

fn reason(request: &ReasonRequest) -> Result<String, DeskError> {
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(DeskError::Request(format!("请写明事由（reason），1–{REASON_MAX} 字")));
    }
    Ok(reason.to_owned())
}
