//! What the program makes of an item: hints for the editor, never decisions.

use std::sync::Arc;

use serde::Serialize;

use crate::group::{SubjectSuggestion, Subjects, SubjectsError, Trained, written_at};
use crate::index::Kin;
use crate::model::{CodeTable, ItemId, ItemText, LocalDate, Submission};
use crate::store::{ItemRecord, Store, forwarded_before, item_no, read_item};
use crate::tables::Rows;
use crate::text::{HintTables, Keyword, PlaceHint, Redactor, UnitEvidence, UnitHint, UrgencyHint, keywords};

use super::{Desk, DeskError, Proposed};

/// Body length that the office advises against exceeding, in characters (DOMAIN §2).
const ADVISED_CHARS: usize = 1500;
/// Shorter texts can hardly hold situation and suggestion.
const SHORT_CHARS: usize = 50;
/// Words by which a text without parts of its own says what should be done.
const SUGGESTING: &[&str] = &["建议", "希望", "请求", "呼吁", "恳请", "应当", "应该", "望", "请"];

/// A subject that is less sure than this says nothing of who handles the item.
const SURE: f64 = 0.6;
/// Keywords given.
const KEYWORDS: usize = 8;

/// The hints of an item.
#[derive(Debug, Serialize)]
pub struct HintsView {
    /// 主题建议, the likeliest first.
    pub subjects: Vec<SubjectSuggestion>,
    /// 区县 by the places named in the text, the one told most clearly first.
    pub districts: Vec<PlaceHint>,
    /// Where the item's own 区县 is another one, or none.
    pub district_note: Option<String>,
    /// 建议办理单位, the likeliest first.
    pub units: Vec<UnitHint>,
    /// 缓急: whether the text reads as urgent, and by what.
    pub urgency: Option<UrgencyHint>,
    /// 关键词, heaviest first.
    pub keywords: Vec<Keyword>,
    /// What is missing or too much, in Chinese: advice, no refusal.
    pub completeness: Vec<String>,
    /// What could not be hinted at, and what to do.
    pub notes: Vec<String>,
}

impl Desk {
    /// The hints of an item.
    ///
    /// # Errors
    /// When there is none of this id, or the model's file is damaged.
    pub async fn hints(&self, id: ItemId) -> Result<HintsView, DeskError> {
        let item = self
            .store
            .read(move |sql| {
                let no = item_no(sql, &id)?;
                Ok::<_, DeskError>(read_item(sql, no)?)
            })
            .await?;
        let hinting = Hinting {
            subjects: Arc::clone(&self.subjects),
            tables: Arc::clone(&self.hint_tables),
            rows: self.tables.now(),
            redactor: Arc::clone(&self.redactor),
            kin: self.kin.clone(),
            store: Arc::clone(&self.store),
            today: self.today(),
        };
        self.compute(move || hinting.run(&item)).await
    }

    /// The parts of a pasted message, and the district that it names: proposals for whoever types it in.
    pub fn told_apart(&self, text: &str) -> Proposed {
        let mut found = (self.hooks.told_apart)(text);
        let rows = self.tables.now();
        let rows = rows.all(CodeTable::District);
        let named = self.hint_tables.places(&found.title, &found.body, rows, self.today());
        // A table that cannot be searched proposes nothing.
        let first = named.unwrap_or_default().into_iter().next().filter(|hint| hint.clear);
        found.district = first.map(|hint| hint.name).unwrap_or_default();
        found
    }

    /// Trains the subject model on the items that carry a subject.
    ///
    /// # Errors
    /// When too few do, one training is under way, or the model cannot be written.
    pub async fn train_subjects(&self) -> Result<Trained, DeskError> {
        // It takes a processor for long: one at a time, or searches would wait for those that come after it.
        let turn = Arc::clone(&self.training).try_lock_owned();
        let turn = turn.map_err(|_| DeskError::Request("主题正在训练，请等它完成".to_owned()))?;
        let (subjects, store): (Arc<Subjects>, _) = (Arc::clone(&self.subjects), Arc::clone(&self.store));
        let train = move || {
            let trained = subjects.train(&store);
            drop(turn);
            Ok(trained?)
        };
        self.compute(train).await
    }
}

/// What hints are made of.
struct Hinting {
    subjects: Arc<Subjects>,
    tables: Arc<HintTables>,
    rows: Arc<Rows>,
    redactor: Arc<Redactor>,
    kin: Kin,
    store: Arc<Store>,
    today: LocalDate,
}

