//! Bulletins: from items to manuscripts to a signed, numbered, frozen issue (DOMAIN §3, DESIGN §9).
//!
//! 登记 takes the number in a short transaction; then the files are typeset and synced; then 编发 freezes everything
//! in one transaction. A crash between leaves 登记, from which the same request goes on.

mod correct;
mod draft;
mod numbers;
mod on_paper;
mod paper;
mod past;
mod pictures;
mod press;
mod steps;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bulletin::{Series, SeriesKind};
use crate::clock::random_bytes;
use crate::failpoint;
use crate::model::{
    Actor, IssueId, IssueMove, IssueState, ItemId, LocalDate, ManuscriptId, SeriesId, Urgency,
};
use crate::store::{
    IssueFile, IssueRecord, ManuscriptRecord, PictureRecord, Priority, Sql, StoreError, Tx, files_of,
    insert_issue, issued_in, items_of, list_issues, manuscripts_of_issue, pictures_of, read_issue, set_files,
    steps_of,
};

use super::{Desk, DeskError, SearchRequest};
use draft::leave_all_severe;
use steps::{advance, take_up};

pub use correct::{Changed, Correction, CorrectionRequest};
pub use draft::DraftRequest;
pub(super) use numbers::{Book, book_of};
pub use numbers::{NumberRow, Opening, ReasonRequest};
pub use paper::{FileCheck, Verified};
pub(super) use paper::{for_any_text, no_pdf, written};
pub use past::PastTaken;
pub use pictures::PictureRequest;
pub(super) use press::Presses;
pub(super) use steps::credit;

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
    /// 增刊.
    #[serde(default)]
    pub supplement: bool,
    /// 紧急程度, printed top left unless it is 普通.
    #[serde(default)]
    pub urgency: Option<Urgency>,
    /// 编辑 and 核稿, where the series prints them.
    #[serde(default)]
    pub editor: Option<String>,
    /// See `editor`.
    #[serde(default)]
    pub checker: Option<String>,
    /// 印数; as the series says where none is given.
    #[serde(default)]
    pub copies: Option<u32>,
    /// 此前编发: a line each, in a box at the end.
    #[serde(default)]
    pub earlier: Vec<String>,
}

/// What 签发 and 编发 need.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueRequest {
    /// 签发: who signed the proof.
    pub signer: String,
    /// 补录: the number that was given on paper while the system was away.
    #[serde(default)]
    pub number: Option<u32>,
    /// Why what 校对 holds to be 严重 stands as it is; needed where nobody has given a reason.
    #[serde(default)]
    pub word: String,
    /// Stop after 登记: the number is taken, nothing is typeset yet.
    #[serde(default)]
    pub register_only: bool,
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
    /// What should be looked at before it is signed: characters without a glyph, more pages than usual.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A manuscript of an issue.
#[derive(Debug, Serialize)]
pub struct ManuscriptView {
    /// What is stored.
    #[serde(flatten)]
    pub manuscript: ManuscriptRecord,
    /// The items it is made of.
    pub items: Vec<ItemId>,
    /// Its pictures (附图).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<PictureRecord>,
    /// What was changed on the proof and after the signature, for the signer to see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
}

