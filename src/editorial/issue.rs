//! Bulletins: from items to manuscripts to a signed, numbered, frozen issue (DOMAIN §3, DESIGN §9).
//!
//! 登记 takes the number in a short transaction; then the files are typeset and synced; then 编发 freezes everything
//! in one transaction. A crash between leaves 登记, from which the same request goes on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bulletin::{
    Document, IssueInput, NumberRequest, SeriesKind, compile, next_number, write_docx, write_html,
};
use crate::clock::random_bytes;
use crate::failpoint;
use crate::model::{
    Actor, BlobHash, ChangeKind, ContentHash, Contributor, IssueId, IssueMove, IssueNumber, IssueState,
    ItemId, ItemMove, LocalDate, ManuscriptId, ManuscriptMove, Outlet, SeriesId, Texts, Urgency,
};
use crate::store::{
    Blobs, IssueFile, IssueRecord, ItemRecord, ManuscriptRecord, Priority, Sql, StoreError, Tx, book,
    files_of, insert_issue, insert_manuscript, item_no, items_of, list_issues, manuscripts_of_issue,
    move_issue, move_item, move_manuscript, put_on_issue, read_issue, read_item, read_manuscript, save_book,
    set_files,
};

use super::{Desk, DeskError, SearchRequest};

/// Items that one issue may be made from at once.
const ITEMS_MAX: usize = 200;

/// What an issue is to be made of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompileRequest {
    /// 刊物代码.
    pub series: String,
    /// The items, in order.
    #[serde(default)]
    pub items: Vec<String>,
    /// Or a query that finds them,
    #[serde(default)]
    pub query: Option<String>,
    /// and how many of its hits to take.
    #[serde(default)]
    pub limit: Option<usize>,
    /// 编者按.
    #[serde(default)]
    pub editors_note: Option<String>,
    /// The printed date; today where none is given.
    #[serde(default)]
    pub printed_date: Option<String>,
}

/// What 签发 and 编发 need.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueRequest {
    /// 签发: who signed the proof.
    pub signer: String,
}

/// An issue as the desk shows it.
#[derive(Debug, Serialize)]
pub struct IssueView {
    /// What is stored.
    #[serde(flatten)]
    pub issue: IssueRecord,
    /// 刊名.
    pub series_name: String,
    /// As it is cited, from 登记 on.
    pub label: Option<String>,
    /// Its manuscripts in order.
    pub manuscripts: Vec<ManuscriptView>,
    /// Its files, from 编发 on.
    pub files: Vec<IssueFile>,
}

/// A manuscript of an issue.
#[derive(Debug, Serialize)]
pub struct ManuscriptView {
    /// What is stored.
    #[serde(flatten)]
    pub manuscript: ManuscriptRecord,
    /// The items it is made of.
    pub items: Vec<ItemId>,
}

/// What an issue remembers of how it is put together.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Plan {
    order: Vec<ManuscriptId>,
    #[serde(default)]
    editors_note: Option<String>,
}

impl Plan {
    fn of(issue: &IssueRecord) -> Result<Self, StoreError> {
        serde_json::from_value(issue.plan.clone()).map_err(|e| StoreError::Corrupt(e.to_string()))
    }

    /// The manuscripts in the plan's order.
    fn arrange(&self, mut manuscripts: Vec<ManuscriptRecord>) -> Vec<ManuscriptRecord> {
        manuscripts.sort_by_key(|m| self.order.iter().position(|id| *id == m.id));
        manuscripts
    }
}

