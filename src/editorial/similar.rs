//! 相似来稿 and 同类反映 beside an item, and in one sentence what an editor wants to know: was it issued, what is new.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use crate::bulletin::Series;
use crate::group::{Found, Reason, new_sentences, same_matter, written_at};
use crate::index::Kin;
use crate::model::{Contributor, ItemId, ManuscriptState, SeriesId, Submission, Timestamp, Verdict};
use crate::store::{
    FeedItem, Neighbour, OutcomeMark, Sql, Store, StoreError, VerdictRow, feed_items, issued_uses, item_no,
    neighbours, outcome_mark, read_item, read_manuscript, uses_of, verdicts_of,
};

use super::{Desk, DeskError};

/// 同类反映 shown at most; what has a verdict or was issued comes on top of it.
const SHOWN: usize = 20;
/// Earlier items whose sentences are no news.
const EARLIER: usize = 10;
/// Characters of new sentences in the summary.
const SUMMARY_CHARS: usize = 120;

/// Everything that resembles an item.
#[derive(Debug, Serialize)]
pub struct SimilarView {
    /// One sentence on top; nothing where nothing came before.
    pub summary: Option<String>,
    /// The sentences that no earlier text has, as written.
    pub new_sentences: Vec<String>,
    /// 相似来稿: verified links, closest first.
    pub links: Vec<LinkedItem>,
    /// 同类反映: other texts about the same matter, most alike first.
    pub same_matter: Vec<KindredItem>,
}

/// A linked item.
#[derive(Debug, Serialize)]
pub struct LinkedItem {
    /// The item and its link.
    #[serde(flatten)]
    pub neighbour: Neighbour,
    /// 已编发: the issues that carried it.
    pub issued: Vec<String>,
    /// What an editor decided about the two.
    pub verdict: Option<Verdict>,
}

/// An item about the same matter.
#[derive(Debug, Serialize)]
pub struct KindredItem {
    /// Its number.
    #[serde(skip)]
    no: i64,
    /// Its id.
    pub id: ItemId,
    /// 标题.
    pub title: String,
    /// 反映人.
    pub reporter: Option<String>,
    /// 单位.
    pub unit: Option<String>,
    /// 区县.
    pub district: Option<String>,
    /// When it was written.
    pub at: Timestamp,
    /// 0–1: about how often a suggestion of this score is right.
    pub score: f64,
    /// By what one can tell.
    pub reasons: Vec<Reason>,
    /// How many say exactly the same, itself included.
    pub copies: usize,
    /// 已编发: the issues that carried it.
    pub issued: Vec<String>,
    /// What an editor decided about the two.
    pub verdict: Option<Verdict>,
}

/// What is read of an item before anything is computed.
struct Subject {
    item: FeedItem,
    links: Vec<Neighbour>,
    verdicts: HashMap<i64, Verdict>,
}

impl Desk {
    /// Everything that resembles an item. Pairs that an editor called 无关 are left out.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn similar(&self, id: ItemId) -> Result<SimilarView, DeskError> {
        let subject = self.store.read(move |sql| subject(sql, &id)).await?;
        let search = Search {
            kin: self.kin.clone(),
            store: std::sync::Arc::clone(&self.store),
            names: self.series.iter().map(|(id, series)| (id.clone(), name(series))).collect(),
            threshold: self.group.same_matter_threshold,
        };
        self.compute(move || search.run(subject)).await
    }
}

fn subject(sql: &mut dyn Sql, id: &ItemId) -> Result<Subject, DeskError> {
    let no = item_no(sql, id)?;
    let item = feed_items(sql, &[no])?.pop();
    let verdicts: Vec<VerdictRow> = verdicts_of(sql, no)?;
    Ok(Subject {
        item: item.ok_or_else(|| StoreError::NotFound(format!("来稿 {id}")))?,
        links: neighbours(sql, no)?,
        verdicts: verdicts.into_iter().map(|row| (row.other_no, row.verdict)).collect(),
    })
}

fn name(series: &Series) -> String {
    format!("《{}》", series.name.trim_matches(['《', '》']))
}