impl Hinting {
    fn run(&self, item: &ItemRecord) -> Result<HintsView, DeskError> {
        let submission = &item.submission;
        let (title, body) = (submission.title.as_str(), submission.text.plain());
        let suggested = self.subjects.suggest(title, &body)?;
        let note = "还没有主题模型；来稿标注主题后执行 minyi subjects train";
        let notes = if suggested.is_none() { vec![note.to_owned()] } else { Vec::new() };
        let subjects = suggested.unwrap_or_default();
        // What is quoted from the text is quoted from its masked copy.
        let masked = [title, &body].map(|text| self.redactor.mask(text).into_inner());
        let day = written_at(submission, item.row.received_at).date();
        let (districts, district_note) = self.districts(&masked, day, submission)?;
        let words = self.kin.words(&masked[0], &masked[1]);
        Ok(HintsView {
            units: self.units(&masked, submission, &subjects)?,
            urgency: self.tables.urgency(&masked[0], &masked[1], day),
            keywords: keywords(&words, &*self.kin.frequencies()?, KEYWORDS),
            completeness: completeness(&submission.text),
            districts,
            district_note,
            subjects,
            notes,
        })
    }

    fn districts(
        &self,
        [title, body]: &[String; 2],
        day: LocalDate,
        submission: &Submission,
    ) -> Result<(Vec<PlaceHint>, Option<String>), DeskError> {
        let rows = self.rows.all(CodeTable::District);
        let hints = |title: &str, body: &str| {
            let hints = self.tables.places(title, body, rows, day);
            hints.map_err(|error| DeskError::Broken(error.to_string()))
        };
        let found = hints(title, body)?;
        let Some(first) = found.first().filter(|hint| hint.clear) else { return Ok((found, None)) };
        let note = match submission.district.as_deref() {
            None => Some(format!("来稿没有填区县，文中地名指{}", first.name)),
            Some(own) => {
                let same = own == first.name || hints("", own)?.iter().any(|hint| hint.code == first.code);
                (!same).then(|| format!("来稿所填区县是{own}，文中地名指{}", first.name))
            }
        };
        Ok((found, note))
    }

    fn units(
        &self,
        [title, body]: &[String; 2],
        submission: &Submission,
        subjects: &[SubjectSuggestion],
    ) -> Result<Vec<UnitHint>, DeskError> {
        let likely = subjects.first().filter(|first| first.confidence >= SURE);
        let subject = submission.subject.as_deref().or(likely.map(|first| first.subject.as_str()));
        let before = match subject.map(str::to_owned) {
            Some(subject) => self.store.read(move |sql| forwarded_before(sql, &subject)).wait()?,
            None => Vec::new(),
        };
        let offered: Vec<Vec<String>> = self
            .rows
            .on(CodeTable::Unit, self.today)
            .map(|row| {
                let past = row.names.iter().map(|name| name.name.clone());
                past.chain([row.name_on(self.today).to_owned()]).collect()
            })
            .collect();
        let known = UnitEvidence { offered: &offered, subject, before: &before };
        Ok(self.tables.units(title, body, &known))
    }
}

impl From<SubjectsError> for DeskError {
    fn from(error: SubjectsError) -> Self {
        match error {
            SubjectsError::Store(error) => Self::Store(error),
            SubjectsError::File(error) => Self::File(error),
            other => Self::Request(other.to_string()),
        }
    }
}

fn completeness(text: &ItemText) -> Vec<String> {
    let mut out = Vec::new();
    let chars = text.chars();
    if chars > ADVISED_CHARS {
        out.push(format!("正文 {chars} 字，超过建议的 {ADVISED_CHARS} 字"));
    }
    if chars < SHORT_CHARS {
        out.push(format!("正文只有 {chars} 字，情况可能没有说清"));
    }
    let suggests = match text {
        ItemText::Parts { suggestions, .. } => suggestions.is_some(),
        ItemText::Body { body } => SUGGESTING.iter().any(|word| body.as_str().contains(word)),
    };
    if !suggests {
        out.push("没有看到建议：希望怎样解决？".to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(body: &str) -> Vec<String> {
        let text = serde_json::json!({ "body": body });
        completeness(&serde_json::from_value(text).expect("text"))
    }

    #[test]
    fn what_is_missing_or_too_much_is_said_and_a_good_text_is_left_alone() {
        let good = format!("{}建议增加路灯。", "翠柏苑北门到菜市场一段没有照明。".repeat(5));
        assert!(hints(&good).is_empty());
        assert_eq!(hints("路灯坏了。").len(), 2);
        assert!(hints(&good.repeat(20))[0].contains("1500"));
    }
}