impl Desk {
    /// Makes manuscripts from items and puts them on the proof (清样) of a new issue.
    ///
    /// # Errors
    /// When an item is not there or may not be taken, or the series cannot hold so many.
    pub async fn compile(&self, request: CompileRequest, by: Actor) -> Result<IssueView, DeskError> {
        let id: SeriesId = request
            .series
            .parse()
            .map_err(|error: crate::model::IdError| DeskError::Request(error.to_string()))?;
        let series = self.series(&id)?.clone();
        let items = self.chosen(&request).await?;
        if series.kind == SeriesKind::Single && items.len() != 1 {
            let detail = format!("《{}》每期一篇，现选 {} 件；多件请用综合类刊物", series.name, items.len());
            return Err(DeskError::Request(detail));
        }
        let printed = match &request.printed_date {
            Some(text) => LocalDate::parse(text)?,
            None => self.clock.now().date(),
        };
        let issue_id = IssueId::from_random(random_bytes()?);
        let manuscripts = items
            .iter()
            .map(|_| Ok(ManuscriptId::from_random(random_bytes()?)))
            .collect::<Result<Vec<_>, DeskError>>()?;
        let plan = Plan { order: manuscripts.clone(), editors_note: request.editors_note };
        let plan = serde_json::to_value(plan).map_err(|e| DeskError::Broken(e.to_string()))?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                insert_issue(tx, &issue_id, &id, printed, &plan, &by)?;
                for (item, manuscript) in items.iter().zip(&manuscripts) {
                    take_up(tx, item, manuscript, &id, &issue_id, &by)?;
                }
                advance(tx, &issue_id, IssueMove::Proof, &by, |_| Ok(()))
            })
            .await?;
        // A proof that cannot be typeset is found out now, not at 登记.
        self.proof(issue_id).await?;
        self.issue_view(issue_id).await
    }

    /// The items of a request: named, or found.
    async fn chosen(&self, request: &CompileRequest) -> Result<Vec<ItemId>, DeskError> {
        let chosen: Vec<ItemId> = match &request.query {
            None => request.items.iter().map(|id| id.parse()).collect::<Result<_, _>>()?,
            Some(query) => {
                let limit = Some(request.limit.unwrap_or(1));
                let search = SearchRequest { q: query.clone(), limit, ..SearchRequest::default() };
                self.search(search).await?.hits.into_iter().map(|hit| hit.id).collect()
            }
        };
        let mut seen = std::collections::HashSet::new();
        if let Some(twice) = chosen.iter().find(|id| !seen.insert(**id)) {
            return Err(DeskError::Request(format!("来稿 {twice} 选了两次")));
        }
        match chosen.len() {
            0 => Err(DeskError::Request("没有选中来稿：请给出来稿编号，或换一个检索式".to_owned())),
            n if n > ITEMS_MAX => Err(DeskError::Request(format!("一期至多 {ITEMS_MAX} 件，现选 {n} 件"))),
            _ => Ok(chosen),
        }
    }

    /// 签发 → 复核 → 登记 → 编发. Goes on from wherever an earlier attempt stopped.
    ///
    /// # Errors
    /// When the issue is not on a proof, the number cannot be given, or a file cannot be stored.
    pub async fn issue(&self, id: IssueId, request: IssueRequest, by: Actor) -> Result<IssueView, DeskError> {
        let signer = request.signer.trim().to_owned();
        if signer.is_empty() || signer.chars().count() > 20 {
            return Err(DeskError::Request("请写明签发人姓名（signer），1–20 字".to_owned()));
        }
        let today = self.clock.now().date();
        let current = self.store.read(move |sql| read_issue(sql, &id)).await?;
        let series = self.series(&current.series)?.clone();
        let close_day = self.settings.close_day;
        let actor = by.clone();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let issue = read_issue(tx, &id)?;
                if issue.state == IssueState::Registered {
                    return Ok(());
                }
                let signed = signer.clone();
                advance(tx, &id, IssueMove::Sign, &actor, |issue| {
                    issue.signer = Some(signed);
                    Ok(())
                })?;
                advance(tx, &id, IssueMove::Check, &actor, |_| Ok(()))?;
                register(tx, &id, &series.numbering, today, close_day, &actor)
            })
            .await?;
        failpoint::pass("issue.after_register");
        let (document, name) = self.document(id).await?;
        let blobs = self.blobs.clone();
        let (files, content) = self.compute(move || typeset(&blobs, &document, &name)).await?;
        failpoint::pass("issue.after_files");
        let now = self.clock.now();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                failpoint::pass("issue.before_freeze");
                set_files(tx, &id, &files)?;
                advance(tx, &id, IssueMove::Issue, &by, |issue| {
                    issue.content_hash = Some(content);
                    issue.issued_at = Some(now);
                    Ok(())
                })
            })
            .await?;
        failpoint::pass("issue.after_freeze");
        self.issue_view(id).await
    }

    /// An issue with its manuscripts and files.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn issue_view(&self, id: IssueId) -> Result<IssueView, DeskError> {
        let names = self.series.iter().map(|(id, series)| (id.clone(), series.name.clone())).collect();
        self.store.read(move |sql| view(sql, &id, &names)).await
    }

    /// Issues, newest first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn issues(&self) -> Result<Vec<IssueRecord>, DeskError> {
        Ok(self.store.read(|sql| list_issues(sql, 500)).await?)
    }

    /// 清样: the issue as it will print, as HTML. Of an issued one, the frozen form is the file.
    ///
    /// # Errors
    /// When it cannot be compiled as it is.
    pub async fn proof(&self, id: IssueId) -> Result<String, DeskError> {
        let (document, _) = self.document(id).await?;
        self.compute(move || Ok(write_html(&document))).await
    }

    /// The bytes of an issued file, exactly as they were frozen.
    ///
    /// # Errors
    /// When the issue has no file of this format, or its bytes have changed on the disk.
    pub async fn file(&self, id: IssueId, format: String) -> Result<(IssueFile, Vec<u8>), DeskError> {
        let files = self.store.read(move |sql| files_of(sql, &id)).await?;
        let file = files.into_iter().find(|file| file.format == format).ok_or_else(|| {
            StoreError::NotFound(format!("期 {id} 没有 {format} 文件（未编发的期请看清样）"))
        })?;
        let (blobs, hash) = (self.blobs.clone(), file.blob);
        let bytes = self.compute(move || Ok(blobs.get(&hash)?)).await?;
        Ok((file, bytes))
    }

    /// Compiles an issue as it stands; also the name its files are handed out under.
    async fn document(&self, id: IssueId) -> Result<(Document, String), DeskError> {
        let (issue, manuscripts) = self
            .store
            .read(move |sql| Ok::<_, StoreError>((read_issue(sql, &id)?, manuscripts_of_issue(sql, &id)?)))
            .await?;
        let plan = Plan::of(&issue)?;
        let series = self.series(&issue.series)?.clone();
        let name = match &issue.number {
            Some(number) => format!("{} {number}", series.name),
            None => format!("{} 清样", series.name),
        };
        let input = IssueInput {
            number: issue.number,
            total: issue.total,
            supplement: false,
            printed_date: issue.printed_date,
            urgency: Urgency::Normal,
            editors_note: plan.editors_note.clone(),
            articles: plan.arrange(manuscripts).into_iter().map(|m| m.texts).collect(),
            signer: issue.signer,
            editor: None,
            checker: None,
            copies: None,
        };
        self.compute(move || Ok((compile(&series, &input)?, name))).await
    }
}