struct Search {
    kin: Kin,
    store: std::sync::Arc<Store>,
    names: BTreeMap<SeriesId, String>,
    threshold: f64,
}

impl Search {
    fn run(&self, subject: Subject) -> Result<SimilarView, DeskError> {
        let Subject { item, links, verdicts } = subject;
        let unrelated = |no: &i64| verdicts.get(no) == Some(&Verdict::Unrelated);
        let mut skip: HashSet<i64> = verdicts.keys().copied().filter(|no| unrelated(no)).collect();
        skip.extend(links.iter().map(|link| link.no));
        let decided: Vec<i64> = verdicts.keys().copied().filter(|no| !skip.contains(no)).collect();
        let found = same_matter(&self.kin, &self.store, &item, &skip, &decided)?;
        let mut kindred = self.kindred(found, &verdicts)?;
        let mut links = links
            .into_iter()
            .filter(|link| !unrelated(&link.no))
            .map(|neighbour| {
                let issued = self.issued(neighbour.no)?;
                let verdict = verdicts.get(&neighbour.no).copied();
                Ok(LinkedItem { neighbour, issued, verdict })
            })
            .collect::<Result<Vec<_>, DeskError>>()?;
        // Sorting is stable: within what was decided, and within the rest, the closest stays first.
        links.sort_by_key(|link| link.verdict.is_none());
        kindred.sort_by_key(|item| item.verdict.is_none());
        let submission = item.submission()?;
        let at = written_at(&submission, item.received_at);
        let related = related(&links, &kindred);
        let (summary, new_sentences) = self.news((item.no, at), &submission, &related)?;
        Ok(SimilarView { summary, new_sentences, links, same_matter: kindred })
    }

    /// Those above the threshold, or decided, or issued and near it; exact repeats of one another shown once.
    fn kindred(
        &self,
        found: Vec<Found>,
        verdicts: &HashMap<i64, Verdict>,
    ) -> Result<Vec<KindredItem>, DeskError> {
        let mut out: Vec<KindredItem> = Vec::new();
        let mut places = HashMap::new();
        for Found { item, submission, likeness } in found {
            let verdict = verdicts.get(&item.no).copied();
            if verdict.is_none() && (likeness.score < self.threshold || out.len() >= SHOWN) {
                continue;
            }
            let issued = self.issued(item.no)?;
            if let Some(place) = places.get(&item.fold)
                && verdict.is_none()
                && issued.is_empty()
            {
                let shown: &mut KindredItem = &mut out[*place];
                shown.copies += 1;
                continue;
            }
            places.insert(item.fold, out.len());
            out.push(KindredItem {
                no: item.no,
                id: item.id,
                title: submission.title.as_str().to_owned(),
                at: written_at(&submission, item.received_at),
                reporter: item.reporter,
                unit: item.unit,
                district: item.district,
                score: likeness.score,
                reasons: likeness.reasons,
                copies: 1,
                issued,
                verdict,
            });
        }
        Ok(out)
    }

    /// The issues that carried an item, as they are cited.
    fn issued(&self, no: i64) -> Result<Vec<String>, DeskError> {
        let uses = self.store.read(move |sql| issued_uses(sql, no)).wait()?;
        let cited = |(series, year, number, _): (String, i32, u32, String)| {
            let name = series.parse::<SeriesId>().ok().and_then(|id| self.names.get(&id).cloned());
            format!("{}{year}年第{number}期", name.unwrap_or(series))
        };
        Ok(uses.into_iter().map(cited).collect())
    }