/// What an issue remembers of how it is put together.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Plan {
    order: Vec<ManuscriptId>,
    #[serde(default)]
    editors_note: Option<String>,
    #[serde(default)]
    urgency: Option<Urgency>,
    #[serde(default)]
    editor: Option<String>,
    #[serde(default)]
    checker: Option<String>,
    #[serde(default)]
    copies: Option<u32>,
    #[serde(default)]
    earlier: Vec<String>,
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
        if request.supplement && !series.numbering.supplement {
            return Err(crate::bulletin::CompileError::NoSupplements(series.name).into());
        }
        let supplement = request.supplement;
        let plan = Plan {
            order: manuscripts.clone(),
            editors_note: request.editors_note,
            urgency: request.urgency,
            editor: request.editor,
            checker: request.checker,
            copies: request.copies,
            earlier: request.earlier,
        };
        let plan = serde_json::to_value(plan).map_err(|e| DeskError::Broken(e.to_string()))?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                insert_issue(tx, &issue_id, &id, printed, &plan, &by)?;
                for (item, manuscript) in items.iter().zip(&manuscripts) {
                    take_up(tx, item, manuscript, &id, &issue_id, &by)?;
                }
                advance(tx, &issue_id, IssueMove::Proof, &by, |issue| {
                    issue.supplement = supplement;
                    Ok(())
                })
            })
            .await?;
        // A proof that cannot be typeset is found out now, not at 登记.
        let warnings = self.check_proof(issue_id).await?;
        Ok(IssueView { warnings, ..self.issue_view(issue_id).await? })
    }

    /// The items of a request: named, or found.
    async fn chosen(&self, request: &CompileRequest) -> Result<Vec<ItemId>, DeskError> {
        let chosen: Vec<ItemId> = match &request.query {
            None => request.items.iter().map(|id| id.parse()).collect::<Result<_, _>>()?,
            Some(query) => {
                let limit = request.limit.unwrap_or(1).clamp(1, ITEMS_MAX);
                let (mut found, mut cursor): (Vec<ItemId>, _) = (Vec::new(), None);
                // A search answers by pages.
                loop {
                    let search = SearchRequest {
                        q: query.clone(),
                        limit: Some(limit),
                        cursor: cursor.take(),
                        ..SearchRequest::default()
                    };
                    let page = self.search(search).await?;
                    found.extend(page.hits.into_iter().map(|hit| hit.id));
                    match page.next {
                        Some(next) if found.len() < limit => cursor = Some(next),
                        _ => break,
                    }
                }
                found.truncate(limit);
                found
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
    /// When the issue is not on a proof, what 校对 holds to be 严重 has no reason, the number cannot be given, or a file
    /// cannot be stored.
    pub async fn issue(&self, id: IssueId, request: IssueRequest, by: Actor) -> Result<IssueView, DeskError> {
        let signer = request.signer.trim().to_owned();
        if signer.is_empty() || signer.chars().count() > 20 {
            return Err(DeskError::Request("请写明签发人姓名（signer），1–20 字".to_owned()));
        }
        let today = self.clock.now().date();
        let current = self.store.read(move |sql| read_issue(sql, &id)).await?;
        let series = self.series(&current.series)?.clone();
        let mut despite = Vec::new();
        if current.state == IssueState::Proof {
            // 缺字: what would print as a box is refused before it is signed.
            self.refuse_missing(id).await?;
            despite = self.signed_despite(id, &request.word).await?;
        }
        let (close_day, paper) = (self.settings.close_day, request.number);
        let (actor, word) = (by.clone(), request.word);
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let issue = read_issue(tx, &id)?;
                if issue.state == IssueState::Registered {
                    return Ok(());
                }
                leave_all_severe(tx, &despite, &word, &actor)?;
                // Signed before a number was given back: the signature stands.
                if issue.state != IssueState::Checked {
                    let signed = signer.clone();
                    advance(tx, &id, IssueMove::Sign, &actor, |issue| {
                        issue.signer = Some(signed);
                        Ok(())
                    })?;
                    advance(tx, &id, IssueMove::Check, &actor, |_| Ok(()))?;
                }
                numbers::register(tx, &id, &series.numbering, today, close_day, paper, &actor)
            })
            .await?;
        failpoint::pass("issue.after_register");
        if request.register_only {
            return self.issue_view(id).await;
        }
        let (files, content) = self.typeset(id).await?;
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

    /// The series of the office, by code.
    pub fn all_series(&self) -> Vec<&Series> {
        self.series.values().collect()
    }

    /// An issue with its manuscripts and files.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn issue_view(&self, id: IssueId) -> Result<IssueView, DeskError> {
        let names = self.series.iter().map(|(id, series)| (id.clone(), series.name.clone())).collect();
        self.store.read(move |sql| view(sql, &id, &names)).await
    }

    /// Issues, newest first; or the issued ones of a year, by series and number.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn issues(&self, year: Option<i32>) -> Result<Vec<IssueRecord>, DeskError> {
        Ok(self
            .store
            .read(move |sql| match year {
                Some(year) => issued_in(sql, year),
                None => list_issues(sql, 500),
            })
            .await?)
    }
}

fn view(sql: &mut dyn Sql, id: &IssueId, names: &BTreeMap<SeriesId, String>) -> Result<IssueView, DeskError> {
    let issue = read_issue(sql, id)?;
    let plan = Plan::of(&issue)?;
    let manuscripts = plan
        .arrange(manuscripts_of_issue(sql, id)?)
        .into_iter()
        .map(|manuscript| {
            let items = items_of(sql, &manuscript.id)?.into_iter().map(|(_, id)| id).collect();
            let pictures = pictures_of(sql, &manuscript.id)?;
            let corrections = correct::corrections(steps_of(sql, &manuscript.id)?);
            Ok(ManuscriptView { manuscript, items, pictures, corrections })
        })
        .collect::<Result<_, StoreError>>()?;
    let label = issue.number.as_ref().map(|number| match issue.supplement {
        true => format!("{}年增刊第{}期", number.year, number.number),
        false => number.to_string(),
    });
    // A series that was taken out of the configuration is still known by its code.
    let series_name = names.get(&issue.series).cloned().unwrap_or_else(|| issue.series.to_string());
    Ok(IssueView { series_name, label, manuscripts, files: files_of(sql, id)?, warnings: Vec::new(), issue })
}