/// Makes a manuscript of one item and leads it onto the proof.
fn take_up(
    tx: &mut Tx<'_>,
    item: &ItemId,
    id: &ManuscriptId,
    series: &SeriesId,
    issue: &IssueId,
    by: &Actor,
) -> Result<(), DeskError> {
    let no = item_no(tx, item)?;
    let item = read_item(tx, no)?;
    let taken = item.row.state.apply(ItemMove::Take)?;
    move_item(tx, &item.row, taken, by, ItemMove::Take.label())?;
    let outlet = Outlet::Series { series: series.clone() };
    insert_manuscript(tx, id, &outlet, &texts(&item), &[no], by)?;
    put_on_issue(tx, id, Some(issue))?;
    for step in [ManuscriptMove::Submit, ManuscriptMove::Pass] {
        let manuscript = read_manuscript(tx, id)?;
        let next = manuscript.state.apply(step)?;
        move_manuscript(tx, &manuscript, next, step.label(), by, "")?;
    }
    Ok(())
}

/// The first texts of a manuscript: the item's own, with its reporters credited.
fn texts(item: &ItemRecord) -> Texts {
    let submission = &item.submission;
    let people = submission.contributor.iter().chain(&submission.co_contributors);
    let credit = people.map(credit).collect::<Vec<_>>().join("、");
    Texts { title: submission.title.as_str().to_owned(), body: submission.text.plain(), credit }
}

/// 张三（渝中区某单位）
fn credit(person: &Contributor) -> String {
    match &person.unit {
        Some(unit) if *unit != person.name => format!("{}（{unit}）", person.name),
        _ => person.name.clone(),
    }
}