    /// The sentence on top, and what is new beside what came before.
    fn news(
        &self,
        item: (i64, Timestamp),
        submission: &Submission,
        related: &[Related<'_>],
    ) -> Result<(Option<String>, Vec<String>), DeskError> {
        let issued: Vec<&Related<'_>> = related.iter().filter(|other| !other.issued.is_empty()).collect();
        let numbers: Vec<i64> = if issued.is_empty() {
            related.iter().map(|other| other.no).filter(|no| *no < item.0).take(EARLIER).collect()
        } else {
            issued.iter().map(|other| other.no).take(EARLIER).collect()
        };
        if numbers.is_empty() {
            return Ok((None, Vec::new()));
        }
        let earlier = self.store.read(move |sql| texts(sql, &numbers)).wait()?;
        let frequencies = self.kin.frequencies()?;
        let before = earlier.iter().map(|text| text.body.as_str()).collect::<Vec<_>>().join("\n");
        let text = submission.text.plain();
        let fresh: Vec<String> = new_sentences(&text, &before, &frequencies, |text| self.kin.cut(text))
            .into_iter()
            .map(str::to_owned)
            .collect();
        let known = match issued.first() {
            Some(first) => {
                let by = earlier.first().and_then(|text| text.reporter.as_deref());
                let by = by.map(|name| format!("（{name}）")).unwrap_or_default();
                let outcome = earlier.first().map_or("", |text| text.outcome.label());
                let outcome = if outcome.is_empty() { String::new() } else { format!("，{outcome}") };
                format!("此事{}已编发{by}{outcome}", first.issued.join("、"))
            }
            None => {
                let first = earlier.iter().min_by_key(|text| text.at);
                let first = first.map(|text| {
                    let by = text.reporter.as_deref().unwrap_or_default();
                    format!("，最早为{}{by}《{}》", text.at.date().chinese(), text.title)
                });
                // What was reported upward without an issue of ours may have an outcome all the same.
                let outcome = earlier
                    .iter()
                    .map(|text| text.outcome)
                    .max_by_key(|mark| (mark.instructed, mark.adopted));
                let outcome = outcome.map_or("", OutcomeMark::label);
                let outcome = if outcome.is_empty() { String::new() } else { format!("，其中{outcome}") };
                format!("此事已有同类来稿{}件{}，均未编发{outcome}", earlier.len(), first.unwrap_or_default())
            }
        };
        Ok((Some(format!("{known}；{}", told(&fresh))), fresh))
    }
}

/// 本稿新增：…
fn told(fresh: &[String]) -> String {
    if fresh.is_empty() {
        return "本稿没有新增内容。".to_owned();
    }
    let all = fresh.concat();
    let short: String = all.chars().take(SUMMARY_CHARS).collect();
    let more = if short.len() < all.len() { "……" } else { "" };
    format!("本稿新增：{short}{more}")
}

/// What the sentence on top is made of, the most telling first: decided, linked, alike.
struct Related<'a> {
    no: i64,
    issued: &'a [String],
}

fn related<'a>(links: &'a [LinkedItem], kindred: &'a [KindredItem]) -> Vec<Related<'a>> {
    let links =
        links.iter().map(|link| (link.verdict, Related { no: link.neighbour.no, issued: &link.issued }));
    let kindred = kindred.iter().map(|item| (item.verdict, Related { no: item.no, issued: &item.issued }));
    let mut all: Vec<(Option<Verdict>, Related<'_>)> = links.chain(kindred).collect();
    all.sort_by_key(|(verdict, _)| verdict.is_none());
    all.into_iter().map(|(_, related)| related).collect()
}

/// An earlier text, with what was printed of it.
struct EarlierText {
    title: String,
    reporter: Option<String>,
    at: Timestamp,
    body: String,
    /// What became of it, without any content: who may read the item may know that much.
    outcome: OutcomeMark,
}

fn texts(sql: &mut dyn Sql, numbers: &[i64]) -> Result<Vec<EarlierText>, StoreError> {
    numbers
        .iter()
        .map(|no| {
            let item = read_item(sql, *no)?;
            let mut body = item.submission.text.plain();
            for id in uses_of(sql, *no)? {
                let manuscript = read_manuscript(sql, &id)?;
                if manuscript.state == ManuscriptState::Issued {
                    body = format!("{body}\n{}", manuscript.texts.body);
                }
            }
            let reporter = item.submission.contributor.as_ref().map(|Contributor { name, .. }| name.clone());
            let at = written_at(&item.submission, item.row.received_at);
            Ok(EarlierText { title: item.row.title, reporter, at, body, outcome: outcome_mark(sql, *no)? })
        })
        .collect()
}