/// Moves an issue and, where they follow it, its manuscripts and their items.
fn advance(
    tx: &mut Tx<'_>,
    id: &IssueId,
    by_move: IssueMove,
    by: &Actor,
    edit: impl FnOnce(&mut IssueRecord) -> Result<(), DeskError>,
) -> Result<(), DeskError> {
    let mut issue = read_issue(tx, id)?;
    issue.state = issue.state.apply(by_move)?;
    edit(&mut issue)?;
    move_issue(tx, &issue, by_move.code(), by)?;
    let follows = match by_move {
        IssueMove::Sign => ManuscriptMove::Sign,
        IssueMove::Check => ManuscriptMove::Check,
        IssueMove::Register => ManuscriptMove::Register,
        IssueMove::Issue => ManuscriptMove::Issue,
        IssueMove::Proof | IssueMove::Reopen | IssueMove::GiveBack | IssueMove::Void => return Ok(()),
    };
    for manuscript in manuscripts_of_issue(tx, id)? {
        let next = manuscript.state.apply(follows)?;
        move_manuscript(tx, &manuscript, next, follows.label(), by, "")?;
        if follows == ManuscriptMove::Issue {
            adopt(tx, &manuscript.id, by)?;
        }
    }
    Ok(())
}

/// 已采用: the items of an issued manuscript.
fn adopt(tx: &mut Tx<'_>, manuscript: &ManuscriptId, by: &Actor) -> Result<(), DeskError> {
    for (no, id) in items_of(tx, manuscript)? {
        let item = read_item(tx, no)?.row;
        move_item(tx, &item, item.state.apply(ItemMove::Adopt)?, by, ItemMove::Adopt.label())?;
        tx.change(ChangeKind::ItemIssued, &id.to_string(), Some(no))?;
    }
    Ok(())
}

/// 登记: the next number of the series and year, taken in the same transaction that gives it to the issue.
fn register(
    tx: &mut Tx<'_>,
    id: &IssueId,
    numbering: &crate::bulletin::Numbering,
    today: LocalDate,
    close_day: u8,
    by: &Actor,
) -> Result<(), DeskError> {
    let issue = read_issue(tx, id)?;
    let (series, printed) = (issue.series.clone(), issue.printed_date);
    let year = printed.year();
    let (mut numbers, total, last_printed) = book(tx, &series, year)?;
    let request =
        NumberRequest { reset: numbering.reset, book_year: year, last_printed, printed, today, close_day };
    next_number(&numbers, &request)?;
    let number = numbers.take();
    let total = total + 1;
    save_book(
        tx,
        &series,
        year,
        &numbers,
        total,
        Some(last_printed.map_or(printed, |last| last.max(printed))),
    )?;
    let label = IssueNumber { series: series.clone(), year, number };
    tx.audit(
        by,
        "number.take",
        &id.to_string(),
        &json!({ "series": series, "year": year, "number": number }),
    )?;
    let counted = numbering.total.then_some(total);
    advance(tx, id, IssueMove::Register, by, |issue| {
        issue.number = Some(label);
        issue.total = counted;
        Ok(())
    })
}

/// Writes the files of an issue durably.
fn typeset(
    blobs: &Blobs,
    document: &Document,
    name: &str,
) -> Result<(Vec<IssueFile>, ContentHash), DeskError> {
    let forms: [(&str, Vec<u8>); 2] =
        [("docx", write_docx(document)?), ("html", write_html(document).into_bytes())];
    let files = forms
        .into_iter()
        .map(|(format, bytes)| {
            let blob: BlobHash = blobs.put(&bytes)?;
            let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            Ok(IssueFile { format: format.to_owned(), blob, bytes: size, name: format!("{name}.{format}") })
        })
        .collect::<Result<_, DeskError>>()?;
    Ok((files, document.content_hash()))
}

fn view(sql: &mut dyn Sql, id: &IssueId, names: &BTreeMap<SeriesId, String>) -> Result<IssueView, DeskError> {
    let issue = read_issue(sql, id)?;
    let plan = Plan::of(&issue)?;
    let manuscripts = plan
        .arrange(manuscripts_of_issue(sql, id)?)
        .into_iter()
        .map(|manuscript| {
            let items = items_of(sql, &manuscript.id)?.into_iter().map(|(_, id)| id).collect();
            Ok(ManuscriptView { manuscript, items })
        })
        .collect::<Result<_, StoreError>>()?;
    let label = issue.number.as_ref().map(ToString::to_string);
    // A series that was taken out of the configuration is still known by its code.
    let series_name = names.get(&issue.series).cloned().unwrap_or_else(|| issue.series.to_string());
    Ok(IssueView { series_name, label, manuscripts, files: files_of(sql, id)?, issue })
}
